"""Two evaluations of the same gold: what flipped, and by how much each measure moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from auditor.core.criteria import Standard
from auditor.core.errors import ConfigurationError
from auditor.evaluation.agreement import Array
from auditor.evaluation.bootstrap import RESAMPLES, interval, resampled
from auditor.evaluation.rows import CityResult, Compared
from auditor.evaluation.tallies import COUNTS, Blocks, added, blocks_of, measured, summed
from auditor.profiles import load_profile

FORM = "ctmm-eval-compare-1"
LESS_IS_BETTER = frozenset(
    {
        "false_green", "false_red", "planned_as_green", "failures", "brier", "ece_green", "ece_top",
        "coverage_item_mae", "coverage_domain_mae",
    }
)  # fmt: skip
NEITHER = frozenset(
    {
        "n", "asked", "citations", "abstention", "brier_base", "coverage_item_mae_zero",
        "coverage_domain_mae_zero", "coverage_item_bias", "coverage_domain_bias",
        "level_exact_zero",
    }
)  # fmt: skip
Pair = tuple[str, Compared, Compared]


def compare_results(
    before: Sequence[CityResult],
    after: Sequence[CityResult],
    standard: Standard,
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """Compare two evaluations on the features that both have with the same gold verdict.

    Raises:
        ConfigurationError: they have no feature in common.
    """
    pairs, left_out = matched(before, after)
    if not pairs:
        raise ConfigurationError(
            "两份结果没有相同城市的相同特征 (nothing in common).",
            hint="请比较同一标注集上的两次评测 (compare two evaluations of the same gold).",
        )
    flips = [flip_of(*pair) for pair in pairs if is_flipped(pair)]
    counts = Counter(flip["change"] for flip in flips)
    return {
        "form": FORM,
        "compared": len(pairs),
        "left_out": left_out,
        "cities": sorted({city for city, _, _ in pairs}),
        "counts": {change: counts[change] for change in ("better", "worse", "other")},
        "measures": deltas(pairs, standard, resamples),
        "flips": flips,
    }


def matched(
    before: Sequence[CityResult], after: Sequence[CityResult]
) -> tuple[list[Pair], dict[str, int]]:
    """Pair the rows of both by city and feature; count what only one has, or labels otherwise."""
    first = {(r.city, row.feature_id): row for r in before for row in r.rows}
    second = {(r.city, row.feature_id): row for r in after for row in r.rows}
    both = sorted(first.keys() & second.keys())
    pairs = [
        (key[0], first[key], second[key]) for key in both if first[key].gold is second[key].gold
    ]
    return pairs, {
        "only_before": len(first.keys() - second.keys()),
        "only_after": len(second.keys() - first.keys()),
        "gold_differs": len(both) - len(pairs),
    }


def is_flipped(pair: Pair) -> bool:
    """Tell whether the verdicts differ (a failure differs from every verdict)."""
    return pair[1].verdict is not pair[2].verdict


def flip_of(city: str, before: Compared, after: Compared) -> dict[str, Any]:
    """One flipped feature with both sides' citations.

    ``change`` is ``better`` or ``worse`` where the verdict moved towards or away from gold in the
    order of the six verdicts, ``other`` where it is as far away as before.
    """
    far = abs(before.given.rank - before.gold.rank) - abs(after.given.rank - after.gold.rank)
    return {
        "city": city,
        "feature": before.feature_id,
        "gold": before.gold.value,
        "before": before.verdict.value if before.verdict else None,
        "after": after.verdict.value if after.verdict else None,
        "change": "better" if far > 0 else "worse" if far < 0 else "other",
        "gold_quotes": [{"document": q.document, "text": q.text} for q in before.quotes],
        "cited_before": _cited(before),
        "cited_after": _cited(after),
        "reason_before": before.reason or before.failure,
        "reason_after": after.reason or after.failure,
    }


def _cited(row: Compared) -> list[dict[str, Any]]:
    return [{"document": c.document, "text": c.text, "hit": c.hit} for c in row.cited]


def deltas(pairs: Sequence[Pair], standard: Standard, resamples: int) -> dict[str, dict[str, Any]]:
    """Each measure before and after; ``gain`` is positive for better, with its paired interval.

    Both sides are drawn by the same resamples, so that what they share cancels out.
    """
    sides = [_blocks(pairs, place, standard) for place in (1, 2)]
    points = [measured(added([summed(b) for b in side.values()])) for side in sides]
    samples = [measured(added(list(resampled(side, resamples).values()))) for side in sides]
    table = {}
    for name in points[0]:
        if name in NEITHER:
            continue
        turn = -1.0 if name in LESS_IS_BETTER else 1.0
        values = [_number(point[name]) for point in points]
        moved = turn * (samples[1][name] - samples[0][name])
        table[name] = _delta(values, turn, None if name in COUNTS else interval(moved))
    return table


def _blocks(pairs: Sequence[Pair], place: int, standard: Standard) -> dict[str, Blocks]:
    cities: dict[str, list[Compared]] = {}
    for pair in pairs:
        cities.setdefault(pair[0], []).append(pair[1] if place == 1 else pair[2])
    profile = load_profile()
    return {
        city: blocks_of(CityResult(city, tuple(rows)), standard, profile)
        for city, rows in cities.items()
    }


def _number(value: Array) -> float | None:
    number = float(value[0])
    return None if np.isnan(number) else round(number, 4)


def _delta(
    values: Sequence[float | None], turn: float, spread: tuple[float, float] | None
) -> dict[str, Any]:
    before, after = values
    known = before is not None and after is not None
    gain = None
    if before is not None and after is not None:
        gain = round(turn * (after - before), 4) + 0.0  # no -0.0
    return {
        "before": before,
        "after": after,
        "gain": gain,
        "interval": [end + 0.0 for end in spread] if spread and known else None,
        "less_is_better": turn < 0,
    }


def shortfalls(table: Mapping[str, Any], bounds: Mapping[str, float]) -> list[str]:
    """Say (in Chinese) which measures gained less than their bound; empty where all held.

    Raises:
        ConfigurationError: a measure has no such name, or was not measured in both.
    """
    said = []
    for name, bound in bounds.items():
        row = table["measures"].get(name)
        if row is None or row["gain"] is None:
            known = "、".join(k for k, v in table["measures"].items() if v["gain"] is not None)
            raise ConfigurationError(
                f"两份结果没有共同的指标 {name} (not measured in both).",
                hint=f"可用的指标 (known): {known}",
            )
        if row["gain"] < bound:
            said.append(f"{name} 变化 {row['gain']:+.4f}，低于界限 {bound:+.4f}")
    return said
