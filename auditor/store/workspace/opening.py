"""Open the database of a workspace (SQLite file or PostgreSQL by URL), migrated to today's form."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from auditor.core.errors import ConfigurationError, MissingExtraError
from auditor.store.workspace.tables import RUNS

DATABASE_FILE = "workspace.db"
MIGRATION_LOCK = 0x43544D4D
POOL = 20
Within = Callable[[Connection], None]
"""A change that is made within somebody else's transaction; what it raises undoes them both."""


class Database:
    """A workspace's database. Writes are short transactions; what was committed is on disk."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
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

    def hold(self, connection: Connection, run_id: str) -> None:
        """Within a write: nobody else adds events to this run until it ends."""
        row = select(RUNS.c.id).where(RUNS.c.id == run_id)
        connection.execute(row if self.is_sqlite else row.with_for_update())

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()


def open_workspace_database(folder: Path, url: str | None = None) -> Database:
    """Open the database of a workspace and bring it to today's form.

    ``url`` is an SQLAlchemy URL (``postgresql://…``); without it an SQLite file in ``folder``.

    Raises:
        ConfigurationError: the URL is wrong, the server does not answer, or a newer version of
            the program has changed the database.
        MissingExtraError: PostgreSQL is asked for and its driver is not installed.
    """
    engine = _postgres(url) if url else _sqlite(folder / DATABASE_FILE)
    try:
        _migrate(engine)
    except OperationalError as error:
        raise ConfigurationError(
            f"The database does not answer ({str(error.orig).splitlines()[0]}).",
            hint="Check --database and that the server runs.",
        ) from error
    return Database(engine)


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
        return create_engine(named, pool_size=POOL, max_overflow=POOL, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise MissingExtraError("The driver of PostgreSQL (psycopg)", "postgres") from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigurationError(
            f"Not a database URL: {error}", hint="Write postgresql://user:password@host/name."
        ) from error


def _migrate(engine: Engine) -> None:
    """Run the migrations that are missing; of several programs that start at once one does it."""
    try:
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError
    except ModuleNotFoundError as error:
        raise MissingExtraError("The workbench (alembic)", "web") from error
    config = Config()
    with as_file(files("auditor.store.workspace") / "migrations") as scripts:
        config.set_main_option("script_location", str(scripts))
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
                connection.commit()
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise ConfigurationError(
                    f"The workspace's database is of another version ({error}).",
                    hint="Use the version of the auditor that wrote it, or a newer one.",
                ) from error
            finally:
                if engine.dialect.name == "postgresql":
                    connection.execute(text(f"SELECT pg_advisory_unlock({MIGRATION_LOCK})"))
                    connection.commit()
