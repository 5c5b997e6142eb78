"""Which jobs may be worked on beside others: none whose last attempt ended with its worker.

A worker may have several jobs under way. Its death ends them all, and nobody can tell which of them
it died of: so such an attempt is held against none of them, and each of them is worked on alone
afterwards, where a death is that one job's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, or_, select

from auditor.core.jobs import AttemptEnd, JobState
from auditor.store.jobs.tables import ATTEMPTS, JOBS


def is_suspect() -> ColumnElement[bool]:
    """Of a job: whether its last attempt was lost, so that it may have been the cause."""
    own = and_(ATTEMPTS.c.archive == JOBS.c.archive, ATTEMPTS.c.key == JOBS.c.key)
    # what was lost before the job was taken up anew, or had failed otherwise, says nothing
    lost = and_(ATTEMPTS.c.end == AttemptEnd.LOST, ATTEMPTS.c.ended_at >= JOBS.c.ready_at)
    return exists().where(own, lost)


def may_go_beside(connection: Connection, archive: str, worker: str) -> ColumnElement[bool] | None:
    """Which jobs a worker may take beside those that it holds; None where it may take none."""
    held = and_(JOBS.c.archive == archive, JOBS.c.state == JobState.LEASED, JOBS.c.holder == worker)
    suspects = connection.execute(select(is_suspect()).where(held)).scalars().all()
    if any(suspects):
        return None
    return ~is_suspect() if suspects else JOBS.c.archive == archive


def was_beside(connection: Connection, row: Row[Any]) -> bool:
    """Whether the worker of a job that was lost had others under way when it died."""
    began = select(ATTEMPTS.c.began_at).where(
        ATTEMPTS.c.archive == row.archive, ATTEMPTS.c.token == row.token
    )
    began_at = connection.execute(began).scalar()
    others = and_(
        ATTEMPTS.c.archive == row.archive, ATTEMPTS.c.worker == row.holder,
        ATTEMPTS.c.key != row.key,
    )  # fmt: skip
    running = ATTEMPTS.c.end == AttemptEnd.RUNNING
    died_too = and_(ATTEMPTS.c.end == AttemptEnd.LOST, ATTEMPTS.c.ended_at >= began_at)
    found = select(ATTEMPTS.c.token).where(others, or_(running, died_too)).limit(1)
    return connection.execute(found).first() is not None
