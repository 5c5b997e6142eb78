"""Fit the ``screen`` judge on labelled cities: boosters, priors and thresholds.

Thresholds are chosen on chances that each city got from boosters fitted on the others, so that
neither they nor what is measured (eval/fit_all.py, one city out) rest on a city's own labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from auditor.core.criteria import Standard
from auditor.core.documents import Document
from auditor.core.findings import VERDICTS, Verdict
from auditor.core.run import Case
from auditor.evaluation.gold import GoldRow
from auditor.evaluation.metrics import Measures, measure
from auditor.judge.inputs import all_inputs
from auditor.judge.screen import STEPS
from auditor.judge.trees import booster_from
from auditor.pipeline import newest_issue
from auditor.search.engine import Searcher
from eval.cities import City, exemplars_of
from eval.fit_citing import carried, fit_least
from eval.fit_relevance import adapter_of, fit_relevance

Matrix = NDArray[np.float64]
ROUNDS, RATE, LEAVES, LEAST, RIDGE = 120, 0.06, 8, 25, 10.0
PRIOR_WEIGHT = 1.0
GRID = tuple(round(0.2 + 0.02 * step, 2) for step in range(34))
START = {
    Verdict.PLANNED: 0.5,
    Verdict.PARTLY_MET: 0.4,
    Verdict.MOSTLY_MET: 0.36,
    Verdict.MET: 0.36,
}
SWEEPS = 3
FALSE_GREENS, GREEN_PRECISION = 0.02, 0.74
"""While thresholds are chosen: the features that may be falsely green, the greens that must hold.

An auditor forgives a silence sooner than a green that does not hold; on unseen cities some of the
margin is lost.
"""
RISING = (
    "fact_1", "fact_2", "fact_sum", "fact_dense_best", "fact_dense_z", "fact_elements",
    "elements_named", "elements_least", "elements_mean", "like_green_fact", "any_1",
    "stated", "prior_rank", "prior_green", "prior_fact",
)  # fmt: skip


def priors_of(cities: Sequence[City], feature_ids: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """How a feature fared in some cities, drawn a little towards the mean of all features."""
    overall = _prior_row([r.verdict for c in cities for r in c.gold.rows.values()])
    priors = {}
    for feature_id in feature_ids:
        own = _prior_row([c.gold.rows[feature_id].verdict for c in cities])
        weight = len(cities) / (len(cities) + PRIOR_WEIGHT)
        priors[feature_id] = tuple(
            round(weight * a + (1 - weight) * b, 6) for a, b in zip(own, overall, strict=True)
        )
    return priors


def _prior_row(verdicts: Sequence[Verdict]) -> tuple[float, ...]:
    ranks = np.asarray([v.rank for v in verdicts], dtype=float)
    return (
        float(ranks.mean()),
        float((ranks >= Verdict.MOSTLY_MET.rank).mean()),
        float((ranks >= Verdict.PARTLY_MET.rank).mean()),
        float((ranks == Verdict.PLANNED.rank).mean()),
        float((ranks == 0).mean()),
    )


def cases_of(city: City, standard: Standard, searcher: Searcher) -> list[Case]:
    """The judge's cases of a labelled city under a fitted searcher."""
    records = searcher.records(city.prepared, standard.features)
    documents: dict[str, Document] = {d.name: d for d in city.documents}
    as_of = newest_issue(city.documents)
    return [
        Case(feature, record, city.name, as_of, documents)
        for feature, record in zip(standard.features, records, strict=True)
    ]


def fold_searcher(base: Searcher, cities: Sequence[City], use_exemplars: bool) -> Searcher:
    """A searcher that was fitted on some cities only."""
    fitted = replace(base, relevance=fit_relevance(tuple(cities), use_exemplars))
    if not use_exemplars:
        return fitted
    fingerprint = base.embedder.fingerprint
    exemplars = exemplars_of(cities, fingerprint)
    return replace(fitted, exemplars=exemplars, adapter=adapter_of(tuple(cities), fingerprint))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A feature of a labelled city: the judge's case, its inputs, its gold row."""

    case: Case
    inputs: Mapping[str, float]
    row: GoldRow


def labelled_features(
    cities: Sequence[City], standard: Standard, base: Searcher, use_exemplars: bool
) -> list[Labelled]:
    """All features, city after city; each city is searched by what was fitted on the others."""
    found = []
    ids = [f.id for f in standard.features]
    for city in cities:
        others = [c for c in cities if c is not city]
        priors = priors_of(others, ids)
        for case in cases_of(city, standard, fold_searcher(base, others, use_exemplars)):
            feature_id = case.feature.id
            inputs = all_inputs(case.feature, case.record, priors[feature_id])
            found.append(Labelled(case, inputs, city.gold.rows[feature_id]))
    return found


def fit_screen(
    cities: Sequence[City], standard: Standard, base: Searcher, use_exemplars: bool = True
) -> dict[str, Any]:
    """Fit the screen model on some cities; gives its JSON form."""
    labelled = labelled_features(cities, standard, base, use_exemplars)
    ranks = np.asarray([one.row.verdict.rank for one in labelled])
    names = sorted(labelled[0].inputs)
    matrix = np.asarray([[one.inputs[name] for name in names] for one in labelled])
    rising = [1 if name in RISING else 0 for name in names]
    boosters = {s.value: fit_booster(matrix, ranks >= s.rank, rising) for s in STEPS}
    owner = np.repeat(np.arange(len(cities)), len(ranks) // len(cities))
    chances = unseen_chances(matrix, ranks, owner, rising)
    thresholds = fit_thresholds(chances, ranks)
    verdicts = climbed(thresholds, chances)
    rows = [carried(one.case, v, one.row) for one, v in zip(labelled, verdicts, strict=True)]
    return {
        "inputs": names,
        "boosters": boosters,
        "thresholds": {k.value: v for k, v in thresholds.items()},
        "least": {k.value: v for k, v in fit_least(rows).items()},
        "priors": priors_of(cities, [f.id for f in standard.features]),
        "default_prior": [round(v, 6) for v in _prior_row([VERDICTS[int(r)] for r in ranks])],
        "cities": [c.name for c in cities],
        "quality": "",
    }


def unseen_chances(
    matrix: Matrix, ranks: NDArray[np.int64], owner: NDArray[np.int64], rising: Sequence[int]
) -> Matrix:
    """P(verdict >= step) of each row by boosters fitted on the other cities: (rows, steps)."""
    chances = np.zeros((len(ranks), len(STEPS)))
    for city in np.unique(owner):
        own = owner == city
        for column, step in enumerate(STEPS):
            row = fit_booster(matrix[~own], ranks[~own] >= step.rank, rising)
            booster = booster_from(row)
            chances[own, column] = [booster.probability(r) for r in matrix[own]]
    return np.minimum.accumulate(chances, axis=1)


def fit_thresholds(chances: Matrix, ranks: NDArray[np.int64]) -> dict[Verdict, float]:
    """One step after the other, in sweeps; each by what it decides.

    The lower two by QWK and the F1 of any fact, the step to green by its F1 where enough greens
    hold, the last by QWK.
    """
    chosen = dict(START)
    for _ in range(SWEEPS):
        for step in STEPS:
            chosen[step] = max(
                GRID, key=lambda t: _worth({**chosen, step: t}, step, chances, ranks)
            )
    return chosen


def climbed(thresholds: Mapping[Verdict, float], chances: Matrix) -> list[Verdict]:
    """The verdict of each row: it climbs the steps while each one's chance passes."""
    limits = np.asarray([thresholds[s] for s in STEPS])
    steps = np.asarray([0, *(s.rank for s in STEPS)])
    passed = np.logical_and.accumulate(chances >= limits, axis=1).sum(axis=1)
    return [VERDICTS[int(rank)] for rank in steps[passed]]


def _worth(
    thresholds: Mapping[Verdict, float], step: Verdict, chances: Matrix, ranks: NDArray[np.int64]
) -> tuple[float, float]:
    """What is maximised for a step, then nearness to the middle of the grid (for ties)."""
    climbed_to = climbed(thresholds, chances)
    pairs = [(VERDICTS[g], v) for g, v in zip(ranks, climbed_to, strict=True)]
    nearness = -sum(abs(thresholds[s] - 0.5) for s in STEPS)
    return round(_aim(step, measure(pairs)), 4), nearness


def _aim(step: Verdict, measures: Measures) -> float:
    if step is Verdict.MET:
        return measures.qwk
    if step is not Verdict.MOSTLY_MET:
        return measures.qwk + measures.fact_f1
    excess = max(0.0, measures.false_green - FALSE_GREENS)
    excess += max(0.0, GREEN_PRECISION - measures.green_precision)
    return measures.green_f1 - 10 * excess


def fit_booster(matrix: Matrix, marks: NDArray[np.bool_], rising: Sequence[int]) -> dict[str, Any]:
    """Boost small trees for one step; inputs marked rising can only raise the chance."""
    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        learning_rate=RATE,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=LEAST,
        l2_regularization=RIDGE,
        monotonic_cst=list(rising),
        early_stopping=False,
        random_state=0,
    )
    model.fit(matrix, marks)
    trees = [_tree_json(step[0].nodes) for step in model._predictors]
    return {"base": round(float(model._baseline_prediction.ravel()[0]), 6), "trees": trees}


def _tree_json(nodes: Any) -> list[list[float]]:
    tree = []
    for node in nodes:
        if node["is_leaf"]:
            tree.append([-1, 0.0, 0, 0, round(float(node["value"]), 6)])
        else:
            threshold = float(node["num_threshold"])
            tree.append(
                [int(node["feature_idx"]), threshold, int(node["left"]), int(node["right"]), 0.0]
            )
    return tree
