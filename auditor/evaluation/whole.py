"""The whole of an evaluation as one table: ours, the annotators, and other results beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditor.core.criteria import Standard
from auditor.evaluation.bootstrap import RESAMPLES
from auditor.evaluation.compare import Sheet, pass_figures, summary
from auditor.evaluation.gold import GoldCity
from auditor.evaluation.rows import CityResult, results_from


def whole_table(
    results: Sequence[CityResult],
    golds: Sequence[GoldCity],
    standard: Standard,
    beside: Mapping[str, Mapping[str, Any]] | None = None,
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """Everything that one evaluation gives, without what the command adds (judge, cost, manifest).

    ``beside``: results of other ways to judge (tables that ``auditor eval -o`` wrote) by name; they
    are measured anew on the features that both have.
    """
    table = summary(results, standard, resamples)
    passes = pass_figures(golds, standard, resamples)
    table["passes"] = passes
    table["agreement_of_passes"] = passes["pooled"] if passes else None
    table["unlabelled"] = {
        gold.name: len(standard.features) - len(gold.rows)
        for gold in golds
        if len(gold.rows) < len(standard.features)
    }
    table["beside"] = {
        name: _beside(results, other, name, standard) for name, other in (beside or {}).items()
    }
    return table


def _beside(
    results: Sequence[CityResult], other: Mapping[str, Any], name: str, standard: Standard
) -> dict[str, Any]:
    wanted = {r.city: {row.feature_id: row.gold for row in r.rows} for r in results}
    same = [
        CityResult(
            r.city,
            tuple(row for row in r.rows if wanted[r.city].get(row.feature_id) is row.gold),
        )
        for r in results_from(other, name)
        if r.city in wanted
    ]
    same = [r for r in same if r.rows]
    labelled = sum(len(rows) for rows in wanted.values())
    facts = {
        "judge": other.get("judge", name),
        "cost": other.get("cost"),
        "missing": labelled - sum(len(r.rows) for r in same),
    }
    if not same:
        return {**facts, "pooled": {}, "cities": {}, "domains": {}}
    figures = Sheet(same, standard).figures()
    return {**facts, **{key: figures[key] for key in ("pooled", "cities", "domains")}}
