"""Measures of verdicts against gold labels (definitions in docs/evaluation.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from auditor.core.findings import VERDICTS, Verdict
from auditor.evaluation.agreement import Array, cohen, gwet, quadratic_weights

Pairs = Sequence[tuple[Verdict, Verdict]]
"""(gold, predicted) verdicts; a failure counts as no_evidence."""

SIZE = len(VERDICTS)
GREEN = np.array([v.is_green for v in VERDICTS])
FACT = np.array([v.is_fact for v in VERDICTS])
RED = np.array([v.rank <= Verdict.PLANNED.rank for v in VERDICTS])
PLANNED = np.array([v is Verdict.PLANNED for v in VERDICTS])


@dataclass(frozen=True, slots=True)
class Measures:
    """Agreement of predicted with gold verdicts over ``n`` features; shares are in [0, 1]."""

    n: int
    exact: float
    qwk: float
    kappa: float
    ac2: float
    green_f1: float
    green_precision: float
    green_recall: float
    green_kappa: float
    green_ac1: float
    fact_f1: float
    fact_kappa: float
    false_green: float
    false_red: float
    planned_as_green: float

    def as_dict(self) -> dict[str, float]:
        """The measures as a plain mapping, rounded to four decimals."""
        return {k: round(float(v), 4) for k, v in asdict(self).items()}


MEASURES = tuple(f.name for f in fields(Measures))


def measure(pairs: Pairs) -> Measures:
    """Compute all measures over (gold, predicted) pairs; undefined ones are 0."""
    values = verdict_measures(counts_of(pairs))
    plain = {name: float(np.nan_to_num(value)) for name, value in values.items()}
    return Measures(n=len(pairs), **plain)


def verdict_measures(counts: Array) -> dict[str, Array]:
    """All measures of verdicts, from counts of shape (..., 6, 6), gold by row.

    Each value has the leading shape of ``counts``. F1, precision and recall are 0 where
    undefined; every other measure is NaN for an empty table.
    """
    total = counts.sum(axis=(-2, -1))
    green, fact = binary(counts, GREEN), binary(counts, FACT)
    weights = quadratic_weights(SIZE)
    return {
        "exact": ratio(np.einsum("...ii->...", counts), total),
        "qwk": cohen(counts, weights),
        "kappa": cohen(counts),
        "ac2": gwet(counts, weights),
        **_f1("green", green),
        "green_kappa": cohen(green),
        "green_ac1": gwet(green),
        "fact_f1": _f1("fact", fact)["fact_f1"],
        "fact_kappa": cohen(fact),
        "false_green": ratio(counts[..., RED, :][..., GREEN].sum(axis=(-2, -1)), total),
        "false_red": ratio(counts[..., GREEN, :][..., RED].sum(axis=(-2, -1)), total),
        "planned_as_green": ratio(counts[..., PLANNED, :][..., GREEN].sum(axis=(-2, -1)), total),
    }


def ratio(part: Array, whole: Array) -> Array:
    """``part / whole``, NaN where the whole is nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def binary(counts: Array, marked: NDArray[np.bool_]) -> Array:
    """Fold a table of counts to yes/no by the categories that ``marked`` marks; yes comes first."""
    sides = np.stack([marked, ~marked]).astype(np.float64)
    folded: Array = np.einsum("ai,...ij,bj->...ab", sides, counts, sides)
    return folded


def _f1(name: str, table: Array) -> dict[str, Array]:
    both, wanted, given = table[..., 0, 0], table[..., 0, :].sum(-1), table[..., :, 0].sum(-1)
    return {
        f"{name}_f1": np.nan_to_num(ratio(2 * both, wanted + given)),
        f"{name}_precision": np.nan_to_num(ratio(both, given)),
        f"{name}_recall": np.nan_to_num(ratio(both, wanted)),
    }


def counts_of(pairs: Pairs) -> Array:
    """Count pairs by gold verdict (row) and predicted verdict (column), shape (6, 6)."""
    counts = np.zeros((SIZE, SIZE))
    for gold, predicted in pairs:
        counts[gold.rank, predicted.rank] += 1.0
    return counts


def weighted_kappa(pairs: Pairs) -> float:
    """Cohen's kappa with quadratic weights over the six ordered verdicts (Cohen 1968).

    1 where both sides always give the same single verdict; 0 without any pair.
    """
    return float(np.nan_to_num(cohen(counts_of(pairs), quadratic_weights(SIZE))))


def kappa(marks: Sequence[tuple[bool, bool]]) -> float:
    """Cohen's kappa of a yes/no mark (Cohen 1960)."""
    table = np.zeros((2, 2))
    for first, second in marks:
        table[int(first), int(second)] += 1.0
    return float(np.nan_to_num(cohen(table)))


def confusion(pairs: Pairs) -> dict[str, dict[str, int]]:
    """Counts by gold verdict (outer) and predicted verdict (inner)."""
    counts = counts_of(pairs)
    return {g.value: {p.value: int(counts[g.rank, p.rank]) for p in VERDICTS} for g in VERDICTS}
