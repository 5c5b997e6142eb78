"""Simple ways to search, measured beside ours: vectors alone, words alone, both by rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from auditor.core.criteria import Feature, Standard
from auditor.core.search import Hit, SearchRecord
from auditor.evaluation.compare import recall_of
from auditor.search.engine import SHOWN, merged
from eval.cities import City

CANDIDATES = 60
DEPTH = 10


def baseline_recall(cities: Sequence[City], standard: Standard) -> dict[str, dict[str, float]]:
    """recall@10 of gold quotes by way and city; each way asks with the printed text alone."""
    table: dict[str, dict[str, float]] = {"dense": {}, "words": {}, "rank fusion": {}}
    for city in cities:
        for way, records in _records(city, standard).items():
            found, asked = recall_of(city.gold, records)[DEPTH]
            table[way][city.name] = round(found / max(asked, 1), 4)
    return table


def _records(city: City, standard: Standard) -> Mapping[str, list[SearchRecord]]:
    records: dict[str, list[SearchRecord]] = {"dense": [], "words": [], "rank fusion": []}
    for feature in standard.features:
        dense, words = _orders(city, feature)
        both = merged([dense, words])
        for way, order in (("dense", dense), ("words", words), ("rank fusion", both)):
            hits = tuple(Hit(city.corpus.passages[i], 0.0, {}) for i in order[:SHOWN])
            records[way].append(SearchRecord(feature.id, (feature.text,), hits, 0))
    return records


def _orders(city: City, feature: Feature) -> tuple[list[int], list[int]]:
    corpus = city.corpus
    cosine = corpus.passage_vectors @ city.prepared.queries[feature.id][0]
    dense = [int(i) for i in np.argsort(-cosine, kind="stable")[:CANDIDATES]]
    scores = corpus.passage_words.scores(feature.text)
    words = [int(i) for i in np.argsort(-scores, kind="stable")[:CANDIDATES] if scores[i] > 0]
    return dense, words
