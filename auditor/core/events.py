"""Review events (复核记录): what people decided, found on site, took back; append-only.

An event's ``id`` is the hash of its content, its ``hash`` that of the content and of the event
before it: a change anywhere breaks the chain, and a cut shows where the last hash is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from auditor.core.findings import Citation, Verdict
from auditor.core.site import SiteVisit
from auditor.core.times import is_everywhere

NOT_APPLICABLE = "not_applicable"


class EventKind(StrEnum):
    """``decision`` gives a verdict; ``withdrawal`` takes an earlier one back (with a ``basis``, the
    evidence that it names); ``evidence`` only records what was seen on site; ``comment`` is a
    remark. ``blind`` is the opinion of one of two who see neither the machine's verdict nor each
    other's: it decides nothing. ``sign_off`` and ``reopening`` speak of a whole node,
    ``declaration`` of a person (回避声明).
    """

    DECISION = "decision"
    WITHDRAWAL = "withdrawal"
    EVIDENCE = "evidence"
    COMMENT = "comment"
    BLIND = "blind"
    SIGN_OFF = "sign_off"
    REOPENING = "reopening"
    DECLARATION = "declaration"


class Step(StrEnum):
    """The three steps of a sign-off, by three people: 编制—审核—批准."""

    COMPILED = "compiled"
    REVIEWED = "reviewed"
    APPROVED = "approved"


STEPS = tuple(Step)


@dataclass(frozen=True, slots=True)
class EventContent:
    """What a person says, before it is chained.

    ``verdict`` None with ``not_applicable`` False: no verdict (comment, withdrawal, evidence).
    ``finding_hash`` names the finding of the machine that the person saw. ``node`` is what a
    sign-off or a reopening speaks of (``city``, ``8.2``, ``8.2.4.1``), ``step`` which signature it
    is; ``bulk`` marks one of many decisions taken at once; ``basis`` are the ids of the events that
    it rests on (the opinions that an adjudication settles).
    """

    kind: EventKind
    feature_id: str
    finding_hash: str
    author: str
    reason: str
    time: str
    verdict: Verdict | None = None
    not_applicable: bool = False
    approver: str = ""
    citations: tuple[Citation, ...] = ()
    site: tuple[SiteVisit, ...] = ()
    node: str = ""
    step: Step | None = None
    bulk: bool = False
    basis: tuple[str, ...] = ()

    @property
    def has_moment(self) -> bool:
        """Whether ``time`` is one that a clock can show, in any zone."""
        try:
            return is_everywhere(datetime.fromisoformat(self.time))
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class ReviewEvent:
    """An event in its chain; ``previous`` is the hash of the one before, empty for the first."""

    id: str
    content: EventContent
    previous: str
    hash: str

    @property
    def feature_id(self) -> str:
        """The feature that it speaks of."""
        return self.content.feature_id


@dataclass(frozen=True, slots=True)
class ChainFault:
    """Where a chain of events is broken: the event's place from 1, and what is wrong (Chinese)."""

    place: int
    message: str


def withdrawn_evidence(events: Iterable[ReviewEvent]) -> frozenset[str]:
    """The ids of the events of evidence that somebody has taken back."""
    gone = (e.content.basis for e in events if e.content.kind is EventKind.WITHDRAWAL)
    return frozenset(event_id for basis in gone for event_id in basis)
