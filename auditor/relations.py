"""Supersession and quantity ladders over all findings of a run (after the checks; pure).

Credit flows only from a direct verdict that is a fact, never from planned, never in chains, and
only upwards. Where only the immature words of a feature are superseded, its positive demand must
be shown too; an earlier stage (初步、部分、试点) gets at most the superseder's own verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from auditor.core.criteria import Ladder, Relations, Supersession
from auditor.core.findings import Finding, Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Credit:
    """A verdict that other features' facts give to a feature."""

    verdict: Verdict
    by: tuple[str, ...]
    reason: str


def apply_relations(findings: Iterable[Finding], relations: Relations) -> tuple[Finding, ...]:
    """Give every finding the best credit that it earns; order and number stay the same."""
    rows = tuple(findings)
    direct = {f.feature_id: f for f in rows}
    credits: dict[str, list[Credit]] = {}
    for rule in relations.supersessions:
        credit = _supersede(rule, direct)
        if credit is not None:
            credits.setdefault(rule.feature_id, []).append(credit)
    for ladder in relations.ladders:
        for feature_id, credit in _climb(ladder, direct):
            credits.setdefault(feature_id, []).append(credit)
    return tuple(_credited(finding, credits.get(finding.feature_id, [])) for finding in rows)


def _credited(finding: Finding, credits: list[Credit]) -> Finding:
    if finding.direct_verdict is None or not credits:
        return finding
    best = max(credits, key=lambda c: (c.verdict.rank, -len(c.by), c.by))
    if best.verdict.rank <= finding.direct_verdict.rank:
        return finding
    return replace(finding, verdict=best.verdict, credited_by=best.by, credit_reason=best.reason)


def _verdict(feature_id: str, direct: Mapping[str, Finding]) -> Verdict | None:
    finding = direct.get(feature_id)
    return finding.direct_verdict if finding else None


def _facts(ids: Iterable[str], direct: Mapping[str, Finding]) -> list[tuple[str, Verdict]]:
    found = []
    for feature_id in ids:
        verdict = _verdict(feature_id, direct)
        if verdict is not None and verdict.is_fact:
            found.append((feature_id, verdict))
    return found


def _supersede(rule: Supersession, direct: Mapping[str, Finding]) -> Credit | None:
    facts = _facts(rule.by, direct)
    if not facts:
        return None
    best = max(verdict.rank for _, verdict in facts)
    by = tuple(feature_id for feature_id, verdict in facts if verdict.rank == best)
    verdict = next(v for _, v in facts if v.rank == best)
    if rule.kind == "A" and verdict.is_green:
        verdict = Verdict.MET
    if rule.demand and not _demand_shown(rule, direct):
        verdict = min(verdict, Verdict.PARTLY_MET, key=lambda v: v.rank)
    return Credit(verdict, by, rule.reason)


def _demand_shown(rule: Supersession, direct: Mapping[str, Finding]) -> bool:
    """The positive demand is shown by named features' facts, or by the feature's own elements."""
    if any(v.is_green for _, v in _facts(rule.demand_shown_by, direct)):
        return True
    own = direct.get(rule.feature_id)
    if own is None or not isinstance(own.outcome, Judgement):
        return False
    shown = {e.element_id for e in own.outcome.elements if e.verdict.is_fact}
    return set(rule.demand) <= shown


def _climb(ladder: Ladder, direct: Mapping[str, Finding]) -> Iterable[tuple[str, Credit]]:
    """A step whose threshold is shown satisfies every lower step of the same measure."""
    steps = sorted(ladder.steps, key=lambda s: s.value)
    for index, lower in enumerate(steps):
        for higher in steps[index + 1 :]:
            verdict = _verdict(higher.feature_id, direct)
            if higher.value > lower.value and verdict is not None and verdict.is_green:
                yield lower.feature_id, Credit(verdict, (higher.feature_id,), ladder.reason)
