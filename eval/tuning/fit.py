"""Fit the upper layers: they learn which sentences annotators quote for a feature.

Contrastive on (feature, quoted sentence) pairs with the other sentences of the batch and tempting
unquoted sentences of the same city as negatives (InfoNCE: van den Oord et al. 2018; hard
negatives: Karpukhin et al. 2020). Lower layers are frozen, so their states are computed once a
process; a fit then takes two minutes on two cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from auditor.search.queries import queries_of
from auditor.search.signals import sentence_text
from eval.cities import City
from eval.tuning.layers import Upper
from eval.tuning.states import States, load_trunk

EPOCHS, BATCH, RATE, WARM, DECAY, TEMPERATURE = 2, 32, 2e-3, 0.1, 0.01, 0.03
TEMPTING = 40
"""A hard negative is one of the nearest so many unquoted sentences of the city."""
PRINTED = 0.4
"""How often a feature asks with its printed text alone, else with any of its queries."""
Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Pair:
    """A quoted sentence: the city's place in the fit, the feature, the sentence's place."""

    city: int
    feature_id: str
    sentence: int


def fit_upper(cities: Sequence[City]) -> Upper:
    """Fit on some cities; the same again on the same machine."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    ordered = sorted(cities, key=lambda c: c.name)
    course = Course(ordered)
    upper = Upper(load_trunk())
    learned = [p for p in upper.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=RATE, weight_decay=DECAY)
    size = max(1, min(BATCH, len(course.pairs)))
    total = EPOCHS * (len(course.pairs) // size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _pace(step, total))
    upper.train()
    for _ in range(EPOCHS):
        order = rng.permutation(len(course.pairs))
        for start in range(0, len(order) - size + 1, size):
            loss = course.loss([course.pairs[i] for i in order[start : start + size]], upper, rng)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return upper.eval()


def _pace(step: int, total: int) -> float:
    """Warm up, then fall to nothing."""
    return min(1.0, (step + 1) / (WARM * total)) * max(0.0, 1.0 - step / total)


class Course:
    """What is learned from: the pairs of some cities, states of all texts, tempting sentences."""

    def __init__(self, cities: Sequence[City]) -> None:
        self._cities = cities
        self._asked, self._queries = query_states(cities[0])
        self._sentences = [sentence_states(city) for city in cities]
        self.pairs = [
            Pair(number, feature_id, int(place))
            for number, city in enumerate(cities)
            for feature_id, marks in city.quoted.items()
            for place in np.flatnonzero(marks)
        ]
        self._tempting = {
            (number, feature_id): _tempting(city, feature_id, marks)
            for number, city in enumerate(cities)
            for feature_id, marks in city.quoted.items()
            if marks.any()
        }

    def loss(self, pairs: Sequence[Pair], upper: Upper, rng: Rng) -> Tensor:
        """How far each pair is from having all of its batch's chance."""
        asked = upper(self._queries.rows([self._query(p, rng) for p in pairs]))
        hard = [
            Pair(p.city, "", int(rng.choice(self._tempting[p.city, p.feature_id]))) for p in pairs
        ]
        shown = [*pairs, *hard]
        vectors = upper([row for p in shown for row in self._sentences[p.city].rows([p.sentence])])
        logits = asked @ vectors.T / TEMPERATURE
        logits = logits.masked_fill(torch.from_numpy(self._also_right(pairs, shown)), -1e4)
        return nn.functional.cross_entropy(logits, torch.arange(len(pairs)))

    def _query(self, pair: Pair, rng: Rng) -> int:
        places = self._asked[pair.feature_id]
        return places[0] if rng.random() < PRINTED else int(rng.choice(places))

    def _also_right(self, pairs: Sequence[Pair], shown: Sequence[Pair]) -> NDArray[np.bool_]:
        """Other rows that were quoted for the same feature are no negatives."""
        marks = np.zeros((len(pairs), len(shown)), dtype=bool)
        for row, pair in enumerate(pairs):
            quoted = self._cities[pair.city].quoted[pair.feature_id]
            for column, other in enumerate(shown):
                same = other.city == pair.city and bool(quoted[other.sentence])
                marks[row, column] = same or other.feature_id == pair.feature_id
            marks[row, row] = False
        return marks


def _tempting(city: City, feature_id: str, marks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The unquoted sentences that the plain model finds nearest."""
    near = (city.corpus.sentence_vectors @ city.prepared.queries[feature_id].T).mean(axis=1)
    return np.argsort(-np.where(marks, -np.inf, near), kind="stable")[:TEMPTING]


def _asked(city: City) -> tuple[list[str], dict[str, list[int]]]:
    """All queries of all features, and where each feature's stand."""
    texts: list[str] = []
    places: dict[str, list[int]] = {}
    for feature in city.prepared.background:
        queries = [f"query: {text}" for text in queries_of(feature)]
        places[feature.id] = list(range(len(texts), len(texts) + len(queries)))
        texts += queries
    return texts, places


@cache
def _states_of(texts: tuple[str, ...]) -> States:
    """States are the same in every fit: computed once a process."""
    return States(texts, load_trunk())


def query_states(city: City) -> tuple[dict[str, list[int]], States]:
    """Where each feature's queries stand, and the states of all queries."""
    texts, places = _asked(city)
    return places, _states_of(tuple(texts))


def sentence_states(city: City) -> States:
    """The states of a city's sentences."""
    return _states_of(tuple(f"passage: {sentence_text(s)}" for s in city.corpus.sentences))
