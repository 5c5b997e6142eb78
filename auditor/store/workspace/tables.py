"""The tables of a workspace. Times are ISO 8601 in UTC; ``payload`` is canonical JSON."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("password", String(256), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("locked_until", String(40), nullable=False),
    Column("made_at", String(40), nullable=False),
)
GRANTS = Table(
    "grants",
    METADATA,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("role", String(32), primary_key=True),
    Column("city", String(64), primary_key=True),
)
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token_sha256", String(64), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("made_at", String(40), nullable=False),
    Column("seen_at", String(40), nullable=False),
    Column("ends_at", String(40), nullable=False),
)
ENTRIES = Table(  # one-time links
    "entries",
    METADATA,
    Column("token_sha256", String(64), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("ends_at", String(40), nullable=False),
    Column("used_at", String(40), nullable=False),
)
RUNS = Table(
    "runs",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("city", String(64), nullable=False),
    Column("title", String(256), nullable=False),
    Column("folder", Text, nullable=False),
    Column("added_at", String(40), nullable=False),
    Column("added_by", String(128), nullable=False),
    Column("head", String(64), nullable=False),
    Column("events", Integer, nullable=False),
    Column("features", Integer, nullable=False),
    Column("profile", String(64), nullable=False),
)
EVENTS = Table(
    "events",
    METADATA,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("id", String(32), nullable=False),
    Column("feature_id", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("payload", Text, nullable=False),
    Column("account_id", Integer, nullable=True),
    Column("recorded_at", String(40), nullable=False),
    UniqueConstraint("run_id", "id"),
    Index("ix_events_feature", "run_id", "feature_id"),
)
DESK = Table(  # drafts, flags, assignments: what may change and is no record
    "desk",
    METADATA,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("feature_id", String(32), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("payload", Text, nullable=False),
    Column("changed_at", String(40), nullable=False),
)
BLIND_ROUNDS = Table(
    "blind_rounds",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("feature_ids", Text, nullable=False),
    Column("first_id", ForeignKey("accounts.id"), nullable=False),
    Column("second_id", ForeignKey("accounts.id"), nullable=False),
    Column("opened_by", String(128), nullable=False),
    Column("opened_at", String(40), nullable=False),
    Column("closed_at", String(40), nullable=False),
)
JOBS = Table(
    "jobs",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("city", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("folder", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("run_id", String(32), nullable=False),
    Column("message", Text, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made_at", String(40), nullable=False),
    Column("ended_at", String(40), nullable=False),
    Column("asked", String(16), nullable=False, server_default=""),
    Column("begun_at", String(40), nullable=False, server_default=""),
    Column("process_mark", String(64), nullable=False, server_default=""),
)
CORRECTIONS = Table(  # of what the rules say of a run's papers, by version
    "corrections",
    METADATA,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("author", String(128), nullable=False),
    Column("made_at", String(40), nullable=False),
    Column("document", Text, nullable=False),
    Column("payload", Text, nullable=False),
)
MATTERS = Table(  # 问题清单, 事实确认单, 申诉: what goes to and fro between assessors and city
    "matters",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("feature_id", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("due", String(10), nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made_at", String(40), nullable=False),
    Column("department", String(64), nullable=False, server_default=""),
    Column("payload", Text, nullable=False, server_default="{}"),
    Index("ix_matters_run", "run_id", "kind"),
)
DEPARTMENTS = Table(  # of a city's people, in which department they are
    "departments",
    METADATA,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("city", String(64), primary_key=True),
    Column("department", String(64), nullable=False),
)
MATTER_STEPS = Table(
    "matter_steps",
    METADATA,
    Column("matter_id", ForeignKey("matters.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("said", Text, nullable=False),
    Column("author", String(128), nullable=False),
    Column("side", String(16), nullable=False),
    Column("files", Text, nullable=False),
    Column("made_at", String(40), nullable=False),
)
LOG = Table(  # who entered, failed to, was refused, changed rights
    "log",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", String(40), nullable=False),
    Column("login", String(64), nullable=False),
    Column("act", String(32), nullable=False),
    Column("object", String(256), nullable=False),
    Column("outcome", String(16), nullable=False),
)
