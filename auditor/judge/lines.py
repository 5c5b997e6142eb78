"""A file of JSON lines that many threads append to, each line on the disk before it counts."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from auditor.core.limiting import money
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
    """Counts what calls used, where, and for how much; a resumed run goes on with its file."""

    def __init__(self, file: Path | None = None) -> None:
        self._lines = Lines(file)
        self._total = Usage()
        self._calls: Counter[str] = Counter()
        self._cost: int | None = None
        for row in self._lines.read():
            if "calls" in row:
                self._take(usage_from(row), row.get("address", ""), row.get("cost_nano"))

    def note(
        self, call_id: str, usage: Usage, address: str = "", cost_nano: int | None = None
    ) -> None:
        """Note what one call used, which address answered, and its cost where a price is known."""
        row: dict[str, Any] = {"call": call_id, **usage.as_dict(), "address": address}
        with self._lines.lock:
            self._take(usage, address, cost_nano)
            self._lines.append(row | ({} if cost_nano is None else {"cost_nano": cost_nano}))

    def total(self) -> Usage:
        """Everything that was noted."""
        with self._lines.lock:
            return self._total

    def by_address(self) -> dict[str, dict[str, int]]:
        """How many calls each address answered."""
        with self._lines.lock:
            return {"answered_by": dict(sorted(self._calls.items()))}

    def cost(self, currency: str) -> dict[str, dict[str, str]]:
        """What the calls cost, exact; empty where no price was known."""
        with self._lines.lock:
            if self._cost is None:
                return {}
            return {"cost": {"amount": money(self._cost), "currency": currency}}

    def _take(self, usage: Usage, address: str, cost_nano: int | None) -> None:
        self._total += usage
        if address:
            self._calls[address] += usage.calls
        if cost_nano is not None:
            self._cost = (self._cost or 0) + cost_nano
