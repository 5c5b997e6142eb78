"""The search stage: a dossier and the features in, one search record per feature out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from auditor.core.criteria import Feature
from auditor.core.passages import Passage
from auditor.core.run import Progress, Silence
from auditor.core.search import Hit, SearchRecord
from auditor.search.adapter import Adapter
from auditor.search.arithmetic import on_one_thread
from auditor.search.embedder import Embedder
from auditor.search.exemplars import Exemplars
from auditor.search.keeping import Kept
from auditor.search.lexical import LexicalIndex
from auditor.search.queries import lexical_query, queries_of
from auditor.search.relevance import Relevance, as_chances, best_of_passages, matter_columns
from auditor.search.signals import (
    Corpus,
    flatten,
    kinds_of,
    lengths_of,
    orders_in,
    own_vectors_of,
    sentence_text,
    terms_in,
    views_of,
)
from auditor.search.sources import Prepared, SignalSource, own_crowd
from auditor.search.vector_index import VectorIndex
from auditor.search.views import evidence_signals

SILENCE = Silence()
SHOWN = 20
CANDIDATES = 60
Vectors = NDArray[np.float32]
Listed = Mapping[str, frozenset[str]]
NOTHING_LISTED: Listed = {}


class VectorCache(Protocol):
    """Where vectors are kept between runs (store/vectors.py)."""

    def get_or_embed(
        self,
        model: str,
        texts: Sequence[str],
        embed: Callable[[Sequence[str]], Vectors],
        advance: Callable[[int], None] = ...,
    ) -> Vectors:
        """Give one row per text, embedding only what is not kept yet."""


@dataclass(frozen=True, slots=True)
class Searcher:
    """Embeds, indexes, and searches one dossier for every feature.

    ``index_folder`` is where Chroma's rebuildable index may be kept, or ``index_server`` (a URL)
    the server that keeps it; ``background`` are the features that one feature's share is told
    from (all of the standard), by default those asked.
    """

    embedder: Embedder
    cache: VectorCache
    relevance: Relevance
    index_folder: Path
    exemplars: Exemplars = field(default_factory=Exemplars)
    adapter: Adapter | None = None
    background: tuple[Feature, ...] = ()
    index_server: str | None = None

    def search(
        self,
        passages: Sequence[Passage],
        features: Sequence[Feature],
        progress: Progress,
        listed: Listed = NOTHING_LISTED,
    ) -> tuple[SearchRecord, ...]:
        """Search the whole dossier for every feature; empty dossiers give empty records.

        ``listed``: by feature, the ids of passages that the city itself names as its evidence:
        they come first.
        """
        prepared = self.prepare(passages, features, progress)
        return self.records(prepared, features, progress, listed)

    def prepare(
        self, passages: Sequence[Passage], features: Sequence[Feature], progress: Progress = SILENCE
    ) -> Prepared:
        """Embed and index a dossier and ask the vector index for every feature."""
        corpus = self.corpus(passages, progress)
        background = self.background or tuple(features)
        queries = self.query_vectors(list(dict.fromkeys([*background, *features])))
        return self._asked(corpus, queries, background, features)

    @on_one_thread
    def _asked(
        self,
        corpus: Corpus,
        queries: Mapping[str, Vectors],
        background: tuple[Feature, ...],
        features: Sequence[Feature],
    ) -> Prepared:
        nearest = self._nearest(corpus, features, queries)
        kept = Kept()
        crowd = own_crowd(corpus, queries, background, kept)
        return Prepared(corpus, queries, nearest, background, crowd, kept=kept)

    @on_one_thread
    def records(
        self,
        prepared: Prepared,
        features: Sequence[Feature],
        progress: Progress = SILENCE,
        listed: Listed = NOTHING_LISTED,
    ) -> tuple[SearchRecord, ...]:
        """Rank a prepared dossier for every feature."""
        records = []
        progress.begin("search", len(features))
        source = SignalSource(prepared, self.exemplars, self.adapter)
        for feature in features:
            named = listed.get(feature.id, frozenset())
            records.append(self._record(feature, prepared, source, named))
            progress.advance("search", note=feature.id)
        progress.end("search")
        return tuple(records)

    def corpus(self, passages: Sequence[Passage], progress: Progress) -> Corpus:
        """Embed and index the passages and sentences of a dossier."""
        sentences, owner = flatten(passages)
        progress.begin("embed", len(passages) + len(sentences))
        passage_texts = [p.embedded_text for p in passages]
        sentence_texts = [sentence_text(s) for s in sentences]
        rows = [
            self.cache.get_or_embed(
                f"{self.embedder.fingerprint}:passage",
                texts,
                self.embedder.embed_passages,
                lambda count: progress.advance("embed", count),
            )
            for texts in (passage_texts, sentence_texts)
        ]
        progress.end("embed")
        roles = np.asarray([passages[i].role.value for i in owner])
        views = views_of(sentences)
        return Corpus(
            passages=tuple(passages),
            sentences=sentences,
            owner=owner,
            sentence_vectors=rows[1],
            passage_vectors=rows[0],
            sentence_words=LexicalIndex(sentence_texts),
            passage_words=LexicalIndex(passage_texts),
            views=views,
            roles=roles,
            kinds=kinds_of(sentences, roles),
            terms=terms_in(passages, sentences),
            lengths=lengths_of(sentences),
            own_vectors=own_vectors_of(rows[1], views),
            orders=orders_in(passages),
        )

    def query_vectors(self, features: Sequence[Feature]) -> dict[str, Vectors]:
        """Embed all queries of all features, once per model (kept in the cache)."""
        asked = {feature.id: queries_of(feature) for feature in features}
        texts = [text for queries in asked.values() for text in queries]
        rows = self.cache.get_or_embed(
            f"{self.embedder.fingerprint}:query", texts, self.embedder.embed_queries
        )
        vectors, start = {}, 0
        for feature_id, queries in asked.items():
            vectors[feature_id] = rows[start : start + len(queries)]
            start += len(queries)
        return vectors

    def _nearest(
        self, corpus: Corpus, features: Sequence[Feature], queries: Mapping[str, Vectors]
    ) -> dict[str, list[int]]:
        """For each feature the passages nearest to any of its queries, best first, from Chroma."""
        keys = [p.id for p in corpus.passages]
        stacked = np.concatenate([queries[f.id] for f in features])
        vectors = corpus.passage_vectors
        with VectorIndex(keys, vectors, self.index_folder, self.index_server) as index:
            lists = index.nearest(stacked, CANDIDATES)
        nearest, start = {}, 0
        for feature in features:
            count = len(queries[feature.id])
            nearest[feature.id] = merged(lists[start : start + count])
            start += count
        return nearest

    def _record(
        self,
        feature: Feature,
        prepared: Prepared,
        source: SignalSource,
        listed: frozenset[str] = frozenset(),
    ) -> SearchRecord:
        corpus, dense = prepared.corpus, prepared.nearest[feature.id]
        if not corpus.sentences:
            return SearchRecord(feature.id, queries_of(feature), (), len(corpus.passages))
        words = corpus.passage_words.scores(lexical_query(feature))
        by_words = [int(i) for i in np.argsort(-words, kind="stable")[:CANDIDATES] if words[i] > 0]
        shown = self.exemplars.of(feature.id)
        signals = source.of(feature)
        logits = self.relevance.sentence.logits(signals)
        scores = as_chances(logits)
        fused = best_of_passages(logits, corpus.owner, len(corpus.passages))
        named = named_positions(corpus, listed, fused)
        by_sentence = best_places(fused, CANDIDATES)
        candidates = sorted((set(dense) | set(by_words) | set(by_sentence)) - set(named))
        order = sorted(candidates, key=lambda i: (-float(fused[i]), i))
        order = [*named, *order][:SHOWN]
        lists = {"dense": dense, "words": by_words, "sentences": by_sentence, "listed": named}
        ranks = {name: ranks_in(places) for name, places in lists.items()}
        hits = []
        for position in order:
            found = {name: rank[position] for name, rank in ranks.items() if position in rank}
            passage = corpus.passages[position]
            first, end = np.searchsorted(corpus.owner, [position, position + 1])
            inside = tuple(scores[first:end].tolist())
            hits.append(Hit(passage, float(fused[position]), found, inside))
        matter = as_chances(self.relevance.matter.logits(matter_columns(signals)))
        evidence = evidence_signals(feature, corpus, signals, matter, shown)
        return SearchRecord(
            feature.id, queries_of(feature), tuple(hits), len(corpus.passages), evidence
        )


def best_places(fused: NDArray[np.floating[Any]], most: int) -> list[int]:
    """Positions of the passages whose best sentence scores highest, ties by position."""
    return [int(i) for i in np.argsort(-fused, kind="stable")[:most]]


def named_positions(
    corpus: Corpus, listed: frozenset[str], fused: NDArray[np.floating[Any]]
) -> list[int]:
    """Positions of the listed passages, best first, at most half of what is shown."""
    if not listed:
        return []
    places = [i for i, p in enumerate(corpus.passages) if p.id in listed]
    return sorted(places, key=lambda i: (-float(fused[i]), i))[: SHOWN // 2]


def merged(lists: Sequence[Sequence[int]]) -> list[int]:
    """Merge ranked lists into one by reciprocal rank (k = 60), ties by position."""
    total: dict[int, float] = {}
    for ranked in lists:
        for rank, position in enumerate(ranked, start=1):
            total[position] = total.get(position, 0.0) + 1.0 / (60 + rank)
    return sorted(total, key=lambda p: (-total[p], p))


def ranks_in(positions: Sequence[int]) -> dict[int, int]:
    """1-based rank of each position."""
    return {position: rank for rank, position in enumerate(positions, start=1)}
