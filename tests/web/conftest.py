"""Fixtures of the workbench: a space with a run and people, over both databases; a browser.

``space`` lies over SQLite; ``any_space`` over SQLite and, in a second test, over a PostgreSQL that
the tests start. ``desk`` is a client of the application for each person, without a server.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from auditor.core.workspace import RunEntry
from auditor.ingest.pictures import PicturePool
from auditor.originals import Originals
from auditor.store.workspace.opening import Database, open_workspace_database
from auditor.web.app import Serving, create_app, shielded
from auditor.web.guard import COOKIE
from auditor.workbench.space import PAPERS_FOLDER, Space, add_run, open_space
from tests.web.browser import CHROMIUM, Desk, Served, chromium, come_in, errors_of, serving
from tests.web.samples import CITY, Sample, add_people, make_sample

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ADDED_BY = "组长甲"


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A finished run of an invented city with its papers, made once."""
    return make_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def database(database_url: str | None, tmp_path: Path) -> Iterator[Database]:
    """An empty database of a workspace, migrated, of both kinds."""
    opened = open_workspace_database(tmp_path / "space", database_url)
    yield opened
    opened.close()


class Clock:
    """A clock that the test may turn on; it goes on by a millisecond with every look."""

    def __init__(self) -> None:
        self.moment = datetime.fromisoformat("2026-11-02T10:00:00+08:00")

    def __call__(self) -> datetime:
        """The time."""
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def pass_by(self, span: timedelta) -> None:
        """Let time pass."""
        self.moment += span


@pytest.fixture
def clock() -> Clock:
    """The clock of ``space`` and ``any_space``."""
    return Clock()


@pytest.fixture
def space(tmp_path: Path, sample: Sample, clock: Clock) -> Iterator[Space]:
    """A workspace over SQLite with the run and a person of every role."""
    with_run = filled_space(tmp_path / "space", None, sample, clock)
    yield with_run
    with_run.close()


@pytest.fixture
def any_space(
    tmp_path: Path, sample: Sample, clock: Clock, database_url: str | None
) -> Iterator[Space]:
    """The same over both databases."""
    with_run = filled_space(tmp_path / "space", database_url, sample, clock)
    yield with_run
    with_run.close()


class Lent(Originals):
    """Originals whose drawing processes are those of all tests, and outlive a workspace."""

    def close(self) -> None:
        """Leave the processes to the next."""


@cache
def drawing() -> PicturePool:
    """The drawing processes of all tests, which take a second to start."""
    pool = PicturePool()
    atexit.register(pool.close)
    return pool


def filled_space(folder: Path, url: str | None, sample: Sample, clock: Clock) -> Space:
    """Open a workspace, register the run with its papers, add a person of every role."""
    opened = open_space(folder, url, clock)
    opened = replace(opened, originals=Lent(opened.folder / PAPERS_FOLDER, drawing()))
    add_run(opened, sample.out, ADDED_BY, sample.dossier)
    add_people(opened.people, CITY)
    return opened


@pytest.fixture
def entry(space: Space) -> RunEntry:
    """The run of ``space``."""
    return space.entries()[0]


Enter = Callable[[str], TestClient]


@pytest.fixture
def desk(space: Space) -> Iterator[Enter]:
    """Lets a person in: a client with their session, its token for forms in ``headers``."""
    yield from desk_of(space)


def desk_of(space: Space) -> Iterator[Enter]:
    """As the fixture, for another space."""
    app = shielded(create_app(space), Serving(frozenset({"testserver"})))
    clients: list[TestClient] = []

    def enter(login: str) -> TestClient:
        account = space.people.accounts.by_login(login)
        assert account is not None, login
        entered = space.people.enter_by_link(space.people.make_link(account))
        assert entered is not None
        session = space.people.session(entered.token)
        assert session is not None
        client = TestClient(app, follow_redirects=False)  # type: ignore[arg-type]
        client.cookies.set(COOKIE, entered.token)
        client.headers["x-csrf"] = session.csrf
        clients.append(client)
        return client

    yield enter
    for client in clients:
        client.close()


@pytest.fixture
def served(space: Space) -> Iterator[Served]:
    """``space`` on a free port of this machine."""
    with serving(space) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once; skipped where it is not installed."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not here (sh scripts/install-system.sh --tests)")
    with chromium() as started:
        yield started


SitDown = Callable[..., Desk]


@pytest.fixture
def sit_down(browser: Browser, served: Served, entry: RunEntry) -> Iterator[SitDown]:
    """Lets a person sit down at a review page; no script of it may fail."""
    pages: list[Page] = []

    def sit(login: str = "reviewer", size: tuple[int, int] = (1500, 900)) -> Desk:
        page = come_in(browser, served, login, size)
        pages.append(page)
        return Desk(page, served, entry.id)

    yield sit
    for page in pages:
        assert errors_of(page) == []
        page.context.close()
