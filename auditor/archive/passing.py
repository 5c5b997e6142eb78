"""A pass from the outside: planned, begun, taken up again, asked about."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from auditor.archive.city import cities_at_once, open_auditor
from auditor.archive.driving import Pass, View, alone
from auditor.archive.engines import Engine, Opener, Order
from auditor.archive.engines.room import MOST_WORKERS, most_here, share_out
from auditor.archive.listing import Dossier, Named, list_archive, without_papers
from auditor.archive.planning import Plan, plan_pass, whole_plan
from auditor.archive.request import (
    ARCHIVE_FILE,
    ArchiveRequest,
    keep_request,
    of_archive,
    read_request,
    require_database,
)
from auditor.archive.rescoring import FROM
from auditor.archive.sheet import read_sheet
from auditor.archive.summary import write_summary
from auditor.core.jobs import Job, JobState, Patience
from auditor.prices import Prices
from auditor.store.jobs.jobs import JobStore
from auditor.store.jobs.opening import open_jobs
from auditor.wiring import embedder_opening, is_hosted, refuse_closed, resolved_judge

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What a pass works with: ``workers`` None chooses by the machine's processors."""

    engine: Callable[[], Engine]
    database: str | None = None
    workers: int | None = None
    patience: Patience = field(default_factory=Patience)
    opener: Opener = open_auditor


@dataclass(frozen=True, slots=True)
class Archive:
    """An output folder and what it was asked for."""

    out: Path
    asked: ArchiveRequest
    means: Means

    def store(self) -> JobStore:
        """The archive's jobs."""
        return open_jobs(self.out, self.asked.id, self.means.database, self.means.patience)

    def known(self) -> tuple[Job, ...]:
        """The jobs that there are, none before the first pass."""
        if not (self.out / ARCHIVE_FILE).is_file():
            return ()
        store = self.store()
        try:
            return store.all()
        finally:
            store.close()


def ask_for(out: Path, asked: ArchiveRequest, means: Means) -> Archive:
    """An archive that may be worked on into ``out``.

    Raises:
        ConfigurationError: the papers may not go to the chosen endpoint, or ``out`` will not do.
    """
    refuse_closed(asked.choice)
    return Archive(out, of_archive(out, asked), means)


def begun(out: Path, means: Means) -> Archive:
    """An archive that was begun before.

    Raises:
        RunError: ``out`` holds none.
        ConfigurationError: its jobs stand in another database.
    """
    asked = read_request(out)
    require_database(asked, means.database is not None)
    return Archive(out, asked, means)


def dossiers_of(asked: ArchiveRequest) -> tuple[Dossier, ...]:
    """The dossiers of an archive, by its manifest where there is one."""
    return list_archive(Path(asked.archive), named_by(asked))


def named_by(asked: ArchiveRequest) -> tuple[Named, ...] | None:
    """What the manifest of an archive says, None without one."""
    folder = Path(asked.archive)
    return read_sheet(Path(asked.manifest), folder) if asked.manifest else None


def plan_of(archive: Archive, prices: Prices | None = None) -> Plan:
    """Hold the papers against what is done; nothing is written.

    Raises:
        ConfigurationError: papers or settings are wrong.
    """
    known = archive.known()
    cities = plan_pass(archive.out, archive.asked, dossiers_of(archive.asked), known)
    plan = whole_plan(cities, known, archive.asked.choice, prices)
    empty = without_papers(Path(archive.asked.archive), named_by(archive.asked))
    return replace(plan, empty=empty)


def begin(archive: Archive, plan: Plan, view: View) -> dict[str, Any]:
    """Carry a plan out; gives the content of summary.json.

    Raises:
        KeyboardInterrupt: the pass was interrupted; it can be taken up again.
        AuditorError: no worker could begin.
    """
    archive.out.mkdir(parents=True, exist_ok=True)
    with alone(archive.out):
        keep_request(archive.out, archive.asked)
        store = archive.store()
        store.plan([city.job for city in plan.cities])
        # whose folder is not as it was, or was scored by another rule since
        store.reopen([city.job.key for city in plan.due if _is_done(store, city.job.key)])
        return _work(archive, store, view)


def resume(archive: Archive, view: View) -> dict[str, Any]:
    """Work through what is still open, as it was planned."""
    with alone(archive.out):
        return _work(archive, archive.store(), view)


def _is_done(store: JobStore, key: str) -> bool:
    job = store.get(key)
    return job is not None and job.state is JobState.DONE


def _work(archive: Archive, store: JobStore, view: View) -> dict[str, Any]:
    try:
        engine = archive.means.engine()
        try:
            order, count = order_of(archive, store.all(), engine.processors())
            Pass(order, engine, store, view, count).drive()
        except BaseException:
            _wind_up(archive, store, engine)
            raise
        engine.stop(0)
        return _summed_up(archive, store)
    finally:
        store.close()


def _wind_up(archive: Archive, store: JobStore, engine: Engine) -> None:
    """End a pass that something has ended: what that was is to be told, not what fails now."""
    try:
        engine.stop(0)  # where it was asked before there was a pass to end it
        _summed_up(archive, store)
    except Exception:
        # a full disk, a database that is away: it must not stand in the place of the first cause
        LOGGER.warning("the summary of the pass could not be written", exc_info=True)


def _summed_up(archive: Archive, store: JobStore) -> dict[str, Any]:
    return write_summary(archive.out, store.all(), archive.asked.lang)


def order_of(archive: Archive, jobs: Sequence[Job], processors: Sequence[int]) -> tuple[Order, int]:
    """The order to all workers on machines of so many processors, and how many workers.

    No more than there is work for: processors and calls are shared out among those that work.
    """
    choice, means = archive.asked.choice, archive.means
    waiting, cities = [job for job in jobs if job.state.is_open], cities_at_once(choice)
    most = most_here() if len(processors) == 1 else MOST_WORKERS
    usual, _ = share_out(processors, means.workers, most)
    count, threads = share_out(processors, min(usual, max(1, -(-len(waiting) // cities))), most)
    hosted = is_hosted(resolved_judge(choice.judge))
    order = Order(
        out=archive.out.resolve(),
        archive_id=archive.asked.id,
        opener=means.opener,
        database=means.database,
        threads=threads,
        share=max(1, choice.concurrency // count) if hosted else 1,
        cities=cities,
        rescores=all(FROM in job.request for job in waiting),
        embedding=embedder_opening(choice.embedder),
        patience=means.patience,
    )
    return order, count


def retry(archive: Archive, subjects: Sequence[str] = ()) -> int:
    """Have cities tried again that failed, or in which features failed; tells how many."""
    store = archive.store()
    keys = [
        job.key
        for job in _wanted(store, subjects)
        if job.state in (JobState.FAILED, JobState.CANCELLED) or job.result.get("failures")
    ]
    count = store.reopen(keys)
    store.close()
    return count


def cancel(archive: Archive, subjects: Sequence[str] = ()) -> int:
    """Take open cities out of the queue, those at work among them; tells how many."""
    store = archive.store()
    count = store.cancel([job.key for job in _wanted(store, subjects) if job.state.is_open])
    store.close()
    return count


def _wanted(store: JobStore, subjects: Sequence[str]) -> list[Job]:
    named = [job for job in store.all() if job.is_wanted]
    return [job for job in named if not subjects or job.subject in subjects]
