"""A quick stand-in for a city's audit, for tests of everything around it.

It judges step by step into the archive's journal and publishes a folder as an audit does; each
judgement is noted as a line of a file before it is kept, so that a test can count them.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from auditor.archive.engines import Finished, Order
from auditor.archive.places import CITIES_FOLDER, JOURNAL_FILE, WORK_FOLDER
from auditor.archive.publishing import (
    clear_aside,
    digest_of,
    files_of,
    put_in_place,
    settle_on_disk,
)
from auditor.core.errors import CapError, ConfigurationError, OversizeError
from auditor.core.jobs import Lease, NewJob
from auditor.core.run import Progress
from auditor.servers import store_url
from auditor.store.journal import Journal
from auditor.store.run_folder import write_json, write_lines

CALLS_FILE = "calls.txt"


def toy_jobs(count: int, steps: int = 12, step_s: float = 0.005) -> list[NewJob]:
    """Jobs of so many cities."""
    request = {"period": "", "steps": steps, "step_s": step_s, "parts": {"documents": {}}}
    names = [f"城{n:02}市" for n in range(count)]
    return [NewJob(f"key-{name}", name, {**request, "city": name}) for name in names]


class Toy:
    """An ``engines.Auditor``."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._journal = Journal(out / JOURNAL_FILE, store_url())

    def audit(self, lease: Lease, progress: Progress) -> Finished:
        """Judge the steps that are not in the journal, then write the folder."""
        request, city = lease.job.request, lease.job.subject
        trouble = request.get("trouble")
        if trouble == "final":
            raise ConfigurationError(f"{city}: no papers")
        if trouble == "oversize":
            raise OversizeError(f"{city}: one call takes more tokens than a minute may")
        if trouble == "spent":
            raise CapError(f"{city}: the budget does not pay another call")
        if trouble == "fault":
            raise ZeroDivisionError(city)
        if trouble == "deadly":
            os._exit(9)
        progress.begin("judge", request["steps"])
        found = [self._step(f"{city}/{n}", request["step_s"], progress)
                 for n in range(request["steps"])]  # fmt: skip
        draft, target = self._out / WORK_FOLDER / lease.token, self._out / CITIES_FOLDER / city
        write_lines(draft / "findings.jsonl", [{"feature_id": f} for f in found])
        write_json(draft / "run.json", {"city": city})
        settle_on_disk(draft)
        files = files_of(draft)

        def publish() -> None:
            put_in_place(draft, target)
            clear_aside(draft)

        return Finished({"files": files, "digest": digest_of(files), "failures": 0}, publish)

    def _step(self, key: str, seconds: float, progress: Progress) -> str:
        kept = self._journal.get(key)
        if kept is None:
            with (self._out / CALLS_FILE).open("a", encoding="utf-8") as calls:
                calls.write(f"{key}\n")
            time.sleep(seconds)
            self._journal.put(key, key)
        progress.advance("judge")
        return key


def open_toy(order: Order, say: Callable[[str], None]) -> Toy:
    """``engines.Opener``."""
    return Toy(order.out)


def open_broken(order: Order, say: Callable[[str], None]) -> Toy:
    """An opener whose settings are wrong."""
    raise ConfigurationError("The model is missing.")


def open_deadly(order: Order, say: Callable[[str], None]) -> Toy:
    """An opener that ends its process."""
    os._exit(7)


def calls_made(out: Path) -> Counter[str]:
    """How often each judgement was made."""
    file = out / CALLS_FILE
    return Counter(file.read_text(encoding="utf-8").split()) if file.is_file() else Counter()


def published(out: Path) -> dict[str, bytes]:
    """The bytes of all results by their path."""
    folder = out / CITIES_FOLDER
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
