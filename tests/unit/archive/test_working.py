"""Workers and the pass that drives them, with a stand-in for the audit and real processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from auditor.archive import working
from auditor.archive.driving import Pass, alone
from auditor.archive.engines import Opener, Order, Told, Word
from auditor.archive.engines.local import LocalEngine
from auditor.archive.working import StoppedError, Watch, work
from auditor.core.errors import ConfigurationError, RunError
from auditor.core.jobs import AttemptEnd, JobState, NewJob, Patience
from auditor.store.jobs.jobs import JobStore
from auditor.store.jobs.opening import DATABASE_FILE, open_jobs
from auditor.store.opening import Database, open_engine
from tests.toy_archive import (
    Toy,
    calls_made,
    open_broken,
    open_deadly,
    open_toy,
    published,
    toy_jobs,
)

ARCHIVE = "a" * 32
PATIENCE = Patience(lease_s=30, attempts=2, first_wait_s=0.05)


class Here:
    """A link within the test's own process."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.stop = threading.Event()

    def tell(self, told: Told) -> None:
        self.told.append(told)

    def is_stopped(self) -> bool:
        return self.stop.is_set()

    def wait(self, seconds: float) -> bool:
        return self.stop.wait(seconds)


class Stopping(Here):
    """A link to a pass that ends at the first word of a fatal error."""

    def tell(self, told: Told) -> None:
        super().tell(told)
        if told.word is Word.FATAL:
            self.stop.set()


class Heard:
    """A view that only remembers."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def hear(self, told: Told) -> None:
        self.told.append(told)

    def tick(self) -> None:
        pass


def store_of(out: Path, jobs: Sequence[NewJob]) -> JobStore:
    store = open_jobs(out, ARCHIVE, None, PATIENCE)
    store.plan(jobs)
    return store


def order_of(out: Path, opener: Opener = open_toy, cities: int = 1) -> Order:
    return Order(out, ARCHIVE, opener, cities=cities, patience=PATIENCE)


def troubled(trouble: str) -> NewJob:
    job = toy_jobs(1)[0]
    return NewJob(f"key-{trouble}", f"{trouble}市", {**job.request, "trouble": trouble})


@pytest.mark.parametrize("cities", [1, 3])
def test_a_worker_does_every_job_once_and_ends(tmp_path: Path, cities: int) -> None:
    store, link = store_of(tmp_path, toy_jobs(5)), Here()
    work(order_of(tmp_path, cities=cities), "w", link)
    assert store.counts() == {JobState.DONE: 5}
    assert set(calls_made(tmp_path).values()) == {1} and len(calls_made(tmp_path)) == 60
    assert sum(told.word is Word.DONE for told in link.told) == 5


def test_one_bad_city_never_stops_the_rest(tmp_path: Path) -> None:
    good = toy_jobs(2)
    store = store_of(tmp_path, [troubled("final"), good[0], troubled("fault"), good[1]])
    work(order_of(tmp_path), "w", Here())
    states = {job.subject: (job.state, job.attempts) for job in store.all()}
    assert states == {
        "final市": (JobState.FAILED, 1), "城00市": (JobState.DONE, 1),
        "fault市": (JobState.FAILED, 2), "城01市": (JobState.DONE, 1),
    }  # fmt: skip
    fault = store.get("key-fault")
    assert fault is not None and "ZeroDivisionError" in fault.message


def test_a_city_whose_call_is_too_large_fails_alone_and_a_spent_budget_ends_the_pass(
    tmp_path: Path,
) -> None:
    good = toy_jobs(2)
    store = store_of(tmp_path, [troubled("oversize"), good[0], troubled("spent"), good[1]])
    work(order_of(tmp_path), "w", Stopping())
    states = {job.subject: (job.state, job.attempts) for job in store.all()}
    assert states == {
        "oversize市": (JobState.FAILED, 1), "城00市": (JobState.DONE, 1),
        "spent市": (JobState.WAITING, 0), "城01市": (JobState.WAITING, 0),
    }  # fmt: skip


def test_a_stopped_worker_gives_its_job_back_and_another_goes_on(tmp_path: Path) -> None:
    store, link = store_of(tmp_path, toy_jobs(1, steps=400)), Here()
    worker = threading.Thread(target=work, args=(order_of(tmp_path), "one", link))
    worker.start()
    while not calls_made(tmp_path):
        threading.Event().wait(0.01)
    link.stop.set()
    worker.join(20)
    assert not worker.is_alive() and store.counts() == {JobState.WAITING: 1}
    assert [a.end for a in store.attempts()] == [AttemptEnd.STOPPED]
    work(order_of(tmp_path), "two", Here())
    assert store.counts() == {JobState.DONE: 1}
    assert set(calls_made(tmp_path).values()) == {1} and len(calls_made(tmp_path)) == 400


def test_a_cancelled_job_ends_without_a_result(tmp_path: Path) -> None:
    store = open_jobs(tmp_path, ARCHIVE, None, Patience(lease_s=0.4))
    store.plan(toy_jobs(1, steps=4000))
    order = Order(tmp_path, ARCHIVE, open_toy, patience=Patience(lease_s=0.4))
    worker = threading.Thread(target=work, args=(order, "one", Here()))
    worker.start()
    while not calls_made(tmp_path):
        threading.Event().wait(0.01)
    assert store.cancel(["key-城00市"]) == 1
    worker.join(20)
    assert not worker.is_alive() and store.counts() == {JobState.CANCELLED: 1}
    assert published(tmp_path) == {}


def test_only_the_thread_of_the_audit_is_ended_by_a_stop() -> None:
    link = Here()
    watch = Watch(link, "w", "城市")
    watch.begin("read", 2)
    link.stop.set()
    other = threading.Thread(target=watch.advance, args=("read",))
    other.start()
    other.join()
    assert watch.note == "read 1/2"
    with pytest.raises(StoppedError):
        watch.advance("read")


class Renamed:
    """The table of the jobs under another name, as if the database refused whatever is asked."""

    def __init__(self, out: Path) -> None:
        self._database = Database(open_engine(out / DATABASE_FILE))

    def away(self) -> None:
        self._rename("archive_jobs", "elsewhere")

    def back(self) -> None:
        self._rename("elsewhere", "archive_jobs")

    def _rename(self, old: str, new: str) -> None:
        with self._database.write() as connection:
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


def open_refused(order: Order, say: Callable[[str], None]) -> Toy:
    """An opener after which the database of the jobs refuses everything."""
    Renamed(order.out).away()
    return open_toy(order, say)


def test_a_database_that_goes_on_refusing_ends_the_pass_with_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "TROUBLE_PAUSE_S", 0.01)
    store_of(tmp_path, toy_jobs(3))
    link = Here()
    work(order_of(tmp_path, open_refused, cities=2), "w", link)
    assert [told.word for told in link.told] == [Word.READY, Word.FATAL, Word.FATAL]
    assert all("no such table" in told.note for told in link.told[1:])


def test_a_database_that_refuses_for_a_moment_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, link = store_of(tmp_path, toy_jobs(3)), Here()
    monkeypatch.setattr(link, "wait", lambda _seconds: Renamed(tmp_path).back())
    work(order_of(tmp_path, open_refused), "w", link)
    assert store.counts() == {JobState.DONE: 3}
    assert all(told.word is not Word.FATAL for told in link.told)


@pytest.mark.slow
def test_processes_do_all_jobs_and_the_bytes_do_not_depend_on_their_number(tmp_path: Path) -> None:
    found = []
    for count in (1, 3):
        out = tmp_path / str(count)
        out.mkdir()
        store = store_of(out, toy_jobs(6))
        Pass(order_of(out), LocalEngine(), store, Heard(), count).drive()
        assert store.counts() == {JobState.DONE: 6}
        found.append(published(out))
    assert found[0] == found[1] and len(found[0]) == 12


@pytest.mark.slow
def test_a_city_that_ends_its_worker_is_given_up_and_the_others_are_done(tmp_path: Path) -> None:
    store = store_of(tmp_path, [troubled("deadly"), *toy_jobs(3)])
    view = Heard()
    Pass(order_of(tmp_path), LocalEngine(), store, view, 1).drive()
    assert store.counts() == {JobState.FAILED: 1, JobState.DONE: 3}
    ends = [a.end for a in store.attempts() if a.key == "key-deadly"]
    assert ends == [AttemptEnd.LOST, AttemptEnd.LOST]
    assert [t.note for t in view.told if t.word is Word.GONE][:2] == ["ended with code 9"] * 2


@pytest.mark.slow
def test_a_city_that_ends_its_worker_takes_those_beside_it_not_down(tmp_path: Path) -> None:
    first, last = toy_jobs(2, steps=100)
    store = store_of(tmp_path, [first, troubled("deadly"), last])
    Pass(order_of(tmp_path, cities=3), LocalEngine(), store, Heard(), 1).drive()
    states = {job.subject: job.state for job in store.all()}
    assert states == {
        "城00市": JobState.DONE, "deadly市": JobState.FAILED, "城01市": JobState.DONE,
    }  # fmt: skip
    ends = [a.end for a in store.attempts() if a.key == "key-deadly"]
    assert ends == [AttemptEnd.LOST] * 3  # one beside others, then two of its own


@pytest.mark.slow
def test_wrong_settings_and_workers_that_never_begin_end_the_pass(tmp_path: Path) -> None:
    store = store_of(tmp_path, toy_jobs(1))
    with pytest.raises(ConfigurationError, match="model is missing"):
        Pass(order_of(tmp_path, open_broken), LocalEngine(), store, Heard(), 1).drive()
    with pytest.raises(RunError, match="before they begin"):
        Pass(order_of(tmp_path, open_deadly), LocalEngine(), store, Heard(), 1).drive()
    assert store.counts() == {JobState.WAITING: 1}


def test_two_passes_do_not_work_on_one_folder(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(ConfigurationError, match="another pass"), alone(tmp_path):
        pass
