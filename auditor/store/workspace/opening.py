"""Open the database of a workspace (SQLite file or PostgreSQL by URL), migrated to today's form."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

from sqlalchemy import Connection, Engine, select, text

from auditor.core.errors import ConfigurationError, MissingExtraError
from auditor.store import opening
from auditor.store.workspace.tables import RUNS

DATABASE_FILE = "workspace.db"
MIGRATION_LOCK = 0x43544D4D
Within = Callable[[Connection], None]
"""A change that is made within somebody else's transaction; what it raises undoes them both."""


def in_turn(*changes: Within | None) -> Within:
    """Several changes as one, made in their order; None is none."""

    def change(connection: Connection) -> None:
        for one in changes:
            if one is not None:
                one(connection)

    return change


class Database(opening.Database):
    """A workspace's database."""

    def hold(self, connection: Connection, run_id: str) -> None:
        """Within a write: nobody else adds events to this run until it ends."""
        row = select(RUNS.c.id).where(RUNS.c.id == run_id)
        connection.execute(row if self.is_sqlite else row.with_for_update())


def open_workspace_database(folder: Path, url: str | None = None) -> Database:
    """Open the database of a workspace and bring it to today's form.

    ``url`` is an SQLAlchemy URL (``postgresql://…``); without it an SQLite file in ``folder``.

    Raises:
        ConfigurationError: the URL is wrong, the server does not answer, or a newer version of
            the program has changed the database.
        MissingExtraError: PostgreSQL is asked for and its driver is not installed.
    """
    engine = opening.open_engine(folder / DATABASE_FILE, url)
    with opening.answering():
        migrate(engine)
    return Database(engine)


def revision_of(engine: Engine) -> str:
    """The form that a workspace's database has."""
    with engine.connect() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def migrate(engine: Engine, to: str = "head") -> None:
    """Run the migrations that are missing; of several programs that start at once one does it.

    Raises:
        ConfigurationError: the form is not known to this version of the program.
        MissingExtraError: the workbench is not installed.
    """
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
                command.upgrade(config, to)
            except CommandError as error:
                raise ConfigurationError(
                    f"The workspace's database is of another version ({error}).",
                    hint="Use the version of the auditor that wrote it, or a newer one.",
                ) from error
            finally:
                if engine.dialect.name == "postgresql":
                    connection.execute(text(f"SELECT pg_advisory_unlock({MIGRATION_LOCK})"))
                    connection.commit()
