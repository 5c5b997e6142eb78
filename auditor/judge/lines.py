"""A file of JSON lines that many threads append to, each line on the disk before it counts."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from auditor.core.usage import Usage, usage_from


class Lines:
    """Appends rows under a lock; without ``file`` nothing is kept beyond the process.

    Lines that an interruption cut off are passed over when the file is read.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._begin = "\n"
        self.lock = threading.RLock()

    def read(self) -> list[dict[str, Any]]:
        """The rows that are whole."""
        if self._file is None or not self._file.is_file():
            return []
        rows = []
        for line in self._file.read_text(encoding="utf-8").splitlines():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return rows

    def append(self, row: dict[str, Any]) -> None:
        """Write one row and wait until it is on the disk."""
        if self._file is None:
            return
        with self.lock:
            self._begin, begin = "", self._begin
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as stream:
                stream.write(f"{begin}{json.dumps(row)}\n")
                stream.flush()
                os.fsync(stream.fileno())


class UsageLines:
    """Counts what calls used; with a file a resumed run goes on counting."""

    def __init__(self, file: Path | None = None) -> None:
        self._lines = Lines(file)
        used = (usage_from(row) for row in self._lines.read() if "calls" in row)
        self._total = sum(used, Usage())

    def note(self, call_id: str, usage: Usage) -> None:
        """Note what one call used."""
        with self._lines.lock:
            self._total += usage
            self._lines.append({"call": call_id, **usage.as_dict()})

    def total(self) -> Usage:
        """Everything that was noted."""
        with self._lines.lock:
            return self._total
