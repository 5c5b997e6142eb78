"""Signals of relevance: how each sentence of a dossier answers to a feature.

A signal is a float32 column over all sentences; the relevance model (weights are data, fitted in
eval/) turns the columns into one score per sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from auditor.core.criteria import Feature
from auditor.core.passages import Modality, Passage, SectionRole, Sentence
from auditor.search.exemplars import Shown
from auditor.search.lexical import LexicalIndex
from auditor.search.queries import lexical_query
from auditor.search.terms import TermIndex

Column = NDArray[np.float32]
Matrix = NDArray[np.float32]
RANKED = ("dense_text", "dense_best", "dense_mean", "dense_passage", "words", "words_passage")
CROWDED = ("dense_best", "dense_mean", "words")
CROWD_SIGNALS = (*(f"crowd_{name}" for name in CROWDED), *(f"item_{name}" for name in CROWDED))
EXEMPLAR_CROWD_SIGNALS = ("crowd_exemplar_best", "crowd_exemplar_centre")
ADAPTED_SIGNALS = ("adapted", "rank_adapted", "crowd_adapted", "item_adapted")
SIGNALS = (
    "dense_text",
    "dense_best",
    "dense_mean",
    "dense_passage",
    "dense_z",
    "words",
    "words_share",
    "words_passage",
    "core_hits",
    "core_passage",
    "core_heading",
    "elements",
    "elements_passage",
    "length",
    *(f"rank_{name}" for name in RANKED),
    *(f"modality_{modality.value}" for modality in Modality),
    "foreign",
    *(f"role_{role.value}" for role in SectionRole),
    *CROWD_SIGNALS,
    "exemplar_best",
    "exemplar_centre",
    "exemplar_z",
    "exemplar_known",
    "rank_exemplar_best",
    "rank_exemplar_centre",
    *EXEMPLAR_CROWD_SIGNALS,
    *ADAPTED_SIGNALS,
)
EXEMPLAR_SIGNALS = 6
MATTER_SIGNALS = tuple(
    name for name in SIGNALS if not name.startswith(("rank_", "modality_", "role_", "foreign"))
)
"""What a sentence speaks of, apart from its place in the ranking and from how it speaks."""
BELOW = 0.02
NO_ORDERS = np.zeros(0, dtype=bool)
NEUTRAL_COSINE = 0.8
"""What e5 gives for unrelated Chinese sentences: stands in where a feature has no exemplars."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Where words are named: in sentences, in passages, in the headings above passages."""

    sentences: TermIndex
    passages: TermIndex
    headings: TermIndex


@dataclass(frozen=True, slots=True)
class Look:
    """How the sentences answer to one feature: cosine to each query (sentences, queries), BM25."""

    dense: Matrix
    words: Column


@dataclass(frozen=True, slots=True)
class Corpus:
    """The sentences of a dossier with everything that the signals need, computed once.

    ``owner[i]`` is the index of the passage that holds sentence i; vectors are L2-normalised,
    shapes (sentences, dimension) and (passages, dimension); ``kinds`` is (kinds, sentences);
    ``terms`` tell where a word is named; ``own_vectors`` are those of the city's facts and of what
    it intends; ``orders`` marks sentences that talk to the judge (empty where none does).
    """

    passages: tuple[Passage, ...]
    sentences: tuple[Sentence, ...]
    owner: NDArray[np.int64]
    sentence_vectors: NDArray[np.float32]
    passage_vectors: NDArray[np.float32]
    sentence_words: LexicalIndex
    passage_words: LexicalIndex
    views: Mapping[str, NDArray[np.bool_]]
    roles: NDArray[np.str_]
    kinds: Matrix
    terms: Terms
    lengths: Column
    own_vectors: Mapping[str, Matrix]
    orders: NDArray[np.bool_] = field(default_factory=lambda: NO_ORDERS)


def terms_in(passages: Sequence[Passage], sentences: Sequence[Sentence]) -> Terms:
    """Where words are named in a dossier."""
    return Terms(
        TermIndex([s.text for s in sentences]),
        TermIndex([p.open_text for p in passages]),
        TermIndex([" ".join(p.heading_path[-2:]) for p in passages]),
    )


def lengths_of(sentences: Sequence[Sentence]) -> Column:
    """The logarithm of each sentence's length."""
    lengths: Column = np.log1p(np.asarray([len(s.text.strip()) for s in sentences]))
    return lengths


def own_vectors_of(vectors: Matrix, views: Mapping[str, NDArray[np.bool_]]) -> Mapping[str, Matrix]:
    """The vectors of the city's facts (``fact``) and of its plans and duties (``plan``)."""
    return {"fact": vectors[views["fact"]], "plan": vectors[views["plan"] | views["duty"]]}


def views_of(sentences: Sequence[Sentence]) -> dict[str, NDArray[np.bool_]]:
    """Which sentences about the city are facts, plans …; ``any`` are all that are about it."""
    own = np.asarray([s.citable and not s.foreign for s in sentences], dtype=bool)
    named = np.asarray([s.modality.value for s in sentences])
    views = {modality.value: own & (named == modality.value) for modality in Modality}
    return {**views, "any": own}


def kinds_of(sentences: Sequence[Sentence], roles: NDArray[np.str_]) -> Matrix:
    """What each sentence is, as zeros and ones: its modality, foreign or not, its section role."""
    rows: list[list[bool]] = [[s.modality is m for s in sentences] for m in Modality]
    rows.append([s.foreign for s in sentences])
    rows += [[bool(r == role.value) for r in roles] for role in SectionRole]
    return np.asarray(rows, dtype=np.float32)


def flatten(passages: Sequence[Passage]) -> tuple[tuple[Sentence, ...], NDArray[np.int64]]:
    """List all sentences in order, and for each the index of its passage.

    One that talks to the judge has words of no matter in its stead: it gives no signal, and the
    others rank as beside any other sentence.
    """
    sentences: list[Sentence] = []
    owner: list[int] = []
    for index, passage in enumerate(passages):
        sentences.extend(s.stood_in for s in passage.sentences)
        owner.extend([index] * len(passage.sentences))
    return tuple(sentences), np.asarray(owner, dtype=np.int64)


def sentence_text(sentence: Sentence) -> str:
    """The text of a sentence that is embedded: header cells before a table row."""
    body = sentence.text.strip()
    return f"{sentence.context}\n{body}" if sentence.context else body


def orders_in(passages: Sequence[Passage]) -> NDArray[np.bool_]:
    """Mark the sentences that talk to the judge; empty where none does."""
    marks = np.asarray([bool(s.instruction) for p in passages for s in p.sentences], dtype=bool)
    return marks if marks.any() else np.zeros(0, dtype=bool)


def below_all(likeness: Matrix, orders: NDArray[np.bool_]) -> Matrix:
    """Put sentences that talk to the judge below every other, so that none stands out by them.

    In a dossier with instructions a good sentence then stands out no more than it would beside a
    neutral sentence: standardised likeness can fall by an instruction, not rise.
    """
    if not len(orders) or orders.all():
        return likeness
    lowest = likeness[~orders].min(axis=0)
    lowered = likeness.copy()
    lowered[orders] = np.minimum(likeness[orders], lowest) - BELOW
    return lowered


def exemplar_signals(
    shown: Shown | None, sentences: Matrix, orders: NDArray[np.bool_] = NO_ORDERS
) -> Matrix:
    """Likeness to sentences quoted for the feature elsewhere: (sentences, EXEMPLAR_SIGNALS)."""
    if shown is None or not len(shown.classes):
        blank = np.zeros((len(sentences), EXEMPLAR_SIGNALS), dtype=np.float32)
        blank[:, :2] = NEUTRAL_COSINE
        blank[:, 4:] = np.log1p(len(sentences) / 2)
        return blank
    best = below_all((sentences @ shown.vectors.T).max(axis=1), orders)
    centre = shown.vectors.mean(axis=0)
    centred = sentences @ (centre / max(float(np.linalg.norm(centre)), 1e-6))
    known = np.ones(len(sentences), dtype=np.float32)
    columns = [best, centred, _standardised(best), known, ranked(best), ranked(centred)]
    return np.stack([c.astype(np.float32) for c in columns], axis=1)


def own_signals(
    feature: Feature, queries: NDArray[np.float32], look: Look, corpus: Corpus
) -> NDArray[np.float32]:
    """The first of SIGNALS, up to the roles: what the feature and the dossier alone tell."""
    dense = below_all(look.dense, corpus.orders)
    passage = (corpus.passage_vectors @ queries.T).max(axis=1)
    best = dense.max(axis=1)
    words = look.words
    words_passage = corpus.passage_words.scores(lexical_query(feature))
    terms = _term_hits(feature, corpus.terms.sentences)
    passage_terms = _term_hits(feature, corpus.terms.passages)
    headings = corpus.terms.headings.named(feature.core)
    plain = [
        dense[:, 0],
        best,
        dense.mean(axis=1),
        passage[corpus.owner],
        np.log1p(words),
        np.log1p(words_passage)[corpus.owner],
    ]
    columns = [
        *plain[:4],
        _standardised(best),
        plain[4],
        words / max(float(words.max(initial=0.0)), 1e-6),
        plain[5],
        terms[:, 0],
        passage_terms[corpus.owner, 0],
        headings[corpus.owner],
        terms[:, 1],
        passage_terms[corpus.owner, 1],
        corpus.lengths,
        *(ranked(column) for column in plain),
        *corpus.kinds,
    ]
    return np.stack([np.asarray(c, dtype=np.float32) for c in columns], axis=1)


def ranked(column: Column) -> Column:
    """The logarithm of each sentence's place when the column is sorted, best first."""
    places = np.empty(len(column), dtype=np.float32)
    places[np.argsort(-column, kind="stable")] = np.arange(len(column), dtype=np.float32)
    return np.log1p(places)


def _standardised(column: Column) -> Column:
    spread = float(column.std())
    scaled: Column = (column - column.mean()) / (spread if spread > 1e-6 else 1.0)
    return scaled


def _term_hits(feature: Feature, index: TermIndex) -> Column:
    """Columns: number of core nouns named (at most 3), share of elements with a term named."""
    rows = np.zeros((index.size, 2), dtype=np.float32)
    rows[:, 0] = np.minimum(index.count(feature.core), 3)
    named = np.zeros(index.size, dtype=np.int64)
    for element in feature.elements:
        named += index.named(element.terms)
    rows[:, 1] = named / max(len(feature.elements), 1)
    return rows
