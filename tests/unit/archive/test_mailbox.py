"""Workers that are listened to by calls, without any engine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import auditor
from auditor.archive.engines import Order, Told, Word
from auditor.archive.engines.mailbox import MARK_FILE, News, Setting, Worker
from auditor.core.jobs import JobState
from auditor.store.jobs.opening import open_jobs
from tests.toy_archive import calls_made, open_broken, open_toy, toy_jobs

ARCHIVE = "a" * 32
HERE = Setting(auditor.__version__, {})


def life_of(worker: Worker) -> tuple[list[Told], News]:
    """All that a worker tells until it is over."""
    told: list[Told] = []
    while True:
        news = worker.hear(20)
        told += news.told
        if news.over:
            return told, news


def test_a_worker_tells_everything_in_order_and_that_it_is_over(tmp_path: Path) -> None:
    store = open_jobs(tmp_path, ARCHIVE)
    store.plan(toy_jobs(2))
    told, last = life_of(Worker(Order(tmp_path, ARCHIVE, open_toy), "w", HERE))
    words = [t.word for t in told if t.word is not Word.STAGE]
    assert words == [Word.READY, Word.BEGUN, Word.DONE, Word.BEGUN, Word.DONE]
    assert last.note == "" and store.counts() == {JobState.DONE: 2}


def test_a_stopped_worker_gives_its_job_back(tmp_path: Path) -> None:
    store = open_jobs(tmp_path, ARCHIVE)
    store.plan(toy_jobs(1, steps=4000))
    worker = Worker(Order(tmp_path, ARCHIVE, open_toy), "w", HERE)
    while not calls_made(tmp_path):
        worker.hear(0.05)
    worker.stop()
    told, _ = life_of(worker)
    assert told[-1].word is Word.STOPPED and store.counts() == {JobState.WAITING: 1}


def test_silence_is_told_after_the_time_that_was_asked_for(tmp_path: Path) -> None:
    store = open_jobs(tmp_path, ARCHIVE)
    store.plan(toy_jobs(1, steps=1, step_s=3))
    worker = Worker(Order(tmp_path, ARCHIVE, open_toy), "w", HERE)
    heard = [worker.hear(0.2) for _ in range(6)]
    assert News(()) in heard
    life_of(worker)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (Setting("0.0.0", {}), "not 0.0.0"),
        (Setting(auditor.__version__, {}, "another mark"), "storage that all machines"),
    ],
)
def test_a_worker_that_does_not_fit_says_why_and_touches_nothing(
    tmp_path: Path, setting: Setting, said: str
) -> None:
    (tmp_path / MARK_FILE).write_text("this mark", encoding="ascii")
    (told,), _ = life_of(Worker(Order(tmp_path, ARCHIVE, open_toy), "w", setting))
    assert told.word is Word.FATAL and said in told.note
    assert [file.name for file in tmp_path.iterdir()] == [MARK_FILE]


def test_a_worker_takes_over_variables_and_tells_wrong_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUDITOR_TOY", raising=False)
    (tmp_path / MARK_FILE).write_text("mark", encoding="ascii")
    setting = Setting(auditor.__version__, {"AUDITOR_TOY": "7"}, "mark")
    (told,), _ = life_of(Worker(Order(tmp_path, ARCHIVE, open_broken), "w", setting))
    assert told.word is Word.FATAL and "model is missing" in told.note
    assert os.environ["AUDITOR_TOY"] == "7"


def test_a_fault_that_nobody_foresaw_ends_the_worker_with_a_note(tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_bytes(b"no database at all, but a file of some length" * 99)
    told, last = life_of(Worker(Order(tmp_path, ARCHIVE, open_toy), "w", HERE))
    assert Word.READY not in [t.word for t in told]
    assert last.over and (last.note or told[-1].word is Word.FATAL)
