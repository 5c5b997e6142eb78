"""Where the signals of one search come from: the dossier, exemplars, adapter and the crowd."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from auditor.core.criteria import Feature
from auditor.search.adapter import Adapter
from auditor.search.crowd import Crowd, crowd_of
from auditor.search.exemplars import Exemplars
from auditor.search.keeping import Kept
from auditor.search.queries import lexical_query
from auditor.search.signals import (
    ADAPTED_SIGNALS,
    EXEMPLAR_CROWD_SIGNALS,
    Corpus,
    Look,
    below_all,
    exemplar_signals,
    own_signals,
    ranked,
)

Matrix = NDArray[np.float32]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A dossier that was embedded and indexed, and what the vector index answers per feature.

    ``background``: the features that make up the crowd, whatever is asked for. ``memo`` keeps
    each feature's own signals where one dossier is ranked many times (fitting); ``kept`` what the
    crowd's pass computed.
    """

    corpus: Corpus
    queries: Mapping[str, Vectors]
    nearest: Mapping[str, list[int]]
    background: tuple[Feature, ...]
    crowd: Crowd
    memo: dict[str, Matrix] | None = None
    kept: Kept = field(default_factory=Kept)

    def signals(self, feature: Feature) -> Matrix:
        """The feature's own signals over all sentences, and its place in the crowd."""
        if self.memo is not None and feature.id in self.memo:
            return self.memo[feature.id]
        queries = self.queries[feature.id]
        look = look_at(feature, queries, self.corpus, self.kept)
        own = own_signals(feature, queries, look, self.corpus)
        rows = np.concatenate([own, self.crowd.signals(crowd_columns(look), feature.item)], axis=1)
        if self.memo is not None:
            self.memo[feature.id] = rows
        return rows


def look_at(feature: Feature, queries: Vectors, corpus: Corpus, kept: Kept) -> Look:
    """How the sentences answer to a feature, computed once where there is room to keep it."""
    dense = kept.get("dense", feature.id, lambda: corpus.sentence_vectors @ queries.T)
    words = kept.get(
        "words", feature.id, lambda: corpus.sentence_words.scores(lexical_query(feature))
    )
    return Look(dense, words)


def crowd_columns(look: Look) -> Matrix:
    """What is compared over the features: best and mean cosine, words; (3, sentences)."""
    dense, words = look.dense, np.log1p(look.words)
    return np.stack([dense.max(axis=1), dense.mean(axis=1), words]).astype(np.float32)


def own_crowd(
    corpus: Corpus, queries: Mapping[str, Vectors], background: Sequence[Feature], kept: Kept
) -> Crowd:
    """The crowd of all features over the sentences of a dossier."""
    if not corpus.sentences:
        return crowd_of(())
    looks = ((f.item, look_at(f, queries[f.id], corpus, kept)) for f in background)
    return crowd_of((item, crowd_columns(look)) for item, look in looks)


class SignalSource:
    """All signals of a prepared dossier under given exemplars and adapter, feature by feature."""

    def __init__(self, prepared: Prepared, exemplars: Exemplars, adapter: Adapter | None) -> None:
        self._kept = Kept()
        self._prepared = prepared
        self._exemplars = exemplars
        self._adapter = adapter if prepared.corpus.sentences else None
        self._turned = self._turned_sentences()
        self._likeness = crowd_of(self._likenesses())
        self._adapted = crowd_of(self._closenesses())

    def of(self, feature: Feature) -> Matrix:
        """Shape (sentences, len(SIGNALS)), in the order of SIGNALS."""
        parts = [
            self._prepared.signals(feature),
            self._likeness_rows(feature),
            self._exemplar_crowd(feature),
            self._adapted_signals(feature),
        ]
        return np.concatenate(parts, axis=1)

    def _turned_sentences(self) -> Matrix | None:
        if self._adapter is None:
            return None
        return self._adapter.passage.of(self._prepared.corpus.sentence_vectors)

    def _likenesses(self) -> Iterator[tuple[str, Matrix]]:
        if not self._prepared.corpus.sentences:
            return
        for feature in self._prepared.background:
            columns = self._likeness_to(feature)
            if columns is not None:
                yield feature.item, columns

    def _likeness_to(self, feature: Feature) -> Matrix | None:
        """Likeness to the feature's exemplars, best and centre: (2, sentences); None if unknown."""
        shown = self._exemplars.of(feature.id)
        if shown is None or not len(shown.classes):
            return None
        rows = self._likeness_rows(feature)
        return np.ascontiguousarray(rows[:, :2].T)

    def _likeness_rows(self, feature: Feature) -> Matrix:
        corpus, shown = self._prepared.corpus, self._exemplars.of(feature.id)
        return self._kept.get(
            "likeness",
            feature.id,
            lambda: exemplar_signals(shown, corpus.sentence_vectors, corpus.orders),
        )

    def _exemplar_crowd(self, feature: Feature) -> Matrix:
        columns = self._likeness_to(feature)
        if columns is None:
            size = len(self._prepared.corpus.sentences)
            return np.zeros((size, len(EXEMPLAR_CROWD_SIGNALS)), dtype=np.float32)
        count = len(EXEMPLAR_CROWD_SIGNALS)
        return self._likeness.signals(columns, feature.item)[:, :count]

    def _closenesses(self) -> Iterator[tuple[str, Matrix]]:
        if self._adapter is not None:
            for feature in self._prepared.background:
                yield feature.item, self._closeness_to(feature)

    def _closeness_to(self, feature: Feature) -> Matrix:
        """Cosine of the turned vectors: (1, sentences)."""
        adapter, turned = self._adapter, self._turned
        assert adapter is not None and turned is not None
        asked = self._prepared.queries[feature.id].mean(axis=0, keepdims=True)
        return self._kept.get("adapted", feature.id, lambda: adapter.query.of(asked) @ turned.T)

    def _adapted_signals(self, feature: Feature) -> Matrix:
        if self._adapter is None:
            size = len(self._prepared.corpus.sentences)
            return np.zeros((size, len(ADAPTED_SIGNALS)), dtype=np.float32)
        columns = self._closeness_to(feature)
        beside = self._adapted.signals(columns, feature.item)
        lowered = below_all(columns[0], self._prepared.corpus.orders)
        own = np.stack([columns[0], ranked(lowered)], axis=1)
        return np.concatenate([own, beside], axis=1).astype(np.float32)
