"""Calls of the naive pipeline: one a feature, some at a time, every reply kept at once."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langsmith import tracing_context

from auditor.core.errors import ConfigurationError, EndpointError
from auditor.core.masking import mask_found
from auditor.core.usage import Usage, usage_from, usage_of
from auditor.judge.endpoints import Endpoint

Prompt = tuple[str, str]
HOPELESS = (
    openai.AuthenticationError,
    openai.PermissionDeniedError,
    openai.NotFoundError,
    openai.APIConnectionError,
)
"""What stays so however often one asks; a timeout, which is a connection error too, does not."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's reply with its usage and the seconds that it took; ``error`` where none came."""

    text: str
    usage: Usage
    seconds: float
    error: str = ""


class ReplyJournal:
    """Replies by the hash of what was asked, one JSON line each; without a file in memory only."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._kept: dict[str, Reply] = {}
        self._lock = threading.Lock()
        for row in _rows(file):
            usage = usage_from(row["usage"])
            self._kept[row["key"]] = Reply(row["text"], usage, row["seconds"])

    def get(self, key: str) -> Reply | None:
        """The reply that is kept under a key."""
        return self._kept.get(key)

    def keys(self) -> frozenset[str]:
        """The keys of all replies that are kept."""
        return frozenset(self._kept)

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply, on disk before this returns."""
        row = {
            "key": key,
            "text": reply.text,
            "usage": reply.usage.as_dict(),
            "seconds": round(reply.seconds, 3),
        }
        with self._lock:
            self._kept[key] = reply
            if self._file is not None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _rows(file: Path | None) -> Iterator[dict[str, Any]]:
    """The rows of a journal; a line that an interruption cut off is passed over."""
    if file is None or not file.is_file():
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue


def open_naive_chat(endpoint: Endpoint) -> BaseChatModel:
    """Langchain's chat model at temperature 0; the key is read from OPENAI_API_KEY.

    Raises:
        ConfigurationError: the provider is unknown, its package missing, or no key is set.
    """
    settings: dict[str, Any] = {
        "temperature": 0,
        "timeout": endpoint.timeout_s,
        "max_retries": endpoint.max_retries,
    }
    if endpoint.base_url:
        key = os.environ.get("OPENAI_API_KEY", "none")
        settings |= {"base_url": endpoint.base_url, "api_key": key}
    if not endpoint.leaves:
        client = httpx.Client(trust_env=False, follow_redirects=False)
        settings |= {"http_client": client, "openai_proxy": ""}
    provider = "openai" if endpoint.base_url else endpoint.provider
    try:
        chat: BaseChatModel = init_chat_model(endpoint.model, model_provider=provider, **settings)
    except (ImportError, ValueError, openai.OpenAIError) as error:
        raise ConfigurationError(
            f"{endpoint.name} cannot be opened: {error}", hint="Set its key, or give --base-url."
        ) from error
    return chat


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks a chat model many questions, ``concurrency`` at a time.

    Where the endpoint is not on this machine, personal data in a question is masked.
    """

    chat: BaseChatModel
    endpoint: Endpoint
    journal: ReplyJournal
    concurrency: int = 4

    def ask_all(self, prompts: Mapping[str, Prompt]) -> Iterator[tuple[str, Reply]]:
        """Give (feature id, reply) as replies come; a kept reply is not asked for again.

        Raises:
            EndpointError: the endpoint refuses or cannot be reached at all.
        """
        with ThreadPoolExecutor(self.concurrency) as pool:
            waiting: dict[Future[Reply], str] = {
                pool.submit(self._answer, prompt): name for name, prompt in prompts.items()
            }
            try:
                for future in as_completed(waiting):
                    yield waiting[future], future.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def key_of(self, prompt: Prompt) -> str:
        """Hash of the endpoint and of what it is asked."""
        return hashlib.sha256("\0".join([self.endpoint.identity, *prompt]).encode()).hexdigest()

    def _answer(self, prompt: Prompt) -> Reply:
        key = self.key_of(prompt)
        kept = self.journal.get(key)
        if kept is not None:
            return kept
        reply = self._sent(prompt)
        if not reply.error:
            self.journal.put(key, reply)
        return reply

    def _sent(self, prompt: Prompt) -> Reply:
        system, user = prompt
        if self.endpoint.leaves:
            user = mask_found(user)
        began = time.perf_counter()
        try:
            with tracing_context(enabled=False):
                message = self.chat.invoke([SystemMessage(system), HumanMessage(user)])
        except (openai.OpenAIError, httpx.HTTPError) as error:
            if isinstance(error, HOPELESS) and not isinstance(error, openai.APITimeoutError):
                raise EndpointError(
                    f"{self.endpoint.name}: {error}", hint="Check --base-url, key and model."
                ) from error
            return Reply("", Usage(calls=1, unmetered=1), time.perf_counter() - began, str(error))
        return Reply(str(message.text), _usage(message), time.perf_counter() - began)


def _usage(message: AIMessage) -> Usage:
    used = message.usage_metadata
    if used is None:
        return usage_of(None, None)
    return usage_of(used["input_tokens"], used["output_tokens"])
