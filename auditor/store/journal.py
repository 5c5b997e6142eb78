"""The journal of a running audit: every finished judgement is kept at once, for resume."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Integer, func, literal_column, select
from sqlalchemy.dialects.sqlite import insert

from auditor.store.database import ENTRIES, open_database


class Journal:
    """An append-only map from content keys to JSON values, safe against kill -9."""

    def __init__(self, file: Path) -> None:
        self._engine = open_database(file)

    def get(self, key: str) -> Any | None:
        """Give the value kept under ``key``, None where there is none."""
        with self._engine.connect() as connection:
            row = connection.execute(select(ENTRIES.c.payload).where(ENTRIES.c.key == key)).first()
        return json.loads(row[0]) if row else None

    def put(self, key: str, value: Any) -> None:
        """Keep ``value`` (JSON) under ``key``; a key that exists already keeps its first value."""
        self.put_all({key: value})

    def put_all(self, values: Mapping[str, Any]) -> None:
        """Keep several values at once: all of them are on disk, or none."""
        with self._engine.begin() as connection:
            last = select(func.coalesce(func.max(literal_column("rowid", Integer)), 0)).select_from(
                ENTRIES
            )
            for key, value in values.items():
                payload = json.dumps(value, ensure_ascii=False, sort_keys=True)
                row = {"key": key, "position": last.scalar_subquery(), "payload": payload}
                connection.execute(insert(ENTRIES).values(row).on_conflict_do_nothing())

    def close(self) -> None:
        """Let go of the database file."""
        self._engine.dispose()
