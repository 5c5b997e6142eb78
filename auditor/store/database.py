"""The tables of the stores that grow: vectors and judgements, in SQLite files or on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from auditor.store.opening import Database, answering, connect_first, open_engine
from auditor.store.patience import LONGEST_WAIT_S

TABLES_LOCK = 0x43544D53
METADATA = MetaData()
"""What a file holds."""
VECTORS = Table(
    "vectors",
    METADATA,
    Column("model", String, primary_key=True),
    Column("text_sha256", String, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
ENTRIES = Table(
    "entries",
    METADATA,
    Column("key", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("payload", Text, nullable=False),
)
SHARED = MetaData()
"""What a server holds, beside the tables of others: a workspace has entries as well."""
SHARED_VECTORS = Table(
    "stored_vectors",
    SHARED,
    Column("model", String, primary_key=True),
    Column("text_sha256", String, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
SHARED_ENTRIES = Table(
    "stored_judgements",
    SHARED,
    Column("key", String, primary_key=True),
    Column("position", BigInteger, Identity(), nullable=False),
    Column("payload", Text, nullable=False),
)


def open_store(
    file: Path, url: str | None = None, longest_wait_s: float = LONGEST_WAIT_S
) -> Database:
    """Open a store by the URL of its PostgreSQL, else a file, making the tables where needed.

    ``longest_wait_s``: how long a server that goes away later is waited for.

    Raises:
        ConfigurationError: the URL is wrong, or the server does not answer.
        MissingExtraError: PostgreSQL is asked for and its driver is not installed.
    """
    database = Database(open_engine(file, url), longest_wait_s)
    if database.is_sqlite:
        connect_first(database.engine)
    with answering(), database.write() as connection:
        if database.is_sqlite:
            METADATA.create_all(connection)
        else:  # of several programs that start at once one makes them
            connection.execute(text(f"SELECT pg_advisory_xact_lock({TABLES_LOCK})"))
            SHARED.create_all(connection)
    return database


def insert_new(database: Database, table: Table) -> postgresql.Insert | sqlite.Insert:
    """A statement that puts rows into a table; a row whose key is there already changes nothing."""
    if database.is_sqlite:
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()
