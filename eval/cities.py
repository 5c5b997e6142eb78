"""Labelled cities as fitting data: sentences, their signals, and which of them were quoted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.core.criteria import Standard
from auditor.core.documents import Document
from auditor.core.run import Silence
from auditor.evaluation.gold import GoldCity, fold, gold_cities
from auditor.pipeline import cut_all
from auditor.receiving import read_documents
from auditor.search.adapter import Adapter
from auditor.search.engine import Searcher
from auditor.search.exemplars import Exemplars, gather
from auditor.search.signals import Corpus
from auditor.search.sources import Prepared, SignalSource
from auditor.wiring import intake_settings

Matrix = NDArray[np.float32]
SHORTEST = 8
LEAST_CITIES = 4


@dataclass(frozen=True, eq=False)
class City:
    """One labelled city, ready for fitting; known by itself, so that fits can be remembered.

    ``quoted[f]`` marks the sentences that hold a gold quote of feature f.
    """

    gold: GoldCity
    documents: tuple[Document, ...]
    prepared: Prepared
    quoted: dict[str, NDArray[np.bool_]]

    @property
    def name(self) -> str:
        """The city's name."""
        return self.gold.name

    @property
    def corpus(self) -> Corpus:
        """The city's sentences and passages."""
        return self.prepared.corpus


def shared_gold() -> Path:
    """The folder of gold sets: AUDITOR_SHARED/gold, by default beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared"
    return Path(os.environ.get("AUDITOR_SHARED", default)) / "gold"


def load_cities(folder: Path, standard: Standard, searcher: Searcher) -> list[City]:
    """Load every labelled city below ``folder``."""
    return [load_city(gold, standard, searcher) for gold in gold_cities(folder)]


def require_enough(cities: Sequence[City]) -> None:
    """End with a clear line where there are too few cities to leave one out, and one more."""
    if len(cities) < LEAST_CITIES:
        raise SystemExit(
            f"{len(cities)} labelled cities are too few to fit on: at least {LEAST_CITIES} are "
            "needed, since each is left out in turn, and within each fold another. "
            "`auditor eval DIR` measures the shipped weights on any number."
        )


def load_city(gold: GoldCity, standard: Standard, searcher: Searcher) -> City:
    """Read, cut, embed and label one city."""
    documents, _ = read_documents(gold.documents, Silence(), gold.name, intake_settings())
    passages = cut_all(documents, gold.name)
    prepared = replace(searcher.prepare(passages, standard.features), memo={})
    for feature in standard.features:
        prepared.signals(feature)
    quoted = {f.id: quoted_sentences(gold, f.id, prepared.corpus) for f in standard.features}
    return City(gold, documents, prepared, quoted)


def quoted_sentences(gold: GoldCity, feature_id: str, corpus: Corpus) -> NDArray[np.bool_]:
    """Mark the sentences that contain a gold quote of the feature, or lie in one."""
    marks = np.zeros(len(corpus.sentences), dtype=bool)
    row = gold.rows.get(feature_id)
    for quote in row.quotes if row else ():
        wanted = fold(quote.text)
        for index, sentence in enumerate(corpus.sentences):
            if corpus.passages[corpus.owner[index]].document != quote.document:
                continue
            text = fold(sentence.text)
            if wanted in text or (len(text) >= SHORTEST and text in wanted):
                marks[index] = True
    return marks


def exemplars_of(cities: Sequence[City], fingerprint: str) -> Exemplars:
    """Collect the vectors of all quoted sentences of some cities."""
    rows = []
    for city in cities:
        for feature_id, marks in city.quoted.items():
            verdict = city.gold.rows[feature_id].verdict.value
            rows.append((feature_id, city.corpus.sentence_vectors[marks], verdict))
    return Exemplars(fingerprint, tuple(c.name for c in cities), gather(rows))


def labelled_signals(
    city: City, exemplars: Exemplars, adapter: Adapter | None
) -> dict[str, Matrix]:
    """All signals of every feature that annotators quoted something for, by feature id."""
    source = SignalSource(city.prepared, exemplars, adapter)
    features = city.prepared.background
    return {f.id: source.of(f) for f in features if city.quoted[f.id].any()}
