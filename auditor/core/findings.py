"""Judgements, failures and findings: first the machine's word, then checks and relations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from auditor.core.documents import Span


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

    ``outcome`` is ``ok``, ``changed`` (the verdict was lowered from ``before`` to ``after``) or
    ``noted`` (a remark for the reviewer). ``detail`` is Chinese text for people.
    """

    rule: str
    outcome: str
    detail: str
    before: Verdict | None = None
    after: Verdict | None = None


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


@dataclass(frozen=True, slots=True)
class Failure:
    """The judge could not judge: never scored as zero, always reported first."""

    feature_id: str
    judge: str
    error: str
    detail: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement after relations, or a failure.

    ``direct_verdict`` is before relations, ``verdict`` after; both None for a failure.
    ``credited_by`` names the features whose facts lifted the verdict.
    """

    outcome: Judgement | Failure
    verdict: Verdict | None
    direct_verdict: Verdict | None
    credited_by: tuple[str, ...] = ()
    credit_reason: str = ""

    @property
    def feature_id(self) -> str:
        """The feature that was judged."""
        return self.outcome.feature_id
