"""SQLite through SQLAlchemy: one place for engines, pragmas and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
)

METADATA = MetaData()
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


def open_database(file: Path) -> Engine:
    """Open (and make, where missing) an SQLite file in WAL mode with the project's tables."""
    file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    METADATA.create_all(engine)
    return engine
