"""The checking stage: outcomes in, findings out.

Checks of each judgement (they may lower a verdict, never raise it), then the relations over all
findings, then what is only said or flagged: reuse, an unsure judge, who bears a finding out, and
what a silence rests on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from auditor.checks import (
    Contradiction,
    Evidence,
    Looked,
    check_age,
    check_contradictions,
    check_judgement,
    check_of,
    find_contradictions,
    flag_instructions,
    flag_reuse,
    flag_unsure,
    with_absence,
    with_backing,
)
from auditor.core.claims import LedgerEvidence
from auditor.core.criteria import Feature, Standard
from auditor.core.documents import Document
from auditor.core.findings import Check, Failure, Finding, Judgement
from auditor.core.intake import SubdomainCoverage
from auditor.core.limits import CheckLimits
from auditor.core.passages import Passage
from auditor.core.run import Case
from auditor.intake.ledgers import all_ledgers
from auditor.intake.quantity import ledger_evidence, ledger_line, stated_totals
from auditor.judging import by_item
from auditor.relations import apply_relations


@dataclass(frozen=True, slots=True)
class Material:
    """What the checks look at beside the cases.

    ``passages`` of the whole dossier (those that any search showed, where none are given), what it
    covers of each sub-domain, and the limits of the checks. ``beside``: features that are not
    judged now, and what was found for them before: their sentences are in use as well.
    """

    passages: tuple[Passage, ...] = ()
    coverage: tuple[SubdomainCoverage, ...] = ()
    limits: CheckLimits = field(default_factory=CheckLimits)
    beside: tuple[tuple[Case, Finding], ...] = ()


def check_and_relate(
    cases: Sequence[Case],
    outcomes: Mapping[str, Judgement | Failure],
    standard: Standard,
    material: Material | None = None,
) -> tuple[Finding, ...]:
    """Run the checks on each judgement, then the relations over all findings, then the flags."""
    material = material or Material()
    against = _contradictions(cases, material)
    findings: list[Finding] = []
    for group in by_item(cases, standard.items):
        shown = _shown(group)
        findings.extend(
            _finding(_checked(case, outcomes[case.feature.id], shown, against, material.limits))
            for case in group
        )
    order = {case.feature.id: place for place, case in enumerate(cases)}
    findings.sort(key=lambda f: order[f.feature_id])
    related = apply_relations(findings, standard.relations)
    return _explained(related, cases, standard, material)


def _shown(cases: Sequence[Case]) -> tuple[Passage, ...]:
    """The passages that any of the cases' searches showed, each once."""
    return tuple({hit.passage.id: hit.passage for c in cases for hit in c.record.hits}.values())


def _contradictions(cases: Sequence[Case], material: Material) -> tuple[Contradiction, ...]:
    if not cases:
        return ()
    passages = material.passages or _shown(cases)
    return find_contradictions(passages, cases[0].documents, cases[0].city)


def contradictions_in(
    passages: Sequence[Passage], documents: Sequence[Document], city: str
) -> tuple[Check, ...]:
    """Where documents of a dossier say different things, whether a finding cites them or not."""
    by_name = {document.name: document for document in documents}
    return tuple(check_of(found) for found in find_contradictions(passages, by_name, city))


def _checked(
    case: Case,
    outcome: Judgement | Failure,
    shown: tuple[Passage, ...],
    against: Sequence[Contradiction],
    limits: CheckLimits,
) -> Judgement | Failure:
    """Check one judgement; ``shown`` are the passages of its whole item (one call shows them)."""
    if isinstance(outcome, Failure):
        return outcome
    evidence = Evidence(case.feature, shown, case.documents, case.as_of)
    judgement = check_judgement(outcome, evidence)
    judgement, check = check_age(judgement, evidence, case.as_of, limits.age)
    if check is not None:
        judgement = replace(judgement, checks=(*judgement.checks, check))
    return check_contradictions(judgement, case.feature, against)


def _finding(outcome: Judgement | Failure) -> Finding:
    verdict = outcome.verdict if isinstance(outcome, Judgement) else None
    return Finding(outcome, verdict, verdict)


def _explained(
    findings: Sequence[Finding], cases: Sequence[Case], standard: Standard, material: Material
) -> tuple[Finding, ...]:
    """Flag what should be reviewed first, and say what findings and silences rest on."""
    limits = material.limits
    findings = _with_reuse(findings, cases, standard, material)
    whole = _whole_subdomains(standard, material.coverage)
    by_id = {case.feature.id: case for case in cases}
    explained = []
    for finding in findings:
        case = by_id[finding.feature_id]
        subdomain = finding.feature_id.rsplit(".", 1)[0]
        looked = Looked(case.feature, case.record, case.documents, whole.get(subdomain))
        finding = with_backing(with_absence(finding, looked), case.documents)
        finding = flag_instructions(finding, case.record)
        explained.append(flag_unsure(finding, limits.low_confidence))
    return tuple(explained)


def _with_reuse(
    findings: Sequence[Finding], cases: Sequence[Case], standard: Standard, material: Material
) -> list[Finding]:
    order = {feature.id: place for place, feature in enumerate(standard.features)}
    every = [*findings, *(finding for _, finding in material.beside)]
    every.sort(key=lambda finding: order.get(finding.feature_id, len(order)))
    relevance = _relevance([*cases, *(case for case, _ in material.beside)])
    flagged = flag_reuse(every, relevance, material.limits.most_uses)
    by_id = {finding.feature_id: finding for finding in flagged}
    return [by_id[finding.feature_id] for finding in findings]


def _relevance(cases: Sequence[Case]) -> dict[tuple[str, str], float]:
    """How near the search found each sentence to each feature."""
    return {
        (case.feature.id, sentence.id): score
        for case in cases
        for hit in case.record.hits
        for sentence, score in zip(hit.passage.sentences, hit.sentence_scores, strict=False)
    }


def _whole_subdomains(
    standard: Standard, coverage: Sequence[SubdomainCoverage]
) -> dict[str, SubdomainCoverage]:
    """Coverage of the sub-domains of which every feature was searched, by id."""
    sizes = {
        s.id: sum(len(item.features) for item in s.items)
        for domain in standard.domains
        for s in domain.subdomains
    }
    return {c.subdomain_id: c for c in coverage if c.features == sizes.get(c.subdomain_id)}


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
