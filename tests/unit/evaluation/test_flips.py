"""Two evaluations: what flipped, paired intervals, bounds for CI."""

from __future__ import annotations

import pytest

from auditor.core.errors import ConfigurationError
from auditor.evaluation.flips import LESS_IS_BETTER, NEITHER, compare_results, shortfalls
from auditor.standard import load_standard
from tests.unit.evaluation.samples import IDS, E, L, M, P, S, city, row
from tests.unit.evaluation.test_bootstrap import noisy_city

BEFORE = [
    row(IDS[0], M, E, ranks=(3,)),
    row(IDS[1], E, E),
    row(IDS[2], P, S, hits=(False,)),
    row(IDS[3], L, E),
    row(IDS[4], M, M, hits=(True,)),
]
AFTER = [
    row(IDS[0], M, P, ranks=(1,), hits=(True,)),
    row(IDS[1], E, M, hits=(False,)),
    row(IDS[2], P, L),
    row(IDS[3], P, L),
    row(IDS[4], M, None),
]


def compared(before=BEFORE, after=AFTER, resamples=50):
    return compare_results(
        [city("甲市", before)], [city("甲市", after)], load_standard(), resamples
    )


def test_flips_are_better_worse_or_as_far() -> None:
    table = compared()
    changes = {flip["feature"]: flip["change"] for flip in table["flips"]}
    assert changes == {IDS[0]: "better", IDS[1]: "worse", IDS[2]: "other", IDS[4]: "worse"}
    assert table["counts"] == {"better": 1, "worse": 2, "other": 1}
    first = table["flips"][0]
    assert (first["gold"], first["before"], first["after"]) == ("met", "no_evidence", "partly_met")
    assert first["gold_quotes"][0]["text"] == "引文0" and first["cited_after"][0]["hit"]
    assert table["flips"][-1]["after"] is None and "无应答" in table["flips"][-1]["reason_after"]


def test_a_feature_whose_label_changed_is_left_out_and_counted() -> None:
    table = compared(after=[*AFTER, row("8.2.1.1-L2-a", E, E)])
    assert table["compared"] == 4
    assert table["left_out"] == {"only_before": 0, "only_after": 1, "gold_differs": 1}


def test_a_gain_is_positive_for_better_whatever_the_measure() -> None:
    measures = compared()["measures"]
    assert measures["false_green"]["before"] == 0.0 and measures["false_green"]["after"] == 0.25
    assert measures["false_green"]["gain"] == -0.25
    assert measures["recall@5"]["gain"] == 0.0
    assert set(LESS_IS_BETTER) <= set(measures) and not set(NEITHER) & set(measures)


def test_an_evaluation_beside_itself_has_neither_flips_nor_spread() -> None:
    results = [noisy_city("甲市")]
    table = compare_results(results, results, load_standard(), 100)
    assert table["flips"] == []
    for name, line in table["measures"].items():
        if line["gain"] is not None and line["interval"]:
            assert line["gain"] == 0.0 and line["interval"] == [0.0, 0.0], name
    assert "-0.0" not in repr(table["measures"])


def test_the_paired_interval_is_narrower_than_the_two_apart() -> None:
    first = noisy_city("甲市")
    rows = [*first.rows]
    rows[0] = row(rows[0].feature_id, rows[0].gold, rows[0].gold)
    table = compare_results([first], [city("甲市", rows)], load_standard(), 300)
    low, high = table["measures"]["exact"]["interval"]
    assert high - low < 0.02  # apart: ± 2 · 1.96 · (.6 · .4 / 376)^½ ≈ .1 each


def test_bounds_hold_or_say_by_how_much_they_do_not() -> None:
    table = compared()
    assert shortfalls(table, {"false_green": -0.3}) == []
    said = shortfalls(table, {"false_green": -0.1, "recall@5": 0.0})
    assert len(said) == 1 and "false_green" in said[0] and "-0.2500" in said[0]


@pytest.mark.parametrize("name", ["no_such", "brier"])
def test_a_bound_on_what_was_not_measured_is_an_error(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        shortfalls(compared(), {name: 0.0})


def test_nothing_in_common_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="nothing in common"):
        compare_results([city("甲市", BEFORE)], [city("乙市", AFTER)], load_standard(), 5)
