"""The local judge with a scripted reader: when it asks, what it takes, how the mix moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from auditor.core.errors import EndpointError
from auditor.core.findings import ElementReading, Failure, Judgement, Verdict
from auditor.core.run import Case
from auditor.judge.local import (
    REASON_CHARACTERS,
    LocalJudge,
    Mix,
    Reading,
    mixed,
    reading_from,
    schema_for,
    shown_to_model,
)
from auditor.judge.screen import STEPS, ScreenModel
from auditor.judge.trees import Booster
from auditor.prompts import load_prompt


class Script:
    """Answers every question alike and keeps what it was asked."""

    name = "scripted"

    def __init__(self, sentence: int = 1, modality: str = "完成", fails: bool = False) -> None:
        self.mark, self.fails = f"{sentence}{modality}", fails
        self.asked: list[tuple[str, str]] = []

    def ask(self, messages: tuple[str, str], schema: Mapping[str, Any], tokens: int) -> Any:
        self.asked.append(messages)
        if self.fails:
            raise EndpointError("the engine stopped")
        count = schema["properties"]["e"]["minItems"]
        reply = {"r": "第1句说建成城市运行管理中心", "e": [self.mark] * count}
        if "v" in schema["properties"]:
            reply["v"] = "86个"
        jsonschema.validate(reply, schema)
        return reply


def screen_that_says(chance: float) -> ScreenModel:
    import math

    booster = Booster(math.log(chance / (1 - chance)), ())
    return ScreenModel(
        (), dict.fromkeys(STEPS, booster), dict.fromkeys(STEPS, 0.5), {}, (0.0,) * 5, (), "", "x"
    )


def mix(weight: float = 2.0) -> Mix:
    return Mix(dict.fromkeys(STEPS, weight), 0.5, 0.35, "measured", "m")


def judge(reader: Script, chance: float = 0.45, weight: float = 2.0) -> LocalJudge:
    return LocalJudge(screen_that_says(chance), reader, load_prompt("read-evidence"), mix(weight))


def test_a_reading_that_moves_nothing_tells_the_quality_of_screen() -> None:
    screen = replace(screen_that_says(0.45), quality="screen measured")
    made = [LocalJudge(screen, Script(1), load_prompt("read-evidence"), mix(w)) for w in (0.0, 2.0)]
    assert made[0].quality.endswith("screen measured") and "不改变结论" in made[0].quality
    assert made[1].quality == "measured"


def fact_position(case: Case) -> int:
    shown = shown_to_model(case)
    return next(i for i, s in enumerate(shown, 1) if s.sentence.modality.value == "fact")


def test_the_model_is_not_asked_where_no_fact_is_possible(item_cases: list[Case]) -> None:
    reader = Script()
    outcome = judge(reader, chance=0.1).judge_one(item_cases[0])
    assert reader.asked == []
    assert isinstance(outcome, Judgement) and outcome.verdict is Verdict.NO_EVIDENCE


def test_a_reading_that_text_and_model_agree_on_raises_the_chance(item_cases: list[Case]) -> None:
    case = item_cases[2]
    place = fact_position(case)
    raised = judge(Script(place)).judge_one(case)
    lowered = judge(Script(place, "计划")).judge_one(case)
    assert isinstance(raised, Judgement) and isinstance(lowered, Judgement)
    assert raised.verdict.is_green and not lowered.verdict.is_fact
    assert "建成城市运行管理中心" in raised.reason and raised.judge == "local:scripted"


def test_weight_zero_leaves_the_screen_as_it_is(item_cases: list[Case]) -> None:
    for chance in (0.4, 0.6):
        outcome = judge(Script(1), chance, weight=0.0).judge_one(item_cases[2])
        assert isinstance(outcome, Judgement)
        assert outcome.verdict is (Verdict.MET if chance > 0.5 else Verdict.NO_EVIDENCE)


def test_the_document_cannot_give_orders(item_cases: list[Case]) -> None:
    reader = Script(1)
    judge(reader).judge_one(item_cases[2])
    _, user = reader.asked[0]
    assert "<<<" not in user and "[S1]" not in user
    assert item_cases[2].feature.elements[0].text[:8] in user


def test_a_reader_that_fails_makes_a_failure_never_a_verdict(item_cases: list[Case]) -> None:
    outcome = judge(Script(fails=True)).judge_one(item_cases[2])
    assert isinstance(outcome, Failure) and "stopped" in outcome.detail


def test_a_done_that_stands_in_a_plan_is_read_as_plan(item_cases: list[Case]) -> None:
    case = item_cases[2]
    shown = shown_to_model(case)
    plan = next(i for i, s in enumerate(shown, 1) if s.sentence.modality.value == "plan")
    count = len(case.feature.elements)
    reply = {"e": [f"{plan}完成"] * count, "r": ""}
    reading = reading_from(reply, case.feature, shown)
    assert {e.verdict for e in reading.elements} == {Verdict.PLANNED} and reading.done == 0.0


@pytest.mark.parametrize("number", [0, 9])
def test_a_sentence_that_was_not_shown_counts_for_nothing(
    item_cases: list[Case], number: int
) -> None:
    case = item_cases[2]
    count = len(case.feature.elements)
    reply = {"e": [f"{number}完成"] * count, "r": ""}
    reading = reading_from(reply, case.feature, shown_to_model(case))
    assert all(e.verdict is Verdict.NO_EVIDENCE and not e.sentence_ids for e in reading.elements)


def test_mixing_keeps_the_order_of_the_steps() -> None:
    reached = dict(zip(STEPS, (0.9, 0.5, 0.5, 0.1), strict=True))
    done = Reading((ElementReading("a", Verdict.MET),), "", "")
    moved = mixed(reached, done, mix(4.0))
    chances = [moved[step] for step in STEPS]
    assert chances == sorted(chances, reverse=True) and chances[1] > 0.5


def test_the_schema_asks_for_one_entry_an_element(item_cases: list[Case]) -> None:
    feature = item_cases[2].feature
    schema = schema_for(feature)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["e"]["minItems"] == len(feature.elements)
    assert ("v" in schema["properties"]) == bool(feature.quantities)


def test_a_reason_that_was_cut_says_so(item_cases: list[Case]) -> None:
    case = item_cases[2]
    marks = ["0无"] * len(case.feature.elements)
    said = "第1句说建成城市运行管理中心，接入部门系统86个、实"
    assert len(said) >= REASON_CHARACTERS
    reply = {"r": said[:REASON_CHARACTERS], "e": marks}
    assert reading_from(reply, case.feature, shown_to_model(case)).reason.endswith("…")


def test_a_value_that_no_sentence_states_is_not_taken(item_cases: list[Case]) -> None:
    case = item_cases[2]
    marks = ["0无"] * len(case.feature.elements)
    shown = shown_to_model(case)
    assert reading_from({"r": "", "e": marks, "v": "86个"}, case.feature, shown).value == "86个"
    assert reading_from({"r": "", "e": marks, "v": "95%"}, case.feature, shown).value == ""
    assert reading_from({"r": "", "e": marks, "v": "系统"}, case.feature, shown).value == ""
