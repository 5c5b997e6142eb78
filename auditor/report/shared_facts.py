"""One fact paid for several features: which features rest on the same cited place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.core.findings import Citation, Finding, Judgement
from auditor.report.language import Words
from auditor.report.redaction import PAPER

MOST = 12
"""How many features are named."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A cited place that shows a feature, by itself or (``credited``) through another feature."""

    feature_id: str
    citation: Citation
    credited: bool = False


def shared_facts(findings: Sequence[Finding]) -> dict[str, dict[str, bool]]:
    """For each feature the others that its cited facts pay for as well, in their order.

    Only verdicts that are facts count (met, mostly and partly met). The value tells whether the
    two are linked by a credit (supersession, ladder) alone. Redacted papers are passed over.
    """
    places: dict[str, list[Fact]] = defaultdict(list)
    for fact in cited_facts(findings):
        places[fact.citation.document].append(fact)
    linked: dict[str, dict[str, bool]] = defaultdict(dict)
    for one, two in (pair for facts in places.values() for pair in _overlapping(facts)):
        for mine, other in ((one, two), (two, one)):
            others = linked[mine.feature_id]
            by_credit = one.credited or two.credited
            others[other.feature_id] = others.get(other.feature_id, True) and by_credit
    order = {finding.feature_id: place for place, finding in enumerate(findings)}
    return {
        key: dict(sorted(others.items(), key=lambda pair: order[pair[0]]))
        for key, others in linked.items()
    }


def _overlapping(facts: Iterable[Fact]) -> Iterator[tuple[Fact, Fact]]:
    """Pairs of facts of different features whose places in one document overlap."""
    rows = sorted(facts, key=lambda fact: (fact.citation.span.start, fact.citation.span.end))
    for place, one in enumerate(rows):
        for two in rows[place + 1 :]:
            if two.citation.span.start >= one.citation.span.end:
                break
            if one.feature_id != two.feature_id:
                yield one, two


def cited_facts(findings: Sequence[Finding]) -> Iterable[Fact]:
    """Every cited place with the feature that it shows, those that are credited beside it."""
    own = {finding.feature_id: _cited(finding) for finding in findings}
    for finding in findings:
        for citation in own[finding.feature_id]:
            yield Fact(finding.feature_id, citation)
        for payer in finding.credited_by if _is_fact(finding) else ():
            for citation in own.get(payer, ()):
                yield Fact(finding.feature_id, citation, credited=True)


def _is_fact(finding: Finding) -> bool:
    return finding.verdict is not None and finding.verdict.is_fact


def _cited(finding: Finding) -> tuple[Citation, ...]:
    """What a finding's own fact rests on: a person's citations, else the machine's."""
    direct, outcome, decision = finding.direct_verdict, finding.outcome, finding.decision
    if direct is None or not direct.is_fact:
        return ()
    cited: tuple[Citation, ...] = ()
    if decision is not None and decision.citations:
        cited = decision.citations
    elif isinstance(outcome, Judgement) and outcome.verdict.is_fact:
        cited = outcome.citations
    return tuple(citation for citation in cited if citation.document != PAPER)


def share_lines(linked: Mapping[str, bool], w: Words) -> list[str]:
    """The linked features as texts, those that share a place before those linked by credit."""
    lines = []
    for by_credit, name in ((False, "wp_shared_line"), (True, "wp_shared_credit")):
        ids = [key for key, alone in linked.items() if alone is by_credit]
        if ids:
            named = w["list_comma"].join(ids[:MOST])
            more = w["wp_shared_more"].format(n=len(ids)) if len(ids) > MOST else ""
            lines.append(w[name].format(ids=named + more))
    return lines
