"""Coverage errors by hand, and through the scorer."""

from __future__ import annotations

import pytest

from auditor.evaluation.compare import summary
from tests.unit.evaluation.samples import IDS, E, L, M, P, S, city, row

ROWS = [
    row(IDS[0], M, S),  # item 8.1.1.1: level 1 gold 1, ours .8
    row(IDS[1], P, E),  # level 2 gold .5, ours 0
    row(IDS[3], M, M),  # item 8.2.1.1: level 1 gold (1 + 0) / 2, ours (1 + .5) / 2
    row(IDS[4], L, P),
]


def test_coverage_errors_by_hand() -> None:
    pooled = summary([city("甲市", ROWS)])["pooled"]
    assert pooled["coverage_item_mae"] == pytest.approx((0.2 + 0.5 + 0.25) / 3, abs=1e-4)
    assert pooled["coverage_item_mae_zero"] == pytest.approx((1 + 0.5 + 0.5) / 3, abs=1e-4)
    assert pooled["coverage_item_bias"] == pytest.approx((-0.2 - 0.5 + 0.25) / 3, abs=1e-4)
    # a domain with one item covers what its item covers
    assert pooled["coverage_domain_mae"] == pooled["coverage_item_mae"]


def test_item_levels_follow_the_scorers_thresholds() -> None:
    # 8.1.1.1: gold level 1 (level 2 at .5 fails), ours 1; 8.2.1.1: .5 and .75, both below .8
    pooled = summary([city("甲市", ROWS)])["pooled"]
    assert pooled["level_exact"] == 1.0 and pooled["level_kappa"] == 1.0
    assert pooled["level_exact_zero"] == 0.5


def test_answering_nothing_is_the_constant_zero_baseline() -> None:
    table = summary([city("甲市", ROWS)])
    trivial = table["baselines"]["always_no_evidence"]
    assert trivial["coverage_item_mae"] == table["pooled"]["coverage_item_mae_zero"]
    assert trivial["level_exact"] == table["pooled"]["level_exact_zero"]
    assert trivial["level_kappa"] == 0.0 and trivial["qwk"] == 0.0


def test_a_domain_with_several_items_has_its_own_cells() -> None:
    rows = [row(IDS[0], M, M), row("8.1.1.2-L1-a", M, E)]
    pooled = summary([city("甲市", rows)])["pooled"]
    assert pooled["coverage_item_mae"] == 0.5 and pooled["coverage_domain_mae"] == 0.5
    assert pooled["level_exact"] == 0.5
