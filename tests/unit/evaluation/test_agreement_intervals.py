"""Standard errors against published and independent figures; intervals hold what they should."""

from __future__ import annotations

import numpy as np
import pytest

from auditor.evaluation.agreement import Array, quadratic_weights
from auditor.evaluation.agreement_intervals import (
    Coefficient,
    gwet_by,
    interval_of,
    kappa_by,
    ordinal_weights,
    standard_error,
    wilson,
)

FLEISS = np.array([[106.0, 10, 4], [22, 28, 10], [2, 12, 6]])
"""200 cases, table of Fleiss, Cohen and Everitt (1969)."""
SIX = np.array(
    [
        [20.0, 3, 1, 0, 0, 0],
        [2, 9, 2, 1, 0, 0],
        [1, 1, 7, 3, 0, 1],
        [0, 0, 2, 11, 4, 1],
        [0, 0, 0, 3, 8, 2],
        [1, 0, 0, 0, 3, 14],
    ]
)
WEIGHTS = {"identity": np.eye(6), "quadratic": quadratic_weights(6), "ordinal": ordinal_weights(6)}


@pytest.mark.parametrize(
    ("kind", "weights", "value", "error"),
    [
        ("gwet", "identity", 0.62881808, 0.05580535),
        ("gwet", "quadratic", 0.87592128, 0.04524447),
        ("gwet", "ordinal", 0.85540967, 0.04271014),
        # kappa of tables: irrCAC divides by n, we by n - 1
        ("kappa", "identity", 0.62392333, 0.05544599 * (100 / 99) ** 0.5),
        ("kappa", "quadratic", 0.88661789, 0.04144363 * (100 / 99) ** 0.5),
        ("kappa", "ordinal", 0.86634713, 0.03981658 * (100 / 99) ** 0.5),
    ],
)
def test_values_and_errors_are_those_of_irrcac(
    kind: str, weights: str, value: float, error: float
) -> None:
    coefficient = {"gwet": gwet_by, "kappa": kappa_by}[kind](WEIGHTS[weights])
    assert coefficient.value(SIX, coefficient.weights) == pytest.approx(value, abs=1e-8)
    assert standard_error(SIX, coefficient) == pytest.approx(error, abs=1e-7)


def test_the_published_variances_of_kappa_come_out() -> None:
    weights = np.array([[1, 0, 0.4444], [0, 1, 0.6667], [0.4444, 0.6667, 1]])
    for given, value, variance in ((np.eye(3), 0.429, 0.002885), (weights, 0.507, 0.003248)):
        coefficient = kappa_by(given)
        assert coefficient.value(FLEISS, given) == pytest.approx(value, abs=5e-4)
        published = standard_error(FLEISS, coefficient) ** 2 * 199 / 200
        assert published == pytest.approx(variance, abs=5e-7)


def test_errors_are_near_those_of_leaving_each_pair_out() -> None:
    for coefficient in (kappa_by(WEIGHTS["quadratic"]), gwet_by(WEIGHTS["ordinal"])):
        units = np.repeat(np.eye(36), SIX.astype(int).ravel(), axis=0)
        left = SIX - units.reshape(-1, 6, 6)
        values = coefficient.value(left, coefficient.weights)
        jackknife = np.sqrt(99 / 100 * ((values - values.mean()) ** 2).sum())
        assert standard_error(SIX, coefficient) == pytest.approx(jackknife, rel=0.05)


def test_ordinal_weights_by_hand() -> None:
    # four categories: 1, 3 and 6 pairs of categories lie within a distance of 1, 2 and 3
    assert ordinal_weights(4)[0] == pytest.approx([1, 5 / 6, 1 / 2, 0])
    assert (ordinal_weights(6) == ordinal_weights(6).T).all()


def test_the_interval_by_hand() -> None:
    # a yes/no table with even margins: kappa = 2 p - 1, error = sqrt((1 - kappa²) / (n - 1))
    counts = np.array([[45.0, 5.0], [5.0, 45.0]])
    same = (90 + 0.25) / 100.5  # half a pair more, half of it on the diagonal
    kappa = 2 * same - 1
    width = 1.984216952 * np.sqrt((1 - kappa**2) / 99.5) / (1 - kappa)
    low, high = interval_of(counts, kappa_by(np.eye(2)))
    assert low == pytest.approx(1 - (1 - kappa) * np.exp(width), abs=1e-7)
    assert high == pytest.approx(1 - (1 - kappa) * np.exp(-width), abs=1e-7)


def test_full_agreement_leaves_what_so_many_equal_pairs_leave_open() -> None:
    # six categories alike: chance 1/6; of 30 equal pairs Wilson leaves 30 / (30 + 1.96²) = .8865
    low, high = interval_of(np.eye(6) * 5, kappa_by(np.eye(6)))
    assert low == pytest.approx((0.88648 - 1 / 6) / (5 / 6), abs=1e-4) and high == 1.0
    lows = [float(interval_of(np.eye(6) * n, kappa_by(np.eye(6)))[0]) for n in (1, 5, 20, 60)]
    assert lows == sorted(lows)


def test_what_does_not_vary_has_no_interval() -> None:
    cell, row, sole = np.zeros((6, 6)), np.zeros((6, 6)), np.zeros((6, 6))
    cell[1, 4], row[2], sole[3, 3] = 40, 7, 30
    for counts in (np.zeros((6, 6)), cell):
        for coefficient in (kappa_by(np.eye(6)), gwet_by(WEIGHTS["ordinal"])):
            assert np.isnan(interval_of(counts, coefficient)).all()
    assert np.isnan(interval_of(row, kappa_by(np.eye(6)))).all()
    assert np.isnan(interval_of(sole, kappa_by(np.eye(6)))).all()
    assert not np.isnan(interval_of(row, gwet_by(np.eye(6)))).any()
    assert interval_of(sole, gwet_by(np.eye(6))) == (pytest.approx(0.88648, abs=1e-4), 1.0)


def test_wilson_against_published_bounds() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I, method 3: 81 of 263, 15 of 148, 0 of 20
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 1)[1] == 1.0


def population(margin: list[float], same: float) -> Array:
    """Chances of each cell: equal with chance ``same``, else near verdicts more than far ones."""
    share = np.array(margin) / sum(margin)
    places = np.arange(6)
    near = np.exp(-0.7 * np.abs(places[:, None] - places)) * share
    np.fill_diagonal(near, 0)
    near /= near.sum(axis=1, keepdims=True)
    return share[:, None] * (same * np.eye(6) + (1 - same) * near)


@pytest.mark.parametrize("margin", [[1, 1, 1, 1, 1, 1], [75, 5, 5, 5, 5, 5]])
@pytest.mark.parametrize("same", [0.6, 0.8, 0.95])
@pytest.mark.parametrize(
    "coefficient",
    [kappa_by(WEIGHTS["identity"]), kappa_by(WEIGHTS["quadratic"]),
     gwet_by(WEIGHTS["identity"]), gwet_by(WEIGHTS["ordinal"])],
    ids=["kappa", "qwk", "ac1", "ac2"],
)  # fmt: skip
def test_intervals_hold_the_true_value_in_about_95_of_100_tables(
    margin: list[float], same: float, coefficient: Coefficient
) -> None:
    chances = population(margin, same)
    true = coefficient.value(chances, coefficient.weights)
    for pairs, least in ((30, 0.88), (100, 0.92)):
        drawn = np.random.default_rng(7).multinomial(pairs, chances.ravel(), 2000)
        low, high = interval_of(drawn.reshape(-1, 6, 6).astype(float), coefficient)
        known = ~np.isnan(low)
        assert known.mean() > 0.99
        assert least <= np.mean((low <= true) & (true <= high), where=known) <= 0.995
