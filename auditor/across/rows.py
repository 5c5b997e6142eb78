"""One run with people's decisions -> its row: cells, scores, what it cites, what it cites twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.core.across import MANY_USES, Cell, CitedSentence, CityRow, Entry, Mark, Reuse
from auditor.core.criteria import Standard
from auditor.core.findings import Citation, Failure, Finding, Judgement
from auditor.core.scores import Profile
from auditor.standing import Reviewed, standing_of

REUSE_RULE = "reuse"


@dataclass(frozen=True, slots=True)
class Named:
    """What a row is called."""

    key: str
    city: str
    period: str
    folder: str
    report: str = ""


def row_of(reviewed: Reviewed, named: Named, standard: Standard, profile: Profile) -> CityRow:
    """The row of a run under one rule."""
    standing = standing_of(reviewed, standard, profile)
    manifest, findings = reviewed.run.manifest, reviewed.findings
    return CityRow(
        key=named.key,
        city=named.city,
        period=named.period,
        folder=named.folder,
        as_of=str(manifest.get("as_of") or ""),
        judge=str((manifest.get("judge") or {}).get("name", "")),
        papers=len(manifest.get("documents") or ()),
        decided=standing.decided,
        entries=entries_of(reviewed.run.findings, findings, standard),
        shown=standing.shown,
        machine=standing.machine,
        confirmed=standing.confirmed,
        cited=tuple(cited_sentences(findings, named.key)),
        reuses=tuple(reuses_of(findings)),
        reused=sum(is_reused(f) for f in findings),
        report=named.report,
    )


def entries_of(
    machine: Sequence[Finding], shown: Sequence[Finding], standard: Standard
) -> dict[str, Entry]:
    """A cell of every feature of the standard."""
    before = {f.feature_id: cell_of(f) for f in machine}
    after = {f.feature_id: f for f in shown}
    return {
        feature.id: Entry(
            before.get(feature.id, Mark.UNASKED),
            cell_of(after.get(feature.id)),
            feature.id in after and after[feature.id].decision is not None,
        )
        for feature in standard.features
    }


def cell_of(finding: Finding | None) -> Cell:
    """What a finding says, as a cell."""
    if finding is None:
        return Mark.UNASKED
    if not finding.applicable:
        return Mark.EXCUSED
    return Mark.FAILED if finding.verdict is None else finding.verdict


def is_reused(finding: Finding) -> bool:
    """Whether the check of reuse sends the finding to the reviewer, who has not decided yet."""
    return finding.decision is None and any(c.rule == REUSE_RULE for c in finding.flags)


def citations_of(finding: Finding) -> tuple[Citation, ...]:
    """What a finding cites: a person's citations where there are any, else the machine's."""
    if finding.decision is not None and finding.decision.citations:
        return finding.decision.citations
    outcome = finding.outcome
    return () if isinstance(outcome, Failure) else outcome.citations


def cited_sentences(findings: Sequence[Finding], key: str) -> Iterator[CitedSentence]:
    """Every sentence that is cited, once, by document and place."""
    uses: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    first: dict[tuple[str, int, int], Citation] = {}
    for finding in findings:
        for citation in citations_of(finding):
            place = citation.document, citation.span.start, citation.span.end
            uses[place].append(finding.feature_id)
            first.setdefault(place, citation)
    for place in sorted(uses):
        yield CitedSentence(key, first[place], tuple(dict.fromkeys(uses[place])))


def reuses_of(findings: Sequence[Finding]) -> Iterator[Reuse]:
    """The sentences that stand for many features, with all facts that they are cited for.

    Those under flags of reuse, and those of ``MANY_USES`` features or more (the check leaves a
    finding alone that cites something else as well); the most used first.
    """
    flagged = {f.feature_id for f in findings if is_reused(f)}
    uses: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    first: dict[tuple[str, int, int], Citation] = {}
    for finding in findings:
        outcome = finding.outcome
        if isinstance(outcome, Judgement) and outcome.verdict.is_fact:
            for citation in outcome.citations:
                place = citation.document, citation.span.start, citation.span.end
                uses[place].append(finding.feature_id)
                first.setdefault(place, citation)
    for place in sorted(uses, key=lambda p: (-len(set(uses[p])), p)):
        ids = tuple(dict.fromkeys(uses[place]))
        doubted = tuple(key for key in ids if key in flagged)
        if (doubted and len(ids) > 1) or len(ids) >= MANY_USES:
            yield Reuse(first[place].quote.strip(), first[place].document, ids, doubted)
