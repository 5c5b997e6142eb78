"""Chat models that answer by script, and answers of the asked form."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult

from auditor.core.run import Case
from auditor.judge.hosted import HostedJudge, parse_endpoint
from auditor.judge.sheet import measures_of
from auditor.prompts import load_prompt

METER = UsageMetadata(input_tokens=100, output_tokens=10, total_tokens=110)


class Script(BaseChatModel):
    """Gives the scripted replies in turn and keeps what it was sent."""

    replies: list[Any]
    sent: list[str]
    asked_forms: list[Any]

    @property
    def _llm_type(self) -> str:
        return "script"

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **more: Any
    ) -> ChatResult:
        self.sent.append("\n".join(str(m.content) for m in messages))
        self.asked_forms.append(more.get("response_format"))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return result_of(reply)


class Echo(BaseChatModel):
    """Makes its reply from the prompt by a function, whatever the order of the calls."""

    reply: Callable[[str], str]
    sent: list[str]

    @property
    def _llm_type(self) -> str:
        return "echo"

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> ChatResult:
        text = "\n".join(str(m.content) for m in messages)
        self.sent.append(text)
        return result_of(self.reply(text))


def result_of(text: str) -> ChatResult:
    message = AIMessage(content=text, usage_metadata=METER)
    return ChatResult(generations=[ChatGeneration(message=message)])


def form_in(prompt: str) -> dict[str, Any]:
    """The form to be filled in that stands in a prompt."""
    form: dict[str, Any] = json.loads(prompt[prompt.rindex('{"features"') :].split("\n")[0])
    return form


def filled(form: dict[str, Any], verdict: str, said: Sequence[str]) -> str:
    """A form filled in with one verdict and the same sentences (``S1:fact``) everywhere."""
    for row in form["features"]:
        silent = verdict == "no_evidence"
        element = {"verdict": verdict, "sentences": [] if silent else list(said)}
        row |= {"verdict": verdict, "reason": "见引证"}
        row["elements"] = dict.fromkeys(row["elements"], element)
    return json.dumps(form, ensure_ascii=False)


def answer_row(case: Case, verdict: str = "partly_met", said: Sequence[str] = ("S3:fact",)) -> Any:
    element = {"verdict": verdict, "sentences": list(said)}
    row: dict[str, Any] = {
        "id": case.feature.id,
        "elements": {e.id: element for e in case.feature.elements},
        "verdict": verdict,
        "reason": "见引证",
    }
    if measures := measures_of(case.feature):
        row["values"] = dict.fromkeys(measures)
    return row


def answer(
    cases: Sequence[Case], verdict: str = "partly_met", said: Sequence[str] = ("S3:fact",)
) -> str:
    rows = [answer_row(case, verdict, said) for case in cases]
    return json.dumps({"features": rows}, ensure_ascii=False)


def judge(
    replies: list[Any], per_feature: bool = False, form: str = "none"
) -> tuple[HostedJudge, Script]:
    chat = Script(replies=replies, sent=[], asked_forms=[])
    endpoint = replace(parse_endpoint("openai:test", "http://127.0.0.1:9/v1", form), max_retries=0)
    task = "judge-feature" if per_feature else "judge-item"
    return HostedJudge(chat, endpoint, load_prompt(task), per_feature), chat
