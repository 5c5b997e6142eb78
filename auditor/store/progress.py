"""How far a running audit is, written beside it for who watches from another process.

The file is replaced as a whole, so that a reader never sees half of it, and a few times a second at
most; what a step ends with is always written.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from auditor.store.run_folder import dumps, write_text

PROGRESS_VARIABLE = "AUDITOR_PROGRESS_FILE"
"""Environment variable of the command line that names the file to be kept up to date."""
PROGRESS_FILE = "progress.json"
EVERY_S = 0.2
LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class StageProgress:
    """A stage: ``done`` of ``total`` steps, what it is at (a file, a feature), whether it is over.

    ``seconds`` is how long it has taken so far.
    """

    name: str
    done: int
    total: int
    note: str = ""
    over: bool = False
    seconds: float = 0.0


@dataclass
class FileProgress:
    """A ``Progress`` that keeps a file up to date; safe for several threads.

    A disk that takes no more only means that nobody sees the progress: the audit goes on.
    """

    file: Path
    clock: Callable[[], float] = time.monotonic
    _stages: dict[str, StageProgress] = field(default_factory=dict)
    _begun: dict[str, float] = field(default_factory=dict)
    _written: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, stage: str, total: int) -> None:
        """Note that a stage begins, or that it has more steps than was known."""
        with self._lock:
            self._begun.setdefault(stage, self.clock())
            known = self._stages.get(stage, StageProgress(stage, 0, total))
            self._stages[stage] = replace(known, total=max(total, known.done))
            self._write(now=True)

    def advance(self, stage: str, steps: int = 1, note: str = "") -> None:
        """Note that steps are done, or what the stage is at."""
        with self._lock:
            known = self._stages[stage]
            done = known.done + steps
            total = max(known.total, done)
            shown = note[:LONGEST_NOTE]
            self._stages[stage] = replace(known, done=done, total=total, note=shown)
            self._write(now=False)

    def end(self, stage: str) -> None:
        """Note that a stage is over: it is full, also where steps were left out."""
        with self._lock:
            known = self._stages[stage]
            self._stages[stage] = replace(known, done=known.total, note="", over=True)
            self._time(stage)
            self._write(now=True)

    def _time(self, stage: str) -> None:
        spent = round(self.clock() - self._begun[stage], 1)
        self._stages[stage] = replace(self._stages[stage], seconds=spent)

    def _write(self, *, now: bool) -> None:
        moment = self.clock()
        if not now and moment - self._written < EVERY_S:
            return
        self._written = moment
        for stage, known in self._stages.items():
            if not known.over:
                self._time(stage)
        rows = [asdict(stage) for stage in self._stages.values()]
        with suppress(OSError):
            write_text(self.file, dumps({"stages": rows}) + "\n")


def read_progress(file: Path) -> tuple[StageProgress, ...]:
    """The stages that were begun so far, in order; none where nothing can be read."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["stages"]
        return tuple(StageProgress(**row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError):
        return ()
