"""An SQLite file or a PostgreSQL server by its URL, opened in the same way everywhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from auditor.core.errors import ConfigurationError, DatabaseGoneError, MissingExtraError
from auditor.store.patience import LONGEST_WAIT_S, Wait, said_by

POOL = 20
FIRST_PAUSES_S = (0.05, 0.2, 0.5, 1.0, 2.0)
OF_CONNECTIONS = {
    "connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
}  # fmt: skip
"""How a machine that has gone without a word is noticed: seconds, and how often it is asked."""


class Database:
    """An open database. Writes are short transactions; what was committed is on disk.

    ``waiting``: how a server that goes away is waited for by acts that are ``patient``.
    """

    def __init__(self, engine: Engine, longest_wait_s: float = LONGEST_WAIT_S) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.waiting = None if self.is_sqlite else Wait(longest_wait_s)
        self._writer = threading.RLock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read with."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at its end, or not at all.

        SQLite has one writer: threads of this process queue here instead of in its busy loop.
        """
        if not self.is_sqlite:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._writer, self.engine.connect() as connection:
            connection.execute(text("BEGIN IMMEDIATE"))
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()


def open_engine(file: Path, url: str | None = None) -> Engine:
    """The engine of a database by SQLAlchemy URL (``postgresql://…``), else of an SQLite file.

    Raises:
        ConfigurationError: the URL is wrong.
        MissingExtraError: PostgreSQL is asked for and its driver is not installed.
    """
    return _postgres(url) if url else _sqlite(file)


def connect_first(engine: Engine) -> None:
    """Open an SQLite file that others may be making in this moment.

    SQLite lets nobody wait for the lock that the change to WAL takes: it is tried again.
    """
    for pause_s in FIRST_PAUSES_S:
        try:
            engine.connect().close()
            return
        except OperationalError:
            time.sleep(pause_s)


@contextmanager
def answering() -> Iterator[None]:
    """Turn the first failure of a server that does not answer into an error with its remedy.

    Raises:
        DatabaseGoneError: the database does not answer.
    """
    try:
        yield
    except OperationalError as error:
        raise DatabaseGoneError(
            f"The database does not answer ({said_by(error)}).",
            hint="Check its URL (--database, AUDITOR_DATABASE, AUDITOR_STORE) and that it runs.",
        ) from error


def _sqlite(file: Path) -> Engine:
    file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{file}",
        connect_args={"timeout": 30, "check_same_thread": False, "isolation_level": None},
        pool_size=POOL,
        max_overflow=POOL,
    )

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _postgres(url: str) -> Engine:
    try:
        named = url.replace("postgresql://", "postgresql+psycopg://", 1)
        named = named.replace("postgres://", "postgresql+psycopg://", 1)
        told = make_url(named).query
        unsaid = {name: value for name, value in OF_CONNECTIONS.items() if name not in told}
        return create_engine(
            named, pool_size=POOL, max_overflow=POOL, pool_pre_ping=True, connect_args=unsaid
        )
    except ModuleNotFoundError as error:
        raise MissingExtraError("The driver of PostgreSQL (psycopg)", "postgres") from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigurationError(
            f"Not a database URL: {error}", hint="Write postgresql://user:password@host/name."
        ) from error


def write_and_read(file: Path, url: str | None = None) -> str:
    """Write a row into a table of its own, read it back, and take the table away; gives what it is.

    In PostgreSQL the table is a temporary one, which others never see.

    Raises:
        ConfigurationError: the database does not answer, refuses the row or gives back another.
    """
    engine = open_engine(file, url)
    kind = "" if engine.dialect.name == "sqlite" else "TEMPORARY "
    said = "审核 audit"
    try:
        with answering(), engine.connect() as connection:
            connection.execute(text(f"CREATE {kind}TABLE auditor_doctor (said TEXT)"))
            connection.execute(text("INSERT INTO auditor_doctor VALUES (:said)"), {"said": said})
            back = connection.execute(text("SELECT said FROM auditor_doctor")).scalar_one()
            connection.execute(text("DROP TABLE auditor_doctor"))
    except DatabaseError as error:
        raise ConfigurationError(
            f"The database cannot be written ({str(error.orig).splitlines()[0]}).",
            hint="Check the rights of its user and the room on its disk.",
        ) from error
    finally:
        engine.dispose()
    if back != said:
        raise ConfigurationError(
            "The database gives back other characters.", hint="Its encoding must be UTF-8."
        )
    return engine.dialect.name
