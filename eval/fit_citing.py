"""Fit how likely a sentence must be quoted to carry a verdict of the ``screen`` judge.

A finding below green that rests on a sentence which is hardly on the matter is worse than silence:
the reviewer reads a wrong quote. Chosen on cities whose verdicts came from boosters fitted on the
others, so that citations hold and as little as possible of the verdicts is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from auditor.core.findings import Verdict
from auditor.core.run import Case
from auditor.evaluation.gold import GoldRow, matches_quote
from auditor.evaluation.metrics import measure
from auditor.judge.citing import evidence_for

BOUND = (Verdict.PLANNED, Verdict.PARTLY_MET)
GRID = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
CITED = 0.515
"""The share of citations that must be quoted ones while this is chosen."""
WEIGHT = 10.0


@dataclass(frozen=True, slots=True)
class Carried:
    """A labelled feature: its gold verdict, ours, the chance of our best sentence, its hits."""

    gold: Verdict
    verdict: Verdict
    score: float
    hits: tuple[bool, ...]


def carried(case: Case, verdict: Verdict, row: GoldRow) -> Carried:
    """What a verdict would cite, held against the gold quotes."""
    chosen = evidence_for(case, verdict)
    hits = tuple(any(matches_quote(s.sentence.text, q.text) for q in row.quotes) for s in chosen)
    return Carried(row.verdict, verdict, chosen[0].score if chosen else 0.0, hits)


def fit_least(rows: Sequence[Carried]) -> dict[Verdict, float]:
    """The chances that planned and partly_met ask of their best sentence."""
    choices = [dict(zip(BOUND, pair, strict=True)) for pair in product(GRID, repeat=len(BOUND))]
    return max(choices, key=lambda least: (_worth(rows, least), -sum(least.values())))


def _worth(rows: Sequence[Carried], least: Mapping[Verdict, float]) -> float:
    """QWK and F1 of any fact, less what citations lack."""
    kept = [row.score >= least.get(row.verdict, 0.0) for row in rows]
    pairs = [
        (row.gold, row.verdict if stays else Verdict.NO_EVIDENCE)
        for row, stays in zip(rows, kept, strict=True)
    ]
    hits = [hit for row, stays in zip(rows, kept, strict=True) if stays for hit in row.hits]
    measures = measure(pairs)
    lacking = max(0.0, CITED - sum(hits) / max(len(hits), 1))
    return round(measures.qwk + measures.fact_f1 - WEIGHT * lacking, 4)
