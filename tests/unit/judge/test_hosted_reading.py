"""What the program holds against a model's answer: it may lower a verdict, never raise it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from auditor.core.criteria import Feature
from auditor.core.findings import Check, Judgement, Verdict
from auditor.core.run import Case
from auditor.judge.reading import implied
from auditor.standard import load_standard
from tests.unit.judge.conftest import case_for
from tests.unit.judge.scripts import answer_row, judge

TEXT = """临江市2024年政府工作报告
一、2023年工作回顾
建成全市一体化数据共享平台，接入部门系统86个。
截至2024年6月，业务数据分类分级管理占比达到45.5%。
推进数据共享平台迁移上云。
二、2024年工作安排
年内实现部门系统全部接入。
"""
FEATURES = load_standard().by_id
SHARE = FEATURES["8.2.4.1-L2-a"]
"""30 % of the business data are classified."""


def alone(feature: Feature) -> Feature:
    """The feature with its quantity and nothing beside it."""
    return replace(feature, elements=feature.elements[-1:])


def two_elements() -> Feature:
    return next(
        f
        for f in load_standard().features
        if [e.minor for e in f.elements] == [False, False]
        and f.types[0].value == "capability"
        and f.immature is None
        and not f.quantities
    )


def judged(case: Case, change: Mapping[str, Any], verdict: str, said: tuple[str, ...]) -> Judgement:
    row = answer_row(case, verdict, said) | change
    hosted, _ = judge([json.dumps({"features": [row]})] * 2, per_feature=True)
    (outcome,) = hosted.judge([case])
    assert isinstance(outcome, Judgement), outcome
    return outcome


def labels(case: Case) -> dict[str, str]:
    """Sentence text by label, as the sheet numbers them: all of this short paper is shown."""
    sentences = [
        s
        for hit in case.record.hits
        for s in hit.passage.sentences
        if s.citable and len(s.text) > 4
    ]
    return {s.text.strip(): f"S{n}" for n, s in enumerate(sentences, start=1)}


def label(case: Case, words: str) -> str:
    return next(name for text, name in labels(case).items() if words in text)


def check(outcome: Judgement, rule: str) -> Check:
    return next(c for c in outcome.checks if c.rule == rule)


def test_the_labels_of_these_tests_are_those_of_the_sheet() -> None:
    case = case_for(two_elements(), TEXT)
    outcome = judged(case, {}, "partly_met", (f"{label(case, '86个')}:fact",))
    assert "86个" in outcome.citations[0].quote


def test_a_partly_met_feature_says_which_element_is_missing() -> None:
    case = case_for(two_elements(), TEXT)
    first, second = case.feature.elements
    done, planned = label(case, "86个"), label(case, "全部接入")
    elements = {
        first.id: {"verdict": "met", "sentences": [f"{done}:fact"]},
        second.id: {"verdict": "planned", "sentences": [f"{planned}:plan"]},
    }
    outcome = judged(case, {"elements": elements}, "partly_met", ())
    assert outcome.verdict is Verdict.PARTLY_MET
    assert second.text in outcome.reason and "仅规划" in outcome.reason
    assert first.text not in outcome.reason
    readings = {e.element_id: e for e in outcome.elements}
    assert len(outcome.citations) == 2
    assert readings[first.id].sentence_ids == (outcome.citations[0].sentence_id,)
    assert readings[second.id].sentence_ids == (outcome.citations[1].sentence_id,)


def test_a_verdict_above_its_elements_is_lowered_and_flagged() -> None:
    case = case_for(two_elements(), TEXT)
    first, second = case.feature.elements
    elements = {
        first.id: {"verdict": "met", "sentences": [f"{label(case, '86个')}:fact"]},
        second.id: {"verdict": "no_evidence", "sentences": []},
    }
    outcome = judged(case, {"elements": elements}, "met", ())
    assert outcome.verdict is Verdict.PARTLY_MET
    found = check(outcome, "elements")
    assert (found.outcome, found.before, found.after) == (
        "flagged", Verdict.MET, Verdict.PARTLY_MET,
    )  # fmt: skip


def test_silence_beside_an_element_with_evidence_stays_but_is_flagged() -> None:
    case = case_for(two_elements(), TEXT)
    row = answer_row(case, "planned", (f"{label(case, '全部接入')}:plan",))
    outcome = judged(case, {"elements": row["elements"]}, "no_evidence", ())
    assert outcome.verdict is Verdict.NO_EVIDENCE and not outcome.citations
    assert check(outcome, "elements").outcome == "flagged"


@pytest.mark.parametrize(
    ("readings", "best"),
    [
        ([("met", False), ("met", False)], "met"),
        ([("met", False), ("no_evidence", True)], "mostly_met"),
        ([("met", False), ("mostly_met", False)], "mostly_met"),
        ([("met", False), ("planned", False)], "partly_met"),
        ([("partly_met", False), ("met", True)], "partly_met"),
        ([("planned", False), ("no_evidence", False)], "planned"),
        ([("not_met", False)], "not_met"),
        ([("met", True)], "met"),
    ],
)
def test_elements_allow_no_more_than_their_worst_essential_one(
    readings: list[tuple[str, bool]], best: str
) -> None:
    assert implied([(Verdict(v), minor) for v, minor in readings]) is Verdict(best)


def test_a_sentence_that_the_model_reads_as_a_plan_is_no_fact_any_more() -> None:
    case = case_for(two_elements(), TEXT)
    outcome = judged(case, {}, "met", (f"{label(case, '86个')}:plan",))
    assert outcome.verdict is Verdict.PLANNED
    found = check(outcome, "modality-read")
    assert found.outcome == "flagged" and found.after is Verdict.PLANNED
    assert "模型读作计划，规则读作事实" in found.detail


def test_a_plan_that_the_model_reads_as_a_fact_stays_a_plan() -> None:
    case = case_for(two_elements(), TEXT)
    outcome = judged(case, {}, "met", (f"{label(case, '全部接入')}:fact",))
    found = check(outcome, "modality-read")
    assert outcome.verdict is Verdict.PLANNED and found.outcome == "flagged"
    planned = judged(case, {}, "planned", (f"{label(case, '全部接入')}:fact",))
    assert planned.verdict is Verdict.PLANNED
    assert check(planned, "modality-read").outcome == "noted"


def test_agreement_on_modality_leaves_no_check() -> None:
    case = case_for(two_elements(), TEXT)
    outcome = judged(case, {}, "met", (f"{label(case, '86个')}:fact",))
    assert outcome.verdict is Verdict.MET
    assert not [c for c in outcome.checks if c.rule == "modality-read"]


def value(case: Case, **change: Any) -> dict[str, Any]:
    row = {
        "sentence": label(case, "45.5%"),
        "value": "45.5",
        "unit": "%",
        "of": "业务数据",
        "date": "2024年6月",
    }
    return {"values": {"q1": row | change}}


def share_case(feature: Feature = SHARE) -> Case:
    return replace(case_for(feature, TEXT), as_of=date(2024, 12, 31))


@pytest.mark.parametrize(
    ("feature", "verdict"),
    [
        (SHARE, Verdict.MET),
        (FEATURES["8.2.4.1-L3-a"], Verdict.PARTLY_MET),
        (alone(FEATURES["8.2.4.1-L3-a"]), Verdict.NOT_MET),
    ],
)
def test_a_figure_is_compared_by_the_program(feature: Feature, verdict: Verdict) -> None:
    case = share_case(feature)
    outcome = judged(case, value(case), "met", (f"{label(case, '45.5%')}:fact",))
    assert outcome.verdict is verdict
    assert "45.5%" in check(outcome, "value-read").detail


@pytest.mark.parametrize(
    ("change", "verdict", "outcome"),
    [
        ({"value": "45.5%", "unit": "%"}, Verdict.MET, "ok"),
        ({"value": "85.5"}, Verdict.MET, "flagged"),
        ({"value": "86", "unit": "个"}, Verdict.MET, "flagged"),
        ({"of": ""}, Verdict.PARTLY_MET, "flagged"),
        ({"date": "2025年底"}, Verdict.PLANNED, "flagged"),
        ({"date": ""}, Verdict.MET, "ok"),
    ],
)
def test_a_figure_must_stand_in_the_sentence_with_unit_share_and_date(
    change: dict[str, str], verdict: Verdict, outcome: str
) -> None:
    case = share_case()
    found = judged(case, value(case, **change), "met", (f"{label(case, '45.5%')}:fact",))
    assert found.verdict is verdict
    assert check(found, "value-read").outcome == outcome


def test_a_figure_never_raises_a_verdict() -> None:
    case = share_case()
    outcome = judged(case, value(case), "planned", (f"{label(case, '45.5%')}:fact",))
    assert outcome.verdict is Verdict.PLANNED
    assert not [c for c in outcome.checks if c.rule == "value-read"]


def test_a_citation_found_for_another_feature_of_the_item_says_so(
    item_cases: list[Case],
) -> None:
    own, other = item_cases[0], item_cases[1]
    first, *rest = own.record.hits
    assert rest
    cases = [replace(own, record=replace(own.record, hits=(first,))), other]
    reply = {"features": [answer_row(c, "partly_met", ("S3:fact",)) for c in cases]}
    hosted, _ = judge([json.dumps(reply)])
    one, two = hosted.judge(cases)
    assert isinstance(one, Judgement) and isinstance(two, Judgement)
    cited = one.citations[0].sentence_id.rpartition(".")[0]
    assert cited != first.passage.id
    found = check(one, "borrowed")
    assert found.outcome == "noted" and cited in found.detail and other.feature.id in found.detail
    assert not [c for c in two.checks if c.rule == "borrowed"]
