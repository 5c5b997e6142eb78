"""Coverage of items and of the nodes above them, as exact decimals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from auditor.core.criteria import LEVELS, Item
from auditor.core.findings import Finding, Verdict
from auditor.core.scores import Profile

ARITHMETIC = Context(prec=28, rounding=ROUND_HALF_EVEN)
ONE = Decimal(1)
CoverageMap = Mapping[int, Decimal | None]


@dataclass(frozen=True, slots=True)
class Values:
    """Value of each feature in [0, 1]: as shown by the papers, and as it could still become."""

    shown: Mapping[str, Decimal]
    potential: Mapping[str, Decimal]


def feature_values(findings: Iterable[Finding], profile: Profile) -> Values:
    """Turn findings into values; all but not_met could still be lifted by a further document."""
    shown: dict[str, Decimal] = {}
    potential: dict[str, Decimal] = {}
    for finding in findings:
        verdict = finding.verdict
        shown[finding.feature_id] = profile.values[verdict] if verdict else Decimal(0)
        final = verdict is Verdict.NOT_MET
        potential[finding.feature_id] = profile.values[Verdict.NOT_MET] if final else ONE
    return Values(shown, potential)


def weighted_mean(pairs: Iterable[tuple[Decimal, Decimal]]) -> Decimal | None:
    """Mean of (value, weight) pairs, None where the weights sum to nothing."""
    total, weights = Decimal(0), Decimal(0)
    for value, weight in pairs:
        total += ARITHMETIC.multiply(value, weight)
        weights += weight
    return ARITHMETIC.divide(total, weights) if weights else None


def item_coverage(item: Item, values: Mapping[str, Decimal], profile: Profile) -> CoverageMap:
    """Coverage of an item per level: the weighted mean of its judged features there."""
    coverage: dict[int, Decimal | None] = {}
    for level in LEVELS:
        judged = [f for f in item.features if f.level == level and f.id in values]
        coverage[level] = weighted_mean(
            (values[f.id], profile.weights.get(f.id, ONE)) for f in judged
        )
    return coverage


def mean_coverage(children: Iterable[tuple[str, CoverageMap]], profile: Profile) -> CoverageMap:
    """Coverage of a node per level: the weighted mean of its children's, absent ones left out."""
    rows = list(children)
    coverage: dict[int, Decimal | None] = {}
    for level in LEVELS:
        pairs = []
        for child_id, child in rows:
            value = child[level]
            if value is not None:
                pairs.append((value, profile.weights.get(child_id, ONE)))
        coverage[level] = weighted_mean(pairs)
    return coverage


def level_of(coverage: CoverageMap, profile: Profile) -> int:
    """The highest level that holds: own coverage >= tau_own, every lower one >= tau_lower."""
    best = 0
    for level in LEVELS:
        own = coverage[level]
        if own is None or own < profile.tau_own:
            continue
        lower = [coverage[below] for below in LEVELS if below < level]
        if all(value is None or value >= profile.tau_lower for value in lower):
            best = level
    return best
