"""Measures of verdicts against gold labels (definitions in docs/evaluation.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from auditor.core.findings import VERDICTS, Verdict

Pairs = Sequence[tuple[Verdict, Verdict]]
"""(gold, predicted) verdicts; a failure counts as no_evidence."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Agreement of predicted with gold verdicts over ``n`` features; shares are in [0, 1]."""

    n: int
    exact: float
    qwk: float
    green_f1: float
    green_precision: float
    green_recall: float
    fact_f1: float
    false_green: float
    false_red: float
    planned_as_green: float

    def as_dict(self) -> dict[str, float]:
        """The measures as a plain mapping, rounded to four decimals."""
        return {k: round(float(v), 4) for k, v in asdict(self).items()}


def measure(pairs: Pairs) -> Measures:
    """Compute all measures over (gold, predicted) pairs."""
    green = _f1([(g.is_green, p.is_green) for g, p in pairs])
    fact = _f1([(g.is_fact, p.is_fact) for g, p in pairs])
    count = max(len(pairs), 1)
    return Measures(
        n=len(pairs),
        exact=sum(g is p for g, p in pairs) / count,
        qwk=weighted_kappa(pairs),
        green_f1=green[0],
        green_precision=green[1],
        green_recall=green[2],
        fact_f1=fact[0],
        false_green=sum(p.is_green and g.rank <= Verdict.PLANNED.rank for g, p in pairs) / count,
        false_red=sum(g.is_green and p.rank <= Verdict.PLANNED.rank for g, p in pairs) / count,
        planned_as_green=sum(p.is_green and g is Verdict.PLANNED for g, p in pairs) / count,
    )


def _f1(marks: Sequence[tuple[bool, bool]]) -> tuple[float, float, float]:
    """F1, precision and recall of a yes/no mark; 0 where undefined."""
    both = sum(g and p for g, p in marks)
    predicted = sum(p for _, p in marks)
    wanted = sum(g for g, _ in marks)
    precision = both / predicted if predicted else 0.0
    recall = both / wanted if wanted else 0.0
    f1 = 2 * both / (predicted + wanted) if predicted + wanted else 0.0
    return f1, precision, recall


def weighted_kappa(pairs: Pairs) -> float:
    """Cohen's kappa with quadratic weights over the six ordered verdicts (Cohen 1968).

    1 where both sides always give the same single verdict.
    """
    size = len(VERDICTS)
    count = len(pairs)
    observed = [[0.0] * size for _ in range(size)]
    for gold, predicted in pairs:
        observed[gold.rank][predicted.rank] += 1.0
    rows = [sum(row) for row in observed]
    columns = [sum(observed[i][j] for i in range(size)) for j in range(size)]
    disagreement = expected = 0.0
    for i in range(size):
        for j in range(size):
            weight = (i - j) ** 2 / (size - 1) ** 2
            disagreement += weight * observed[i][j]
            expected += weight * rows[i] * columns[j] / max(count, 1)
    return 1.0 - disagreement / expected if expected else 1.0


def kappa(marks: Sequence[tuple[bool, bool]]) -> float:
    """Cohen's kappa of a yes/no mark (Cohen 1960)."""
    count = max(len(marks), 1)
    agree = sum(a == b for a, b in marks) / count
    first = sum(a for a, _ in marks) / count
    second = sum(b for _, b in marks) / count
    chance = first * second + (1 - first) * (1 - second)
    return (agree - chance) / (1 - chance) if chance < 1 else 1.0


def confusion(pairs: Pairs) -> dict[str, dict[str, int]]:
    """Counts by gold verdict (outer) and predicted verdict (inner)."""
    table = {g.value: {p.value: 0 for p in VERDICTS} for g in VERDICTS}
    for gold, predicted in pairs:
        table[gold.value][predicted.value] += 1
    return table
