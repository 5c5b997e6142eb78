"""The numbers of a command that another process started, handed over in a file when it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from auditor.operations.exposing import FILE_VARIABLE, PORT_VARIABLE
from auditor.operations.logs import FORMAT_VARIABLE
from auditor.operations.metrics import METER, Counted, Counts, Labels, Meter, Spread

COUNTS_VARIABLE = "AUDITOR_COUNTS_FILE"
COUNTS_FILE = "counts.json"
APART = dict.fromkeys((FORMAT_VARIABLE, PORT_VARIABLE, FILE_VARIABLE), "")
"""For the environment of a command that a server starts: its port and its file are the server's
own, and what it says is read by people.
"""


@contextmanager
def handing_over(file: Path) -> Iterator[None]:
    """Leave what this process counts in a file when the block ends, however it does."""
    try:
        yield
    finally:
        draft = file.with_suffix(".part")
        with suppress(OSError):  # numbers are never worth an audit
            draft.write_text(json.dumps(asdict(METER.counts())), encoding="utf-8")
            draft.replace(file)


def take_over(file: Path, meter: Meter = METER) -> bool:
    """Add what a process left in its file, once; False where it left nothing that can be read."""
    try:
        row = json.loads(file.read_text(encoding="utf-8"))
        given = _counts(row)
        file.unlink()
    except (OSError, ValueError, KeyError, TypeError):
        return False
    meter.absorb(given)
    return True


def _counts(row: Any) -> Counts:
    return Counts(
        tuple(Counted(str(c["name"]), _labels(c), float(c["value"])) for c in row["counters"]),
        tuple(
            Spread(str(s["name"]), _labels(s), tuple(map(int, s["buckets"])), float(s["total"]))
            for s in row["spreads"]
        ),
    )


def _labels(row: Any) -> Labels:
    return tuple((str(name), str(value)) for name, value in row["labels"])
