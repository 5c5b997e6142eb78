"""The upper layers under training: frozen matrices, each with a low-rank image beside it."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from eval.tuning.states import FIRST, Trunk, padded, through

RANK = 16
PARTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
GROUPS = 5
"""A batch is passed in this many parts, sorted by length, so that little is padded."""


class LowRank(nn.Module):
    """A frozen linear layer plus an image that starts at nothing (Hu et al. 2021)."""

    def __init__(self, frozen: nn.Linear) -> None:
        super().__init__()
        self.frozen = frozen
        size = frozen.in_features
        self.down = nn.Parameter(torch.randn(RANK, size) / math.sqrt(size))
        self.up = nn.Parameter(torch.zeros(frozen.out_features, RANK))

    def forward(self, states: Tensor) -> Tensor:
        """The layer's output with the image's added."""
        image: Tensor = (states @ self.down.T) @ self.up.T
        return self.frozen(states) + image


class Upper(nn.Module):
    """The layers from FIRST on, each of their matrices with an image."""

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self.layers = copy.deepcopy(trunk.model.encoder.layer[FIRST:])
        self.layers.requires_grad_(False)
        for layer in self.layers:
            for path in PARTS:
                _put_beside(layer, path)

    def forward(self, rows: Sequence[Tensor]) -> Tensor:
        """Vectors of length 1, shape (texts, width), of states (tokens, width) each."""
        order = np.argsort([len(row) for row in rows], kind="stable")
        vectors: list[Tensor] = [rows[0]] * len(rows)
        for group in np.array_split(order, min(GROUPS, len(order))):
            for place, vector in zip(group, self._pooled([rows[i] for i in group]), strict=True):
                vectors[place] = vector
        return torch.stack(vectors)

    def _pooled(self, rows: Sequence[Tensor]) -> Tensor:
        states, there = padded([row.float() for row in rows])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            raised = through(self.layers, states, there).float()
        mean = (raised * there[:, :, None]).sum(1) / there.sum(1, keepdim=True)
        return nn.functional.normalize(mean, dim=1)


def _put_beside(layer: Any, path: str) -> None:
    """Put an image beside one linear layer below ``layer``."""
    *parents, name = path.split(".")
    for parent in parents:
        layer = getattr(layer, parent)
    setattr(layer, name, LowRank(getattr(layer, name)))
