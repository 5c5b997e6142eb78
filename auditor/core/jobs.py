"""Jobs of an archive: what is to be done, who holds it for how long, and what came of it.

A job is known by its key, a hash of everything that its result depends on: equal keys have equal
results, so a key that is done need not be done again. Whoever works on a job holds a lease with a
token of its own; only the token that is current may hand in a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

CITY = "city"
"""The kind of a job that audits one city."""
PERIOD_MARK = "@"


class JobState(StrEnum):
    """Where a job stands. ``failed`` is final until somebody has it tried again."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self in (JobState.WAITING, JobState.LEASED)


class AttemptEnd(StrEnum):
    """How an attempt ended; ``running`` has not."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"
    """The worker died or was not heard of until its lease ran out."""
    STOPPED = "stopped"
    """Somebody stopped the work; the attempt does not count."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job as it is planned: ``subject`` is what it is about (``city`` or ``city@period``)."""

    key: str
    subject: str
    request: Mapping[str, Any]
    kind: str = CITY


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the store has it. Times are seconds since 1970.

    ``ready_at``: not before; ``note``: how far its holder is; ``message``: the last error;
    ``result``: what the accepted result said of itself; ``is_wanted``: it is in the latest plan.
    """

    key: str
    kind: str
    subject: str
    request: Mapping[str, Any]
    state: JobState
    attempts: int = 0
    ready_at: float = 0.0
    holder: str = ""
    lease_until: float = 0.0
    note: str = ""
    message: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    made_at: float = 0.0
    ended_at: float = 0.0
    is_wanted: bool = True


@dataclass(frozen=True, slots=True)
class Lease:
    """A job in somebody's hands until ``until``; ``token`` is what a result must be handed in with.

    ``attempt`` counts from 1.
    """

    job: Job
    token: str
    until: float
    attempt: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a job, for people who ask what happened."""

    key: str
    number: int
    worker: str
    began_at: float
    ended_at: float
    end: AttemptEnd
    message: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a lease holds unless renewed, how often a job is tried, how long it then waits.

    ``database_s``: how long a database that went away is waited for before the work is given up.
    """

    lease_s: float = 60.0
    attempts: int = 3
    first_wait_s: float = 5.0
    longest_wait_s: float = 300.0
    database_s: float = 300.0

    def wait_s(self, attempts: int) -> float:
        """How long a job waits after so many attempts that failed: twice as long each time."""
        return min(self.first_wait_s * 2.0 ** max(attempts - 1, 0), self.longest_wait_s)


def subject_of(city: str, period: str = "") -> str:
    """``city``, or ``city@period``: what a job is about, and the name of its folder."""
    return f"{city}{PERIOD_MARK}{period}" if period else city
