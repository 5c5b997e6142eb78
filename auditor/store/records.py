"""Core values <-> plain JSON: the public form of search records, findings and scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from auditor.core.findings import (
    Check,
    ElementReading,
    Failure,
    Finding,
    Judgement,
    Verdict,
)
from auditor.core.review import flagged_findings
from auditor.core.search import Hit, SearchRecord
from auditor.store.evidence import (
    absence_from,
    absence_json,
    backing_from,
    backing_json,
    citation_from,
    citation_json,
)
from auditor.store.numbers import Json, rounded


def record_json(record: SearchRecord) -> Json:
    """One line of search.jsonl."""
    return {
        "feature_id": record.feature_id,
        "queries": list(record.queries),
        "searched": record.searched,
        "unread_pages": record.unread_pages,
        "passages": [_hit_json(hit) for hit in record.hits],
    }


def _hit_json(hit: Hit) -> Json:
    passage = hit.passage
    return {
        "id": passage.id,
        "document": passage.document,
        "page": passage.page,
        "start": passage.span.start,
        "end": passage.span.end,
        "text": passage.text,
        "heading_path": list(passage.heading_path),
        "role": passage.role.value,
        "score": rounded(hit.score),
        "ranks": dict(hit.ranks),
    }


def check_json(check: Check) -> Json:
    """A check as findings.jsonl and review.json hold it."""
    return {
        "rule": check.rule,
        "outcome": check.outcome,
        "detail": check.detail,
        "before": check.before.value if check.before else None,
        "after": check.after.value if check.after else None,
        "quotes": [citation_json(quote) for quote in check.quotes],
    }


def check_from(row: Json) -> Check:
    """Read a check back."""
    before, after = (Verdict(row[k]) if row[k] else None for k in ("before", "after"))
    quotes = tuple(citation_from(quote) for quote in row.get("quotes", ()))
    return Check(row["rule"], row["outcome"], row["detail"], before, after, quotes)


def outcome_json(outcome: Judgement | Failure) -> Json:
    """A judgement or failure, before relations."""
    if isinstance(outcome, Failure):
        return {
            "feature_id": outcome.feature_id,
            "model": outcome.judge,
            "failure": {"error": outcome.error, "detail": outcome.detail},
        }
    return {
        "feature_id": outcome.feature_id,
        "judged": outcome.verdict.value,
        "citations": [citation_json(c) for c in outcome.citations],
        "reason": outcome.reason,
        "model": outcome.judge,
        "confidence": rounded(outcome.confidence),
        "probabilities": _probabilities_json(outcome.probabilities),
        "elements": [
            {"id": e.element_id, "verdict": e.verdict.value, "sentences": list(e.sentence_ids)}
            for e in outcome.elements
        ],
        "checks": [check_json(c) for c in outcome.checks],
    }


def _probabilities_json(probabilities: Mapping[Verdict, float] | None) -> Json | None:
    if probabilities is None:
        return None
    return {verdict.value: rounded(p) for verdict, p in probabilities.items()}


def outcome_from(row: Json) -> Judgement | Failure:
    """Read a judgement or failure back."""
    if row.get("failure"):
        failure = row["failure"]
        return Failure(row["feature_id"], row["model"], failure["error"], failure["detail"])
    chances = row["probabilities"]
    return Judgement(
        feature_id=row["feature_id"],
        verdict=Verdict(row["judged"]),
        citations=tuple(citation_from(c) for c in row["citations"]),
        reason=row["reason"],
        judge=row["model"],
        confidence=row["confidence"],
        probabilities={Verdict(k): v for k, v in chances.items()} if chances else None,
        elements=tuple(
            ElementReading(e["id"], Verdict(e["verdict"]), tuple(e["sentences"]))
            for e in row["elements"]
        ),
        checks=tuple(check_from(c) for c in row["checks"]),
    )


def finding_json(finding: Finding) -> Json:
    """One line of findings.jsonl."""
    row = outcome_json(finding.outcome)
    if isinstance(finding.outcome, Judgement):
        assert finding.verdict is not None and finding.direct_verdict is not None
        row |= {
            "verdict": finding.verdict.value,
            "direct_verdict": finding.direct_verdict.value,
            "credited_by": list(finding.credited_by),
            "credit_reason": finding.credit_reason,
            "flags": [check.rule for check in finding.flags],
            "absence": absence_json(finding.absence) if finding.absence else None,
            "backing": backing_json(finding.backing) if finding.backing else None,
        }
    return row


def finding_from(row: Json) -> Finding:
    """Read a line of findings.jsonl back."""
    outcome = outcome_from(row)
    if isinstance(outcome, Failure):
        return Finding(outcome, None, None)
    return Finding(
        outcome,
        Verdict(row["verdict"]),
        Verdict(row["direct_verdict"]),
        tuple(row["credited_by"]),
        row["credit_reason"],
        absence_from(row["absence"]) if row.get("absence") else None,
        backing_from(row["backing"]) if row.get("backing") else None,
    )


def review_json(findings: Sequence[Finding], contradictions: Sequence[Check]) -> Json:
    """The content of review.json: what a person should look at first, and why."""
    first = flagged_findings(findings)
    return {
        "counts": dict(sorted(Counter(rule for row in first for rule in row.rules).items())),
        "first": [
            {
                "feature_id": row.feature_id,
                "verdict": row.verdict.value,
                "rules": list(row.rules),
                "credits": row.credits,
                "details": [check.detail for check in row.checks],
            }
            for row in first
        ],
        "contradictions": [check_json(check) for check in contradictions],
    }
