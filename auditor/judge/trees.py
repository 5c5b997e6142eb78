"""Evaluate boosted trees that are kept as data: plain arithmetic, the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Node = tuple[int, float, int, int, float]
"""(input index or -1 for a leaf, threshold, left, right, value)."""


@dataclass(frozen=True, slots=True)
class Booster:
    """A sum of trees under a sigmoid: the probability that the verdict reaches a step."""

    base: float
    trees: tuple[tuple[Node, ...], ...]

    def probability(self, row: Sequence[float]) -> float:
        """Probability for one row of inputs."""
        total = self.base + math.fsum(_leaf(tree, row) for tree in self.trees)
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def _leaf(tree: tuple[Node, ...], row: Sequence[float]) -> float:
    index = 0
    while True:
        feature, threshold, left, right, value = tree[index]
        if feature < 0:
            return value
        index = left if row[feature] <= threshold else right


def booster_from(row: Mapping[str, Any]) -> Booster:
    """Read a booster from its JSON form."""
    trees = tuple(
        tuple((int(f), float(t), int(lo), int(hi), float(v)) for f, t, lo, hi, v in tree)
        for tree in row["trees"]
    )
    return Booster(float(row["base"]), trees)
