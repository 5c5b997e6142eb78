"""The fitting scripts: thresholds, boosters as data, figures in the docs."""

from __future__ import annotations

import numpy as np
import pytest

from auditor.core.findings import Verdict
from auditor.judge.screen import STEPS
from auditor.judge.trees import booster_from
from eval.figures import filled
from eval.fit_screen import fit_booster, fit_thresholds, unseen_chances

RANKS = np.asarray([Verdict.NO_EVIDENCE.rank, Verdict.PLANNED.rank, Verdict.MET.rank] * 40)


def chances(green: float, planned: float, silent: float) -> np.ndarray:
    table = []
    for rank in RANKS:
        if rank == Verdict.MET.rank:
            table.append([green] * len(STEPS))
        else:
            first = planned if rank == Verdict.PLANNED.rank else silent
            table.append([first, *([silent] * (len(STEPS) - 1))])
    return np.asarray(table)


def test_thresholds_part_what_can_be_parted() -> None:
    found = fit_thresholds(chances(0.5, 0.45, 0.25), RANKS)
    assert 0.25 < found[Verdict.PLANNED] <= 0.45
    assert 0.25 < found[Verdict.MET] <= 0.5


def test_thresholds_do_not_buy_greens_with_false_ones() -> None:
    table = chances(0.5, 0.45, 0.25)
    table[Verdict.PLANNED.rank == RANKS, :] = 0.5  # plans look just like what is met
    found = fit_thresholds(table, RANKS)
    assert found[Verdict.MET] > 0.5 or found[Verdict.MOSTLY_MET] > 0.5


def test_a_row_never_sees_its_own_citys_labels() -> None:
    rng = np.random.default_rng(1)
    matrix, owner = rng.normal(size=(240, 3)), np.repeat([0, 1, 2], 80)
    ranks = np.where(matrix[:, 0] > 0, Verdict.MET.rank, 0)
    before = unseen_chances(matrix, ranks, owner, (0, 0, 0))
    changed = ranks.copy()
    changed[owner == 0] = Verdict.MET.rank - changed[owner == 0]
    after = unseen_chances(matrix, changed, owner, (0, 0, 0))
    assert np.array_equal(before[owner == 0], after[owner == 0])
    assert not np.array_equal(before[owner == 1], after[owner == 1])
    assert (np.diff(before, axis=1) <= 0).all()


def test_a_booster_as_data_gives_what_the_library_gives() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(300, 4))
    marks = matrix[:, 0] + 0.3 * rng.normal(size=300) > 0
    booster = booster_from(fit_booster(matrix, marks, (1, 0, 0, 0)))
    ours = [booster.probability(row) for row in matrix]
    model = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=25,
        l2_regularization=10.0, monotonic_cst=[1, 0, 0, 0], early_stopping=False, random_state=0,
    ).fit(matrix, marks)  # fmt: skip
    assert ours == pytest.approx(model.predict_proba(matrix)[:, 1], abs=1e-3)


def test_figures_stand_between_their_marks() -> None:
    page = "a\n<!-- x -->\nold\n<!-- /x -->\nb"
    assert filled(page, {"x": "new"}) == "a\n<!-- x -->\nnew\n<!-- /x -->\nb"
    with pytest.raises(SystemExit):
        filled("no marks", {"x": "new"})
