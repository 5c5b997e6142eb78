"""Labelled rows for the experiment: features of cities, the sentences found best, what was quoted.

Each city is searched by what was fitted on the others, so its rows are what a judge would see of
an unseen city.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.core.criteria import Feature, Standard
from auditor.core.findings import Verdict
from auditor.core.run import Case
from auditor.judge.citing import Scored, scored_sentences
from auditor.judge.inputs import all_inputs
from auditor.search.engine import Searcher
from eval.cities import City
from eval.fit_screen import cases_of, fold_searcher, priors_of

SHOWN = 2
LEAST = 0.3
"""Features whose best sentence is less likely quoted than this are not asked about."""
LENGTH = 160


@dataclass(frozen=True, slots=True)
class Row:
    """A feature of a city: inputs of the screen, gold verdict, best sentences, which are quoted.

    ``quotes``: whether annotators quoted anything; ``asked``: whether a model is asked.
    """

    city: int
    feature: Feature
    inputs: dict[str, float]
    verdict: Verdict
    sentences: tuple[str, ...]
    scores: tuple[float, ...]
    quoted: tuple[bool, ...]
    quotes: bool

    @property
    def asked(self) -> bool:
        """Whether a model is asked about it."""
        return bool(self.scores) and self.scores[0] >= LEAST


def rows_of(cities: Sequence[City], standard: Standard, base: Searcher) -> list[Row]:
    """All features, city after city."""
    ids = [f.id for f in standard.features]
    rows = []
    for number, city in enumerate(cities):
        others = [c for c in cities if c is not city]
        priors = priors_of(others, ids)
        marks = _marks(city)
        for case in cases_of(city, standard, fold_searcher(base, others, True)):
            rows.append(_row(number, city, case, priors[case.feature.id], marks))
        print(f"{city.name}: {sum(r.asked for r in rows if r.city == number)} asked", flush=True)
    return rows


def _marks(city: City) -> dict[str, set[str]]:
    """The ids of the quoted sentences of each feature."""
    sentences = city.corpus.sentences
    return {
        key: {sentences[i].id for i in np.flatnonzero(found)} for key, found in city.quoted.items()
    }


def _row(
    number: int, city: City, case: Case, prior: tuple[float, ...], marks: dict[str, set[str]]
) -> Row:
    key = case.feature.id
    best: list[Scored] = [s for s in scored_sentences(case) if not s.sentence.foreign][:SHOWN]
    return Row(
        city=number,
        feature=case.feature,
        inputs=dict(all_inputs(case.feature, case.record, prior)),
        verdict=city.gold.rows[key].verdict,
        sentences=tuple(s.sentence.text.strip()[:LENGTH] for s in best),
        scores=tuple(s.score for s in best),
        quoted=tuple(s.sentence.id in marks[key] for s in best),
        quotes=bool(marks[key]),
    )


def ranks_of(rows: Sequence[Row]) -> NDArray[np.int64]:
    """The gold verdicts as ranks."""
    return np.asarray([row.verdict.rank for row in rows])
