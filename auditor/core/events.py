"""Review events (复核记录): what people decided, found on site, took back; append-only.

An event's ``id`` is the hash of its content, its ``hash`` that of the content and of the event
before it: a change anywhere breaks the chain, and a cut shows where the last hash is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from auditor.core.findings import Citation, Verdict

NOT_APPLICABLE = "not_applicable"


class EventKind(StrEnum):
    """``decision`` gives a verdict; ``withdrawal`` takes an earlier one back; ``evidence`` only
    records what was seen on site; ``comment`` is a remark.
    """

    DECISION = "decision"
    WITHDRAWAL = "withdrawal"
    EVIDENCE = "evidence"
    COMMENT = "comment"


class SiteMethod(StrEnum):
    """How something was found on site: 访谈, 系统演示, 现场查验."""

    INTERVIEW = "interview"
    DEMONSTRATION = "demonstration"
    INSPECTION = "inspection"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was taken on site: its name and sha256."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SiteVisit:
    """What was found on site: when (ISO date), where, who was present by role, how, the result.

    ``system``, ``network`` and ``account_role`` tell of a demonstration what was shown, in which
    network (互联网, 政务外网 …) and with whose rights.
    """

    method: SiteMethod
    date: str
    place: str
    roles_present: tuple[str, ...]
    result: str
    system: str = ""
    network: str = ""
    account_role: str = ""
    steps: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class EventContent:
    """What a person says, before it is chained.

    ``verdict`` None with ``not_applicable`` False: no verdict (comment, withdrawal, evidence).
    ``finding_hash`` names the finding of the machine that the person saw.
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
