"""Do probabilities mean what they say: reliability curves, expected calibration error, Brier.

All three are made of sums over features, so that resampled sums give intervals. Bins are ten of
equal width over [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditor.core.findings import VERDICTS
from auditor.evaluation.agreement import Array
from auditor.evaluation.metrics import GREEN, ratio
from auditor.evaluation.rows import Compared

BINS = 10


def chance_blocks(rows: Sequence[Compared]) -> dict[str, Array]:
    """Columns to sum, one row per feature (nothing where there are no probabilities).

    ``brier``: (squared distance of the six chances to the truth, 1). ``green_bins``, ``top_bins``:
    for each bin 1, the chance and whether it came true, shape (n, 3 · BINS).
    """
    blocks = {
        "brier": np.zeros((len(rows), 2)),
        "green_bins": np.zeros((len(rows), 3 * BINS)),
        "top_bins": np.zeros((len(rows), 3 * BINS)),
    }
    for place, row in enumerate(rows):
        if row.probabilities is None:
            continue
        chances = np.asarray(row.probabilities)
        truth = np.zeros(len(VERDICTS))
        truth[row.gold.rank] = 1.0
        blocks["brier"][place] = float(((chances - truth) ** 2).sum()), 1.0
        top = int(chances.argmax())
        blocks["top_bins"][place] = binned(float(chances[top]), top == row.gold.rank)
        blocks["green_bins"][place] = binned(float(chances[GREEN].sum()), row.gold.is_green)
    return blocks


def binned(chance: float, came_true: bool) -> Array:
    """One feature's contribution to the bins: 1, the chance, and 1 if it came true."""
    line = np.zeros((3, BINS))
    line[:, min(int(chance * BINS + 1e-9), BINS - 1)] = 1.0, chance, float(came_true)
    return line.reshape(-1)


def calibration_error(bins: Array) -> Array:
    """Expected calibration error of summed bins, shape (..., 3 · BINS) (Guo et al. 2017).

    The mean over features of the distance, in their bin, of mean chance and share that came true.
    """
    counts, chances, trues = _parts(bins)
    return ratio(np.abs(chances - trues).sum(axis=-1), counts.sum(axis=-1))


def curve(bins: Array) -> list[dict[str, float]]:
    """The reliability curve of summed bins: mean chance, share that came true, features."""
    counts, chances, trues = _parts(bins)
    return [
        {
            "chance": round(float(chance / count), 4),
            "came_true": round(float(true / count), 4),
            "n": int(count),
        }
        for count, chance, true in zip(counts, chances, trues, strict=True)
        if count > 0
    ]


def _parts(bins: Array) -> tuple[Array, Array, Array]:
    parts = bins.reshape(*bins.shape[:-1], 3, BINS)
    return parts[..., 0, :], parts[..., 1, :], parts[..., 2, :]
