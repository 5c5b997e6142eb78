"""What each feature counts under a profile: as shown, and as it could still become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from auditor.core.criteria import Feature, Standard
from auditor.core.findings import Finding, Judgement, Verdict
from auditor.core.scores import Profile, Treatment

Verdicts = Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Counted:
    """The verdicts that count, by feature id.

    ``shown``: what the papers (or a person) show, unresolved features left out where the profile
    says so; ``potential``: the best that further evidence could make of it, met for all but
    not_met and what a person decided. ``final`` are those two.
    """

    shown: Verdicts
    potential: Verdicts
    final: frozenset[str]
    paid_before: Mapping[str, str]


def counted_of(findings: Iterable[Finding], standard: Standard, profile: Profile) -> Counted:
    """Apply all that a profile says of single features; features of no standard do not count."""
    known = (f for f in findings if f.applicable and f.feature_id in standard.by_id)
    rows = sorted(known, key=lambda f: f.feature_id)
    paid = paid_before(rows, profile.relations) if profile.count_once else {}
    shown: dict[str, Verdict] = {}
    potential: dict[str, Verdict] = {}
    final = set()
    for finding in rows:
        key = finding.feature_id
        verdict = _counted(finding, standard.by_id[key], profile)
        if key in paid:
            verdict = Verdict.NO_EVIDENCE
        if finding.decision is not None or verdict is Verdict.NOT_MET:
            final.add(key)
        potential[key] = verdict if key in final and verdict else Verdict.MET
        treatment = profile.failures if verdict is None else profile.silent
        resolved = verdict not in (None, Verdict.NO_EVIDENCE) or finding.decision is not None
        if resolved or treatment is Treatment.ZERO:
            shown[key] = verdict or Verdict.NO_EVIDENCE
    return Counted(shown, potential, frozenset(final), paid)


def _counted(finding: Finding, feature: Feature, profile: Profile) -> Verdict | None:
    """The verdict that counts; None for a failure."""
    verdict = finding.verdict if profile.relations else finding.direct_verdict
    proof = profile.proof
    if verdict is None or proof is None or finding.decision is not None:
        return verdict
    asked = feature.id in proof.features or feature.types[:1] in [(t,) for t in proof.types]
    return min(verdict, proof.most, key=lambda v: v.rank) if asked else verdict


def paid_before(findings: Iterable[Finding], relations: bool = True) -> dict[str, str]:
    """Features whose cited facts have all paid for an earlier one already, and for which.

    In the order of ids; what other features credit rests on no sentence of its own and is left,
    where ``relations`` count.
    """
    payer: dict[str, str] = {}
    paid: dict[str, str] = {}
    for finding in findings:
        cited = () if relations and finding.credited_by else cited_facts(finding)
        if cited and all(sentence in payer for sentence in cited):
            paid[finding.feature_id] = payer[cited[0]]
            continue
        for sentence in cited:
            payer.setdefault(sentence, finding.feature_id)
    return paid


def cited_facts(finding: Finding) -> tuple[str, ...]:
    """The ids of the sentences that a finding's own fact rests on."""
    direct = finding.direct_verdict
    return cited_sentences(finding) if direct is not None and direct.is_fact else ()


def cited_sentences(finding: Finding) -> tuple[str, ...]:
    """The ids of the sentences that a finding cites: those of a decision, where it names any."""
    outcome, decision = finding.outcome, finding.decision
    citations = outcome.citations if isinstance(outcome, Judgement) else ()
    if decision is not None and decision.citations:
        citations = decision.citations
    return tuple(c.sentence_id for c in citations)


def values_of(verdicts: Verdicts, profile: Profile) -> dict[str, Fraction]:
    """What verdicts are worth, in [0, 1]."""
    worth = worth_of(profile)
    return {key: worth[verdict] for key, verdict in verdicts.items()}


def worth_of(profile: Profile) -> dict[Verdict, Fraction]:
    """What each verdict is worth under a profile, in [0, 1]."""
    return {verdict: Fraction(value) for verdict, value in profile.values.items()}
