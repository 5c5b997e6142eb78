"""A PostgreSQL that is killed in the middle of an act: the act is done once all the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from auditor.archive.engines import Order, Told, Word
from auditor.archive.working import work
from auditor.core import limiting
from auditor.core.errors import DatabaseGoneError
from auditor.core.jobs import AttemptEnd, JobState, Lease, NewJob, Patience
from auditor.core.limiting import Ask, Caps
from auditor.search.embedder import Vectors
from auditor.store.jobs.jobs import JobStore
from auditor.store.jobs.opening import open_jobs
from auditor.store.jobs.tables import ATTEMPTS, JOBS
from auditor.store.journal import Journal
from auditor.store.limits import open_book
from auditor.store.opening import Database, open_engine
from auditor.store.vectors import VectorStore
from tests.postgres import Server
from tests.toy_archive import calls_made, open_toy, toy_jobs

ARCHIVE = "a" * 32
PATIENCE = Patience(lease_s=60, database_s=600)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(server: Server, tmp_path: Path) -> Iterator[Database]:
    """The database of an archive's jobs."""
    open_jobs(tmp_path, ARCHIVE, server.url).close()
    database = Database(open_engine(tmp_path, server.url), PATIENCE.database_s)
    yield database
    database.close()


@pytest.fixture
def store(database: Database, clock: Clock) -> JobStore:
    """The jobs of an archive with one city, which is nobody's yet."""
    with database.write() as connection:
        connection.execute(delete(JOBS))
        connection.execute(delete(ATTEMPTS))
    store = JobStore(database, ARCHIVE, PATIENCE, clock)
    store.plan([NewJob("a", "甲市", {})])
    return store


def come_back(server: Server, after_s: float = 0.4) -> None:
    """Kill the server now; it is started again while the test goes on."""
    server.strike()
    threading.Timer(after_s, server.start).start()


def taken(store: JobStore, worker: str = "w") -> Lease:
    lease = store.lease(worker)
    assert lease is not None
    return lease


def die_after_commit(server: Server, database: Database, patch: pytest.MonkeyPatch) -> None:
    """Have the server die once, when it has committed and before it could say so."""
    commit = database.engine.dialect.do_commit

    def committed(connection: Any) -> None:
        commit(connection)
        patch.undo()
        come_back(server)
        connection.execute("SELECT 1")

    patch.setattr(database.engine.dialect, "do_commit", committed)


def test_a_result_is_published_once_though_the_server_dies_before_its_commit(
    server: Server, store: JobStore
) -> None:
    published: list[int] = []

    def publish() -> None:
        published.append(1)
        come_back(server)

    assert store.accept(taken(store), {"digest": "d"}, publish)
    assert published == [1] and store.counts() == {JobState.DONE: 1}
    job = store.get("a")
    assert job is not None and job.result == {"digest": "d"}


def test_a_result_whose_commit_came_through_unheard_is_known_as_accepted(
    server: Server, database: Database, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[int] = []
    lease = taken(store)
    die_after_commit(server, database, monkeypatch)
    assert store.accept(lease, {}, lambda: published.append(1))
    assert published == [1] and [a.end for a in store.attempts()] == [AttemptEnd.DONE]
    assert not store.accept(Lease(lease.job, "0" * 32, lease.until, 1), {})


def test_a_lease_whose_commit_came_through_unheard_is_given_once(
    server: Server, database: Database, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_after_commit(server, database, monkeypatch)
    lease = taken(store)
    assert lease.attempt == 1 and lease.job.state is JobState.LEASED and lease.job.holder == "w"
    assert [a.end for a in store.attempts()] == [AttemptEnd.RUNNING]
    assert store.lease("other") is None and store.accept(lease, {})


def test_no_lease_runs_out_while_nobody_could_renew_it(
    server: Server, database: Database, store: JobStore, clock: Clock
) -> None:
    other = JobStore(database, ARCHIVE, PATIENCE, clock)
    held = taken(store)
    clock.now += 50
    assert store.renew(held)
    server.strike()
    with pytest.raises(DatabaseGoneError):
        store.renew(held)
    clock.now += 500
    server.start()
    assert other.lease("other") is None and other.next_at() == clock.now + PATIENCE.lease_s
    assert store.renew(held)
    clock.now += PATIENCE.lease_s
    again = taken(other, "other")
    assert again.attempt == 2 and not store.renew(held)


def test_a_server_that_stays_away_is_given_up_with_the_remedy(
    server: Server, store: JobStore, tmp_path: Path
) -> None:
    impatient = open_jobs(tmp_path, ARCHIVE, server.url, Patience(database_s=0.5))
    server.strike()
    try:
        with pytest.raises(DatabaseGoneError, match=r"does not answer any more.*jobs resume"):
            impatient.counts()
        store.hurry()
        with pytest.raises(DatabaseGoneError):
            store.counts()
        with pytest.raises(DatabaseGoneError, match="--database"):
            open_jobs(tmp_path, ARCHIVE, server.url)
    finally:
        server.start()
    assert store.counts() == impatient.counts() == {JobState.WAITING: 1}
    impatient.close()


def test_a_worker_that_begins_meanwhile_waits_too(server: Server, tmp_path: Path) -> None:
    come_back(server)
    store = open_jobs(tmp_path, ARCHIVE, server.url, PATIENCE, was_there=True)
    assert store.get("nothing") is None
    store.close()


class Here:
    """A worker's link within the test's own process."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def tell(self, told: Told) -> None:
        self.told.append(told)

    def is_stopped(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return threading.Event().wait(seconds)


def test_a_worker_whose_server_stays_away_ends_the_pass_and_no_attempt_counts(
    server: Server, store: JobStore, tmp_path: Path
) -> None:
    store.plan(toy_jobs(2, steps=200))
    link = Here()
    order = Order(tmp_path, ARCHIVE, open_toy, server.url, patience=Patience(database_s=0.5))
    worker = threading.Thread(target=work, args=(order, "w", link))
    worker.start()
    while not calls_made(tmp_path):
        threading.Event().wait(0.01)
    server.strike()
    worker.join(300)
    server.start()
    assert not worker.is_alive()
    assert link.told[-1].word is Word.FATAL and "jobs resume" in link.told[-1].note
    assert store.release_all() == 1 and store.counts() == {JobState.WAITING: 2}
    assert [job.attempts for job in store.all() if job.is_wanted] == [0, 0]


def test_an_error_that_no_waiting_mends_is_raised_at_once(store: JobStore) -> None:
    with pytest.raises(DBAPIError):
        store.plan([NewJob("k" * 65, "甲市", {})])


class Deadly(dict[str, int]):
    """A value in the midst of whose writing something happens once."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__(a=1)
        self._happens = [happens]

    def items(self) -> Any:
        while self._happens:
            self._happens.pop()()
        return super().items()


def test_judgements_under_way_when_the_server_dies_are_all_kept_or_none(
    server: Server, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "j.db", server.url)
    journal.put_all({"1": 1, "2": Deadly(lambda: come_back(server)), "3": 3})
    assert [journal.get(key) for key in "123"] == [1, {"a": 1}, 3]
    journal.close()
    impatient = Journal(tmp_path / "j.db", server.url, 0.3)
    with pytest.raises(DatabaseGoneError):
        impatient.put_all({"4": 4, "5": Deadly(server.strike), "6": 6})
    server.start()
    assert [impatient.get(key) for key in "3456"] == [3, None, None, None]
    impatient.close()


def test_vectors_wait_for_their_server(server: Server, tmp_path: Path) -> None:
    asked: list[str] = []

    def embed(texts: Sequence[str]) -> Vectors:
        asked.extend(texts)
        come_back(server)
        return np.ones((len(texts), 2), dtype=np.float32)

    store = VectorStore(tmp_path / "v.db", server.url)
    first = store.get_or_embed("m", ["甲", "乙"], embed)
    assert first.tobytes() == store.get_or_embed("m", ["甲", "乙"], embed).tobytes()
    assert sorted(asked) == ["乙", "甲"]
    store.close()


def test_a_call_waits_for_the_server_that_counts_it(server: Server, tmp_path: Path) -> None:
    book = open_book(tmp_path / "calls.db", server.url)
    come_back(server)
    granted = book.reserve(Ask(("m@one",), 10, 5, "purse"), Caps(), limiting.Patience())
    assert isinstance(granted, limiting.Granted) and book.spent("purse").held == 5
    book.close()
