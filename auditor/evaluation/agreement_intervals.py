"""How sure a coefficient of agreement is: standard errors and 95 % intervals from counts.

Tables are of shape (..., q, q) as in ``agreement``, one value per table. Pairs are taken for
independent draws from an endless population: features of one item hang together, so that the
intervals are somewhat too narrow for a single city.

- Standard errors are the linear ones that are usual for two raters: Fleiss, Cohen and Everitt
  (1969) for kappa, weighted or not; Gwet (Handbook of Inter-Rater Reliability, 4th ed. 2014,
  chapters 3 and 5) for AC1 and AC2; both divide by n - 1, as Gwet does for ratings.
- Plain intervals (value ± t · error) miss the true value far too often where agreement is high.
  So the interval is taken for log(1 - coefficient), a log ratio of disagreement seen to
  disagreement by chance, on a table to which ``PRIOR`` of a pair is added, spread as chance
  would spread it; t has n - 1 degrees of freedom. It stays below 1.
- Where all pairs agree, the lower end is what remains of 1 if the share of equal pairs is only the
  lower end of its own interval (Wilson 1927), chance as seen, and the others differ by all.
- In simulations (72 populations over six categories: flat to skewed, equal answers to 50 up to
  95 of 100) intervals held the true value in 87 to 99 of 100 tables from 30 pairs on, those of
  unweighted kappa in 91 to 96; plain ones fell to 72. Weighted ones err most at the low end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from scipy.special import stdtrit

from auditor.evaluation.agreement import Array, cohen, gwet

UPPER = 0.975
"""Where the upper end of the middle 95 % lies."""
Z = NormalDist().inv_cdf(UPPER)
PRIOR = 0.5
"""Pairs added as by chance: of 0.5, 1 and 2 the number whose intervals held best in simulations."""

Chance = tuple[Array, Array]
"""Agreement by chance, shape (...), and its slope in the share of each cell, (..., q, q)."""


@dataclass(frozen=True, slots=True, eq=False)
class Coefficient:
    """A chance-corrected coefficient with its weights, shape (q, q), diagonal 1."""

    weights: Array
    value: Callable[[Array, Array], Array]
    chance: Callable[[Array, Array], Chance]


def kappa_by(weights: Array) -> Coefficient:
    """Cohen's kappa with these weights; the identity gives the unweighted one."""
    return Coefficient(weights, cohen, _chance_of_cohen)


def gwet_by(weights: Array) -> Coefficient:
    """Gwet's AC2 with these weights; the identity gives AC1."""
    return Coefficient(weights, gwet, _chance_of_gwet)


def ordinal_weights(q: int) -> Array:
    """Gwet's ordinal weights, shape (q, q): 1 - m (m + 1) / (q (q - 1)), m = |i - j|.

    Source: Gwet 2014, section 3.5: m (m + 1) / 2 counts the pairs of categories from i to j.
    """
    places = np.arange(q, dtype=np.float64)
    apart = np.abs(places[:, None] - places[None, :])
    return 1.0 - apart * (apart + 1.0) / max(q * (q - 1), 1)


def standard_error(counts: Array, coefficient: Coefficient) -> Array:
    """The linear standard error, one per table; NaN or infinite where there is none.

    With pull = (weight - (1 - value) · slope) / (1 - chance) of each cell, it is the root of the
    variance of the pulls over the pairs, divided by n - 1.
    """
    total = counts.sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = counts / total[..., None, None]
        chance, slopes = coefficient.chance(shares, coefficient.weights)
        lost = (1.0 - coefficient.value(counts, coefficient.weights))[..., None, None]
        pulls = (coefficient.weights - lost * slopes) / (1.0 - chance)[..., None, None]
        mean = (shares * pulls).sum(axis=(-2, -1), keepdims=True)
        variance = (shares * (pulls - mean) ** 2).sum(axis=(-2, -1)) / (total - 1.0)
        error: Array = np.sqrt(variance)
    return error


def interval_of(counts: Array, coefficient: Coefficient) -> tuple[Array, Array]:
    """Lower and upper end of the 95 % interval, one each per table.

    NaN where the pairs do not vary as the coefficient sees them: fewer than two of them, all in
    one cell off the diagonal, or for kappa one rater who gave a single category throughout.
    The value lies in the interval, which ends at 1 and at -1, or at the value where that is less:
    AC1 and AC2 can fall somewhat below -1.
    """
    total = counts.sum(axis=(-2, -1))
    value = coefficient.value(counts, coefficient.weights)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        shares = counts / total[..., None, None]
        by_chance = shares.sum(axis=-1)[..., :, None] * shares.sum(axis=-2)[..., None, :]
        eased = counts + PRIOR * by_chance
        lost = 1.0 - coefficient.value(eased, coefficient.weights)
        width = stdtrit(total - 1.0, UPPER) * standard_error(eased, coefficient) / lost
        varies = np.isfinite(width) & (width > 1e-9)
        low = np.where(varies, np.minimum(1.0 - lost * np.exp(width), value), np.nan)
        high = np.where(varies, np.maximum(1.0 - lost * np.exp(-width), value), np.nan)
        chance, _ = coefficient.chance(shares, coefficient.weights)
        least = (total / (total + Z**2) - chance) / (1.0 - chance)
    alike = (np.einsum("...ii->...", counts) >= total) & (total > 1) & (chance < 1.0 - 1e-12)
    low, high = np.where(alike, least, low), np.where(alike, 1.0, high)
    return np.maximum(low, np.minimum(value, -1.0)), np.minimum(high, 1.0)


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share, in [0, 1] (Wilson 1927); ``total`` is at least 1."""
    share, square = hits / total, Z**2 / total
    middle = (share + square / 2) / (1 + square)
    half = Z / (1 + square) * sqrt(share * (1 - share) / total + square / (4 * total))
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))


def _chance_of_cohen(shares: Array, weights: Array) -> Chance:
    first, second = shares.sum(axis=-1), shares.sum(axis=-2)
    rows, columns = second @ weights.T, first @ weights
    return (first * rows).sum(axis=-1), rows[..., :, None] + columns[..., None, :]


def _chance_of_gwet(shares: Array, weights: Array) -> Chance:
    q = shares.shape[-1]
    mean = (shares.sum(axis=-1) + shares.sum(axis=-2)) / 2
    scale = weights.sum() / (q * (q - 1))
    slopes = scale * (1.0 - mean[..., :, None] - mean[..., None, :])
    return scale * (mean * (1.0 - mean)).sum(axis=-1), slopes
