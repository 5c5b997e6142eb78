"""The ``hosted`` judge: any chat endpoint, through langchain's chat model interface.

This is the only module that imports langchain. Numbered sentences go in, sentence labels come
out; a reply that breaks the form is asked for once more with the error, then it is a failure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from langsmith import tracing_context

from auditor.core.criteria import Feature
from auditor.core.disclosure import Disclosure, leaves_machine
from auditor.core.errors import ConfigurationError, EndpointError, ReplyError
from auditor.core.findings import Citation, ElementReading, Failure, Judgement, Verdict
from auditor.core.run import Case
from auditor.judge.citing import cite
from auditor.judge.disclosure import Gate, OpenGate, require_open
from auditor.judge.prompting import Template
from auditor.judge.reply import Answer, parse_reply
from auditor.judge.sent import SentLog
from auditor.judge.sheet import Sheet, features_text, form_of, sheet_of

LOCAL_PROVIDERS = {"ollama": "http://localhost:11434/v1"}
FORWARDED_MODEL = re.compile(r"[-:]cloud\Z")
"""Models that a local server only passes on to its maker's (ollama's names end so)."""
QUALITY = "大模型判读；该模型在标注集上的表现请用 auditor eval 测量"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A chat endpoint: ``provider:model``, an optional base URL, limits and sampling."""

    provider: str
    model: str
    base_url: str | None = None
    timeout_s: float = 180.0
    max_retries: int = 3
    temperature: float = 0.0
    sheet_characters: int = 9000

    @property
    def name(self) -> str:
        """``provider:model``."""
        return f"{self.provider}:{self.model}"

    @property
    def leaves(self) -> bool:
        """Whether what is sent leaves this machine: anything but a loopback address does."""
        return leaves_machine(self.base_url) or bool(FORWARDED_MODEL.search(self.model))


def parse_endpoint(spec: str, base_url: str | None) -> Endpoint:
    """Read ``provider:model``; local servers of the OpenAI form need no package of their own."""
    provider, _, model = spec.partition(":")
    if not provider or not model:
        raise ConfigurationError(
            f"{spec!r} names no model.", hint="Write provider:model, e.g. openai:qwen-max."
        )
    return Endpoint(provider, model, base_url or LOCAL_PROVIDERS.get(provider))


def open_chat(endpoint: Endpoint, api_key: str | None) -> BaseChatModel:
    """Open langchain's chat model for an endpoint; nothing is sent yet.

    Raises:
        ConfigurationError: the provider is unknown, its package missing, or no key is set.
    """
    compatible = endpoint.base_url is not None
    settings: dict[str, Any] = {
        "temperature": endpoint.temperature,
        "timeout": endpoint.timeout_s,
        "max_retries": endpoint.max_retries,
    }
    if compatible:
        settings |= {"base_url": endpoint.base_url, "api_key": api_key or "none"}
    if not endpoint.leaves:
        settings |= _straight()
    try:
        chat: BaseChatModel = init_chat_model(
            endpoint.model,
            model_provider="openai" if compatible else endpoint.provider,
            **settings,
        )
        return chat
    except (ImportError, ValueError, openai.OpenAIError) as error:
        raise ConfigurationError(
            f"The judge {endpoint.name} cannot be opened: {error}",
            hint="Set its key in the environment, or give --base-url.",
        ) from error


def host_of(chat: BaseChatModel, endpoint: Endpoint) -> str:
    """The host that text goes to: as given, else the client's own, else the provider's name."""
    client = getattr(chat, "root_client", None)
    address = endpoint.base_url or str(getattr(client, "base_url", ""))
    return urlsplit(address).hostname or endpoint.provider


def _straight() -> dict[str, Any]:
    """A local endpoint is reached without a proxy and without following it elsewhere."""
    return {
        "http_client": httpx.Client(trust_env=False, follow_redirects=False),
        "openai_proxy": "",
    }


class HostedJudge:
    """Asks an endpoint about an item in one call, or feature by feature (``per_feature``).

    Where the endpoint is not on this machine, ``disclosure`` must open the dossier, marked papers
    are withheld, personal data is masked, and ``sent`` lists what left.

    Raises:
        ConfigurationError: the dossier is neither public nor opened to hosted endpoints.
    """

    def __init__(
        self,
        chat: BaseChatModel,
        endpoint: Endpoint,
        template: Template,
        per_feature: bool = False,
        disclosure: Disclosure | None = None,
        sent: SentLog | None = None,
    ) -> None:
        self.sent = sent or SentLog()
        self._gate = OpenGate()
        if endpoint.leaves:
            given = disclosure or Disclosure()
            host = host_of(chat, endpoint)
            require_open(host, given)
            self._gate = Gate(given, host, self.sent)
        self._chat = chat
        self._endpoint = endpoint
        self._template = template
        self._per_feature = per_feature

    @property
    def name(self) -> str:
        """``provider:model``."""
        return self._endpoint.name

    @property
    def fingerprint(self) -> str:
        """Model, base URL, sampling, prompt and form of the call."""
        facts = f"{self._endpoint}|{self._template.digest}|{self._per_feature}"
        if self._endpoint.leaves:
            facts += "|masked"
        return f"hosted:{hashlib.sha256(facts.encode()).hexdigest()}"

    @property
    def quality(self) -> str:
        """What is known about this judge's quality."""
        return QUALITY

    @property
    def together(self) -> bool:
        """One call an item, unless calls per feature were asked for."""
        return not self._per_feature

    def judge(self, cases: Sequence[Case]) -> list[Judgement | Failure]:
        """Judge the features of one item; a broken reply becomes failures of its features.

        Raises:
            EndpointError: the endpoint refuses or cannot be reached at all.
        """
        groups = [[case] for case in cases] if self._per_feature else [list(cases)]
        outcomes: list[Judgement | Failure] = []
        for group in groups:
            outcomes.extend(self._judge_group(group))
        return outcomes

    def _judge_group(self, cases: list[Case]) -> list[Judgement | Failure]:
        released = [self._gate.release(case) for case in cases]
        shown = [r for r in released if not r.is_empty]
        outcomes = iter(self._judge_shown([r.case for r in shown]) if shown else [])
        return [r.failure(self.name) if r.is_empty else r.noted(next(outcomes)) for r in released]

    def _judge_shown(self, cases: list[Case]) -> list[Judgement | Failure]:
        sheet = sheet_of(cases, self._endpoint.sheet_characters)
        if not sheet.by_label:
            return [self._silent(case) for case in cases]
        try:
            answers = self._ask(cases, sheet)
        except (ReplyError, EndpointError) as error:
            if isinstance(error, EndpointError) and not error.retryable:
                raise
            kind = type(error).__name__
            return [Failure(c.feature.id, self.name, kind, error.message) for c in cases]
        return [self._judgement(case, answers[case.feature.id], sheet) for case in cases]

    def _ask(self, cases: list[Case], sheet: Sheet) -> dict[str, Answer]:
        wanted = {c.feature.id: {e.id for e in c.feature.elements} for c in cases}
        values = self._values(cases, sheet)
        self._gate.sending(sheet.passages)
        reply = self._send(values | {"error": ""})
        try:
            return parse_reply(reply, wanted, sheet.by_label)
        except ReplyError as error:
            complaint = f"上一次回复不合要求：{error.message}请只输出符合要求的 JSON。"
            self._gate.sending(sheet.passages)
            return parse_reply(self._send(values | {"error": complaint}), wanted, sheet.by_label)

    def _values(self, cases: list[Case], sheet: Sheet) -> dict[str, str]:
        first = cases[0]
        features: list[Feature] = [case.feature for case in cases]
        return {
            "city": first.city,
            "as_of": first.as_of.isoformat() if first.as_of else "未注明",
            "item": f"{first.feature.domain} / {first.feature.subdomain} / {first.feature.item}",
            "features": features_text(features),
            "form": form_of(features),
            "sentences": self._gate.cleared(sheet.text),
        }

    def _send(self, values: Mapping[str, str]) -> str:
        system, user = self._template.render(values)
        try:
            with tracing_context(enabled=False):
                reply = self._chat.invoke([SystemMessage(system), HumanMessage(user)])
        except (openai.APITimeoutError, openai.RateLimitError, openai.InternalServerError) as error:
            raise EndpointError(f"{self.name}: {error}", retryable=True) from error
        except (openai.OpenAIError, httpx.HTTPError) as error:
            raise EndpointError(
                f"{self.name}: {error}", hint="Check --base-url, the key and the model's name."
            ) from error
        return str(reply.text)

    def _judgement(self, case: Case, answer: Answer, sheet: Sheet) -> Judgement:
        citations = tuple(self._cite(case, sheet, label) for label in answer.sentences)
        reason = answer.reason + (f"（读数：{answer.value}）" if answer.value else "")
        ids = tuple(c.sentence_id for c in citations)
        return Judgement(
            feature_id=case.feature.id,
            verdict=answer.verdict,
            citations=citations,
            reason=reason,
            judge=self.name,
            elements=tuple(
                ElementReading(key, verdict, ids if verdict.is_fact else ())
                for key, verdict in sorted(answer.elements.items())
            ),
        )

    def _cite(self, case: Case, sheet: Sheet, label: str) -> Citation:
        passage, sentence = sheet.by_label[label]
        return cite(case.documents[passage.document], passage, sentence)

    def _silent(self, case: Case) -> Judgement:
        return Judgement(
            case.feature.id, Verdict.NO_EVIDENCE, (), "检索没有找到任何片段。", self.name
        )
