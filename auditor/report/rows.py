"""One feature of a result as plain texts: the context that tables of features are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.core.claims import ClaimedVerdict
from auditor.core.criteria import Feature, Standard
from auditor.core.documents import Document
from auditor.core.findings import Citation, Decision, Failure, Finding, Judgement, Verdict
from auditor.core.result import Result
from auditor.core.site import SiteVisit
from auditor.report.language import Words


@dataclass(frozen=True, slots=True)
class Quote:
    """A citation with what its document says of itself."""

    text: str
    document: str
    number: str
    page: str
    issued: str


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A feature, the machine's word on it, what speaks for and against, and a person's word.

    All are texts in the report's language; ``verdict`` is the machine's after relations and
    ``standing`` the one that counts, a green one "probably" until a person decides. ``value`` is
    the verdict that counts, None for a failure or 不适用. ``quotes`` are the machine's,
    ``decided_quotes`` the person's. Empty where there is nothing to say.
    """

    feature: Feature
    verdict: str
    standing: str
    machine: Verdict | None
    value: Verdict | None
    confidence: str
    elements: tuple[str, ...]
    lacking: tuple[str, ...]
    quotes: tuple[Quote, ...]
    reason: str
    checks: tuple[str, ...]
    claimed: str
    flagged: bool
    finding_hash: str
    decision: Decision | None
    decided: str
    event_hash: str
    decided_quotes: tuple[Quote, ...] = ()

    @property
    def shown_by(self) -> tuple[Quote, ...]:
        """What the verdict that counts rests on: a person's quotes, else the machine's."""
        return self.decided_quotes or self.quotes


def rows_of(result: Result, standard: Standard, w: Words) -> tuple[FeatureRow, ...]:
    """One row a judged feature, in the order of the standard."""
    documents = {d.name: d for d in result.run.documents}
    machine = {f.feature_id: f for f in result.run.findings}
    found = {f.feature_id: f for f in result.findings}
    return tuple(
        _row(feature, (machine[feature.id], found[feature.id]), documents, result, w)
        for feature in standard.features
        if feature.id in found
    )


def _row(
    feature: Feature,
    both: tuple[Finding, Finding],
    documents: Mapping[str, Document],
    result: Result,
    w: Words,
) -> FeatureRow:
    machine, now = both
    outcome = machine.outcome
    judged = outcome if isinstance(outcome, Judgement) else None
    decision = now.decision
    return FeatureRow(
        feature=feature,
        verdict=verdict_words(machine.verdict, w),
        standing=decided_words(decision, w) if decision else verdict_words(now.verdict, w),
        machine=machine.verdict,
        value=now.verdict,
        confidence=confidence_words(judged),
        elements=element_lines(feature, judged, w),
        lacking=lacking_texts(feature, judged),
        quotes=tuple(quote_of(c, documents) for c in (judged.citations if judged else ())),
        reason=judged.reason if judged else failure_words(outcome),
        checks=tuple(c.detail for c in (judged.checks if judged else ()))
        + credit_lines(machine, w),
        claimed=claim_words(result.claims.get(feature.id), w),
        flagged=bool(machine.flags),
        finding_hash=result.hashes[feature.id],
        decision=decision,
        decided=decided_words(decision, w) if decision else "",
        event_hash=_hash_of(decision, result) if decision else "",
        decided_quotes=tuple(quote_of(c, documents) for c in _cited_by(decision)),
    )


def _cited_by(decision: Decision | None) -> tuple[Citation, ...]:
    return decision.citations if decision else ()


def _hash_of(decision: Decision, result: Result) -> str:
    return next((e.hash for e in result.events if e.id == decision.event_id), "")


def verdict_words(verdict: Verdict | None, w: Words) -> str:
    """A machine's verdict in words, 判断失败 for none."""
    if verdict is None:
        return w["failed"]
    return (w["suspected"] if verdict.is_green else "") + w[verdict.value]


def decided_words(decision: Decision, w: Words) -> str:
    """A person's verdict in words."""
    return w["not_applicable"] if decision.verdict is None else w[decision.verdict.value]


def site_lines(decision: Decision | None, w: Words) -> tuple[str, ...]:
    """What was found on site for a decision, one line a visit."""
    return tuple(visit_line(visit, w) for visit in (decision.site if decision else ()))


def visit_line(visit: SiteVisit, w: Words) -> str:
    """What was found on one visit."""
    return w["site_line"].format(
        method=w[f"site_{visit.method.value}"],
        date=visit.date,
        place=visit.place,
        system=visit.system or "—",
        result=visit.result,
    )


def claim_words(claim: ClaimedVerdict | None, w: Words) -> str:
    """What the city claims, in words."""
    return "" if claim is None else w[claim.value]


def confidence_words(judged: Judgement | None) -> str:
    """The confidence as a share."""
    return "" if judged is None or judged.confidence is None else f"{judged.confidence:.0%}"


def failure_words(outcome: Judgement | Failure) -> str:
    """Why a feature could not be judged."""
    return f"{outcome.error}: {outcome.detail}" if isinstance(outcome, Failure) else outcome.reason


def element_lines(feature: Feature, judged: Judgement | None, w: Words) -> tuple[str, ...]:
    """What was found for each element."""
    if judged is None:
        return ()
    read = {r.element_id: r.verdict for r in judged.elements}
    return tuple(
        f"{e.text}：{w[read.get(e.id, Verdict.NO_EVIDENCE).value]}" for e in feature.elements
    )


def lacking_texts(feature: Feature, judged: Judgement | None) -> tuple[str, ...]:
    """The elements that no cited fact shows; none where the verdict is met."""
    if judged is None or judged.verdict is Verdict.MET:
        return ()
    done = {r.element_id for r in judged.elements if r.verdict.is_green}
    return tuple(e.text for e in feature.elements if e.id not in done)


def quote_of(citation: Citation, documents: Mapping[str, Document]) -> Quote:
    """A citation beside the number and date of its document."""
    document = documents.get(citation.document)
    identity = document.identity if document else None
    number = identity.number.value if identity and identity.number else ""
    issued = document.issued_on.isoformat() if document and document.issued_on else ""
    page = "" if citation.page is None else str(citation.page)
    return Quote(citation.quote, citation.document, number, page, issued)


def credit_lines(finding: Finding, w: Words) -> tuple[str, ...]:
    """By which features a verdict was credited, and why."""
    if not finding.credited_by:
        return ()
    by = w["list_comma"].join(finding.credited_by)
    return (f"{w['credited']}：{by}。{finding.credit_reason}",)
