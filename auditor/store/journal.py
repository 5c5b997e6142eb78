"""The journal of a running audit: every finished judgement is kept at once, for resume."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Integer, func, literal_column, select

from auditor.store.database import ENTRIES, SHARED_ENTRIES, insert_new, open_store
from auditor.store.patience import LONGEST_WAIT_S, patient


class Journal:
    """An append-only map from content keys to JSON values, safe against kill -9.

    It is the file, or by ``url`` a PostgreSQL that other machines use as well; a server that goes
    away is waited for.

    Raises:
        ConfigurationError: the URL is wrong, or the server does not answer.
    """

    def __init__(
        self, file: Path, url: str | None = None, longest_wait_s: float = LONGEST_WAIT_S
    ) -> None:
        self._database = open_store(file, url, longest_wait_s)
        self.waiting = self._database.waiting
        self._entries = ENTRIES if self._database.is_sqlite else SHARED_ENTRIES

    @patient
    def get(self, key: str) -> Any | None:
        """Give the value kept under ``key``, None where there is none."""
        wanted = select(self._entries.c.payload).where(self._entries.c.key == key)
        with self._database.read() as connection:
            row = connection.execute(wanted).first()
        return json.loads(row[0]) if row else None

    def put(self, key: str, value: Any) -> None:
        """Keep ``value`` (JSON) under ``key``; a key that exists already keeps its first value."""
        self.put_all({key: value})

    @patient
    def put_all(self, values: Mapping[str, Any]) -> None:
        """Keep several values at once: all of them are on disk, or none."""
        statement = insert_new(self._database, self._entries)
        with self._database.write() as connection:
            # in the order of the keys: two writers of the same ones never wait for each other
            for key, value in sorted(values.items()):
                payload = json.dumps(value, ensure_ascii=False, sort_keys=True)
                row: dict[str, Any] = {"key": key, "payload": payload}
                if self._database.is_sqlite:
                    row["position"] = _next_place().scalar_subquery()
                connection.execute(statement.values(row))

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()


def _next_place() -> Any:
    """The place behind the last row: SQLite's own number of it, so that nothing is counted."""
    rowid = literal_column("rowid", Integer)
    return select(func.coalesce(func.max(rowid), 0)).select_from(ENTRIES)
