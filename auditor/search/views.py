"""Evidence signals: what a dossier holds for a feature, seen by modality.

One row of named numbers per feature, which the ``screen`` judge reads: the best sentences among
facts, plans, duties; how much of the demand they name; how like quoted evidence they are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from auditor.core.criteria import Feature
from auditor.core.passages import SectionRole
from auditor.search.exemplars import GREEN, PARTLY, PLANNED, Shown
from auditor.search.signals import NEUTRAL_COSINE, SIGNALS, Corpus

Floats = NDArray[np.float64]
LOOKED_AT = ("dense_best", "dense_z", "words_share", "core_hits", "elements")
LIKELY = 0.3


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
    row |= _likeness(corpus, shown, masks)
    row |= _roles(corpus, scores)
    return row


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
    places = [int(i) for i in np.flatnonzero(mask) if scores[i] >= LIKELY / 3]
    best = []
    for element in feature.elements:
        named = [
            float(scores[i])
            for i in places
            if any(t in corpus.sentences[i].text for t in element.terms)
        ]
        best.append(max(named, default=0.0))
    if not best:
        return {"elements_named": 0.0, "elements_least": 0.0, "elements_mean": 0.0}
    return {
        "elements_named": sum(b >= LIKELY for b in best) / len(best),
        "elements_least": min(best),
        "elements_mean": sum(best) / len(best),
    }


def _likeness(
    corpus: Corpus, shown: Shown | None, masks: Mapping[str, NDArray[np.bool_]]
) -> dict[str, float]:
    """Likeness of the city's facts and plans to exemplars of each verdict class."""
    row: dict[str, float] = {}
    forward = masks["plan"] | masks["duty"]
    for name, wanted in (("green", GREEN), ("partly", PARTLY), ("planned", PLANNED)):
        vectors = shown.of_class(wanted) if shown is not None else np.zeros((0, 0))
        for view, mask in (("fact", masks["fact"]), ("plan", forward)):
            value = NEUTRAL_COSINE
            if len(vectors) and mask.any():
                value = float((corpus.sentence_vectors[mask] @ vectors.T).max())
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
