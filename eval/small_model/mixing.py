"""Mix a use with the search score, and read quotedness from the model's states; nested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from eval.small_model.pairs import Row

Matrix = NDArray[np.float64]
Column = Mapping[int, Any]
STIFF = 3e-4
"""Inverse strength of the probe's ridge: thousands of inputs, a thousand sentences."""


def logit(chance: Any) -> Matrix:
    """Log-odds of chances."""
    held = np.clip(np.asarray(chance, dtype=np.float64), 1e-6, 1 - 1e-6)
    return np.log(held / (1 - held))


def mixed(rows: Sequence[Row], base: Column, column: Column) -> Column:
    """Chances from search score and use together, each city's by a fit on the others."""
    places = list(column)
    inputs = {i: np.column_stack([logit(base[i]), column[i]]) for i in places}
    return _left_out(rows, places, inputs, 1.0)


def probed(rows: Sequence[Row], states: Column) -> Column:
    """Chances by a linear probe of the states, each city's by a fit on the others."""
    places = list(states)
    inputs = {i: states[i].astype(np.float64).reshape(len(states[i]), -1) for i in places}
    return _left_out(rows, places, inputs, STIFF)


def _left_out(
    rows: Sequence[Row], places: Sequence[int], inputs: Mapping[int, Matrix], strength: float
) -> Column:
    found: dict[int, Matrix] = {}
    for city in sorted({rows[i].city for i in places}):
        learn = [i for i in places if rows[i].city != city]
        marks = [q for i in learn for q in rows[i].quoted]
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=300))
        model.fit(np.concatenate([inputs[i] for i in learn]), marks)
        for i in places:
            if rows[i].city == city:
                found[i] = model.predict_proba(inputs[i])[:, 1]
    return found
