"""Agreement coefficients against published values, scikit-learn and plain counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from auditor.evaluation.agreement import cohen, gwet, quadratic_weights

ABSTRACTORS = np.array([[13.0, 0, 0], [0, 20, 7], [0, 4, 56]])
"""Two abstractors on 100 pregnancies: table of Gwet's Handbook of Inter-Rater Reliability."""
TABLES = st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=4, max_size=4)


def test_the_published_example_of_gwet_comes_out() -> None:
    assert cohen(ABSTRACTORS) == pytest.approx(0.7964094, abs=1e-6)
    assert gwet(ABSTRACTORS) == pytest.approx(0.8493305, abs=1e-6)
    assert gwet(ABSTRACTORS, quadratic_weights(3)) == pytest.approx(0.940, abs=5e-4)


def test_ac2_by_hand() -> None:
    # shares .5 .25 / 0 .25; weights 1 0 / 0 1; π = (.625, .375); chance 2/2 · 2 · .625 · .375
    table = np.array([[2.0, 1.0], [0.0, 1.0]])
    chance = 2 * 0.625 * 0.375
    assert gwet(table, quadratic_weights(2)) == pytest.approx((0.75 - chance) / (1 - chance))


def test_ac1_does_not_collapse_where_nearly_all_is_one_category() -> None:
    rare = np.array([[1.0, 1.0], [1.0, 97.0]])
    assert cohen(rare) == pytest.approx(0.4898, abs=1e-3)
    assert gwet(rare) > 0.97


@given(TABLES)
def test_kappa_is_that_of_scikit_learn(table: list[list[int]]) -> None:
    pairs = [(i, j) for i, line in enumerate(table) for j, n in enumerate(line) for _ in range(n)]
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    if len({*first, *second}) < 2:
        return
    counts = np.array(table, dtype=float)
    for weights, name in ((None, None), (quadratic_weights(4), "quadratic")):
        expected = cohen_kappa_score(first, second, weights=name, labels=list(range(4)))
        assert cohen(counts, weights) == pytest.approx(expected, abs=1e-9)


def test_many_tables_at_once_are_as_one_by_one() -> None:
    tables = np.random.default_rng(3).integers(0, 30, (50, 6, 6)).astype(float)
    weights = quadratic_weights(6)
    for measure in (cohen, gwet):
        together = measure(tables, weights)
        assert together == pytest.approx([float(measure(t, weights)) for t in tables])


def test_an_empty_table_has_no_agreement_and_a_sole_verdict_full_agreement() -> None:
    assert np.isnan(cohen(np.zeros((6, 6)))) and np.isnan(gwet(np.zeros((6, 6))))
    alone = np.zeros((6, 6))
    alone[2, 2] = 9
    assert cohen(alone) == 1.0 and gwet(alone) == 1.0
