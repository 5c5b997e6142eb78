"""Versions of the corrections of runs' papers; a version that is there never changes."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, func, insert, select

from auditor.core.errors import ReviewError
from auditor.core.workspace import CorrectionsVersion
from auditor.store.run_folder import dumps
from auditor.store.workspace.opening import Database
from auditor.store.workspace.tables import CORRECTIONS


class CorrectionsVersions:
    """What was corrected of the papers of each run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, made: CorrectionsVersion) -> None:
        """Keep a new version, which must be the next.

        Raises:
            ReviewError: somebody else has saved one meanwhile.
        """
        row = {column.name: getattr(made, column.name, "") for column in CORRECTIONS.columns}
        row["payload"] = dumps({name: dict(fields) for name, fields in made.rows.items()})
        own = CORRECTIONS.c.run_id == made.run_id
        with self._database.write() as connection:
            self._database.hold(connection, made.run_id)
            newest = connection.execute(select(func.max(CORRECTIONS.c.version)).where(own)).scalar()
            if made.version != (newest or 0) + 1:
                raise ReviewError(
                    "您打开本页之后，有人更正了材料信息 (corrected meanwhile)",
                    hint="没有覆盖任何内容。请刷新页面，看过新的更正再保存。",
                )
            connection.execute(insert(CORRECTIONS).values(**row))

    def of_run(self, run_id: str) -> tuple[CorrectionsVersion, ...]:
        """All versions of a run, the newest first."""
        chosen = select(CORRECTIONS).where(CORRECTIONS.c.run_id == run_id)
        with self._database.read() as connection:
            rows = connection.execute(chosen.order_by(CORRECTIONS.c.version.desc()))
            return tuple(_version(row) for row in rows)


def _version(row: Row[Any]) -> CorrectionsVersion:
    return CorrectionsVersion(
        row.run_id, row.version, row.author, row.made_at, row.document, json.loads(row.payload)
    )
