"""Seconds of work that may be interrupted and gone on with."""

from __future__ import annotations

from pathlib import Path


class Worktime:
    """Sums the seconds of all sessions that did something; without a file of this one alone."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._seconds = 0.0

    def add(self, seconds: float) -> None:
        """Note a session."""
        self._seconds += seconds
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as stream:
                stream.write(f"{seconds:.1f}\n")

    def total(self) -> float:
        """Seconds of every session so far."""
        if self._file is None or not self._file.is_file():
            return self._seconds
        return sum(float(line) for line in self._file.read_text(encoding="utf-8").split())
