"""The ``hosted`` judge: any chat endpoint, through langchain's chat model interface.

This is the only module that imports langchain. What is asked and how replies are read stands in
``calls`` and ``hearing``; here a call travels to its endpoint and back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
from langchain.chat_models import init_chat_model
from langchain_core.exceptions import ContextOverflowError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.rate_limiters import InMemoryRateLimiter
from langsmith import tracing_context

from auditor.core.disclosure import Disclosure
from auditor.core.errors import ConfigurationError, EndpointError
from auditor.core.usage import Usage, usage_of
from auditor.judge.calls import Asker, Asking, Call, Reply
from auditor.judge.disclosure import Gate, OpenGate, require_open
from auditor.judge.endpoints import Endpoint, parse_endpoint, response_format
from auditor.judge.lines import UsageLines
from auditor.judge.panel import Panel
from auditor.judge.prompting import Template
from auditor.judge.sent import SentLog

__all__ = ["Endpoint", "HostedJudge", "Logs", "host_of", "open_chat", "parse_endpoint"]
WAITED_FOR = (openai.APITimeoutError, openai.RateLimitError, openai.InternalServerError)
CUT_SHORT = (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError)
INSPECTED = {"content_filter", "data_inspection_failed", "DataInspectionFailed"}
"""Codes of endpoints whose own filter refuses a text: a failure of these features only."""


def open_chat(endpoint: Endpoint, api_key: str | None) -> BaseChatModel:
    """Open langchain's chat model for an endpoint; nothing is sent yet.

    Its client waits and asks again as often as ``max_retries`` says where the endpoint is busy, for
    as long as the endpoint's Retry-After says.

    Raises:
        ConfigurationError: the provider is unknown, its package missing, or no key is set.
    """
    compatible = endpoint.base_url is not None
    settings: dict[str, Any] = {
        "timeout": endpoint.timeout_s,
        "max_retries": endpoint.max_retries,
    }
    if endpoint.temperature is not None:
        settings["temperature"] = endpoint.temperature
    if endpoint.requests_per_second:
        settings["rate_limiter"] = InMemoryRateLimiter(
            requests_per_second=endpoint.requests_per_second, check_every_n_seconds=0.02
        )
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


@dataclass(frozen=True, slots=True)
class Logs:
    """Where a judge notes what it sent and what that used."""

    sent: SentLog
    usage: UsageLines

    @staticmethod
    def in_memory() -> Logs:
        """Logs that live as long as the judge."""
        return Logs(SentLog(), UsageLines())


class HostedJudge(Panel):
    """Asks an endpoint about an item in one call, or feature by feature (``per_feature``).

    Where the endpoint is not on this machine, ``disclosure`` must open the dossier, marked papers
    are withheld, personal data is masked, and ``sent`` lists what left. ``HostedJudge.of`` makes
    one of several voices, with all settings.

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
        logs = Logs(sent or SentLog(), UsageLines())
        gate = gate_of(chat, endpoint, disclosure, logs.sent)
        asker = Asker(endpoint, template, gate, Asking(per_feature))
        self._open([asker], {endpoint: chat}, logs)

    @classmethod
    def of(
        cls,
        askers: Sequence[Asker],
        chats: Mapping[Endpoint, BaseChatModel],
        logs: Logs,
        concurrency: int = 1,
    ) -> HostedJudge:
        """A judge of several voices; up to ``concurrency`` calls are under way at once."""
        judge = cls.__new__(cls)
        judge._open(askers, chats, logs, concurrency)
        return judge

    def _open(
        self,
        askers: Sequence[Asker],
        chats: Mapping[Endpoint, BaseChatModel],
        logs: Logs,
        concurrency: int = 1,
    ) -> None:
        super().__init__(askers, self._send)
        self._chats = dict(chats)
        self._plain: set[Endpoint] = set()
        self._logs = logs
        self.concurrency = concurrency
        self.sent = logs.sent

    @property
    def usage(self) -> Usage:
        """Calls and tokens so far, those of an interrupted run included."""
        return self._logs.usage.total()

    def _send(self, asker: Asker, call: Call) -> Reply:
        """Bring one call to its endpoint; what leaves is noted before, what it used after."""
        asker.gate.sending(call.sheet.passages)
        try:
            reply = self._invoke(asker.endpoint, call)
        except WAITED_FOR as error:
            raise EndpointError(f"{asker.name}: {error}", retryable=True) from error
        except CUT_SHORT:
            reply = Reply("", usage_of(None, None))
        except (openai.OpenAIError, httpx.HTTPError) as error:
            raise _refusal(asker.name, error) from error
        self._logs.usage.note(call.id, reply.usage)
        return reply

    def _invoke(self, endpoint: Endpoint, call: Call) -> Reply:
        """Ask; an endpoint that refuses the form of the reply is asked without it from then on."""
        form = "none" if endpoint in self._plain else endpoint.reply_form
        asked = response_format(form, call.schema) if form != "none" else None
        extra: dict[str, Any] = {"response_format": asked} if asked else {}
        messages = [SystemMessage(call.system), HumanMessage(call.user)]
        try:
            with tracing_context(enabled=False):
                message = self._chats[endpoint].invoke(messages, **extra)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if not asked or isinstance(error, ContextOverflowError):
                raise
            self._plain.add(endpoint)
            return self._invoke(endpoint, call)
        return Reply(str(message.text), _usage(message))


def gate_of(
    chat: BaseChatModel, endpoint: Endpoint, disclosure: Disclosure | None, sent: SentLog
) -> OpenGate:
    """The gate before an endpoint: open on this machine, else one that withholds and masks.

    Raises:
        ConfigurationError: the dossier is neither public nor opened to hosted endpoints.
    """
    if not endpoint.leaves:
        return OpenGate()
    given = disclosure or Disclosure()
    host = host_of(chat, endpoint)
    require_open(host, given)
    return Gate(given, host, sent)


def _usage(message: AIMessage) -> Usage:
    told = message.usage_metadata
    if told is None:
        return usage_of(None, None)
    return usage_of(told["input_tokens"], told["output_tokens"])


def _refusal(name: str, error: Exception) -> EndpointError:
    """Text that is too long or that the endpoint's filter refuses fails alone; the rest stops."""
    alone = isinstance(error, ContextOverflowError) or getattr(error, "code", "") in INSPECTED
    return EndpointError(
        f"{name}: {error}",
        hint="" if alone else "Check --base-url, the key and the model's name.",
        retryable=alone,
    )
