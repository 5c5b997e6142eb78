"""Open the job store of an archive, making its tables where they are missing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, insert, select, text

from auditor.core.errors import ConfigurationError
from auditor.core.jobs import Patience
from auditor.store.jobs.jobs import JobStore
from auditor.store.jobs.tables import FORM, METADATA, VERSION
from auditor.store.opening import Database, answering, open_engine

DATABASE_FILE = "archive.db"
TABLES_LOCK = 0x43544D4A
Clock = Callable[[], float]


def open_jobs(
    out: Path,
    archive_id: str,
    url: str | None = None,
    patience: Patience | None = None,
    clock: Clock | None = None,
    *,
    was_there: bool = False,
) -> JobStore:
    """The jobs of one archive, in ``archive.db`` of its output folder or on PostgreSQL.

    Seconds are those of the server, for the clocks of machines differ, and none may end a lease of
    one that is behind; ``clock`` stands in for it, for tests. ``was_there``: somebody has just
    worked with it, so a server that does not answer is waited for.

    Raises:
        ConfigurationError: the URL is wrong, the server does not answer, or the store was made
            by another version.
        MissingExtraError: PostgreSQL is asked for and its driver is not installed.
    """
    patience = patience or Patience()
    database = Database(open_engine(out / DATABASE_FILE, url), patience.database_s)
    with answering():
        if was_there and database.waiting is not None:
            database.waiting.until_done(lambda: _prepare(database))
        else:
            _prepare(database)
        return JobStore(database, archive_id, patience, clock or _clock_of(database))


def _clock_of(database: Database) -> Clock:
    """Seconds since 1970 of who keeps the jobs: this machine, or a PostgreSQL server."""
    if database.is_sqlite:
        return time.time

    def seconds() -> float:
        with database.read() as connection:
            return _seconds_of(connection)

    return seconds


def _seconds_of(connection: Connection) -> float:
    """Seconds since 1970 of a PostgreSQL server, also within a transaction those of now."""
    asked = text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS double precision)")
    return float(connection.execute(asked).scalar_one())


def _prepare(database: Database) -> None:
    with database.write() as connection:
        _make_tables(connection, is_sqlite=database.is_sqlite)


def _make_tables(connection: Connection, *, is_sqlite: bool) -> None:
    """Make the tables; of several programs that start at once one does it."""
    if not is_sqlite:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({TABLES_LOCK})"))
    METADATA.create_all(connection)
    found = connection.execute(select(FORM.c.version)).scalar()
    if found is None:
        connection.execute(insert(FORM).values(version=VERSION))
    elif found != VERSION:
        raise ConfigurationError(
            f"The job store has form {found}, this version of the auditor knows {VERSION}.",
            hint="Use the version that made it, or another -o.",
        )
