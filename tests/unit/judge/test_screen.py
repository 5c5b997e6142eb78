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


def scoring(case: Case, facts: float, plans: float) -> Case:
    """The case with these chances of facts, and of plans and duties."""
    hits = []
    for hit in case.record.hits:
        kinds = [s.modality is Modality.FACT for s in hit.passage.sentences]
        hits.append(replace(hit, sentence_scores=tuple(facts if k else plans for k in kinds)))
    return replace(case, record=replace(case.record, hits=tuple(hits)))


def test_what_bears_a_verdict_is_not_cited_from_far_off_the_matter(item_cases: list[Case]) -> None:
    near, far = scoring(item_cases[2], 0.3, 0.5), scoring(item_cases[2], 0.02, 0.5)
    for verdict in (Verdict.MET, Verdict.PARTLY_MET):
        assert evidence_for(near, verdict)[0].sentence.modality is Modality.FACT
        assert evidence_for(far, verdict)[0].sentence.modality is not Modality.FACT


@pytest.mark.parametrize(("chance", "verdict"), [(0.3, Verdict.PARTLY_MET), (0.1, None)])
def test_a_verdict_below_green_asks_for_a_likely_sentence(
    item_cases: list[Case], chance: float, verdict: Verdict | None
) -> None:
    steps = dict(zip(STEPS, (9.0, 9.0, -9.0, -9.0), strict=True))
    boosters = {step: Booster(base, ()) for step, base in steps.items()}
    screen = replace(model(), boosters=boosters, least={Verdict.PARTLY_MET: 0.2})
    judgement = ScreenJudge(screen).judge_one(scoring(item_cases[2], chance, chance))
    assert judgement.verdict is (verdict or Verdict.NO_EVIDENCE)
    assert bool(judgement.citations) is (verdict is not None)
    assert ("未据以下结论" in judgement.reason) is (verdict is None)


def test_a_dossier_that_talks_to_the_judge_must_carry_more(item_cases: list[Case]) -> None:
    steps = dict(zip(STEPS, (9.0, 9.0, -9.0, -9.0), strict=True))
    boosters = {step: Booster(base, ()) for step, base in steps.items()}
    judge = ScreenJudge(replace(model(), boosters=boosters, least={Verdict.PARTLY_MET: 0.2}))
    near = scoring(item_cases[2], 0.21, 0.21)
    assert judge.judge_one(near).verdict is Verdict.PARTLY_MET
    assert judge.judge_one(with_signals(near, instructions=1.0)).verdict is Verdict.NO_EVIDENCE


def test_green_asks_for_no_likelier_sentence(item_cases: list[Case]) -> None:
    screen = replace(model(9.0), least={Verdict.PLANNED: 0.9, Verdict.PARTLY_MET: 0.9})
    assert ScreenJudge(screen).judge_one(scoring(item_cases[2], 0.1, 0.1)).verdict is Verdict.MET


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
