"""Fit the relevance model: which sentences of a city answer to a feature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from auditor.search.exemplars import Exemplars
from auditor.search.relevance import Logistic, Relevance, matter_columns
from auditor.search.signals import MATTER_SIGNALS, SIGNALS
from eval.cities import City, exemplars_of, full_signals

OTHERS = 120
Matrix = NDArray[np.float32]


def fit_relevance(cities: Sequence[City], use_exemplars: bool) -> Relevance:
    """Fit the model on some cities; a city's exemplars come from the others."""
    rng = np.random.default_rng(0)
    sentences: list[tuple[Matrix, NDArray[np.bool_], NDArray[np.float64]]] = []
    for city in cities:
        others = [c for c in cities if c is not city]
        exemplars = exemplars_of(others, "") if use_exemplars else Exemplars()
        for signals, marks in _labelled(city, exemplars):
            chosen = np.concatenate([np.flatnonzero(marks), _others(marks, rng)])
            weights = _balanced(marks[chosen])
            sentences.append((signals[chosen], marks[chosen], weights))
    matters = [(matter_columns(rows), marks, weights) for rows, marks, weights in sentences]
    return Relevance(_fit(sentences), _fit(matters))


def _labelled(city: City, exemplars: Exemplars) -> Iterator[tuple[Matrix, NDArray[np.bool_]]]:
    for feature_id, marks in city.quoted.items():
        if marks.any():
            yield full_signals(city, feature_id, exemplars), marks


def _others(marks: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """Sentences that were not quoted, at random: tempting ones alone would bias the weights."""
    unquoted = np.flatnonzero(~marks)
    return rng.choice(unquoted, min(OTHERS, len(unquoted)), replace=False)


def _balanced(marks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Each feature counts once on either side."""
    quoted = max(int(marks.sum()), 1)
    return np.where(marks, 1.0 / quoted, 1.0 / max(len(marks) - quoted, 1))


def _fit(parts: list[tuple[Matrix, NDArray[np.bool_], NDArray[np.float64]]]) -> Logistic:
    rows = np.concatenate([p[0] for p in parts]).astype(np.float64)
    marks = np.concatenate([p[1] for p in parts])
    weights = np.concatenate([p[2] for p in parts])
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    model = LogisticRegression(C=10.0, max_iter=500)
    model.fit((rows - mean) / scale, marks, sample_weight=weights)
    return Logistic(mean, scale, model.coef_[0], float(model.intercept_[0]))


def relevance_json(relevance: Relevance, cities: Sequence[str]) -> dict[str, Any]:
    """The weights as data."""
    return {
        "cities": list(cities),
        "sentence": _logistic_json(relevance.sentence, SIGNALS),
        "matter": _logistic_json(relevance.matter, MATTER_SIGNALS),
    }


def _logistic_json(model: Logistic, names: Sequence[str]) -> dict[str, Any]:
    return {
        "signals": list(names),
        "mean": [round(float(v), 6) for v in model.mean],
        "scale": [round(float(v), 6) for v in model.scale],
        "weights": [round(float(v), 6) for v in model.weights],
        "bias": round(model.bias, 6),
    }
