"""What is asked of a cited sentence is no more than what makes citations hold."""

from __future__ import annotations

from auditor.core.findings import Verdict
from eval.fit_citing import Carried, fit_least


def row(gold: Verdict, verdict: Verdict, score: float, hit: bool) -> Carried:
    return Carried(gold, verdict, score, (hit,))


SURE = [row(Verdict.PARTLY_MET, Verdict.PARTLY_MET, 0.4, True)] * 30
RIGHT_PLANS = [row(Verdict.PLANNED, Verdict.PLANNED, 0.12, True)] * 30
SILENT = [Carried(Verdict.NO_EVIDENCE, Verdict.NO_EVIDENCE, 0.0, ())] * 60
WRONG = [row(Verdict.NO_EVIDENCE, Verdict.PLANNED, 0.07, False)] * 80


def test_nothing_is_asked_where_citations_hold() -> None:
    least = fit_least([*SURE, *RIGHT_PLANS, *SILENT])
    assert least == {Verdict.PLANNED: 0.0, Verdict.PARTLY_MET: 0.0}


def test_wrong_quotes_are_kept_out_and_right_ones_stay() -> None:
    least = fit_least([*SURE, *RIGHT_PLANS, *SILENT, *WRONG])
    assert 0.07 < least[Verdict.PLANNED] <= 0.12
    assert least[Verdict.PARTLY_MET] == 0.0


def test_a_wrong_quote_under_a_right_verdict_is_kept_out_too() -> None:
    right_for_nothing = [row(Verdict.PLANNED, Verdict.PLANNED, 0.07, False)] * 80
    least = fit_least([*SURE, *RIGHT_PLANS, *SILENT, *right_for_nothing])
    assert 0.07 < least[Verdict.PLANNED] <= 0.12


def test_green_is_never_asked_for_more() -> None:
    greens = [row(Verdict.NO_EVIDENCE, Verdict.MET, 0.01, False)] * 50
    assert set(fit_least([*greens, *SURE])) == {Verdict.PLANNED, Verdict.PARTLY_MET}
