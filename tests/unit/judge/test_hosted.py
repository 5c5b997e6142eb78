"""The hosted judge against a scripted chat model: form, re-ask, failure, neutralised text."""

from __future__ import annotations

import json

import httpx
import openai
import pytest

from auditor.core.errors import ConfigurationError, EndpointError, ReplyError
from auditor.core.findings import Failure, Judgement, Verdict
from auditor.core.run import Case
from auditor.core.usage import Usage
from auditor.judge.hosted import open_chat, parse_endpoint
from auditor.judge.reply import parse_reply
from auditor.judge.sheet import neutralised, sheet_of
from auditor.judge.showing import Budget
from tests.unit.judge.scripts import answer, answer_row, judge


def test_one_call_judges_a_whole_item_and_quotes_are_cut_by_the_program(
    item_cases: list[Case],
) -> None:
    hosted, chat = judge([answer(item_cases)])
    outcomes = hosted.judge(item_cases)
    assert len(chat.sent) == 1 and len(outcomes) == len(item_cases)
    document = next(iter(item_cases[0].documents.values()))
    for outcome in outcomes:
        assert isinstance(outcome, Judgement) and outcome.verdict is Verdict.PARTLY_MET
        assert outcome.citations[0].quote == document.quote(outcome.citations[0].span)


def test_one_call_a_feature_is_an_option(item_cases: list[Case]) -> None:
    hosted, chat = judge([answer([c]) for c in item_cases], per_feature=True)
    assert len(hosted.judge(item_cases)) == len(chat.sent) == len(item_cases)


def test_thoughts_and_a_code_fence_around_the_reply_are_taken_off(item_cases: list[Case]) -> None:
    wrapped = f"<think>先看句子{{</think>\n```json\n{answer(item_cases)}\n```"
    hosted, chat = judge([wrapped])
    assert all(isinstance(o, Judgement) for o in hosted.judge(item_cases))
    assert len(chat.sent) == 1


@pytest.mark.parametrize("broken", ["满足。", '{"features": []}', "{'features': 1}"])
def test_a_broken_reply_is_asked_for_once_more_with_the_error(
    item_cases: list[Case], broken: str
) -> None:
    hosted, chat = judge([broken, answer(item_cases)])
    assert all(isinstance(o, Judgement) for o in hosted.judge(item_cases))
    assert "上一次回复不合要求" in chat.sent[1] and "上一次" not in chat.sent[0]


def test_a_second_broken_reply_is_a_failure_not_a_verdict(item_cases: list[Case]) -> None:
    hosted, chat = judge(["满足。", "满足！"])
    outcomes = hosted.judge(item_cases)
    assert len(chat.sent) == 2
    assert {type(o) for o in outcomes} == {Failure}
    assert all(isinstance(o, Failure) and o.error == "ReplyError" for o in outcomes)


def test_a_label_that_was_not_shown_is_refused(item_cases: list[Case]) -> None:
    hosted, _ = judge([answer(item_cases, said=("S99:fact",))] * 2)
    assert {type(o) for o in hosted.judge(item_cases)} == {Failure}


def test_a_time_out_is_a_failure_and_a_refused_key_stops_the_run(item_cases: list[Case]) -> None:
    request = httpx.Request("POST", "http://127.0.0.1:9/v1")
    hosted, _ = judge([openai.APITimeoutError(request=request)])
    assert {type(o) for o in hosted.judge(item_cases)} == {Failure}
    refused = openai.AuthenticationError(
        "no", response=httpx.Response(401, request=request), body=None
    )
    hosted, _ = judge([refused])
    with pytest.raises(EndpointError, match="key"):
        hosted.judge(item_cases)


def test_document_text_cannot_close_the_fence_or_fake_a_label(item_cases: list[Case]) -> None:
    sheet = sheet_of(item_cases, Budget())
    assert "<<<" not in sheet.text and "[S1] <" not in sheet.text
    assert sheet.text.count("[S1]") == 1
    assert neutralised("[S7]\n```{满足}") == "（编号） ｀｛满足｝"


def test_only_json_of_the_asked_form_is_parsed(item_cases: list[Case]) -> None:
    case = item_cases[0]
    feature = case.feature
    row = answer_row(case, "met", ("S1:fact",))
    good = json.dumps({"features": [row]})
    assert parse_reply(good, [feature], {"S1"})[feature.id].verdict is Verdict.MET
    one = {"verdict": "met", "sentences": ["S1:fact"]}
    first, *others = [e.id for e in feature.elements]
    for change in (
        {"verdict": "yes"},
        {"verdict": None},
        {"id": "8.1.1.1-L2-a"},
        {"id": []},
        {"elements": []},
        {"elements": dict.fromkeys(others, one)},
        {"elements": {**row["elements"], "e9": one}},
        {"elements": {**row["elements"], first: "met"}},
        {"elements": {**row["elements"], first: {"verdict": "met", "sentences": []}}},
        {"elements": {**row["elements"], first: {"verdict": "met", "sentences": ["S1"]}}},
        {"elements": {**row["elements"], first: {"verdict": "met", "sentences": ["S1:done"]}}},
        {"elements": {**row["elements"], first: {"verdict": "met", "sentences": "S1:fact"}}},
        {"values": {"q9": None}},
    ):
        with pytest.raises(ReplyError):
            parse_reply(json.dumps({"features": [row | change]}), [feature], {"S1"})
    with pytest.raises(ReplyError, match="两次"):
        parse_reply(json.dumps({"features": [row, row]}), [feature], {"S1"})
    twice = good.replace(
        '"verdict": "met", "reason"', '"verdict": "planned", "verdict": "met", "reason"'
    )
    with pytest.raises(ReplyError, match="同一个键"):
        parse_reply(twice, [feature], {"S1"})
    with pytest.raises(ReplyError, match="缺少特征"):
        parse_reply('{"features": []}', [feature], {"S1"})


def test_an_endpoint_is_named_provider_and_model() -> None:
    assert parse_endpoint("ollama:qwen3", None).base_url == "http://localhost:11434/v1"
    with pytest.raises(ConfigurationError, match="provider:model"):
        parse_endpoint("qwen", None)


def test_a_missing_key_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        open_chat(parse_endpoint("openai:gpt-test", None), None)


@pytest.mark.parametrize(
    ("model", "temperature"),
    [("gpt-5-mini", None), ("o3", None), ("openai/o4-mini", None), ("gpt-5-chat-latest", 0.0),
     ("gpt-4.1", 0.0), ("qwen-max", 0.0), ("qwen-omni", 0.0)],
)  # fmt: skip
def test_models_with_a_temperature_of_their_own_are_sent_none(
    model: str, temperature: float | None
) -> None:
    endpoint = parse_endpoint(f"openai:{model}", "http://127.0.0.1:9/v1")
    assert endpoint.temperature == temperature
    assert open_chat(endpoint, None)._default_params.get("temperature") == temperature


def test_calls_and_tokens_are_counted_as_the_replies_say(item_cases: list[Case]) -> None:
    hosted, _ = judge(["满足。", answer(item_cases)])
    hosted.judge(item_cases)
    assert hosted.usage == Usage(calls=2, prompt_tokens=200, completion_tokens=20)


def bad_request(code: str | None = None) -> openai.BadRequestError:
    request = httpx.Request("POST", "http://127.0.0.1:9/v1")
    body = {"code": code, "message": "no"}
    return openai.BadRequestError("no", response=httpx.Response(400, request=request), body=body)


def test_an_endpoint_that_refuses_the_form_of_replies_is_asked_without_it(
    item_cases: list[Case],
) -> None:
    hosted, chat = judge(
        [bad_request(), answer(item_cases), answer(item_cases)], form="json_schema"
    )
    for _ in range(2):
        assert all(isinstance(o, Judgement) for o in hosted.judge(item_cases))
    forms = [form["type"] if form else None for form in chat.asked_forms]
    assert forms == ["json_schema", None, None]


def test_a_text_that_the_endpoints_filter_refuses_fails_alone(item_cases: list[Case]) -> None:
    hosted, _ = judge([bad_request("data_inspection_failed")])
    assert {type(o) for o in hosted.judge(item_cases)} == {Failure}
    hosted, _ = judge([bad_request("unknown_parameter")])
    with pytest.raises(EndpointError):
        hosted.judge(item_cases)


@pytest.mark.parametrize(
    ("provider", "url", "form"),
    [
        ("openai", None, "json_schema"),
        ("openai", "https://api.deepseek.com/v1", "json_object"),
        ("openai", "http://127.0.0.1:8000/v1", "none"),
        ("ollama", None, "none"),
    ],
)
def test_what_endpoints_can_do_is_known_by_their_host(
    provider: str, url: str | None, form: str
) -> None:
    assert parse_endpoint(f"{provider}:m", url).reply_form == form
    assert parse_endpoint(f"{provider}:m", url, "json_object").reply_form == "json_object"
    with pytest.raises(ConfigurationError, match="form of replies"):
        parse_endpoint(f"{provider}:m", url, "xml")
