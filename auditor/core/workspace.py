"""What a workspace knows beside runs and review events: entries, desks, jobs, matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run of the workspace: ``folder`` holds it, ``head`` is the hash of its last event.

    ``events`` and ``features`` are numbers of; ``profile`` names the rule that it is shown under.
    """

    id: str
    city: str
    title: str
    folder: str
    added_at: str
    added_by: str
    head: str
    events: int
    features: int
    profile: str


class DeskKind(StrEnum):
    """What lies on a desk: a draft of a decision, a flag, who is to review a feature, a 不适用
    that waits for its approver.
    """

    DRAFT = "draft"
    FLAG = "flag"
    ASSIGNED = "assigned"
    PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class DeskNote:
    """Something on the desk of an account that may change and is no record."""

    feature_id: str
    kind: DeskKind
    account_id: int
    payload: Mapping[str, Any]
    changed_at: str


@dataclass(frozen=True, slots=True)
class BlindRound:
    """Two people review the same features blind; ``closed_at`` empty while it goes on."""

    id: int
    run_id: str
    feature_ids: tuple[str, ...]
    first_id: int
    second_id: int
    opened_by: str
    opened_at: str
    closed_at: str = ""

    @property
    def reviewers(self) -> tuple[int, int]:
        """The accounts of the two."""
        return self.first_id, self.second_id


class JobState(StrEnum):
    """Where an audit that was started here stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_over(self) -> bool:
        """Nothing more happens by itself."""
        return self not in (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """An audit that was started in the workbench; ``request`` is what ``auditor run`` gets.

    ``asked`` is ``cancel`` once somebody wants it to end; ``begun_at`` is when it last began to
    work; ``process_mark`` tells the process with ``pid`` from a later one of the same number.
    """

    id: str
    city: str
    state: JobState
    folder: str
    request: Mapping[str, Any]
    pid: int
    run_id: str
    message: str
    made_by: str
    made_at: str
    ended_at: str
    asked: str = ""
    begun_at: str = ""
    process_mark: str = ""


@dataclass(frozen=True, slots=True)
class CorrectionsVersion:
    """The corrections of a run's papers as somebody saved them: by document, field and value.

    ``document`` is the paper that was corrected in this version; an earlier version stays.
    """

    run_id: str
    version: int
    author: str
    made_at: str
    document: str
    rows: Mapping[str, Mapping[str, str]]


class MatterKind(StrEnum):
    """问题清单, 补充材料, 事实确认单, 申诉."""

    PROBLEM = "problem"
    PAPERS = "papers"
    FACTS = "facts"
    APPEAL = "appeal"


class MatterState(StrEnum):
    """Where a matter stands.

    ``prepared``: a department has drafted an answer that the city has not sent; the assessors see
    such a matter as open.
    """

    OPEN = "open"
    PREPARED = "prepared"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    CLOSED = "closed"


WITH_THE_CITY = frozenset({MatterState.OPEN, MatterState.PREPARED})


class Side(StrEnum):
    """Who speaks in a matter."""

    ASSESSOR = "assessor"
    CITY = "city"


@dataclass(frozen=True, slots=True)
class MatterStep:
    """What was said and when; ``files`` are names with the sha256 of their bytes."""

    state: MatterState
    said: str
    author: str
    side: Side
    files: tuple[tuple[str, str], ...]
    made_at: str


@dataclass(frozen=True, slots=True)
class Matter:
    """A problem to be mended, papers asked for, a fact to be confirmed, or a contested feature.

    ``department`` of the city has to answer it (empty: its coordinator); ``payload`` is what is
    asked (of a fact its quote and place, of papers what is lacking).
    """

    id: int
    run_id: str
    feature_id: str
    kind: MatterKind
    state: MatterState
    due: str
    made_by: str
    made_at: str
    steps: tuple[MatterStep, ...] = ()
    department: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def with_the_city(self) -> bool:
        """Whether the city has to act."""
        return self.state in WITH_THE_CITY

    def overdue(self, today: str) -> bool:
        """Whether the city should have acted before ``today`` (ISO date)."""
        return self.with_the_city and "" < self.due < today
