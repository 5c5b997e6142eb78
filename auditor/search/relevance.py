"""The relevance model: signals -> one score per sentence; a passage scores as its best sentence.

A logistic model whose weights are data (``weights/*.json``), fitted by ``eval/fit_relevance.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditor.core.errors import CriteriaError
from auditor.search.signals import MATTER_SIGNALS, SIGNALS

Matrix = NDArray[np.float32]
LOGIT_LIMIT = 30.0


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model on standardised rows: sigmoid(((x - mean) / scale) . weights + bias)."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float

    def logits(self, rows: Matrix) -> NDArray[np.float64]:
        """Give one logit per row."""
        logits: NDArray[np.float64] = ((rows - self.mean) / self.scale) @ self.weights + self.bias
        return np.clip(logits, -LOGIT_LIMIT, LOGIT_LIMIT)


@dataclass(frozen=True, slots=True)
class Relevance:
    """``sentence`` ranks and cites; ``matter`` says how surely a sentence is on the matter.

    The first sees all signals, the second none of rank, modality and role: what it says of facts
    and of plans can be compared.
    """

    sentence: Logistic
    matter: Logistic
    digest: str = ""


def logistic_from(row: Mapping[str, Any], names: tuple[str, ...]) -> Logistic:
    """Read one model; its signals must be the ones that this program computes."""
    if tuple(row["signals"]) != names:
        raise CriteriaError("relevance weights", "fitted for other signals", hint="Fit them again.")
    return Logistic(
        np.asarray(row["mean"]), np.asarray(row["scale"]), np.asarray(row["weights"]), row["bias"]
    )


def load_relevance(file: Traversable, digest: str) -> Relevance:
    """Load the weights of the relevance model."""
    row = json.loads(file.read_text(encoding="utf-8"))
    return Relevance(
        logistic_from(row["sentence"], SIGNALS),
        logistic_from(row["matter"], MATTER_SIGNALS),
        digest,
    )


def matter_columns(signals: Matrix) -> Matrix:
    """The columns of MATTER_SIGNALS."""
    return signals[:, [SIGNALS.index(name) for name in MATTER_SIGNALS]]


def as_chances(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give one probability per logit."""
    chances: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-logits))
    return chances


def best_of_passages(
    scores: NDArray[np.float64], owner: NDArray[np.int64], passages: int
) -> NDArray[np.float64]:
    """A passage is as relevant as its most relevant sentence."""
    best = np.full(passages, -LOGIT_LIMIT)
    np.maximum.at(best, owner, scores)
    return best
