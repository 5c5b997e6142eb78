"""The checking stage: outcomes in, findings out: checks, then relations over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from auditor.checks import Evidence, check_judgement
from auditor.core.claims import LedgerEvidence
from auditor.core.criteria import Feature, Standard
from auditor.core.documents import Document
from auditor.core.findings import Check, Failure, Finding, Judgement
from auditor.core.passages import Passage
from auditor.core.run import Case
from auditor.intake.ledgers import all_ledgers
from auditor.intake.quantity import ledger_evidence, ledger_line, stated_totals
from auditor.judging import by_item
from auditor.relations import apply_relations


def check_and_relate(
    cases: Sequence[Case], outcomes: Mapping[str, Judgement | Failure], standard: Standard
) -> tuple[Finding, ...]:
    """Run the checks on each judgement, then the relations over all findings."""
    by_id = {case.feature.id: case for case in cases}
    findings: list[Finding] = []
    for group in by_item(cases, standard.items):
        shown = tuple(
            {hit.passage.id: hit.passage for case in group for hit in case.record.hits}.values()
        )
        findings.extend(_finding(_checked(c, outcomes[c.feature.id], shown)) for c in group)
    order = {feature_id: place for place, feature_id in enumerate(by_id)}
    findings.sort(key=lambda f: order[f.feature_id])
    return apply_relations(findings, standard.relations)


def _checked(
    case: Case, outcome: Judgement | Failure, shown: tuple[Passage, ...]
) -> Judgement | Failure:
    """Check one judgement; ``shown`` are the passages of its whole item (one call shows them)."""
    if isinstance(outcome, Failure):
        return outcome
    return check_judgement(outcome, Evidence(case.feature, shown, case.documents))


def _finding(outcome: Judgement | Failure) -> Finding:
    verdict = outcome.verdict if isinstance(outcome, Judgement) else None
    return Finding(outcome, verdict, verdict)


def with_ledgers(
    findings: Sequence[Finding], documents: Sequence[Document], features: Sequence[Feature]
) -> tuple[Finding, ...]:
    """Say at each quantity what the dossier's ledgers count; the verdict stays."""
    ledgers = all_ledgers(documents)
    if not ledgers:
        return tuple(findings)
    totals = stated_totals(d for d in documents if d.counts)
    by_id = {feature.id: feature for feature in features}
    return tuple(
        _counted(f, ledger_evidence(by_id[f.feature_id], ledgers, totals)) for f in findings
    )


def _counted(finding: Finding, shown: Sequence[LedgerEvidence]) -> Finding:
    outcome = finding.outcome
    if isinstance(outcome, Failure) or not shown:
        return finding
    checks = tuple(Check("ledger", "noted", ledger_line(evidence)) for evidence in shown)
    return replace(finding, outcome=replace(outcome, checks=(*outcome.checks, *checks)))
