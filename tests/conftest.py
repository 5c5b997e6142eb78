"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from tests.postgres import Server, postgres_started, reason_not_here

ROOT = Path(__file__).resolve().parents[1]
BOTH = ("sqlite", "postgresql")


settings.register_profile("busy", deadline=None)  # how long an example takes says nothing here
settings.load_profile("busy")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share the suite out by ``tests.side_by_side``, where it is shared out at all."""
    from tests.side_by_side import Shares

    return Shares(config, log)


def pytest_configure() -> None:
    """Hear Ctrl-C although started in the background, where shells make children deaf to it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def shared_folder() -> Path:
    """The folder of real documents and gold sets: AUDITOR_SHARED, else beside the repository."""
    return Path(os.environ.get("AUDITOR_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real documents and gold sets; the test is skipped where they are not there."""
    folder = shared_folder()
    if not folder.is_dir():
        pytest.skip("the folder of real documents is not here (AUDITOR_SHARED)")
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


def _postgres() -> Iterator[Server]:
    """A PostgreSQL; the test is skipped where it is not installed."""
    missing = reason_not_here()
    if missing:
        pytest.skip(missing)
    with postgres_started() as started:
        yield started


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL of a module's own, which its tests may strike."""
    yield from _postgres()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL of these tests' own, which nobody strikes."""
    yield from (started.url for started in _postgres())


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """A new database on that server, dropped at the end."""
    name = f"t{uuid.uuid4().hex}"
    engine = create_engine(
        postgres.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgres.replace("/postgres?", f"/{name}?")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str | None:
    """None for SQLite, then the URL of an empty PostgreSQL database."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres_url")
    return url
