"""Hold a run against a gold set: verdicts, retrieval of quoted evidence, citations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.core.findings import Finding, Judgement, Verdict
from auditor.core.search import SearchRecord
from auditor.evaluation.gold import GoldCity, GoldRow, fold, matches_quote
from auditor.evaluation.metrics import Pairs, confusion, measure, weighted_kappa

DEPTHS = (5, 10, 20)
LEAST_PART = 12


@dataclass(frozen=True, slots=True)
class CityResult:
    """What was measured on one city; ``pairs`` are (gold, predicted) verdicts."""

    city: str
    pairs: tuple[tuple[Verdict, Verdict], ...]
    recall: Mapping[int, tuple[int, int]]
    cited: tuple[int, int]
    failures: int


def compare(
    gold: GoldCity, records: Iterable[SearchRecord], findings: Iterable[Finding]
) -> CityResult:
    """Measure one city: every feature that the gold set labels counts."""
    by_feature = {f.feature_id: f for f in findings}
    pairs = []
    cited = [0, 0]
    for feature_id, row in gold.rows.items():
        finding = by_feature.get(feature_id)
        verdict = finding.verdict if finding and finding.verdict else Verdict.NO_EVIDENCE
        pairs.append((row.verdict, verdict))
        if finding is not None:
            right, total = citation_hits(row, finding)
            cited[0] += right
            cited[1] += total
    failures = sum(f.verdict is None for f in by_feature.values())
    return CityResult(
        gold.name, tuple(pairs), recall_of(gold, records), (cited[0], cited[1]), failures
    )


def citation_hits(row: GoldRow, finding: Finding) -> tuple[int, int]:
    """Count the cited sentences that hold or lie in a gold quote, and all cited sentences."""
    if not isinstance(finding.outcome, Judgement) or finding.verdict is Verdict.NO_EVIDENCE:
        return 0, 0
    citations = finding.outcome.citations
    right = sum(any(matches_quote(c.quote, q.text) for q in row.quotes) for c in citations)
    return right, len(citations)


def recall_of(gold: GoldCity, records: Iterable[SearchRecord]) -> dict[int, tuple[int, int]]:
    """For each depth: (features with a gold quote among the first k passages, all asked for).

    Asked for are the features whose gold verdict is a fact (met, mostly_met, partly_met) and
    that have quotes.
    """
    found = {depth: [0, 0] for depth in DEPTHS}
    for record in records:
        row = gold.rows.get(record.feature_id)
        if row is None or not row.verdict.is_fact or not row.quotes:
            continue
        rank = _first_hit(row, record)
        for depth in DEPTHS:
            found[depth][0] += rank is not None and rank <= depth
            found[depth][1] += 1
    return {depth: (counts[0], counts[1]) for depth, counts in found.items()}


def _first_hit(row: GoldRow, record: SearchRecord) -> int | None:
    for rank, hit in enumerate(record.hits, start=1):
        text = fold(hit.passage.text)
        for quote in row.quotes:
            same = quote.document == hit.passage.document
            if same and _shares(text, fold(quote.text)):
                return rank
    return None


def _shares(passage: str, quote: str) -> bool:
    """A passage holds a quote, or holds a whole sentence's worth of a quote that it cuts."""
    if quote in passage:
        return True
    return any(len(p) >= LEAST_PART and p in passage for p in quote.replace("；", "。").split("。"))


def summary(results: Iterable[CityResult]) -> dict[str, Any]:
    """Pool cities and list each: measures, recall, citation precision, baselines."""
    rows = list(results)
    pooled = [pair for row in rows for pair in row.pairs]
    return {
        "pooled": _one(pooled, rows),
        "cities": {row.city: _one(list(row.pairs), [row]) for row in rows},
        "baselines": {
            "always_no_evidence": measure(
                [(gold, Verdict.NO_EVIDENCE) for gold, _ in pooled]
            ).as_dict(),
        },
        "confusion": confusion(pooled),
    }


def _one(pairs: Pairs, rows: list[CityResult]) -> dict[str, Any]:
    cited = [sum(r.cited[0] for r in rows), sum(r.cited[1] for r in rows)]
    shares = {}
    for depth in DEPTHS:
        found = sum(r.recall[depth][0] for r in rows)
        asked = sum(r.recall[depth][1] for r in rows)
        shares[f"recall@{depth}"] = round(found / asked, 4) if asked else None
    return {
        **measure(pairs).as_dict(),
        **shares,
        "citation_precision": round(cited[0] / cited[1], 4) if cited[1] else None,
        "citations": cited[1],
        "failures": sum(r.failures for r in rows),
    }


def pass_agreement(cities: Iterable[GoldCity]) -> dict[str, Any] | None:
    """How well the second annotation pass agrees with the first, where a city has two."""
    pairs = [
        (row.passes[0], row.passes[1])
        for city in cities
        for row in city.rows.values()
        if len(row.passes) >= 2
    ]
    if not pairs:
        return None
    return {**measure(pairs).as_dict(), "qwk": round(weighted_kappa(pairs), 4)}
