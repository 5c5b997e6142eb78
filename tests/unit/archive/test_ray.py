"""The Ray engine, with a stand-in for the audit, on a real Ray of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.on_ray import PATIENCE_S, is_alive, wait_until  # isort: split

import ray

from auditor.archive.driving import Pass
from auditor.archive.engines import Opener, Order, Told, Word
from auditor.archive.engines.local import LocalEngine
from auditor.archive.engines.mailbox import MARK_FILE
from auditor.archive.engines.ray import NO_ROOM, RayEngine, require_servers
from auditor.archive.engines.ray_embedding import EmbeddingActor, SharedEmbedder, share_embedder
from auditor.core.errors import CircuitOpenError, ConfigurationError, RunError
from auditor.core.jobs import AttemptEnd, JobState, NewJob, Patience
from auditor.store.jobs.jobs import JobStore
from auditor.store.jobs.opening import open_jobs
from tests.toy_archive import (
    calls_made,
    open_broken,
    open_deadly,
    open_toy,
    published,
    toy_jobs,
)
from tests.toy_embedder import (
    ASKED_FILE,
    TEXTS,
    ToyEmbedder,
    open_asking,
    open_missing_embedder,
    open_mortal_embedder,
    open_toy_embedder,
)

ARCHIVE = "a" * 32
PATIENCE = Patience(lease_s=60, attempts=2, first_wait_s=0.05)
PROCESSORS, GPUS = 4, 2


class Heard:
    """A view that remembers, and does something when it hears a word for the first time."""

    def __init__(self, word: Word | None = None, act: Callable[[], None] | None = None) -> None:
        self.told: list[Told] = []
        self._word = word
        self._act = act

    def hear(self, told: Told) -> None:
        self.told.append(told)
        if told.word is self._word and self._act is not None:
            act, self._act = self._act, None
            act()

    def tick(self) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a Ray that these tests share."""
    head = subprocess.Popen(
        [sys.executable, "-m", "tests.ray_head", str(PROCESSORS), str(GPUS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert head.stdout is not None
    address = head.stdout.readline().strip()
    assert address
    yield address
    head.communicate(timeout=PATIENCE_S)


def store_of(out: Path, jobs: list[NewJob], patience: Patience = PATIENCE) -> JobStore:
    store = open_jobs(out, ARCHIVE, None, patience)
    store.plan(jobs)
    return store


def order_of(out: Path, opener: Opener = open_toy, threads: int = 1) -> Order:
    return Order(out, ARCHIVE, opener, threads=threads, patience=PATIENCE)


def troubled(trouble: str) -> NewJob:
    job = toy_jobs(1)[0]
    return NewJob(f"key-{trouble}", f"{trouble}市", {**job.request, "trouble": trouble})


def test_files_are_not_shared_between_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = order_of(tmp_path)
    require_servers(order, ["10.0.0.1", "10.0.0.1"])
    monkeypatch.setenv("AUDITOR_STORE", "postgresql://x/y")
    with pytest.raises(ConfigurationError, match="SQLite on network"):
        require_servers(order, ["10.0.0.1", "10.0.0.2"])
    on_server = Order(tmp_path, ARCHIVE, open_toy, database="postgresql://x/y")
    require_servers(on_server, ["10.0.0.1", "10.0.0.2"])
    monkeypatch.delenv("AUDITOR_STORE")
    with pytest.raises(ConfigurationError, match="AUDITOR_STORE"):
        require_servers(on_server, ["10.0.0.1", "10.0.0.2"])


@pytest.mark.slow
def test_the_bytes_are_those_of_the_local_engine_and_every_job_is_done_once(
    tmp_path: Path, address: str
) -> None:
    found = []
    for engine in (LocalEngine(), RayEngine(address)):
        out = tmp_path / type(engine).__name__
        out.mkdir()
        store, view = store_of(out, toy_jobs(6)), Heard()
        Pass(order_of(out), engine, store, view, 2).drive()
        assert store.counts() == {JobState.DONE: 6}
        assert set(calls_made(out).values()) == {1}
        assert [told.note for told in view.told if told.word is Word.GONE] == ["", ""]
        assert sum(told.word is Word.DONE for told in view.told) == 6
        assert not (out / MARK_FILE).exists()
        found.append(published(out))
    assert found[0] == found[1] and len(found[0]) == 12


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_its_city_goes_on(
    tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = store_of(tmp_path, [troubled("deadly"), *toy_jobs(2, steps=60)])
    engine, struck = RayEngine(address), list[int]()

    def strike() -> None:
        struck.extend(engine.pids().values())
        for pid in struck:
            os.kill(pid, signal.SIGKILL)

    view = Heard(Word.STAGE, strike)
    Pass(order_of(tmp_path), engine, store, view, 1).drive()
    assert struck and store.counts() == {JobState.FAILED: 1, JobState.DONE: 2}
    ends = [(a.key, a.end) for a in store.attempts()]
    assert ends.count(("key-deadly", AttemptEnd.LOST)) == 2
    assert sum(end is AttemptEnd.LOST for _, end in ends) == 3
    # the judgement in its hands is made again, no other
    assert sum(calls_made(tmp_path).values()) <= 120 + 1
    notes = [told.note for told in view.told if told.word is Word.GONE]
    assert all("Actor" in note for note in notes[:3]) and notes[3:] == [""]
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_an_interrupted_pass_gives_its_jobs_back_and_leaves_no_worker(
    tmp_path: Path, address: str
) -> None:
    store = store_of(tmp_path, toy_jobs(2, steps=4000, step_s=0.02))
    engine, pids = RayEngine(address), list[int]()

    def interrupt() -> None:
        pids.extend(engine.pids().values())
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        Pass(order_of(tmp_path), engine, store, Heard(Word.STAGE, interrupt), 2).drive()
    assert store.counts() == {JobState.WAITING: 2}
    begun = store.attempts()
    assert begun and all(a.end is AttemptEnd.STOPPED for a in begun)
    assert pids
    wait_until(lambda: not any(map(is_alive, pids)))


@pytest.mark.slow
def test_wrong_settings_and_workers_that_never_begin_end_the_pass(
    tmp_path: Path, address: str
) -> None:
    store = store_of(tmp_path, toy_jobs(1))
    with pytest.raises(ConfigurationError, match="model is missing"):
        Pass(order_of(tmp_path, open_broken), RayEngine(address), store, Heard(), 1).drive()
    with pytest.raises(RunError, match="before they begin"):
        Pass(order_of(tmp_path, open_deadly), RayEngine(address), store, Heard(), 1).drive()
    assert store.counts() == {JobState.WAITING: 1}


@pytest.mark.slow
def test_workers_for_whom_there_is_no_room_are_refused(tmp_path: Path, address: str) -> None:
    store, engine = store_of(tmp_path, toy_jobs(3)), RayEngine(address)
    assert engine.processors() == [PROCESSORS]
    with pytest.raises(ConfigurationError, match="room for 2 workers of 2 processors") as refused:
        Pass(order_of(tmp_path, threads=2), engine, store, Heard(), 3).drive()
    assert refused.value.hint == "--workers 2"


@pytest.mark.slow
def test_a_lost_machine_ends_no_pass_as_long_as_another_has_room(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, engine = store_of(tmp_path, toy_jobs(3, steps=60)), RayEngine(address)

    def lose() -> None:
        there = [{"Resources": {"CPU": 2}, "NodeManagerAddress": "127.0.0.1"}]
        monkeypatch.setattr("auditor.archive.engines.ray.machines", lambda: there)
        os.kill(engine.pids()[view.told[-1].worker], signal.SIGKILL)

    view = Heard(Word.STAGE, lose)
    Pass(order_of(tmp_path, threads=2), engine, store, view, 2).drive()
    assert store.counts() == {JobState.DONE: 3}
    assert sum(a.end is AttemptEnd.LOST for a in store.attempts()) == 1


@pytest.mark.slow
def test_workers_are_told_gone_where_no_machine_is_left(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, engine = store_of(tmp_path, toy_jobs(1)), RayEngine(address)
    engine.start(order_of(tmp_path), ["a"])
    try:
        monkeypatch.setattr("auditor.archive.engines.ray.machines", list)
        told = engine.poll(0.0)
        assert [(t.worker, t.word, t.note) for t in told] == [("a", Word.GONE, NO_ROOM)]
        assert not engine.pids() and not engine.poll(0.0)
    finally:
        engine.stop(0)
    assert store.counts() == {JobState.WAITING: 1}


@pytest.mark.slow
def test_an_embedder_takes_the_gpus_that_are_free_and_waits_for_no_other(address: str) -> None:
    engine = RayEngine(address)
    engine.processors()  # connects
    try:
        there = [
            ray.remote(EmbeddingActor).options(num_cpus=0, num_gpus=1).remote(open_toy_embedder, {})
            for _ in range(GPUS)
        ]
        assert ray.get([actor.facts.remote() for actor in there])
        assert share_embedder(open_toy_embedder, {}) is None
        ray.kill(there.pop())
        shared = share_embedder(open_toy_embedder, {})
        assert shared is not None and shared.dimension == ToyEmbedder.dimension
    finally:
        engine.stop(0)


@pytest.mark.slow
def test_a_lost_embedder_is_left_out_and_the_last_ones_end_is_no_citys_fault(
    address: str,
) -> None:
    engine = RayEngine(address)
    engine.processors()  # connects
    try:
        kind = ray.remote(EmbeddingActor).options(num_cpus=0, max_restarts=0)
        actors = [kind.remote(open_toy_embedder, {}) for _ in range(2)]
        facts = ray.get(actors[0].facts.remote())
        shared, own = SharedEmbedder(actors, facts), ToyEmbedder().embed_queries(TEXTS)
        ray.kill(actors[0])
        for _ in range(3):
            assert np.array_equal(shared.embed_queries(TEXTS), own)
        ray.kill(actors[1])
        for _ in range(2):
            with pytest.raises(CircuitOpenError, match="every embedder"):
                shared.embed_passages(TEXTS)
    finally:
        engine.stop(0)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere"])
def test_an_address_at_which_nobody_listens_is_told_at_once(address: str) -> None:
    with pytest.raises(ConfigurationError, match="no Ray cluster"):
        RayEngine(address).processors()


@pytest.mark.slow
def test_workers_share_an_embedder_a_gpu_which_may_die_once(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDITOR_TOY_DIED", str(tmp_path / "died"))
    own = ToyEmbedder()
    expected = np.stack([own.embed_passages(TEXTS), own.embed_queries(TEXTS)])
    for opening in (open_toy_embedder, open_mortal_embedder):
        out = tmp_path / opening.__name__
        out.mkdir()
        order = Order(out, ARCHIVE, open_asking, patience=PATIENCE, embedding=opening)
        Pass(order, RayEngine(address), store_of(out, toy_jobs(1)), Heard(), 1).drive()
        assert np.array_equal(np.load(out / ASKED_FILE), expected)
    assert (tmp_path / "died").exists()
    missing = Order(tmp_path, ARCHIVE, open_toy, embedding=open_missing_embedder)
    store = store_of(tmp_path, toy_jobs(1))
    with pytest.raises(ConfigurationError, match="files are missing"):
        Pass(missing, RayEngine(address), store, Heard(), 1).drive()
