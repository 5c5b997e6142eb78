"""A pass with the stand-in audit in a process of its own, for tests that kill it.

``python -m tests.struck_pass OUT CITIES WORKERS STEPS STEP_S LEASE_S [DATABASE]``. It imports
little, since it and its workers are started again and again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from auditor.archive.driving import Pass, alone
from auditor.archive.engines import Order, Told
from auditor.archive.engines.local import LocalEngine
from auditor.core.jobs import Patience
from auditor.store.jobs.opening import open_jobs
from tests.toy_archive import open_toy, toy_jobs

ARCHIVE = "b" * 32
MANY = 1000
"""Attempts: in these tests deaths are nobody's fault."""
AWAY_S = 1200.0


class Blind:
    """A view that sees nothing."""

    def hear(self, told: Told) -> None:
        """Nothing is heard."""

    def tick(self) -> None:
        """Nothing to be told."""


def main() -> None:
    """Work until every city is done."""
    out, numbers = Path(sys.argv[1]), sys.argv[2:]
    cities, workers, steps = (int(text) for text in numbers[:3])
    step_s, lease_s = (float(text) for text in numbers[3:5])
    database = numbers[5] if len(numbers) > 5 else None
    patience = Patience(lease_s=lease_s, attempts=MANY, database_s=AWAY_S)
    with alone(out):
        store = open_jobs(out, ARCHIVE, database, patience, was_there=True)
        store.plan(toy_jobs(cities, steps, step_s))
        order = Order(out, ARCHIVE, open_toy, database, patience=patience)
        Pass(order, LocalEngine(), store, Blind(), workers).drive()
        store.close()


if __name__ == "__main__":
    main()
