"""Audits that were started in the workbench."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from auditor.core.workspace import Job, JobState
from auditor.store.run_folder import dumps
from auditor.store.workspace.opening import Database
from auditor.store.workspace.tables import JOBS


class Jobs:
    """The jobs of a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job: Job) -> None:
        """Remember a new job."""
        with self._database.write() as connection:
            connection.execute(insert(JOBS).values(**_columns(job)))

    def change(self, job_id: str, **values: Any) -> None:
        """Change columns of a job, ``state`` by its value of ``JobState``."""
        plain = {k: v.value if isinstance(v, JobState) else v for k, v in values.items()}
        with self._database.write() as connection:
            connection.execute(update(JOBS).where(JOBS.c.id == job_id).values(**plain))

    def move(self, job_id: str, whence: Sequence[JobState], **values: Any) -> bool:
        """Change columns of a job that is in one of these states; tells whether it was."""
        plain = {k: v.value if isinstance(v, JobState) else v for k, v in values.items()}
        there = (JOBS.c.id == job_id) & JOBS.c.state.in_([state.value for state in whence])
        with self._database.write() as connection:
            return bool(connection.execute(update(JOBS).where(there).values(**plain)).rowcount)

    def remove(self, job_id: str) -> None:
        """Forget a job."""
        with self._database.write() as connection:
            connection.execute(delete(JOBS).where(JOBS.c.id == job_id))

    def get(self, job_id: str) -> Job | None:
        """One job."""
        with self._database.read() as connection:
            row = connection.execute(select(JOBS).where(JOBS.c.id == job_id)).first()
        return None if row is None else _job(row)

    def all(self) -> tuple[Job, ...]:
        """All jobs, the newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(JOBS).order_by(JOBS.c.made_at.desc(), JOBS.c.id))
            return tuple(_job(row) for row in rows)


def _columns(job: Job) -> dict[str, Any]:
    row = {column.name: getattr(job, column.name) for column in JOBS.columns}
    return {**row, "state": job.state.value, "request": dumps(dict(job.request))}


def _job(row: Row[Any]) -> Job:
    facts = row._asdict()
    return Job(**{**facts, "state": JobState(row.state), "request": json.loads(row.request)})
