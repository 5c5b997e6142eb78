"""Reuse: one sentence that is cited for many features can hardly show them all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from auditor.core.findings import FLAGGED, Check, Citation, Finding, Judgement

RULE = "reuse"
Relevance = Mapping[tuple[str, str], float]
"""How near a sentence comes to a feature, by feature id and sentence id (0 where unknown)."""


def flag_reuse(findings: Sequence[Finding], relevance: Relevance, most: int) -> tuple[Finding, ...]:
    """Flag the findings that rest only on sentences whose ``most`` best uses are others.

    The best uses of a sentence are the features to which the search found it nearest (ties in the
    order of the standard). Only sentences that show something are counted: a plan that names many
    matters, and findings that cite something else as well, are left alone.
    """
    uses = _uses(findings)
    best = {
        sentence_id: _best(sentence_id, ids, relevance, most) for sentence_id, ids in uses.items()
    }
    return tuple(_flagged(finding, uses, best) for finding in findings)


def _citations(finding: Finding) -> tuple[Citation, ...]:
    outcome = finding.outcome
    if not isinstance(outcome, Judgement) or not outcome.verdict.is_fact:
        return ()
    return outcome.citations


def _uses(findings: Sequence[Finding]) -> dict[str, list[str]]:
    uses: dict[str, list[str]] = defaultdict(list)
    for finding in findings:
        for sentence_id in dict.fromkeys(c.sentence_id for c in _citations(finding)):
            uses[sentence_id].append(finding.feature_id)
    return uses


def _best(
    sentence_id: str, feature_ids: Sequence[str], relevance: Relevance, most: int
) -> frozenset[str]:
    ranked = sorted(feature_ids, key=lambda f: -relevance.get((f, sentence_id), 0.0))
    return frozenset(ranked[:most])


def _flagged(
    finding: Finding, uses: Mapping[str, Sequence[str]], best: Mapping[str, frozenset[str]]
) -> Finding:
    cited = _citations(finding)
    worn = [c for c in cited if finding.feature_id not in best[c.sentence_id]]
    outcome = finding.outcome
    if not worn or len(worn) < len(cited) or not isinstance(outcome, Judgement):
        return finding
    worst = max(worn, key=lambda c: len(uses[c.sentence_id]))
    count = len(uses[worst.sentence_id])
    detail = f"所引的句子同时用于 {count} 条特征，另有更贴切的用法，请核对是否真能说明本特征"
    check = Check(RULE, FLAGGED, detail)
    return replace(finding, outcome=replace(outcome, checks=(*outcome.checks, check)))
