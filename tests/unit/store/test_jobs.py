"""The job store over SQLite and PostgreSQL: one holder at a time, one accepted result a key."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from auditor.core.errors import ConfigurationError
from auditor.core.jobs import AttemptEnd, JobState, Lease, NewJob, Patience
from auditor.store.jobs.jobs import JobStore
from auditor.store.jobs.opening import open_jobs
from auditor.store.jobs.tables import FORM
from auditor.store.opening import Database, open_engine

PATIENCE = Patience(lease_s=60, attempts=3, first_wait_s=10, longest_wait_s=15)
Open = Callable[..., JobStore]


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
def open_store(database_url: str | None, tmp_path: Path, clock: Clock) -> Iterator[Open]:
    """Opens the store of an archive, as often as it is called."""
    opened: list[JobStore] = []

    def opening(archive: str = "a" * 32, at: Callable[[], float] = clock) -> JobStore:
        opened.append(open_jobs(tmp_path, archive, database_url, PATIENCE, at))
        return opened[-1]

    yield opening
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Open) -> JobStore:
    return open_store()


def jobs(*keys: str) -> list[NewJob]:
    return [NewJob(key, f"{key}市", {"n": key}) for key in keys]


def taken(store: JobStore, worker: str = "w") -> Lease:
    lease = store.lease(worker)
    assert lease is not None
    return lease


def state_of(store: JobStore, key: str) -> JobState:
    job = store.get(key)
    assert job is not None
    return job.state


def test_jobs_come_in_the_order_of_the_plan_and_once_each(store: JobStore) -> None:
    store.plan(jobs("c", "a", "b"))
    got = [taken(store).job.key for _ in range(3)]
    assert got == ["c", "a", "b"] and store.lease("w") is None


def test_a_result_is_accepted_from_the_holder_once(store: JobStore) -> None:
    store.plan(jobs("a"))
    lease = taken(store)
    published: list[int] = []
    assert store.accept(lease, {"digest": "d"}, lambda: published.append(1))
    assert not store.accept(lease, {"digest": "e"}, lambda: published.append(2))
    job = store.get("a")
    assert job is not None and job.state is JobState.DONE and job.result == {"digest": "d"}
    assert published == [1] and store.next_at() is None


def test_a_result_whose_publishing_fails_is_not_accepted(store: JobStore) -> None:
    store.plan(jobs("a"))
    lease = taken(store)

    def full_disk() -> None:
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        store.accept(lease, {}, full_disk)
    assert state_of(store, "a") is JobState.LEASED
    assert store.accept(lease, {})


def test_a_lease_that_runs_out_goes_to_another_and_the_first_holder_is_refused(
    store: JobStore, clock: Clock
) -> None:
    store.plan(jobs("a"))
    first = taken(store, "one")
    clock.now += 59
    assert store.renew(first, "judge 3/9") and store.lease("two") is None
    clock.now += 59
    assert store.lease("two") is None
    clock.now += 2
    second = taken(store, "two")
    assert second.attempt == 2 and second.token != first.token
    assert not store.renew(first) and not store.accept(first, {}) and not store.fail(first, "x")
    assert store.accept(second, {"by": "two"})
    assert [a.end for a in store.attempts()] == [AttemptEnd.LOST, AttemptEnd.DONE]


def test_a_late_holder_whose_job_nobody_took_may_still_hand_in(
    store: JobStore, clock: Clock
) -> None:
    store.plan(jobs("a"))
    lease = taken(store)
    clock.now += 1000
    assert store.accept(lease, {})


def test_failures_wait_longer_each_time_and_then_stay_failed(store: JobStore, clock: Clock) -> None:
    store.plan(jobs("a"))
    assert store.fail(taken(store), "one")
    assert store.lease("w") is None and store.next_at() == clock.now + 10
    clock.now += 10
    assert store.fail(taken(store), "two") and store.next_at() == clock.now + 15
    clock.now += 15
    assert store.fail(taken(store), "three")
    job = store.get("a")
    assert job is not None and job.state is JobState.FAILED and job.message == "three"
    clock.now += 10_000
    assert store.lease("w") is None
    assert store.reopen(["a"]) == 1 and taken(store).attempt == 1


def test_what_cannot_succeed_is_not_tried_again(store: JobStore) -> None:
    store.plan(jobs("a"))
    store.fail(taken(store), "no papers", for_good=True)
    assert state_of(store, "a") is JobState.FAILED


def test_the_jobs_of_a_dead_worker_are_free_at_once(store: JobStore) -> None:
    store.plan(jobs("a", "b"))
    taken(store, "dead")
    taken(store, "alive")
    assert store.release("dead", "killed") == 1
    again = taken(store, "new")
    assert again.job.key == "a" and again.attempt == 2 and store.lease("new") is None


def test_a_job_that_ends_its_workers_is_given_up(store: JobStore) -> None:
    store.plan(jobs("poison"))
    for _ in range(PATIENCE.attempts):
        taken(store, "w")
        store.release("w", "killed by signal 9")
    assert state_of(store, "poison") is JobState.FAILED


def test_of_jobs_that_were_lost_together_only_the_one_that_ends_its_worker_is_given_up(
    store: JobStore,
) -> None:
    store.plan(jobs("good", "poison", "fine"))
    deaths = 0
    while (first := store.lease(f"w{deaths}")) is not None:
        held = [first]
        while len(held) < 3 and (more := store.lease(f"w{deaths}")) is not None:
            held.append(more)
        if any(lease.job.key == "poison" for lease in held):
            store.release(f"w{deaths}", "killed by signal 9")
            deaths += 1
            continue
        assert all(store.accept(lease, {}) for lease in held)
    states = {job.key: job.state for job in store.all()}
    assert states == {"good": JobState.DONE, "poison": JobState.FAILED, "fine": JobState.DONE}
    # the death of all three, then those of its own
    assert deaths == 1 + PATIENCE.attempts


def test_a_job_that_may_have_ended_its_worker_is_held_alone(store: JobStore) -> None:
    store.plan(jobs("a", "b", "c", "d"))
    assert [taken(store, "dead").job.key for _ in range(2)] == ["a", "b"]
    assert store.release("dead", "killed") == 2
    assert [taken(store, "w").job.key, store.lease("w")] == ["a", None]
    assert [taken(store, "v").job.key, store.lease("v")] == ["b", None]
    assert [taken(store, "u").job.key for _ in range(2)] == ["c", "d"]


def test_jobs_without_suspicion_go_first_beside_each_other(store: JobStore, clock: Clock) -> None:
    store.plan(jobs("a", "b", "c"))
    busy = taken(store, "w")
    taken(store, "dead")
    store.release("dead", "killed")
    other = taken(store, "w")
    assert (busy.job.key, other.job.key, store.lease("w")) == ("a", "c", None)
    assert store.accept(busy, {}) and store.lease("w") is None
    assert store.accept(other, {})
    last = taken(store, "w")
    assert (last.job.key, last.attempt) == ("b", 2)
    store.fail(last, "something else")
    clock.now += 100
    store.plan(jobs("e", "b"))
    assert [taken(store, "w").job.key for _ in range(2)] == ["e", "b"]


def test_stopped_attempts_do_not_count(store: JobStore) -> None:
    store.plan(jobs("a"))
    for _ in range(PATIENCE.attempts + 1):
        assert store.give_back(taken(store))
    for _ in range(PATIENCE.attempts + 1):
        taken(store)
        assert store.release_all() == 1
    assert taken(store).attempt == 1


def test_a_new_plan_cancels_what_it_does_not_want_and_keeps_what_is_done(store: JobStore) -> None:
    store.plan(jobs("a", "b", "c"))
    store.accept(taken(store), {"digest": "a"})
    held = taken(store)
    assert held.job.key == "b"
    store.plan(jobs("d", "a"))
    states = {job.key: job.state for job in store.all()}
    assert states == {
        "a": JobState.DONE, "b": JobState.CANCELLED, "c": JobState.CANCELLED,
        "d": JobState.WAITING,
    }  # fmt: skip
    assert not store.accept(held, {})
    store.plan(jobs("b", "a"))
    assert state_of(store, "b") is JobState.WAITING and state_of(store, "d") is JobState.CANCELLED


def test_cancelled_jobs_are_not_given_out(store: JobStore) -> None:
    store.plan(jobs("a", "b"))
    held = taken(store)
    assert store.cancel(["a", "b"]) == 2 and not store.renew(held) and store.lease("w") is None


def test_archives_in_one_database_do_not_see_each_other(open_store: Open) -> None:
    one, two = open_store("1" * 32), open_store("2" * 32)
    one.plan(jobs("a"))
    two.plan(jobs("a"))
    assert one.accept(taken(one), {"of": 1}) and two.counts() == {JobState.WAITING: 1}


def test_a_store_of_another_form_is_refused(
    open_store: Open, tmp_path: Path, database_url: str | None
) -> None:
    open_store()
    database = Database(open_engine(tmp_path / "archive.db", database_url))
    with database.write() as connection:
        connection.execute(update(FORM).values(version=99))
    database.close()
    with pytest.raises(ConfigurationError, match="form 99"):
        open_store()


@pytest.mark.slow
def test_many_workers_at_once_do_every_job_once(open_store: Open) -> None:
    keys = [f"{n:03}" for n in range(60)]
    open_store(at=time.time).plan(jobs(*keys))
    done: list[str] = []
    lock = threading.Lock()

    def work(name: str) -> None:
        store = open_store(at=time.time)
        while (lease := store.lease(name)) is not None:
            store.renew(lease)
            if store.accept(lease, {"by": name}):
                with lock:
                    done.append(lease.job.key)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == keys
    assert Counter(a.end for a in open_store().attempts()) == {AttemptEnd.DONE: len(keys)}


ACTS = st.lists(
    st.tuples(
        st.sampled_from(("lease", "accept", "fail", "renew", "back", "release", "pass", "plan")),
        st.integers(0, 3),
    ),
    max_size=60,
)


OF_LEASES: dict[str, Callable[[JobStore, Lease], bool]] = {
    "accept": lambda store, lease: store.accept(lease, {}),
    "fail": lambda store, lease: store.fail(lease, "no") and False,
    "renew": lambda store, lease: store.renew(lease) and False,
    "back": lambda store, lease: store.give_back(lease) and False,
}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS)
def test_whatever_happens_a_key_has_at_most_one_result_and_one_holder(
    acts: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    clock = Clock()
    store = open_jobs(tmp_path_factory.mktemp("jobs"), "a" * 32, None, PATIENCE, clock)
    keys = ("a", "b", "c")
    store.plan(jobs(*keys))
    leases: list[Lease] = []
    accepted: Counter[str] = Counter()
    for act, n in acts:
        if act == "lease" and (lease := store.lease(f"w{n}")) is not None:
            leases.append(lease)
        if act == "pass":
            clock.now += 25 * n
        if act == "plan":
            store.plan(jobs(*keys))
        if act == "release":
            store.release(f"w{n}")
        if leases and act in OF_LEASES:
            lease = leases[n % len(leases)]
            accepted[lease.job.key] += OF_LEASES[act](store, lease)
        held = [job for job in store.all() if job.state is JobState.LEASED]
        assert all(job.attempts <= PATIENCE.attempts and job.holder for job in held)
        assert all(job.result == {} or job.state is JobState.DONE for job in store.all())
    assert set(accepted.values()) <= {0, 1}
    assert all((job.state is JobState.DONE) == (accepted[job.key] == 1) for job in store.all())
    running = [a.key for a in store.attempts() if a.end is AttemptEnd.RUNNING]
    assert sorted(running) == sorted(j.key for j in store.all() if j.state is JobState.LEASED)
    store.close()


BEHIND = """
import sys, time
from pathlib import Path

true_time = time.time
time.time = lambda: true_time() - 3600
from auditor.core.jobs import Patience
from auditor.store.jobs.opening import open_jobs

store = open_jobs(Path(sys.argv[1]), "c" * 32, sys.argv[2], Patience(lease_s=60))
print(store.lease("behind").until)
"""


def test_a_machine_whose_clock_is_behind_keeps_its_lease(postgres_url: str, tmp_path: Path) -> None:
    right = open_jobs(tmp_path, "c" * 32, postgres_url, PATIENCE)
    try:
        right.plan(jobs("a"))
        began = time.time()
        words = [sys.executable, "-c", BEHIND, str(tmp_path), postgres_url]
        until = float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        assert began + 59 < until < time.time() + 61
        assert right.lease("other") is None
    finally:
        right.close()
