"""A pass with the stand-in audit in a process of its own, for tests that kill it.

``python -m tests.toy_pass OUT CITIES WORKERS STEPS STEP_S LEASE_S [ENGINE]``; prints its workers'
ids.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Protocol, cast

from auditor.archive.driving import Pass, alone
from auditor.archive.engines import Engine, Order, Told, Word
from auditor.cli.batch import engine_of
from auditor.core.jobs import Patience
from auditor.store.jobs.opening import open_jobs
from tests.toy_archive import open_toy, toy_jobs

ARCHIVE = "a" * 32
MANY = 1000
"""Attempts: in these tests deaths are nobody's fault."""


class Visible(Engine, Protocol):
    """An engine whose workers are processes of this machine."""

    def pids(self) -> dict[str, int]:
        """Those that are alive, by name."""


class Teller:
    """Prints the ids of the processes at work whenever they change."""

    def __init__(self, engine: Visible) -> None:
        self._engine = engine

    def hear(self, told: Told) -> None:
        """Tell of a begun city with whoever is alive."""
        if told.word is Word.BEGUN:
            print(" ".join(str(pid) for pid in self._engine.pids().values()), flush=True)

    def tick(self) -> None:
        """Nothing to be told."""


def main() -> None:
    """Work until every city is done."""
    out, numbers = Path(sys.argv[1]), sys.argv[2:]
    cities, workers, steps = (int(text) for text in numbers[:3])
    step_s, lease_s = (float(text) for text in numbers[3:5])
    patience = Patience(lease_s=lease_s, attempts=MANY)
    engine = cast(Visible, engine_of(*numbers[5:] or ["local"])())
    with alone(out):
        store = open_jobs(out, ARCHIVE, None, patience)
        store.plan(toy_jobs(cities, steps, step_s))
        order = Order(out, ARCHIVE, open_toy, patience=patience)
        Pass(order, engine, store, Teller(engine), workers).drive()
        store.close()


if __name__ == "__main__":
    main()
