"""The screen: probabilities, thresholds, outright statements, what it cites and says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.criteria import FeatureType
from auditor.core.findings import VERDICTS, Verdict
from auditor.core.passages import Modality
from auditor.core.run import Case
from auditor.judge.citing import Scored, evidence_for, odds, pick, scored_sentences
from auditor.judge.screen import STEPS, ScreenJudge, ScreenModel, chances_of, is_stated
from auditor.judge.trees import Booster
from auditor.standard import load_standard


def model(base: float = -9.0) -> ScreenModel:
    return ScreenModel(
        (),
        dict.fromkeys(STEPS, Booster(base, ())),
        dict.fromkeys(STEPS, 0.5),
        {},
        (0.0,) * 5,
        (),
        "",
        "x",
    )


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_chances_are_a_distribution_over_the_six_verdicts(values: list[float]) -> None:
    reached = dict(zip(STEPS, sorted(values, reverse=True), strict=True))
    chances = chances_of(reached)
    assert set(chances) == set(VERDICTS)
    assert sum(chances.values()) == pytest.approx(1)
    assert all(c >= 0 for c in chances.values())


def with_signals(case: Case, **signals: float) -> Case:
    return replace(case, record=replace(case.record, signals=signals))


def test_an_outright_statement_of_every_element_is_green(item_cases: list[Case]) -> None:
    case = with_signals(item_cases[2], stated=0.6, elements_least=0.9)
    assert ScreenJudge(model()).judge_one(case).verdict.is_green


@pytest.mark.parametrize("signals", [(0.6, 0.0), (0.2, 0.9), (0.0, 0.0)])
def test_half_a_statement_is_none(item_cases: list[Case], signals: tuple[float, float]) -> None:
    case = with_signals(item_cases[2], stated=signals[0], elements_least=signals[1])
    assert ScreenJudge(model()).judge_one(case).verdict is Verdict.NO_EVIDENCE


def test_results_are_not_shown_by_their_own_wording(item_cases: list[Case]) -> None:
    effect = next(f for f in load_standard().features if f.types[0] is FeatureType.EFFECT)
    case = with_signals(item_cases[0], stated=0.9, elements_least=0.9)
    assert not is_stated(effect, case.record)


def test_a_fact_verdict_cites_facts_and_a_plan_verdict_plans(item_cases: list[Case]) -> None:
    case = item_cases[2]
    facts = evidence_for(case, Verdict.MET)
    assert facts and all(s.sentence.modality is Modality.FACT for s in facts)
    plans = evidence_for(case, Verdict.PLANNED)
    assert plans and all(s.sentence.modality in (Modality.PLAN, Modality.DUTY) for s in plans)
    assert evidence_for(case, Verdict.NO_EVIDENCE) == []


def test_citations_are_few_and_never_repeat_a_sentence(item_cases: list[Case]) -> None:
    case = item_cases[2]
    every = scored_sentences(case)
    chosen = pick([*every, *every], case.feature.elements)
    texts = [s.sentence.text.strip() for s in chosen]
    assert 1 <= len(chosen) <= 2 and len(texts) == len(set(texts))
    assert all(odds(s) <= odds(chosen[0]) for s in chosen)


def test_a_second_sentence_is_cited_for_another_element_only(item_cases: list[Case]) -> None:
    case = item_cases[2]
    first, second = scored_sentences(case)[:2]
    near = replace(second, score=first.score)
    named = replace(case.feature.elements[0], terms=(second.sentence.text[:6],))
    assert [s.sentence.id for s in pick([first, near])] == [min(first, near, key=by_id).sentence.id]
    chosen = pick([first, replace(second, score=first.score * 0.999)], [named])
    assert [s.sentence.id for s in chosen] == [first.sentence.id, second.sentence.id]
    far = replace(second, score=first.score * 0.01)
    assert len(pick([first, far], [named])) == 1


def by_id(scored: Scored) -> str:
    return scored.sentence.id


def test_a_verdict_climbs_no_step_over_one_that_does_not_hold(item_cases: list[Case]) -> None:
    record = with_signals(item_cases[0]).record
    screen = replace(model(), thresholds=dict(zip(STEPS, (0.5, 0.5, 0.7, 0.3), strict=True)))
    reached = dict(zip(STEPS, (0.9, 0.8, 0.6, 0.6), strict=True))
    assert screen.decide(reached, record) is Verdict.PARTLY_MET
    assert screen.decide({**reached, Verdict.MOSTLY_MET: 0.7}, record) is Verdict.MET


def test_every_reason_says_that_no_language_model_judged(item_cases: list[Case]) -> None:
    for base in (-9.0, 9.0):
        for case in item_cases:
            assert "未经大模型判读" in ScreenJudge(model(base)).judge_one(case).reason
