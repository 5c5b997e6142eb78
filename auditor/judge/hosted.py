"""The ``hosted`` judge: any chat endpoint, through langchain's chat model interface.

This is the only module that imports langchain. What is asked and how replies are read stands in
``calls`` and ``hearing``; here a call travels to its endpoint and back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
from langchain.chat_models import init_chat_model
from langchain_core.exceptions import ContextOverflowError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langsmith import tracing_context

from auditor.core.disclosure import Disclosure
from auditor.core.errors import CircuitOpenError, ConfigurationError, EndpointError
from auditor.core.limiting import Caps, Ending
from auditor.core.usage import Usage, usage_of
from auditor.judge.calls import Asker, Asking, Call, Reply
from auditor.judge.disclosure import Gate, OpenGate, require_open
from auditor.judge.endpoints import OFFICIAL_HOSTS, Endpoint, parse_endpoint, response_format
from auditor.judge.limits import Limiter, Trouble
from auditor.judge.lines import UsageLines
from auditor.judge.panel import Panel
from auditor.judge.prompting import Template
from auditor.judge.retry_after import retry_after_s
from auditor.judge.sent import SentLog
from auditor.operations import metrics
from auditor.operations.traces import span

__all__ = ["Endpoint", "HostedJudge", "Logs", "host_of", "open_chat", "parse_endpoint"]
INSPECTED = {"content_filter", "data_inspection_failed", "DataInspectionFailed"}
"""Codes of endpoints whose own filter refuses a text: a failure of these features only."""
NO_MONEY = {"insufficient_quota", "insufficient_balance", "Arrearage"}
"""Codes of endpoints that say 429 and will not answer until somebody pays: no waiting helps."""
CLOSED_TO_ALL = {401, 402, 404}
"""Key, money, model or address: whatever is asked would be refused."""
LATER, TOO_LARGE = {408, 409, 425}, 413
UNDERSTOOD_NOT = (openai.BadRequestError, openai.UnprocessableEntityError)
NOT_REACHED = {"ConnectError", "ConnectTimeout", "PoolTimeout"}
"""Of a call that never left this machine, by name: clients come with one of two twin libraries."""
REMEDY = "Check --base-url, the key and the model's name."
GREETING, GREETING_TOKENS = "请只回答一个字：好", 16
CUT_SHORT = (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError)


def open_chat(endpoint: Endpoint, api_key: str | None) -> BaseChatModel:
    """Open langchain's chat model for an endpoint; nothing is sent yet.

    Its client makes one attempt: when and where another is made is decided in ``limits``.

    Raises:
        ConfigurationError: the provider is unknown, its package missing, or no key is set.
    """
    compatible = endpoint.base_url is not None
    settings: dict[str, Any] = {
        "timeout": endpoint.timeout_s,
        "max_retries": 0,
    }
    if endpoint.temperature is not None:
        settings["temperature"] = endpoint.temperature
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
    limits = httpx.Limits(max_connections=1000, max_keepalive_connections=100)
    return {
        "http_client": httpx.Client(trust_env=False, follow_redirects=False, limits=limits),
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

    ``chats``: one per member of each voice's endpoint. ``limiter``: whose turn it is; without one
    there are no caps, and only this judge knows how its endpoints are.

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
        limiter: Limiter | None = None,
    ) -> HostedJudge:
        """A judge of several voices; up to ``concurrency`` calls are under way at once."""
        judge = cls.__new__(cls)
        judge._open(askers, chats, logs, concurrency, limiter)
        return judge

    def _open(
        self,
        askers: Sequence[Asker],
        chats: Mapping[Endpoint, BaseChatModel],
        logs: Logs,
        concurrency: int = 1,
        limiter: Limiter | None = None,
    ) -> None:
        super().__init__(askers, self._send)
        self._chats = dict(chats)
        self._plain: set[Endpoint] = set()
        self._logs = logs
        rate = askers[0].endpoint.requests_per_second if askers else None
        self._limiter = limiter or Limiter(caps=Caps(requests_per_second=rate))
        for endpoint in dict.fromkeys(asker.endpoint for asker in askers):
            self._limiter.enter(endpoint)
        self.concurrency = concurrency
        self.sent = logs.sent

    @property
    def usage(self) -> Usage:
        """Calls and tokens so far, those of an interrupted run included."""
        return self._logs.usage.total()

    @property
    def answered(self) -> Mapping[str, object]:
        """Which address answered how many calls, and what that cost where a price is known."""
        return self._logs.usage.by_address() | self._logs.usage.cost(self._limiter.purse.currency)

    def _send(self, asker: Asker, call: Call) -> Reply:
        """Bring one call to its endpoint; what leaves is noted before, what it used after."""
        told: set[str] = set()

        def attempt(member: Endpoint) -> Reply | Trouble:
            if member.address not in told:
                told.add(member.address)
                self._note_leaving(asker, member, call)
            return self._attempt(member, call)

        with span("model call"):
            carried = self._limiter.carry(asker.endpoint, call, attempt)
        used = carried.reply.usage
        self._logs.usage.note(call.id, used, carried.endpoint.address, carried.cost)
        metrics.called(carried.endpoint.name, used.prompt_tokens, used.completion_tokens)
        return carried.reply

    def _note_leaving(self, asker: Asker, member: Endpoint, call: Call) -> None:
        """Note what is shown to a host; of several addresses only those elsewhere are hosts."""
        if len(asker.endpoint.members) == 1:
            asker.gate.sending(call.sheet.passages)
        elif member.leaves:
            asker.gate.sending(call.sheet.passages, host_of(self._chats[member], member))

    def _attempt(self, member: Endpoint, call: Call) -> Reply | Trouble:
        """Ask once; what the endpoint's client raises is told as trouble.

        An endpoint that refuses the form of the reply is asked without it from then on.
        """
        form = "none" if member in self._plain else member.reply_form
        try:
            return self._invoke(member, call, form)
        except CUT_SHORT:
            return Reply("", usage_of(None, None))
        except (openai.OpenAIError, httpx.HTTPError) as error:
            trouble = trouble_of(member.name, error)
            metrics.call_failed(member.name)
            if form == "none" or trouble.is_alone or not isinstance(error, UNDERSTOOD_NOT):
                return trouble
            self._plain.add(member)
            return replace(trouble, is_again=True)

    def _invoke(self, member: Endpoint, call: Call, form: str) -> Reply:
        asked = response_format(form, call.schema)
        extra: dict[str, Any] = {"response_format": asked} if asked else {}
        extra |= _bound(member, self._limiter.most_output_tokens(member))
        messages = [SystemMessage(call.system), HumanMessage(call.user)]
        with tracing_context(enabled=False):
            message = self._chats[member].invoke(messages, **extra)
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


def reach(endpoint: Endpoint, api_key: str | None) -> str:
    """Ask an endpoint for one word, to see that it answers; gives what it said, cut short.

    Raises:
        ConfigurationError: it cannot be opened.
        EndpointError: it does not answer, or refuses.
    """
    chat = open_chat(endpoint, api_key)
    try:
        with tracing_context(enabled=False):
            message = chat.invoke([HumanMessage(GREETING)], **_bound(endpoint, GREETING_TOKENS))
    except (openai.OpenAIError, httpx.HTTPError) as error:
        raise EndpointError(f"{endpoint.name}: {error}", hint=REMEDY) from error
    return " ".join(str(message.text).split())[:GREETING_TOKENS]


def _usage(message: AIMessage) -> Usage:
    told = message.usage_metadata
    if told is None:
        return usage_of(None, None)
    return usage_of(told["input_tokens"], told["output_tokens"])


def _bound(endpoint: Endpoint, most_tokens: int | None) -> dict[str, Any]:
    """The field that keeps a reply to a length: OpenAI has its own name for it."""
    if most_tokens is None:
        return {}
    official = urlsplit(endpoint.base_url or "").hostname in (None, OFFICIAL_HOSTS["openai"])
    return {"max_tokens": most_tokens} if official else {"extra_body": {"max_tokens": most_tokens}}


def trouble_of(name: str, error: Exception) -> Trouble:
    """Tell what became of an attempt at the endpoint ``name``, from what its client raised.

    Busy: it is asked again when it says. Failed: it did not answer, or broke down. Refused: key,
    model or address are wrong. A text that is too long, or that its filter refuses, fails alone.
    """
    status = error.status_code if isinstance(error, openai.APIStatusError) else 0
    said, code = f"{name}: {error}", str(getattr(error, "code", "") or "")
    head = error.response.headers if isinstance(error, openai.APIStatusError) else {}
    wait_s = retry_after_s(head)
    again = EndpointError(said, retryable=True)
    if isinstance(error, ContextOverflowError) or code in INSPECTED or status == TOO_LARGE:
        return Trouble(Ending.REFUSED, again, is_alone=True)
    if isinstance(error, openai.RateLimitError) and code not in NO_MONEY:
        return Trouble(Ending.BUSY, again, wait_s)
    if isinstance(error, openai.InternalServerError) or status in LATER:
        return Trouble(Ending.FAILED, again, wait_s)
    if isinstance(error, openai.APIConnectionError | httpx.TransportError):
        late = isinstance(error, openai.APITimeoutError | httpx.TimeoutException)
        gone = again if late else EndpointError(said, hint=REMEDY)
        return Trouble(Ending.FAILED, gone, is_billed=_got_out(error))
    is_closed = status in CLOSED_TO_ALL or code in NO_MONEY
    refusal = CircuitOpenError if is_closed else EndpointError
    return Trouble(Ending.REFUSED, refusal(said, hint=REMEDY))


def _got_out(error: BaseException) -> bool:
    """Whether a call may have reached its endpoint, as far as the chain of its errors tells."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ in NOT_REACHED:
            return False
        cause = cause.__cause__
    return True
