"""The crowd: how each sentence answers to all features, so that one feature's share can be told.

A sentence on data governance is near to thirty features. What tells the one that it speaks of is
not how near it is, but how much nearer than to the other features, and to its own item's others
(a correction for hubs: Dinu et al. 2015, Lample et al. 2018, in the direction of the sentences).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
LEAST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True)
class Crowd:
    """Mean and spread over the features, and the mean of each item's features.

    Every matrix has shape (columns, sentences).
    """

    mean: Matrix
    spread: Matrix
    items: Mapping[str, Matrix]

    def signals(self, columns: Matrix, item: str) -> Matrix:
        """Shape (sentences, 2 * columns): in spreads above the mean, above the item's mean."""
        above = (columns - self.mean) / self.spread
        beside = columns - self.items.get(item, self.mean)
        return np.concatenate([above, beside]).T.astype(np.float32)


def crowd_of(rows: Iterable[tuple[str, Matrix]]) -> Crowd:
    """Sum up (item, columns) of all features that are known; a crowd of none knows nothing."""
    total: NDArray[np.float64] = np.zeros((0, 0))
    squares: NDArray[np.float64] = np.zeros((0, 0))
    items: dict[str, tuple[NDArray[np.float64], int]] = {}
    count = 0
    for item, columns in rows:
        wide = columns.astype(np.float64)
        total = wide if not count else total + wide
        squares = wide**2 if not count else squares + wide**2
        known, times = items.get(item, (np.zeros_like(wide), 0))
        items[item] = (known + wide, times + 1)
        count += 1
    mean = total / max(count, 1)
    spread = np.sqrt(np.maximum(squares / max(count, 1) - mean**2, 0.0)) + LEAST_SPREAD
    return Crowd(
        mean.astype(np.float32),
        spread.astype(np.float32),
        {item: (sums / times).astype(np.float32) for item, (sums, times) in items.items()},
    )
