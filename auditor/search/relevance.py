"""The relevance model: signals -> one score per sentence and one per passage.

Two logistic models whose weights are data (``weights/*.json``), fitted by ``eval/fit_screen.py``.
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
from auditor.search.signals import SIGNALS

Matrix = NDArray[np.float32]
STANDARDISED = ("dense_text", "dense_best", "dense_passage", "words", "words_passage")
PASSAGE_SIGNALS = (*SIGNALS, *(f"{name}_z" for name in STANDARDISED))
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

    def probabilities(self, rows: Matrix) -> NDArray[np.float64]:
        """Give one probability per row."""
        return 1.0 / (1.0 + np.exp(-self.logits(rows)))


@dataclass(frozen=True, slots=True)
class Relevance:
    """Both models, and the digest of the file that they come from."""

    sentence: Logistic
    passage: Logistic
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
        logistic_from(row["passage"], PASSAGE_SIGNALS),
        digest,
    )


def passage_rows(signals: Matrix, owner: NDArray[np.int64], passages: int) -> Matrix:
    """Pool sentence signals to passages: the best sentence counts, some also standardised."""
    pooled = np.full((passages, signals.shape[1]), -np.inf, dtype=np.float32)
    np.maximum.at(pooled, owner, signals)
    columns = [pooled[:, SIGNALS.index(name)] for name in STANDARDISED]
    spread = [(c - c.mean()) / max(float(c.std()), 1e-6) for c in columns]
    return np.concatenate([pooled, np.stack(spread, axis=1)], axis=1)
