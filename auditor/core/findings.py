"""Judgements, failures and findings: first the machine's word, then checks and relations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from auditor.core.documents import Span
from auditor.core.site import SiteVisit

CHANGED = "changed"
"""The outcome of a check that lowered the verdict."""
FLAGGED = "flagged"
"""The outcome of a check that sends a finding to the reviewer first (优先复核)."""


class Verdict(StrEnum):
    """The six verdicts of the codebook, worst to best in declaration order (QWK order)."""

    NO_EVIDENCE = "no_evidence"
    NOT_MET = "not_met"
    PLANNED = "planned"
    PARTLY_MET = "partly_met"
    MOSTLY_MET = "mostly_met"
    MET = "met"

    @property
    def rank(self) -> int:
        """Position in the order no_evidence < not_met < planned < partly < mostly < met."""
        return VERDICTS.index(self)

    @property
    def is_green(self) -> bool:
        """met or mostly_met."""
        return self in (Verdict.MET, Verdict.MOSTLY_MET)

    @property
    def is_fact(self) -> bool:
        """met, mostly_met or partly_met."""
        return self.rank >= Verdict.PARTLY_MET.rank


VERDICTS = tuple(Verdict)


@dataclass(frozen=True, slots=True)
class Citation:
    """Verbatim evidence: ``quote`` is cut from the stored text by the program."""

    sentence_id: str
    document: str
    page: int | None
    span: Span
    quote: str


@dataclass(frozen=True, slots=True)
class Check:
    """A deterministic rule run on one judgement.

    ``outcome`` is ``ok``, ``changed`` (the verdict was lowered from ``before`` to ``after``),
    ``noted`` (a remark for the reviewer) or ``flagged`` (to be reviewed first). ``detail`` is
    Chinese text for people; ``quotes`` is what else it rests on, beside the judgement's citations
    (the other document of a contradiction).
    """

    rule: str
    outcome: str
    detail: str
    before: Verdict | None = None
    after: Verdict | None = None
    quotes: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class ElementReading:
    """What the judge found for one element: its verdict and the sentences that show it."""

    element_id: str
    verdict: Verdict
    sentence_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judge's answer on one feature, before or after the checks.

    ``confidence`` in [0, 1] or None; ``probabilities`` over all six verdicts, summing to 1, only
    where a calibration exists for that judge.
    """

    feature_id: str
    verdict: Verdict
    citations: tuple[Citation, ...]
    reason: str
    judge: str
    confidence: float | None = None
    probabilities: Mapping[Verdict, float] | None = None
    elements: tuple[ElementReading, ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def flags(self) -> tuple[Check, ...]:
        """The checks that ask for a person's look first."""
        return tuple(check for check in self.checks if check.outcome == FLAGGED)


@dataclass(frozen=True, slots=True)
class Failure:
    """The judge could not judge: never scored as zero, always reported first."""

    feature_id: str
    judge: str
    error: str
    detail: str


class AbsenceKind(StrEnum):
    """Why nothing was found: three claims that ask for different things of the city.

    ``thin``: the dossier hardly speaks of this sub-domain, so its silence says little.
    ``searched``: it speaks of the sub-domain, and this was not among it.
    ``outside``: the city's own papers cannot show it; it takes proof from outside, a
    demonstration or an interview.
    """

    THIN = "thin"
    SEARCHED = "searched"
    OUTSIDE = "outside"


class Rejection(StrEnum):
    """What keeps a sentence that came near from being evidence, as the rules see it."""

    FOREIGN = "foreign"
    NEGATION = "negation"
    PLAN = "plan"
    DUTY = "duty"
    OTHER_MATTER = "other_matter"
    PART = "part"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A sentence that came near and was not taken: where it stands, and what speaks against it.

    ``rank`` is the place (from 1) of its passage in the feature's search record; ``missing`` the
    element ids of the feature that the sentence does not name.
    """

    citation: Citation
    rank: int
    reason: Rejection
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Absence:
    """What a ``no_evidence`` rests on: what was asked, how much was looked at, what came near.

    ``searched`` passages were ranked, the best ``looked_at`` of them were looked at. ``spoken``
    of ``features`` in the same sub-domain are spoken to by ``passages`` passages of the dossier
    (None where the sub-domain was not searched as a whole). ``means`` are the ways by which the
    feature can be shown, the best first (values of ``Means``).
    """

    kind: AbsenceKind
    queries: tuple[str, ...]
    searched: int
    looked_at: int
    unread_pages: int
    rejected: tuple[Rejected, ...]
    means: tuple[str, ...] = ()
    spoken: int | None = None
    features: int | None = None
    passages: int | None = None


@dataclass(frozen=True, slots=True)
class Backing:
    """Who bears a finding out: its cited documents, their issuers, kinds and grades, sorted.

    ``issuers`` holds bodies that are named in the papers; ``unnamed`` counts the cited documents
    whose issuer is not known.
    """

    documents: tuple[str, ...]
    issuers: tuple[str, ...]
    kinds: tuple[str, ...]
    grades: tuple[str, ...]
    unnamed: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word on a feature; ``verdict`` None: 不适用, it leaves the denominator.

    ``event_id`` names the review event that it stands in; ``time`` is ISO 8601 with offset.
    """

    verdict: Verdict | None
    author: str
    reason: str
    time: str
    event_id: str
    citations: tuple[Citation, ...] = ()
    approver: str = ""
    site: tuple[SiteVisit, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement after relations, or a failure.

    ``direct_verdict`` is before relations, ``verdict`` after; both None for a failure. Where a
    person has decided, both are the person's (``decision``); the machine's word stays in
    ``outcome``. ``credited_by`` names the features whose facts lifted the verdict. ``absence``
    stands where the direct verdict is ``no_evidence``, ``backing`` where documents are cited.
    """

    outcome: Judgement | Failure
    verdict: Verdict | None
    direct_verdict: Verdict | None
    credited_by: tuple[str, ...] = ()
    credit_reason: str = ""
    absence: Absence | None = None
    backing: Backing | None = None
    decision: Decision | None = None

    @property
    def applicable(self) -> bool:
        """False where a person has said 不适用."""
        return self.decision is None or self.decision.verdict is not None

    @property
    def flags(self) -> tuple[Check, ...]:
        """The checks that ask for a person's look first; a failure has none (it is one itself)."""
        return self.outcome.flags if isinstance(self.outcome, Judgement) else ()

    @property
    def feature_id(self) -> str:
        """The feature that was judged."""
        return self.outcome.feature_id
