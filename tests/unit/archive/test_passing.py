"""A pass as a whole: how its means are shared out, and what it says at its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from auditor.archive import working
from auditor.archive.driving import Pass
from auditor.archive.engines import Opener, Order, Told
from auditor.archive.passing import Archive, Means, order_of, resume
from auditor.archive.places import WORK_FOLDER
from auditor.archive.request import ArchiveRequest
from auditor.choice import Choice
from auditor.core.errors import ConfigurationError
from auditor.core.jobs import Job, JobState, Patience
from auditor.store.jobs.opening import DATABASE_FILE
from auditor.store.opening import Database, open_engine
from tests.inline_engine import InlineEngine
from tests.toy_archive import Toy, open_broken, open_toy, toy_jobs


class Blind:
    """A view that sees nothing."""

    def hear(self, told: Told) -> None:
        pass

    def tick(self) -> None:
        pass


def archive_in(
    out: Path, opener: Opener = open_toy, judge: str = "none", workers: int | None = 8
) -> Archive:
    asked = ArchiveRequest(str(out / "in"), Choice("", "", judge=judge, concurrency=8))
    means = Means(InlineEngine, workers=workers, opener=opener, patience=Patience(first_wait_s=0))
    return Archive(out, asked, means)


@pytest.mark.parametrize(
    ("judge", "cities", "count", "share", "threads"),
    [
        ("openai:m", 1, 1, 8, 16),
        ("openai:m", 4, 2, 4, 8),
        ("openai:m", 100, 8, 1, 2),
        ("screen", 1, 1, 1, 16),
        ("screen", 100, 8, 1, 2),
        ("screen", 0, 1, 1, 16),
    ],
)
def test_calls_and_processors_are_shared_out_among_workers_that_have_something_to_do(
    tmp_path: Path, judge: str, cities: int, count: int, share: int, threads: int
) -> None:
    jobs = [Job(f"{n}", "city", f"{n}", {}, JobState.WAITING) for n in range(cities)]
    done = [Job(f"done{n}", "city", f"done{n}", {}, JobState.DONE) for n in range(50)]
    order, workers = order_of(archive_in(tmp_path, judge=judge), [*jobs, *done], [16])
    assert (workers, order.share, order.threads) == (count, share, threads)


def test_what_ended_a_pass_is_told_where_its_summary_cannot_be_written(tmp_path: Path) -> None:
    archive = archive_in(tmp_path, open_broken, workers=1)
    archive.store().plan(toy_jobs(1))
    (tmp_path / "summary.json").mkdir()
    with pytest.raises(ConfigurationError, match="model is missing"):
        resume(archive, Blind())


def open_dropped(order: Order, say: Callable[[str], None]) -> Toy:
    """An opener after which the database of the jobs refuses everything."""
    database = Database(open_engine(order.out / DATABASE_FILE))
    with database.write() as connection:
        connection.execute(text("DROP TABLE archive_jobs"))
    (order.out / WORK_FOLDER / ("a" * 32)).mkdir(parents=True)
    return open_toy(order, say)


def test_a_pass_whose_database_refuses_tells_so_and_leaves_no_drafts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "TROUBLE_PAUSE_S", 0.01)
    archive = archive_in(tmp_path, open_dropped, workers=1)
    archive.store().plan(toy_jobs(1))
    with pytest.raises(ConfigurationError, match="no such table"):
        resume(archive, Blind())
    assert list((tmp_path / WORK_FOLDER).iterdir()) == []


class Interrupting(Blind):
    """A view that is interrupted as soon as it hears anything, when the disk is full as well."""

    def __init__(self, out: Path) -> None:
        self._out = out

    def hear(self, told: Told) -> None:
        with Database(open_engine(self._out / DATABASE_FILE)).write() as connection:
            connection.execute(text("DROP TABLE archive_jobs"))
        raise KeyboardInterrupt


def test_an_interruption_stays_one_where_the_jobs_cannot_be_freed(tmp_path: Path) -> None:
    archive = archive_in(tmp_path, workers=1)
    store = archive.store()
    store.plan(toy_jobs(1, steps=400))
    (tmp_path / WORK_FOLDER / ("a" * 32)).mkdir(parents=True)
    order, count = order_of(archive, store.all(), [1])
    with pytest.raises(KeyboardInterrupt):
        Pass(order, InlineEngine(), store, Interrupting(tmp_path), count).drive()
