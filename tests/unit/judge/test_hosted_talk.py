"""A talk beyond its first reply: second looks, several voices, and their merged word."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from auditor.core.errors import ConfigurationError
from auditor.core.findings import Check, Failure, Judgement, Verdict
from auditor.core.run import Case
from auditor.judge.agreement import median, merged
from auditor.judge.calls import Asker
from auditor.judge.disclosure import OpenGate
from auditor.judge.hosted import HostedJudge, Logs
from auditor.judge.showing import Budget
from auditor.voices import Hosting
from tests.unit.judge.scripts import Script, answer, answer_row

URL = "http://127.0.0.1:9/v1"
SMALL = Budget(per_feature=30, per_call=60)


def panel(
    replies: list[Any], budget: Budget | None = None, **more: Any
) -> tuple[HostedJudge, Script]:
    """A judge of the given settings whose voices all take from one script."""
    hosting = Hosting("openai:one", URL, **more)
    chat = Script(replies=replies, sent=[], asked_forms=[])
    askers = [_tight(a, budget) for a in hosting.askers(lambda _: OpenGate())]
    chats = dict.fromkeys(hosting.endpoints(), chat)
    return HostedJudge.of(askers, chats, Logs.in_memory()), chat


def _tight(asker: Asker, budget: Budget | None) -> Asker:
    if budget is None:
        return asker
    return replace(asker, asking=replace(asker.asking, given_budget=budget))


def silence(cases: list[Case]) -> str:
    return answer(cases, "no_evidence", ())


def check(outcome: Any, rule: str) -> Check:
    assert isinstance(outcome, Judgement), outcome
    return next(c for c in outcome.checks if c.rule == rule)


def test_what_came_back_silent_is_looked_at_again_on_sentences_not_shown_before(
    item_cases: list[Case],
) -> None:
    first, *rest = item_cases
    rows = [answer_row(first, "partly_met", ("S1:fact",))]
    rows += [answer_row(c, "no_evidence", ()) for c in rest]
    replies = [json.dumps({"features": rows}), answer(rest, "partly_met", ("S1:fact",))]
    hosted, chat = panel(replies, SMALL, second_look=True)
    outcomes = hosted.judge(item_cases)
    assert len(chat.sent) == 2
    assert first.feature.id not in chat.sent[1] and rest[0].feature.id in chat.sent[1]
    shown = [
        {line.split("] ", 1)[1] for line in text.splitlines() if line.startswith("[S1] ")}
        for text in chat.sent
    ]
    assert shown[0] and shown[1] and not shown[0] & shown[1]
    assert all(check(o, "second-look").outcome == "noted" for o in outcomes[1:])
    found = {o.verdict for o in outcomes if isinstance(o, Judgement)}
    assert Verdict.NO_EVIDENCE not in found and Verdict.PARTLY_MET in found


def test_without_the_option_and_without_new_sentences_there_is_no_second_look(
    item_cases: list[Case],
) -> None:
    for more in ({"budget": SMALL}, {"second_look": True}):
        hosted, chat = panel([silence(item_cases)], **more)
        assert len(hosted.judge(item_cases)) == len(item_cases) and len(chat.sent) == 1


def test_a_broken_second_look_leaves_the_first_word_and_is_flagged(item_cases: list[Case]) -> None:
    hosted, _ = panel([silence(item_cases), "不知道", "不知道"], SMALL, second_look=True)
    for outcome in hosted.judge(item_cases):
        assert check(outcome, "second-look").outcome == "flagged"
        assert isinstance(outcome, Judgement) and outcome.verdict is Verdict.NO_EVIDENCE


def test_samples_are_merged_by_the_median_and_their_agreement_is_the_confidence(
    item_cases: list[Case],
) -> None:
    replies = [
        answer(item_cases, "met", ("S3:fact",)),
        answer(item_cases, "partly_met", ("S3:fact",)),
        answer(item_cases, "partly_met", ("S3:fact",)),
    ]
    hosted, chat = panel(replies, samples=3)
    outcomes = hosted.judge(item_cases)
    assert len(set(chat.sent)) == 1 and hosted.name == "openai:one×3"
    assert {a.endpoint.temperature for a in hosted.askers} == {0.7}
    for outcome in outcomes:
        assert isinstance(outcome, Judgement)
        assert outcome.verdict is Verdict.PARTLY_MET and outcome.judge == hosted.name
        assert outcome.confidence == pytest.approx(2 / 3)
        assert check(outcome, "consistency").outcome == "flagged"


def test_of_two_models_the_lower_word_stands(item_cases: list[Case]) -> None:
    replies = [answer(item_cases, "met"), answer(item_cases, "partly_met")]
    hosted, _ = panel(replies, second="openai:two")
    assert hosted.name == "openai:one+openai:two"
    for outcome in hosted.judge(item_cases):
        assert isinstance(outcome, Judgement) and outcome.verdict is Verdict.PARTLY_MET
        assert outcome.confidence == pytest.approx(0.5)


def test_agreement_is_said_and_not_flagged(item_cases: list[Case]) -> None:
    hosted, _ = panel([answer(item_cases)] * 2, second="openai:two")
    for outcome in hosted.judge(item_cases):
        assert check(outcome, "consistency").outcome == "ok"
        assert isinstance(outcome, Judgement) and outcome.confidence == 1.0


def word(verdict: Verdict) -> Judgement:
    return Judgement("8.1.1.1-L1-a", verdict, (), verdict.value, "m")


FAILED = Failure("8.1.1.1-L1-a", "m", "ReplyError", "no")


def test_a_voice_that_failed_agrees_with_none() -> None:
    outcome = merged([FAILED, word(Verdict.MET)], "m")
    assert isinstance(outcome, Judgement) and outcome.confidence == 0.5
    assert check(outcome, "consistency").outcome == "flagged"
    assert isinstance(merged([FAILED, FAILED], "m"), Failure)


@pytest.mark.parametrize(
    ("verdicts", "middle"),
    [
        ("met", "met"),
        ("met planned", "planned"),
        ("no_evidence met met", "met"),
        ("met partly_met planned no_evidence", "planned"),
    ],
)
def test_the_median_of_an_even_number_is_the_lower_one(verdicts: str, middle: str) -> None:
    assert median([Verdict(v) for v in verdicts.split()]) is Verdict(middle)


def test_settings_that_contradict_each_other_are_refused() -> None:
    for hosting in (
        Hosting("openai:one", samples=2, second="openai:two"),
        Hosting("openai:one", samples=0),
        Hosting("openai:one", samples=10),
        Hosting("one"),
    ):
        with pytest.raises(ConfigurationError):
            hosting.endpoints()


def test_the_identity_of_a_judge_is_what_its_answers_depend_on() -> None:
    def fingerprint(**more: Any) -> str:
        return panel([], **more)[0].fingerprint

    same = fingerprint()
    assert same == fingerprint(concurrency=3) == fingerprint(requests_per_second=2.0)
    others = [
        fingerprint(samples=2), fingerprint(second_look=True), fingerprint(per_feature=True),
        fingerprint(reply_form="json_object"), fingerprint(budget=SMALL),
    ]  # fmt: skip
    assert len({same, *others}) == 6
