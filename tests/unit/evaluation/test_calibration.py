"""Calibration against hand-worked bins and scikit-learn's Brier score."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from auditor.core.findings import VERDICTS
from auditor.evaluation.calibration import binned, calibration_error, chance_blocks, curve
from auditor.evaluation.compare import summary
from tests.unit.evaluation.samples import IDS, E, M, P, S, chances, city, row

ROWS = [
    row(IDS[0], M, M, probabilities=chances(met=0.6, mostly_met=0.3, no_evidence=0.1)),
    row(IDS[1], S, M, probabilities=chances(met=0.5, mostly_met=0.4, no_evidence=0.1)),
    row(IDS[2], E, E, probabilities=chances(no_evidence=0.8, met=0.2)),
    row(IDS[3], P, E, probabilities=chances(no_evidence=0.8, partly_met=0.2)),
    row(IDS[4], E, E),
]


def test_calibration_error_by_hand() -> None:
    # P(green): .9 and .9 came true twice, .2 and 0 never; top class: .6 hit, .5 miss, .8 half
    pooled = summary([city("甲市", ROWS)])["pooled"]
    assert pooled["ece_green"] == pytest.approx((abs(1.8 - 2) + 0.2 + 0) / 4)
    assert pooled["ece_top"] == pytest.approx((0.4 + 0.5 + abs(1.6 - 1)) / 4)


def test_brier_by_hand_and_beside_the_base_rates() -> None:
    pooled = summary([city("甲市", ROWS)])["pooled"]
    distances = [
        0.4**2 + 0.3**2 + 0.1**2, 0.5**2 + 0.6**2 + 0.1**2, 0.2**2 + 0.2**2, 0.8**2 + 0.8**2,
    ]  # fmt: skip
    assert pooled["brier"] == pytest.approx(sum(distances) / 4, abs=1e-4)
    base = (0.2, 0.2, 0.4, 0.2)  # met, mostly, no_evidence, partly over all five
    assert pooled["brier_base"] == pytest.approx(sum(b * (1 - b) for b in base), abs=1e-4)


def test_brier_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    given = rng.dirichlet(np.ones(6), size=40)
    truth = rng.integers(0, 6, size=40)
    rows = [
        row(f"8.1.1.1-L1-{i}", VERDICTS[t], E, probabilities=tuple(p))
        for i, (p, t) in enumerate(zip(given, truth, strict=True))
    ]
    ours = chance_blocks(rows)["brier"][:, 0].mean()
    names = [v.value for v in VERDICTS]
    expected = brier_score_loss(
        [names[t] for t in truth], given[:, np.argsort(names)], labels=sorted(names),
        scale_by_half=False,
    )  # fmt: skip
    assert ours == pytest.approx(expected)


def test_chances_at_the_borders_fall_into_bins() -> None:
    bins = binned(0.0, False) + binned(1.0, True) + binned(0.3, True)
    assert curve(bins) == [
        {"chance": 0.0, "came_true": 0.0, "n": 1},
        {"chance": 0.3, "came_true": 1.0, "n": 1},
        {"chance": 1.0, "came_true": 1.0, "n": 1},
    ]
    assert calibration_error(bins) == pytest.approx(0.7 / 3)


def test_without_chances_there_is_no_calibration() -> None:
    pooled = summary([city("甲市", [row(IDS[0], M, M)])])["pooled"]
    assert pooled["brier"] is None and pooled["ece_green"] is None
