"""The facts of the official report: everything that it says, before it is set as a paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.core.criteria import LEVELS, Domain, Standard
from auditor.core.findings import VERDICTS, Verdict
from auditor.core.gap import Gap, GapKind
from auditor.core.result import Result
from auditor.core.scores import NodeScore
from auditor.core.stress import Flips
from auditor.report.failing import failure_line, failures_of
from auditor.report.fragility import Fragility, Reused, flip_words, fragility_of
from auditor.report.language import Words
from auditor.report.numbers import numbers_of, rules_of, version_words
from auditor.report.redaction import papers_of
from auditor.report.rows import FeatureRow, rows_of
from auditor.report.supplement import paper_name

BEST, WORST, MOST_CONFLICTS, MOST_PAPERS, MOST_REASONS = 5, 6, 12, 40, 5
MOST_FLIPS, MOST_FEATURES = 40, 12
Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DomainPart:
    """What the report says of one domain: a paragraph, its items, the best evidence, what lacks."""

    name: str
    summary: str
    items: tuple[Cells, ...]
    evidence: tuple[Cells, ...]
    lacking: tuple[Cells, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """All texts and tables of the report, in order."""

    city: str
    version: str
    overview: tuple[str, ...]
    numbers: tuple[Cells, ...]
    coverage: tuple[Cells, ...]
    conclusion: tuple[str, ...]
    domains: tuple[DomainPart, ...]
    gap_text: str
    gap: tuple[Cells, ...]
    papers: tuple[Cells, ...]
    conflicts: tuple[Cells, ...]
    rules: tuple[Cells, ...]
    rule_names: Cells
    fragile: Fragility
    flips: tuple[Cells, ...]
    reused: tuple[Cells, ...]
    verdicts: tuple[Cells, ...]


def facts_of(result: Result, standard: Standard, w: Words) -> Facts:
    """Gather all of it from a result."""
    rows = rows_of(result, standard, w)
    shown = result.standing.shown
    nodes = {node.id: node for node in shown.nodes}
    top = [n for n in shown.nodes if n.kind in ("city", "domain")]
    fragile = fragility_of(result, top, w)
    return Facts(
        city=str(result.run.manifest["city"]),
        version=version_words(result.run.manifest, w),
        overview=tuple(_overview(result, standard, w)),
        numbers=tuple(numbers_of(result.standing, w)),
        coverage=tuple(coverage_cells(node) for node in top),
        conclusion=tuple(_conclusion(result, rows, w)),
        domains=tuple(_domain(d, rows, nodes, w) for d in standard.domains if d.id in nodes),
        gap_text=_gap_text(result, w),
        gap=tuple(_gap_rows(result, w)),
        papers=tuple(_papers(result, w)),
        conflicts=tuple(_conflicts(result)),
        rules=tuple(rules_of(result, top)),
        rule_names=tuple(node.name for node in top),
        fragile=fragile,
        flips=tuple(_flip_cells(flips, w) for flips in fragile.flips),
        reused=tuple(_reused_cells(place, w) for place in fragile.reused),
        verdicts=tuple(_verdict_cells(row) for row in rows),
    )


def coverage_cells(node: NodeScore) -> Cells:
    """A node's name, its coverage by level, its level."""
    name = node.name if node.kind == "city" else f"{node.id} {node.name}"
    shares = (node.coverage[n] for n in LEVELS)
    level = f"{node.level}*" if node.indicative else str(node.level)
    return (name, *("—" if s is None else f"{s:.0%}" for s in shares), level)


def _overview(result: Result, standard: Standard, w: Words) -> Iterable[str]:
    manifest, papers = result.run.manifest, papers_of(result.run)
    yield w["or_basis"].format(
        title=standard.title,
        id=standard.id,
        city=manifest["city"],
        documents=papers["submitted"],
        counting=papers["counting"],
        as_of=manifest.get("as_of") or w["unknown"],
        features=len(result.findings),
    )
    if "version" in manifest:
        yield w["or_version"].format(
            n=manifest["version"],
            features=w["list_comma"].join(manifest.get("appeal", {}).get("features", ())),
        )
    judge = manifest.get("judge", {})
    yield w["or_judge"].format(judge=judge.get("name", ""), quality=judge.get("quality", ""))
    failures = result.standing.shown.failures
    if failures:
        yield w["failures"].format(n=failures)
        yield from (failure_line(g, w) for g in failures_of(result.findings)[:MOST_REASONS])
    yield w["first_judgement"]
    if result.run.instructions:
        yield w["or_instructions"].format(n=len(result.run.instructions))


def _conclusion(result: Result, rows: Sequence[FeatureRow], w: Words) -> Iterable[str]:
    shown = result.standing.shown
    yield w["or_verdicts"].format(n=len(rows), said=counted(rows, w))
    level_one = shown.nodes[0].coverage[1]
    if shown.level == 0 and level_one is not None:
        yield w["or_level_zero"].format(share=f"{level_one:.0%}")
    yield from shown.floor_notes


def counted(rows: Sequence[FeatureRow], w: Words) -> str:
    """How many features have which verdict, best first."""
    counts = Counter(row.value for row in rows)
    said = [f"{w[v.value]} {counts[v]}" for v in reversed(VERDICTS) if counts[v]]
    excused = sum(row.value is None and row.decision is not None for row in rows)
    if excused:
        said.append(f"{w['not_applicable']} {excused}")
    if counts[None] > excused:
        said.append(f"{w['failed']} {counts[None] - excused}")
    return w["list_comma"].join(said)


def _domain(
    domain: Domain, rows: Sequence[FeatureRow], nodes: dict[str, NodeScore], w: Words
) -> DomainPart:
    node = nodes[domain.id]
    items = [i for s in domain.subdomains for i in s.items if i.id in nodes]
    ids = {f.id for item in items for f in item.features}
    own = [row for row in rows if row.feature.id in ids]
    summary = w["or_domain"].format(
        name=domain.name,
        level=node.level,
        one="—" if node.coverage[1] is None else f"{node.coverage[1]:.0%}",
        n=len(own),
        said=counted(own, w),
    )
    return DomainPart(
        name=f"{domain.name}",
        summary=summary,
        items=tuple(coverage_cells(nodes[item.id]) for item in items),
        evidence=tuple(_evidence(own, w)),
        lacking=tuple(_lacking(own, node.level + 1)),
    )


def _evidence(rows: Sequence[FeatureRow], w: Words) -> Iterable[Cells]:
    """The greens of the highest levels, each with the sentence that it rests on."""
    best = [r for r in rows if _green(r) and r.shown_by]
    best.sort(key=lambda r: (-r.feature.level, r.flagged, r.feature.id))
    for row in best[:BEST]:
        quote = row.shown_by[0]
        page = [w["page"].format(n=quote.page)] if quote.page else []
        place = w["list_comma"].join([quote.document, *page])
        yield (row.feature.id, row.feature.text, quote.text, place)


def _green(row: FeatureRow) -> bool:
    return row.value is not None and row.value.is_green


def _lacking(rows: Sequence[FeatureRow], target: int) -> Iterable[Cells]:
    """What is not shown up to the next level of the domain, silence first."""
    open_ = [r for r in rows if not _green(r) and not (r.decision and r.value is None)]
    short = [r for r in open_ if r.feature.level <= max(1, target)]
    short.sort(key=lambda r: (r.feature.level, r.value is not Verdict.NO_EVIDENCE, r.feature.id))
    for row in short[:WORST]:
        lacking = row.lacking or tuple(e.text for e in row.feature.elements)
        yield (row.feature.id, row.feature.text, row.standing, "\n".join(lacking))


def _gap_text(result: Result, w: Words) -> str:
    gap = result.gap
    if gap is None:
        return w["or_gap_none"]
    kinds = Counter(row.kind for row in gap.rows)
    return w["or_gap"].format(
        level=gap.level,
        target=gap.target,
        smallest=_smallest(gap, w),
        n=len(gap.rows),
        paper=kinds[GapKind.PAPER],
        site=kinds[GapKind.ON_SITE],
        work=kinds[GapKind.WORK],
    )


def _smallest(gap: Gap, w: Words) -> str:
    if not gap.proved:
        return w["or_unproved"]
    return w["or_unreachable"] if gap.smallest is None else str(gap.smallest)


def _gap_rows(result: Result, w: Words) -> Iterable[Cells]:
    for row in result.gap.rows if result.gap else ():
        if row.smallest:
            kind = w[f"gap_{row.kind.value}"]
            yield (row.feature.id, row.feature.text, w[row.verdict.value], kind)


def _papers(result: Result, w: Words) -> Iterable[Cells]:
    counting = [d for d in result.run.documents if d.counts]
    for number, document in enumerate(counting[:MOST_PAPERS], 1):
        said = document.identity.number
        issued = document.issued_on.isoformat() if document.issued_on else ""
        kind = w[f"kind_{document.kind.value}"]
        yield (str(number), paper_name(document), kind, said.value if said else "", issued)


def _conflicts(result: Result) -> Iterable[Cells]:
    for number, check in enumerate(result.run.contradictions[:MOST_CONFLICTS], 1):
        quotes = "\n".join(f"{q.document}：{q.quote}" for q in check.quotes)
        yield (str(number), check.detail, quotes)


def _flip_cells(flips: Flips, w: Words) -> Cells:
    ids = flips.feature_ids
    return (flip_words(flips, w), str(len(ids)), named(ids, MOST_FLIPS, w))


def _reused_cells(reused: Reused, w: Words) -> Cells:
    lines = [named(reused.feature_ids, MOST_FEATURES, w)]
    if reused.flagged:
        lines.append(w["sf_flagged"].format(ids=named(reused.flagged, MOST_FEATURES, w)))
    return (reused.quote, reused.place, str(len(reused.feature_ids)), "\n".join(lines))


def named(feature_ids: Sequence[str], most: int, w: Words) -> str:
    """The first of some features, and how many there are."""
    more = w["sf_more"].format(n=len(feature_ids)) if len(feature_ids) > most else ""
    return w["list_comma"].join(feature_ids[:most]) + more


def _verdict_cells(row: FeatureRow) -> Cells:
    place = ""
    if row.shown_by:
        quote = row.shown_by[0]
        place = quote.document + (f"，{quote.page}" if quote.page else "")
    return (row.feature.id, row.feature.text, row.standing, place)
