"""Every measure as a function of sums over units (features, cells of coverage, items).

A city gives blocks of columns, one row per unit; blocks are summed, plainly or under resampling
weights; measures are computed from the sums. So a figure and its interval come from one formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from auditor.core.criteria import Standard
from auditor.core.findings import Verdict
from auditor.core.scores import Profile
from auditor.evaluation.agreement import Array, cohen, quadratic_weights
from auditor.evaluation.calibration import calibration_error, chance_blocks
from auditor.evaluation.coverage import STEPS, coverage_blocks
from auditor.evaluation.gold import matches_quote
from auditor.evaluation.metrics import SIZE, ratio, verdict_measures
from auditor.evaluation.retrieval import NDCG_DEPTH, ndcg
from auditor.evaluation.rows import DEPTHS, CityResult, Compared

Blocks = Mapping[str, Mapping[str, Array]]
"""Unit kind -> name -> columns, shape (units, columns)."""
Sums = dict[str, Array]
"""Name -> sums, shape (samples, columns)."""
Weights = Mapping[str, Array]
"""Unit kind -> how often each unit was drawn, shape (samples, units)."""


def blocks_of(result: CityResult, standard: Standard, profile: Profile) -> Blocks:
    """All columns of one city."""
    rows = result.rows
    features = {**_verdict_blocks(rows), **_search_blocks(rows), **chance_blocks(rows)}
    return {"features": features, **coverage_blocks(rows, standard, profile)}


def _verdict_blocks(rows: Sequence[Compared]) -> dict[str, Array]:
    counts = np.zeros((len(rows), SIZE * SIZE))
    marks = np.zeros((len(rows), 3))
    cited = np.zeros((len(rows), 4))
    for place, row in enumerate(rows):
        counts[place, row.gold.rank * SIZE + row.given.rank] = 1.0
        silent = row.given is Verdict.NO_EVIDENCE and not row.failure
        marks[place] = 1.0, float(silent), float(bool(row.failure))
        cited[place] = sum(c.hit for c in row.cited), len(row.cited), *quotes_met(row)
    return {"counts": counts, "marks": marks, "cited": cited}


def quotes_met(row: Compared) -> tuple[int, int]:
    """(gold quotes that meet a cited sentence, gold quotes) where gold is not no_evidence."""
    if row.gold is Verdict.NO_EVIDENCE:
        return 0, 0
    met = sum(any(matches_quote(c.text, q.text) for c in row.cited) for q in row.quotes)
    return met, len(row.quotes)


def _search_blocks(rows: Sequence[Compared]) -> dict[str, Array]:
    """1 where asked, then any quote and all quotes within each depth, then nDCG."""
    found = np.zeros((len(rows), 2 + 2 * len(DEPTHS)))
    for place, row in enumerate(rows):
        if row.quoted:
            found[place] = search_marks(row)
    asked = np.array([[float(row.asked)] for row in rows]).reshape(-1, 1)
    return {"found": found * asked}


def search_marks(row: Compared) -> tuple[float, ...]:
    """What one quoted feature adds to the sums of retrieval."""
    within = [[rank is not None and rank <= depth for rank in row.ranks] for depth in DEPTHS]
    some, every = [float(any(w)) for w in within], [float(all(w)) for w in within]
    return (1.0, *some, *every, ndcg(row.ranks))


def summed(blocks: Blocks, weights: Weights | None = None) -> Sums:
    """Sum each block over its units: once plainly, or once per sample of ``weights``."""
    sums: Sums = {}
    for kind, columns in blocks.items():
        for name, block in columns.items():
            times = np.ones((1, len(block))) if weights is None else weights[kind]
            sums[name] = times @ block
    return sums


def added(parts: Sequence[Sums]) -> Sums:
    """Add the sums of several cities."""
    return {name: np.sum([part[name] for part in parts], axis=0) for name in parts[0]}


def measured(sums: Sums) -> dict[str, Array]:
    """All measures, one value per sample; NaN where there is nothing to measure."""
    counts = sums["counts"].reshape(-1, SIZE, SIZE)
    total = sums["marks"][:, 0]
    values = {
        **verdict_measures(counts),
        "abstention": ratio(sums["marks"][:, 1], total),
        "failures": sums["marks"][:, 2],
        **_retrieval(sums["found"]),
        "citation_precision": ratio(sums["cited"][:, 0], sums["cited"][:, 1]),
        "citation_recall": ratio(sums["cited"][:, 2], sums["cited"][:, 3]),
        "citations": sums["cited"][:, 1],
        **_chances(sums, counts),
        **_coverage(sums),
    }
    return {"n": total, **values}


def _retrieval(found: Array) -> dict[str, Array]:
    asked, size = found[:, 0], len(DEPTHS)
    some = {f"recall@{d}": ratio(found[:, 1 + i], asked) for i, d in enumerate(DEPTHS)}
    every = {f"recall_all@{d}": ratio(found[:, 1 + size + i], asked) for i, d in enumerate(DEPTHS)}
    return {**some, **every, f"ndcg@{NDCG_DEPTH}": ratio(found[:, -1], asked), "asked": asked}


def _chances(sums: Sums, counts: Array) -> dict[str, Array]:
    """Brier of the chances, and of giving every feature the base rates of gold."""
    base = ratio(counts.sum(axis=-1), counts.sum(axis=(-2, -1))[:, None])
    measured_ones = sums["brier"][:, 1] > 0
    return {
        "brier": ratio(sums["brier"][:, 0], sums["brier"][:, 1]),
        "brier_base": np.where(measured_ones, (base * (1 - base)).sum(axis=-1), np.nan),
        "ece_green": calibration_error(sums["green_bins"]),
        "ece_top": calibration_error(sums["top_bins"]),
    }


def _coverage(sums: Sums) -> dict[str, Array]:
    values = {}
    for kind in ("item", "domain"):
        error, zero, signed, cells = sums[f"{kind}_error"].T
        values[f"coverage_{kind}_mae"] = ratio(error, cells)
        values[f"coverage_{kind}_mae_zero"] = ratio(zero, cells)
        values[f"coverage_{kind}_bias"] = ratio(signed, cells)
    levels = sums["levels"].reshape(-1, STEPS, STEPS)
    total = levels.sum(axis=(-2, -1))
    return {
        **values,
        "level_kappa": cohen(levels, quadratic_weights(STEPS)),
        "level_exact": ratio(np.einsum("...ii->...", levels), total),
        "level_exact_zero": ratio(levels[:, 0, :].sum(axis=-1), total),
    }


def plain(values: Mapping[str, Array]) -> dict[str, float | int | None]:
    """The only sample's values as numbers for JSON: four decimals, None where undefined."""
    numbers: dict[str, float | int | None] = {}
    for name, value in values.items():
        number = float(value[0])
        if np.isnan(number):
            numbers[name] = None
        else:
            numbers[name] = int(number) if name in COUNTS else round(number, 4)
    return numbers


COUNTS = frozenset({"n", "failures", "citations", "asked"})
