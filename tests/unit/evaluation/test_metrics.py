"""Measures against values worked out by hand or by scikit-learn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score

from auditor.core.findings import VERDICTS, Verdict
from auditor.evaluation.gold import fold, matches_quote
from auditor.evaluation.metrics import confusion, kappa, measure, weighted_kappa

PAIRS = st.lists(st.tuples(st.sampled_from(VERDICTS), st.sampled_from(VERDICTS)), min_size=2)


@given(PAIRS)
def test_weighted_kappa_is_that_of_scikit_learn(pairs: list[tuple[Verdict, Verdict]]) -> None:
    gold, predicted = [g.rank for g, _ in pairs], [p.rank for _, p in pairs]
    if len({*gold, *predicted}) == 1:
        assert weighted_kappa(pairs) == 1.0
        return
    expected = cohen_kappa_score(gold, predicted, weights="quadratic", labels=list(range(6)))
    assert weighted_kappa(pairs) == pytest.approx(expected, abs=1e-9)


@given(PAIRS)
def test_green_f1_is_that_of_scikit_learn(pairs: list[tuple[Verdict, Verdict]]) -> None:
    gold, predicted = [g.is_green for g, _ in pairs], [p.is_green for _, p in pairs]
    expected = f1_score(gold, predicted, zero_division=0.0)
    assert measure(pairs).green_f1 == pytest.approx(expected)


def test_false_green_by_hand() -> None:
    pairs = [
        (Verdict.MET, Verdict.MET),
        (Verdict.PLANNED, Verdict.MOSTLY_MET),
        (Verdict.PARTLY_MET, Verdict.MET),
        (Verdict.NO_EVIDENCE, Verdict.MET),
        (Verdict.MET, Verdict.PLANNED),
    ]
    measures = measure(pairs)
    assert measures.false_green == pytest.approx(2 / 5)
    assert measures.planned_as_green == pytest.approx(1 / 5)
    assert measures.false_red == pytest.approx(1 / 5)
    assert confusion(pairs)["met"]["planned"] == 1


def test_kappa_by_hand() -> None:
    marks = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    assert kappa(marks) == pytest.approx(0.4)


def test_quotes_match_whatever_the_width_and_the_spaces() -> None:
    assert fold("“一网 通办”１００％") == '"一网通办"100%'
    assert matches_quote("全市实现 “一网通办”。", '"一网通办"')
    assert not matches_quote("", "一网通办")
