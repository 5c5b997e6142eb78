"""Chance-corrected agreement of two raters, from tables of counts.

Every function takes counts of shape (..., q, q) — first rater by row, second by column — and gives
one value per table, so that a thousand resampled tables cost one call.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def quadratic_weights(q: int) -> Array:
    """Weights 1 - (i - j)² / (q - 1)² over q ordered categories, shape (q, q)."""
    places = np.arange(q, dtype=np.float64)
    return 1.0 - (places[:, None] - places[None, :]) ** 2 / max(q - 1, 1) ** 2


def cohen(counts: Array, weights: Array | None = None) -> Array:
    """Cohen's kappa (1960), with ``weights`` the weighted one (1968); identity by default.

    1 where both raters always give the same single category, and NaN for an empty table.
    """
    shares, weighting = _shares(counts), _weighting(counts, weights)
    first, second = shares.sum(axis=-1), shares.sum(axis=-2)
    observed = (shares * weighting).sum(axis=(-2, -1))
    chance = (first[..., :, None] * second[..., None, :] * weighting).sum(axis=(-2, -1))
    return _corrected(observed, chance)


def gwet(counts: Array, weights: Array | None = None) -> Array:
    """Gwet's AC1, with ``weights`` AC2 (Handbook of Inter-Rater Reliability, 4th ed., chapter 3).

    Chance is sum(weights) / (q (q - 1)) · Σ π(1 - π), π the mean of both raters' shares: unlike
    kappa it does not collapse where nearly all answers are one category.
    """
    shares, weighting = _shares(counts), _weighting(counts, weights)
    q = counts.shape[-1]
    mean = (shares.sum(axis=-1) + shares.sum(axis=-2)) / 2
    observed = (shares * weighting).sum(axis=(-2, -1))
    chance = weighting.sum() / (q * (q - 1)) * (mean * (1 - mean)).sum(axis=-1)
    return _corrected(observed, chance)


def _weighting(counts: Array, weights: Array | None) -> Array:
    return np.eye(counts.shape[-1]) if weights is None else weights


def _shares(counts: Array) -> Array:
    total = counts.sum(axis=(-2, -1), keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: Array = counts / total
    return shares


def _corrected(observed: Array, chance: Array) -> Array:
    left = 1.0 - chance
    with np.errstate(invalid="ignore", divide="ignore"):
        value: Array = np.where(left > 1e-12, (observed - chance) / left, 1.0)
    return np.where(np.isnan(observed), np.nan, value)
