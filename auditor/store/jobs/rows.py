"""Rows of the job store as what they say."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row

from auditor.core.jobs import Attempt, AttemptEnd, Job, JobState

UNWANTED = -1
"""The place of a job that is in no plan any more."""


def job_of(row: Row[Any], **changed: Any) -> Job:
    """A job; ``changed``: what the row does not say yet."""
    values = {
        "key": row.key, "kind": row.kind, "subject": row.subject,
        "request": json.loads(row.request), "state": JobState(row.state),
        "attempts": row.attempts, "ready_at": row.ready_at, "holder": row.holder,
        "lease_until": row.lease_until, "note": row.note, "message": row.message,
        "result": json.loads(row.result), "made_at": row.made_at, "ended_at": row.ended_at,
        "is_wanted": row.place != UNWANTED,
    }  # fmt: skip
    return Job(**{**values, **changed})


def attempt_of(row: Row[Any]) -> Attempt:
    """An attempt."""
    return Attempt(
        row.key, row.number, row.worker, row.began_at, row.ended_at, AttemptEnd(row.end),
        row.message,
    )  # fmt: skip
