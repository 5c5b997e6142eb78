"""Child processes that outlive the server: started apart, found again, told to end.

A number of a process is used again by the system, so a process is known by its number together
with the moment of its start (``mark_of``).
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
GONE_STATES = ("Z", "X")
STATE_FIELD, START_FIELD = 0, 19
"""Places in /proc/PID/stat behind the name of the program."""


@dataclass(frozen=True, slots=True)
class ProcessRef:
    """A process: its number and the mark of its start."""

    pid: int
    mark: str


def start_apart(
    command: Sequence[str], log: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, what it says in ``log`` (from its beginning)."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as said:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )


def mark_of(pid: int) -> str:
    """The moment of a process' start as the system keeps it; empty where there is none."""
    if pid <= 0:
        return ""
    if PROC.is_dir():
        try:
            said = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        fields = said.rpartition(")")[2].split()
        return "" if fields[STATE_FIELD] in GONE_STATES else fields[START_FIELD]
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    state, _, started = answer.stdout.strip().partition(" ")
    return "" if state[:1] in GONE_STATES else " ".join(started.split())


def is_alive(process: ProcessRef) -> bool:
    """Whether it is this very process that still works."""
    return bool(process.mark) and mark_of(process.pid) == process.mark


def signal_group(process: ProcessRef, sent: signal.Signals) -> None:
    """Signal a process and its children; nothing happens where it is another by now."""
    if is_alive(process):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sent)
