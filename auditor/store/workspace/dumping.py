"""The rows of a workspace's database as plain JSON: read in one moment, loaded into an empty one.

No form of either database is used, so that what SQLite held can be loaded into PostgreSQL and the
other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, func, insert, inspect, select, text

from auditor.core.errors import ConfigurationError, RunError
from auditor.store import opening
from auditor.store.workspace.opening import DATABASE_FILE, Database, migrate, revision_of
from auditor.store.workspace.tables import METADATA

NEVER_KEPT = frozenset({"sessions", "entries"})
"""Who has entered and the links that let in: whoever holds a copy must not be let in by it."""
VERSION_TABLE = "alembic_version"
ROWS_AT_ONCE = 500
Row = dict[str, Any]
RowsOf = Callable[[str], Iterable[Row]]


class Snapshot:
    """A database as it was at one moment, whatever others write meanwhile."""

    def __init__(self, connection: Connection, revision: str) -> None:
        self._connection = connection
        self.revision = revision
        self.tables = tuple(t.name for t in METADATA.sorted_tables if t.name not in NEVER_KEPT)

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of a table by its key, values of str, int, bool or None."""
        table = METADATA.tables[name]
        chosen = select(table).order_by(*table.primary_key.columns)
        result = self._connection.execution_options(yield_per=ROWS_AT_ONCE).execute(chosen)
        for row in result.mappings():
            yield dict(row)


@contextmanager
def snapshot(database: Database) -> Iterator[Snapshot]:
    """Look at a database as it is now; nobody has to wait for it."""
    revision = revision_of(database.engine)
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.execute(text("BEGIN"))
            # the first read fixes the moment, not BEGIN
            connection.execute(select(func.count()).select_from(METADATA.tables["runs"])).scalar()
            try:
                yield Snapshot(connection, revision)
            finally:
                connection.rollback()
        return
    frozen = database.engine.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    with frozen as connection, connection.begin():
        yield Snapshot(connection, revision)


def load_database(folder: Path, url: str | None, revision: str, rows_of: RowsOf) -> Database:
    """Make the database of a workspace out of rows that were read at ``revision``.

    It is made in the form of that revision, filled, and then brought to today's. What was begun is
    undone where it fails.

    Raises:
        ConfigurationError: there is a workspace in the database already, it does not answer, or
            the revision is a newer version's.
        RunError: the rows do not fit the tables.
    """
    engine = opening.open_engine(folder / DATABASE_FILE, url)
    with opening.answering():
        _require_none(engine)
    try:
        migrate(engine, revision)
        _fill(engine, rows_of)
        migrate(engine)
    except BaseException:
        forget_database(engine)
        raise
    return Database(engine)


def forget_database(engine: Engine) -> None:
    """Take away the tables of a workspace that was being made."""
    with engine.begin() as connection:
        made = MetaData()
        made.reflect(connection, only=lambda name, _: name in _own_tables())
        made.drop_all(connection)
    engine.dispose()


def _own_tables() -> frozenset[str]:
    return frozenset(METADATA.tables) | {VERSION_TABLE}


def _require_none(engine: Engine) -> None:
    there = _own_tables() & set(inspect(engine).get_table_names())
    if there:
        engine.dispose()
        named = ", ".join(sorted(there)[:3])
        raise ConfigurationError(
            f"数据库里已有工作区 (the database holds a workspace: {named} …).",
            hint="没有覆盖任何内容。请另建一个空的数据库 (createdb NAME)，再用 --database 指明。",
        )


def _fill(engine: Engine, rows_of: RowsOf) -> None:
    form = MetaData()
    form.reflect(engine, only=lambda name, _: name in METADATA.tables)
    with engine.begin() as connection:
        for table in form.sorted_tables:
            if table.name not in NEVER_KEPT:
                _insert(connection, table, rows_of(table.name))
                _count_on(connection, table)


def _insert(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    waiting: list[Row] = []
    names = set(table.columns.keys())
    for row in rows:
        if set(row) != names:
            raise RunError(
                f"备份的表 {table.name} 与其版本不符 (columns {sorted(set(row) ^ names)}).",
                hint="备份可能被改动过，请用另一份备份。",
            )
        waiting.append(row)
        if len(waiting) == ROWS_AT_ONCE:
            connection.execute(insert(table), waiting)
            waiting.clear()
    if waiting:
        connection.execute(insert(table), waiting)


def _count_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows behind those that came with their numbers."""
    if connection.dialect.name != "postgresql" or "id" not in table.columns:
        return
    named = {"table": table.name}
    sequence = connection.execute(text("SELECT pg_get_serial_sequence(:table, 'id')"), named)
    name = sequence.scalar()
    last = connection.execute(select(func.max(table.c.id))).scalar()
    if name is not None and last is not None:
        connection.execute(select(func.setval(name, last)))
