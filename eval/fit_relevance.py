"""Fit the relevance model: which sentences of a city answer to a feature.

``sentence`` ranks: linear, fitted listwise, so that a feature's quoted sentences come before all
others of the same city (softmax over the city's sentences: ListNet, Cao et al. 2007), then scaled
so that its logit is the log-odds of being quoted. ``matter`` says how surely a sentence is on the
matter, comparable over features and modalities: a plain logistic model.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from auditor.search.adapter import Adapter
from auditor.search.exemplars import Exemplars
from auditor.search.relevance import Logistic, Relevance, matter_columns
from auditor.search.signals import MATTER_SIGNALS, SIGNALS
from eval.cities import City, exemplars_of, labelled_signals
from eval.fit_adapter import fit_adapter

OTHERS = 120
EPOCHS, RATE, FADING, DECAY, BATCH = 8, 5e-3, 0.85, 0.1, 16
Matrix = NDArray[np.float32]
Marks = NDArray[np.bool_]
Lists = list[tuple[Matrix, Marks]]
"""One list a feature: the signals of all sentences of a city, and which of them were quoted."""


@cache
def adapter_of(cities: tuple[City, ...], fingerprint: str = "") -> Adapter:
    """The adapter that was fitted on some cities, fitted once."""
    return fit_adapter(cities, fingerprint)


@cache
def fit_relevance(cities: tuple[City, ...], use_exemplars: bool) -> Relevance:
    """Fit the model on some cities; a city's exemplars and adapter come from the others."""
    lists = [pair for city in cities for pair in _lists_of(city, cities, use_exemplars)]
    return Relevance(fit_listwise(lists), _fit_matter(lists))


def _lists_of(city: City, cities: Sequence[City], use_exemplars: bool) -> Lists:
    others = tuple(c for c in cities if c is not city)
    exemplars, adapter = Exemplars(), None
    if use_exemplars:
        exemplars, adapter = exemplars_of(others, ""), adapter_of(others)
    signals = labelled_signals(city, exemplars, adapter)
    return [(rows, city.quoted[feature_id]) for feature_id, rows in signals.items()]


def fit_listwise(lists: Lists) -> Logistic:
    """Fit the ranking model on lists of sentences; deterministic."""
    mean, scale = _moments(lists)
    tensors = [
        (torch.from_numpy(((rows - mean) / scale).astype(np.float32)), torch.from_numpy(marks))
        for rows, marks in lists
    ]
    weights = _trained(tensors, len(mean))
    scores = [(rows @ weights).numpy().astype(np.float64) for rows, _ in tensors]
    slope, bias = _as_odds(scores, [marks for _, marks in lists])
    return Logistic(mean, scale, slope * weights.numpy().astype(np.float64), bias)


def _moments(lists: Lists) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    count = sum(len(rows) for rows, _ in lists)
    mean = np.sum([rows.sum(axis=0, dtype=np.float64) for rows, _ in lists], axis=0) / count
    squares = np.sum([((rows - mean) ** 2).sum(axis=0) for rows, _ in lists], axis=0)
    return mean, np.sqrt(squares / count) + 1e-6


def _trained(lists: Sequence[tuple[torch.Tensor, torch.Tensor]], width: int) -> torch.Tensor:
    weights = torch.zeros(width, requires_grad=True)
    optimizer = torch.optim.AdamW([weights], lr=RATE, weight_decay=DECAY)
    rng = np.random.default_rng(0)
    for _ in range(EPOCHS):
        order = rng.permutation(len(lists))
        for batch in np.array_split(order, max(1, len(lists) // BATCH)):
            losses = [_list_loss(*lists[i], weights) for i in batch]
            optimizer.zero_grad()
            torch.stack(losses).mean().backward()
            optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] *= FADING
    return weights.detach()


def _list_loss(rows: torch.Tensor, marks: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """How far the quoted sentences are from having all of the list's chance."""
    logits = rows @ weights
    return torch.logsumexp(logits, 0) - torch.logsumexp(logits[marks], 0)


def _as_odds(scores: Sequence[NDArray[np.float64]], marks: Sequence[Marks]) -> tuple[float, float]:
    """Slope and bias that make a score the log-odds of being quoted (Platt 1999)."""
    model = LogisticRegression(C=1e6, max_iter=500)
    model.fit(np.concatenate(scores)[:, None], np.concatenate(marks))
    return float(model.coef_[0][0]), float(model.intercept_[0])


def _fit_matter(lists: Lists) -> Logistic:
    """Quoted sentences against some others at random: tempting ones alone would bias it."""
    rng = np.random.default_rng(0)
    chosen = [np.concatenate([np.flatnonzero(m), _others(m, rng)]) for _, m in lists]
    picked = [matter_columns(r[c]) for (r, _), c in zip(lists, chosen, strict=True)]
    rows = np.concatenate(picked).astype(np.float64)
    marks = np.concatenate([m[c] for (_, m), c in zip(lists, chosen, strict=True)])
    weights = np.concatenate([_balanced(m[c]) for (_, m), c in zip(lists, chosen, strict=True)])
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    model = LogisticRegression(C=10.0, max_iter=500)
    model.fit((rows - mean) / scale, marks, sample_weight=weights)
    return Logistic(mean, scale, model.coef_[0], float(model.intercept_[0]))


def _others(marks: Marks, rng: np.random.Generator) -> NDArray[np.int64]:
    unquoted = np.flatnonzero(~marks)
    return rng.choice(unquoted, min(OTHERS, len(unquoted)), replace=False)


def _balanced(marks: Marks) -> NDArray[np.float64]:
    """Each feature counts once on either side."""
    quoted = max(int(marks.sum()), 1)
    return np.where(marks, 1.0 / quoted, 1.0 / max(len(marks) - quoted, 1))


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
