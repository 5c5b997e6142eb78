"""What a worker does, whatever engine it works under: lease, do, hand in, until nothing is open.

A stop is heard between steps of an audit (a search, a judgement); what was judged by then is in
the journal. A worker that is killed loses its leases, never a result. A database that goes away is
waited for by its store; one that stays away ends the pass, and no attempt was a job's fault.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from auditor.archive.engines import Auditor, Link, Order, Told, Word
from auditor.core.errors import (
    AuditorError,
    CapError,
    CircuitOpenError,
    ConfigurationError,
    CriteriaError,
    DatabaseGoneError,
    OversizeError,
)
from auditor.core.jobs import Lease
from auditor.store.jobs.jobs import JobStore
from auditor.store.jobs.opening import open_jobs

LOGGER = logging.getLogger(__name__)
BEATS_A_LEASE = 4
EVERY_S = 0.25
SHORTEST_WAIT_S, REFUSED_WAIT_S, LONGEST_WAIT_S = 0.1, 0.5, 2.0
OPEN_AGAIN_S = 2.0
MOST_TROUBLES, TROUBLE_PAUSE_S = 3, 2.0
"""How often in a row a database may refuse what is asked before the pass ends, and the pause."""
STOPPING = (CircuitOpenError, CapError)
"""Errors that every other city would meet as well: the endpoint is given up, or the money spent."""
FINAL = (ConfigurationError, CriteriaError, OversizeError)
"""Errors that would come again: no readable paper, broken settings, an item of too many words."""


class StoppedError(Exception):
    """The worker is to end, or does not hold the job any more; no fault, so no AuditorError."""


def work(order: Order, name: str, link: Link) -> None:
    """Do jobs until none is open or the worker is stopped; ``name`` is the worker's alone."""

    def tell(word: Word, note: str = "") -> None:
        link.tell(Told(name, word, note=note))

    try:
        store = open_jobs(
            order.out, order.archive_id, order.database, order.patience, was_there=True
        )
        auditor = _opened(order, link)
    except AuditorError as error:
        tell(Word.FATAL, str(error))
        return
    tell(Word.READY)
    lanes = [
        threading.Thread(target=_lane, args=(_Worker(name, link, store, auditor, order),))
        for _ in range(order.cities)
    ]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    store.close()


def _opened(order: Order, link: Link) -> Auditor:
    """What audits; a server that it needs (of judgements, of vectors) is waited for as well."""
    deadline = time.monotonic() + order.patience.database_s
    while True:
        try:
            return order.opener(order, lambda _line: None)
        except DatabaseGoneError:
            if time.monotonic() > deadline or link.wait(OPEN_AGAIN_S):
                raise


class _Worker:
    """A lane of a worker: one job at a time."""

    def __init__(
        self, name: str, link: Link, store: JobStore, auditor: Auditor, order: Order
    ) -> None:
        self.name = name
        self.link = link
        self.store = store
        self._auditor = auditor
        self._beat_s = order.patience.lease_s / BEATS_A_LEASE

    def do(self, lease: Lease) -> None:
        """Do one job; whatever goes wrong is the job's trouble, not the worker's."""
        watch = Watch(self.link, self.name, lease.job.subject)
        self._tell(lease, Word.BEGUN)
        with self._held(lease, watch):
            try:
                finished = self._auditor.audit(lease, watch)
                accepted = self.store.accept(lease, finished.result, finished.publish)
            except StoppedError:
                self.store.give_back(lease)
                self._tell(lease, Word.STOPPED)
            except STOPPING as error:
                # no city can be judged now: the pass ends, and no attempt was the job's fault
                self.store.give_back(lease)
                self._tell(lease, Word.FATAL, str(error))
            except DatabaseGoneError as error:
                # what is held is freed when the pass ends, or at the next one's start
                self._tell(lease, Word.FATAL, str(error))
            except AuditorError as error:
                self.store.fail(lease, str(error), for_good=isinstance(error, FINAL))
                self._tell(lease, Word.FAILED, str(error))
            except Exception as error:
                # a fault in one city's papers or in the program must not end the others
                last = traceback.format_exc(limit=-6)
                self.store.fail(lease, f"{type(error).__name__}: {error}\n{last}")
                self._tell(lease, Word.FAILED, f"{type(error).__name__}: {error}")
            else:
                counts = finished.result.get("counts", {})
                done = (counts.get("features_judged", 0), counts.get("features_kept", 0))
                self._tell(lease, Word.DONE if accepted else Word.STOPPED, "", *done)

    def _tell(
        self, lease: Lease, word: Word, note: str = "", done: int = 0, total: int = 0
    ) -> None:
        self.link.tell(Told(self.name, word, lease.job.subject, note, done, total))

    @contextmanager
    def _held(self, lease: Lease, watch: Watch) -> Iterator[None]:
        """Renew a lease from time to time; a job that is not held any more is given up."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(self._beat_s):
                # the next beat may come through
                with suppress(SQLAlchemyError, DatabaseGoneError):
                    if not self.store.renew(lease, watch.note):
                        watch.lost.set()

        beating = threading.Thread(target=beat, daemon=True)
        beating.start()
        try:
            yield
        finally:
            over.set()
            beating.join()


def _lane(worker: _Worker) -> None:
    """Work until nothing is open; what ends a lane ends the pass, for nobody would miss it."""
    troubles = 0
    try:
        while not worker.link.is_stopped():
            try:
                if not _go_on(worker):
                    return
                troubles = 0
            except SQLAlchemyError as error:
                troubles += 1
                if troubles > MOST_TROUBLES:
                    raise
                LOGGER.warning("the database of the jobs refuses: %s", error)
                worker.link.wait(TROUBLE_PAUSE_S)
    except AuditorError as error:
        worker.link.tell(Told(worker.name, Word.FATAL, note=str(error)))
    except Exception as error:
        # of whatever kind: a lane that ended in silence would leave its cities to nobody
        LOGGER.exception("a worker ends early")
        worker.link.tell(Told(worker.name, Word.FATAL, note=f"{type(error).__name__}: {error}"))


def _go_on(worker: _Worker) -> bool:
    """Do the next job, or wait for one; tells whether there may be more to do."""
    lease = worker.store.lease(worker.name)
    if lease is not None:
        worker.do(lease)
        return True
    at = worker.store.next_at()
    if at is not None:
        wait_s = at - time.time()
        # what is ready and is not given to this worker beside what it has
        shortest_s = SHORTEST_WAIT_S if wait_s > 0 else REFUSED_WAIT_S
        worker.link.wait(min(max(wait_s, shortest_s), LONGEST_WAIT_S))
    return at is not None


class Watch:
    """A ``Progress`` that tells how far a job is, and ends it where the worker is stopped.

    Only the thread that made it is ended so: the threads that read files may not be left half way.
    """

    def __init__(self, link: Link, worker: str, subject: str) -> None:
        self._link = link
        self._worker = worker
        self._subject = subject
        self._own = threading.get_ident()
        self._lock = threading.Lock()
        self._steps: dict[str, list[int]] = {}
        self._told = 0.0
        self.lost = threading.Event()
        self.note = ""

    def begin(self, stage: str, total: int) -> None:
        """A stage begins, or has more steps than was known."""
        with self._lock:
            done = self._steps.get(stage, [0, 0])[0]
            self._steps[stage] = [done, total]
        self._tell(stage, now=True)

    def advance(self, stage: str, steps: int = 1, note: str = "") -> None:
        """More steps of a stage are done."""
        with self._lock:
            self._steps[stage][0] += steps
        self._tell(stage, now=False, at=note)

    def end(self, stage: str) -> None:
        """A stage is over."""
        self._tell(stage, now=True)

    def _tell(self, stage: str, *, now: bool, at: str = "") -> None:
        done, total = self._steps[stage]
        self.note = f"{stage} {done}/{total} {at}".rstrip()
        moment = time.monotonic()
        if now or moment - self._told >= EVERY_S:
            self._told = moment
            self._link.tell(Told(self._worker, Word.STAGE, self._subject, stage, done, total))
        stopped = self.lost.is_set() or self._link.is_stopped()
        if stopped and threading.get_ident() == self._own:
            raise StoppedError(self._subject)
