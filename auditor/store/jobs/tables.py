"""The tables of the job store. Times are seconds since 1970; JSON is canonical."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

METADATA = MetaData()
VERSION = 1
FORM = Table(
    "archive_form",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
)
JOBS = Table(
    "archive_jobs",
    METADATA,
    Column("archive", String(32), nullable=False),
    Column("key", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("place", Integer, nullable=False),
    Column("request", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ready_at", Float(53), nullable=False),
    Column("token", String(32), nullable=False),
    Column("holder", String(128), nullable=False),
    Column("lease_until", Float(53), nullable=False),
    Column("note", String(256), nullable=False),
    Column("message", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("made_at", Float(53), nullable=False),
    Column("ended_at", Float(53), nullable=False),
    PrimaryKeyConstraint("archive", "key"),
    Index("archive_jobs_by_turn", "archive", "state", "place"),
)
ATTEMPTS = Table(
    "archive_attempts",
    METADATA,
    Column("archive", String(32), nullable=False),
    Column("token", String(32), nullable=False),
    Column("key", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("worker", String(128), nullable=False),
    Column("began_at", Float(53), nullable=False),
    Column("ended_at", Float(53), nullable=False),
    Column("end", String(16), nullable=False),
    Column("message", Text, nullable=False),
    PrimaryKeyConstraint("archive", "token"),
    Index("archive_attempts_by_job", "archive", "key"),
)
