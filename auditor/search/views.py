"""Evidence signals: what a dossier holds for a feature, seen by modality.

One row of named numbers per feature, which the ``screen`` judge reads: the best sentences among
facts, plans, duties; how much of the demand they name; how like quoted evidence they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from auditor.core.criteria import Feature
from auditor.core.passages import SectionRole
from auditor.search.exemplars import GREEN, PARTLY, PLANNED, Shown
from auditor.search.signals import NEUTRAL_COSINE, SIGNALS, Corpus

Floats = NDArray[np.float64]
LOOKED_AT = ("dense_best", "dense_z", "words_share", "core_hits", "elements")
LIKELY = 0.3
NEAREST, SHORT = 60, 120
LIKENESS, RELATED, MOST_LIKENESS = 4.0, 0.9, 0.2
NO_WORD = re.compile(r"[^\u4e00-\u9fffA-Za-z0-9]")
CONNECTIVES = frozenset(
    "的和与及或等在对为以能够具备实现建立形成开展进行有了可通过面向基于提供支持城市"
)


def evidence_signals(
    feature: Feature,
    corpus: Corpus,
    signals: NDArray[np.float32],
    scores: Floats,
    shown: Shown | None,
) -> Mapping[str, float]:
    """Sum up the sentences of a dossier for one feature; every value is finite."""
    row: dict[str, float] = {}
    masks = corpus.views
    for name, mask in masks.items():
        row |= _tops(name, scores[mask])
    for name in ("fact", "plan"):
        row |= _looks(name, signals, scores, masks[name])
    row |= _elements(feature, corpus, scores, masks["fact"])
    row |= _likeness(corpus, shown)
    row |= _roles(corpus, scores)
    row["instructions"] = float(corpus.orders.sum())
    row["stated"] = stated_outright(feature, corpus, signals)
    return row


def stated_outright(feature: Feature, corpus: Corpus, signals: NDArray[np.float32]) -> float:
    """How plainly one fact of the city says what the feature demands, in about the same words.

    The share of the printed text's word pairs that the sentence (with a short one's successor)
    repeats, plus what its likeness exceeds that of merely related sentences by. Sentences from
    task sections do not count. Real reports rarely come above 0.4; a self-assessment that follows
    the standard's wording does.
    """
    closeness = signals[:, SIGNALS.index("dense_best")]
    places = np.flatnonzero(corpus.views["fact"] & (corpus.roles != SectionRole.TASK.value))
    nearest = places[np.argsort(-closeness[places], kind="stable")][:NEAREST]
    asked = word_pairs(feature.text)
    best = 0.0
    for place in map(int, nearest):
        repeated = len(asked & _said_at(place, corpus)) / max(len(asked), 1)
        likeness = LIKENESS * (float(closeness[place]) - RELATED)
        best = max(best, repeated + min(max(likeness, -MOST_LIKENESS), MOST_LIKENESS))
    return best


def _said_at(place: int, corpus: Corpus) -> frozenset[str]:
    text = corpus.sentences[place].text
    after = place + 1
    same = after < len(corpus.sentences) and corpus.owner[after] == corpus.owner[place]
    if same and corpus.views["fact"][after] and len(text) < SHORT:
        return _pairs_of_both(text, corpus.sentences[after].text)
    return word_pairs(text)


@lru_cache(maxsize=4096)
def _pairs_of_both(text: str, after: str) -> frozenset[str]:
    return word_pairs(text) | word_pairs(after)


@lru_cache(maxsize=4096)
def word_pairs(text: str) -> frozenset[str]:
    """The character pairs of a text within its clauses, without pairs of mere connectives."""
    clean = NO_WORD.sub("|", text)
    pairs = (clean[i : i + 2] for i in range(len(clean) - 1))
    return frozenset(p for p in pairs if "|" not in p and not set(p) <= CONNECTIVES)


def _tops(name: str, scores: Floats) -> dict[str, float]:
    best = np.concatenate([np.sort(scores)[::-1][:10], np.zeros(10)])
    return {
        f"{name}_1": float(best[0]),
        f"{name}_2": float(best[1]),
        f"{name}_sum": float(best[:10].sum()),
    }


def _looks(
    name: str, signals: NDArray[np.float32], scores: Floats, mask: NDArray[np.bool_]
) -> dict[str, float]:
    """The raw signals of the best sentence of a view."""
    places = np.flatnonzero(mask)
    if not len(places):
        return {f"{name}_{signal}": 0.0 for signal in LOOKED_AT}
    best = places[int(np.argmax(scores[places]))]
    return {f"{name}_{s}": float(signals[best, SIGNALS.index(s)]) for s in LOOKED_AT}


def _elements(
    feature: Feature, corpus: Corpus, scores: Floats, mask: NDArray[np.bool_]
) -> dict[str, float]:
    """Share of the elements that the likely facts name, and the weakest element's best fact."""
    likely = mask & (scores >= LIKELY / 3)
    best = []
    for element in feature.elements:
        named = scores[likely & corpus.terms.sentences.named(element.terms)]
        best.append(float(named.max(initial=0.0)))
    if not best:
        return {"elements_named": 0.0, "elements_least": 0.0, "elements_mean": 0.0}
    return {
        "elements_named": sum(b >= LIKELY for b in best) / len(best),
        "elements_least": min(best),
        "elements_mean": sum(best) / len(best),
    }


def _likeness(corpus: Corpus, shown: Shown | None) -> dict[str, float]:
    """Likeness of the city's facts and plans to exemplars of each verdict class."""
    row: dict[str, float] = {}
    for name, wanted in (("green", GREEN), ("partly", PARTLY), ("planned", PLANNED)):
        vectors = shown.of_class(wanted) if shown is not None else np.zeros((0, 0))
        for view, own in corpus.own_vectors.items():
            value = NEUTRAL_COSINE
            if len(vectors) and len(own):
                value = float((own @ vectors.T).max())
            row[f"like_{name}_{view}"] = value
    return row


def _roles(corpus: Corpus, scores: Floats) -> dict[str, float]:
    roles, own = corpus.roles, corpus.views["any"]
    row = {}
    for role in (SectionRole.RETROSPECT, SectionRole.NORMATIVE, SectionRole.TASK):
        picked = scores[own & (roles == role.value)]
        row[f"role_{role.value}"] = float(picked.max(initial=0.0))
        row[f"share_{role.value}"] = float((roles == role.value).mean())
    row["size"] = float(np.log(max(len(roles), 1)))
    return row
