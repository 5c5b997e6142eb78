"""Bootstrap intervals: features are drawn again within each city (Efron 1979, percentile method).

Coverage has its own units (cells of node × level, items). The seed comes from the city's name, so
two evaluations of the same city are drawn alike: their difference has a paired interval.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from zlib import crc32

import numpy as np

from auditor.evaluation.agreement import Array
from auditor.evaluation.tallies import COUNTS, Blocks, Sums, Weights, added, measured, summed

RESAMPLES = 1000
SHARE = 95.0
SEED = 20241231
Interval = tuple[float, float]


def drawn(blocks: Blocks, city: str, resamples: int) -> Weights:
    """How often each unit is drawn in each resample, shape (resamples, units) per kind."""
    weights = {}
    for kind, columns in blocks.items():
        size = len(next(iter(columns.values())))
        rng = np.random.default_rng([SEED, crc32(f"{city}/{kind}".encode())])
        draw = rng.multinomial(size, np.full(size, 1 / size), resamples) if size else None
        weights[kind] = np.zeros((resamples, 0)) if draw is None else draw.astype(np.float64)
    return weights


def resampled(blocks: Mapping[str, Blocks], resamples: int = RESAMPLES) -> dict[str, Sums]:
    """Sums of every resample, by city."""
    return {city: summed(b, drawn(b, city, resamples)) for city, b in blocks.items()}


def intervals(parts: Sequence[Sums]) -> dict[str, Interval | None]:
    """The interval of each measure of some cities taken together; None where it is undefined."""
    return {
        name: interval(values)
        for name, values in measured(added(parts)).items()
        if name not in COUNTS
    }


def interval(values: Array) -> Interval | None:
    """The middle 95 % of the resampled values."""
    if np.isnan(values).all():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        low, high = np.nanpercentile(values, [(100 - SHARE) / 2, (100 + SHARE) / 2])
    return round(float(low), 4), round(float(high), 4)
