"""``python -m eval.small_model``: what each use is worth on cities that no fit saw.

Reads what ``python -m eval.small_model.keep`` kept. Printed are, over rows with a quoted and an
unquoted sentence among the two best, how often each order puts the quoted one first; over all
sentences, the area under the curve of "annotators quoted it"; and QWK and green F1 of ``screen``
with a use among its inputs, boosters and thresholds fitted on the other cities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score

from auditor.core.findings import VERDICTS
from auditor.evaluation.metrics import measure
from auditor.judge.screen import STEPS
from eval.fit_screen import RISING, climbed, fit_thresholds, unseen_chances
from eval.small_model.keep import load_kept
from eval.small_model.mixing import Column, mixed, probed
from eval.small_model.pairs import Row, ranks_of

MEASURES = ("QWK", "green F1", "green precision", "fact F1", "area planned", "fact", "green")


ENOUGH = 400
"""Rows below which boosters are not fitted."""


def columns_of(kept: Mapping[str, Any]) -> dict[str, Column]:
    """One column a use: row -> a number for each of its sentences."""
    answers = kept.get("answer", {})
    columns = {
        "search score": {i: np.asarray(r.scores) for i, r in enumerate(kept["rows"]) if r.asked},
        "yes or no": {i: a.odds for i, a in answers.items()},
        "calibrated yes": {i: a.odds - a.empty for i, a in answers.items()},
        "likelihood of the feature": kept.get("likelihood", {}),
        "pairwise": {i: np.asarray([v, -v]) for i, v in kept.get("pairwise", {}).items()},
    }
    cross = kept.get("cross", {})
    columns["cross-encoder"] = {
        i: np.logaddexp(a[:, 1], a[:, 2]) - a[:, 0]
        for i, a in cross.items()
        if kept["rows"][i].asked
    }
    return {name: column for name, column in columns.items() if column}


def order_row(rows: Sequence[Row], column: Column, base: Column) -> tuple[str, ...]:
    """Counted rows, share with the quoted sentence first (search; use; both), areas."""
    both = mixed(rows, base, column)
    places = [i for i in column if len(rows[i].quoted) == 2 and sum(rows[i].quoted) == 1]
    shares = [_first(rows, c, places) for c in (base, column, both)]
    areas = [_area(rows, c, list(column)) for c in (base, column, both)]
    return (str(len(places)), *(f"{v:.3f}" for v in (*shares, *areas)))


def _first(rows: Sequence[Row], column: Column, places: Sequence[int]) -> float:
    return float(np.mean([rows[i].quoted[int(np.argmax(column[i]))] for i in places]))


def _area(rows: Sequence[Row], column: Column, places: Sequence[int]) -> float:
    marks = [q for i in places for q in rows[i].quoted]
    values = [float(v) for i in places for v in column[i]]
    return float(roc_auc_score(marks, values))


def screen_row(
    rows: Sequence[Row], places: Sequence[int], extra: Sequence[Column]
) -> tuple[str, ...]:
    """QWK, green F1 and precision, F1 of facts on some rows, with some uses among the inputs."""
    some = [rows[i] for i in places]
    names = sorted(some[0].inputs)
    matrix = np.asarray([[row.inputs[n] for n in names] for row in some])
    added = [np.asarray([[np.max(c[i]), np.mean(c[i])] for i in places]) for c in extra]
    wide = np.column_stack([matrix, *added])
    rising = [1 if n in RISING else 0 for n in names] + [0] * (wide.shape[1] - len(names))
    owner, ranks = np.asarray([row.city for row in some]), ranks_of(some)
    chances = unseen_chances(wide, ranks, owner, rising)
    pairs = []
    for city in np.unique(owner):
        own = owner == city
        thresholds = fit_thresholds(chances[~own], ranks[~own])
        given = climbed(thresholds, chances[own])
        pairs += [(VERDICTS[int(g)], v) for g, v in zip(ranks[own], given, strict=True)]
    found = measure(pairs)
    areas = [roc_auc_score(ranks >= s.rank, chances[:, n]) for n, s in enumerate(STEPS[:3])]
    values = (found.qwk, found.green_f1, found.green_precision, found.fact_f1, *areas)
    return tuple(f"{v:.3f}" for v in values)


def main() -> None:
    """Print both tables."""
    kept, console = load_kept(), Console(width=150)
    rows: list[Row] = kept["rows"]
    columns = columns_of(kept)
    states = {i: a.states for i, a in kept.get("answer", {}).items()}
    if states:
        columns["probe of its states"] = probed(rows, states)
    base = columns.pop("search score")
    ways = ("search", "use", "both")
    grid = Table("use", "rows", *(f"first {w}" for w in ways), *(f"area {w}" for w in ways))
    for name, column in columns.items():
        grid.add_row(name, *order_row(rows, column, {i: base[i] for i in column}))
    console.print(grid)
    screen = Table("inputs", "rows", *MEASURES)
    for name, column in columns.items():
        places = sorted(column)
        if len(places) < ENOUGH:
            continue
        for label, extra in (("screen", []), (f"with {name}", [column])):
            screen.add_row(label, str(len(places)), *screen_row(rows, places, extra))
    console.print(screen)


if __name__ == "__main__":
    main()
