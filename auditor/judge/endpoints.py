"""Chat endpoints by name: provider, model, address, limits, sampling, and what they can do."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from auditor.core.disclosure import leaves_machine
from auditor.core.errors import ConfigurationError

LOCAL_PROVIDERS = {"ollama": "http://localhost:11434/v1"}
FORWARDED_MODEL = re.compile(r"[-:]cloud\Z")
"""Models that a local server only passes on to its maker's (ollama's names end so)."""
OWN_SAMPLING = re.compile(r"(?:^|/)(?:o\d|gpt-5(?!.*chat))", re.I)
"""Reasoning models that refuse any temperature but their own: none is sent."""
REPLY_FORMS = ("none", "json_object", "json_schema")
KNOWN_FORMS = {
    "api.openai.com": "json_schema",
    "api.deepseek.com": "json_object",
    "dashscope.aliyuncs.com": "json_object",
    "open.bigmodel.cn": "json_object",
}
"""What endpoints say that they can do. It is asked for, never relied on: replies are parsed all the
same, and an endpoint that refuses the form is asked without it."""
OFFICIAL_HOSTS = {"openai": "api.openai.com", "deepseek": "api.deepseek.com"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A chat endpoint: ``provider:model``, an optional base URL, limits and sampling.

    ``reply_form``: what the endpoint is asked to hold replies to (``REPLY_FORMS``).
    ``temperature`` None leaves it to the model; ``requests_per_second`` None means no limit of
    our own. ``others``: addresses of the same model that take over where the first is not to be
    had; ``members`` are all of them, one endpoint each.
    """

    provider: str
    model: str
    base_url: str | None = None
    timeout_s: float = 180.0
    max_retries: int = 3
    temperature: float | None = 0.0
    reply_form: str = "none"
    requests_per_second: float | None = None
    others: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``provider:model``."""
        return f"{self.provider}:{self.model}"

    @property
    def leaves(self) -> bool:
        """Whether what is sent leaves this machine: anything but a loopback address does."""
        addresses = (self.base_url, *self.others)
        forwarded = bool(FORWARDED_MODEL.search(self.model))
        return forwarded or any(leaves_machine(address) for address in addresses)

    @property
    def members(self) -> tuple[Endpoint, ...]:
        """One endpoint per address, the first as it was given; without others itself alone."""
        if not self.others:
            return (self,)
        alone = replace(self, others=())
        return (alone, *(replace(alone, base_url=other) for other in self.others))

    @property
    def address(self) -> str:
        """Host and port as they may be shown: no user, no password; else the provider's name."""
        if self.base_url is None:
            return self.provider
        return urlsplit(self.base_url).netloc.rpartition("@")[2] or self.base_url

    @property
    def key(self) -> str:
        """Model and address: what the limits of a provider hold for."""
        path = urlsplit(self.base_url).path.rstrip("/") if self.base_url else ""
        return f"{self.name}@{self.address}{path}"

    @property
    def identity(self) -> str:
        """What an answer depends on: model, first address, sampling, form of the reply.

        The others are declared to be the same model: whichever answers, it is the same judge.
        """
        parts = (self.name, self.base_url, self.temperature, self.reply_form)
        return "|".join(map(str, parts))


def parse_endpoint(spec: str, base_url: str | None, reply_form: str = "auto") -> Endpoint:
    """Read ``provider:model``; local servers of the OpenAI form need no package of their own.

    ``base_url`` may name several addresses of the model, with spaces between them.

    Raises:
        ConfigurationError: no model is named, or the form of replies is unknown.
    """
    provider, _, model = spec.partition(":")
    if not provider or not model:
        raise ConfigurationError(
            f"{spec!r} names no model.", hint="Write provider:model, e.g. openai:qwen-max."
        )
    if reply_form not in (*REPLY_FORMS, "auto"):
        raise ConfigurationError(
            f"{reply_form!r} is no form of replies.", hint=f"Use auto, {', '.join(REPLY_FORMS)}."
        )
    given = (base_url or LOCAL_PROVIDERS.get(provider) or "").split()
    address = given[0] if given else None
    form = known_form(provider, address) if reply_form == "auto" else reply_form
    temperature = None if OWN_SAMPLING.search(model) else 0.0
    endpoint = Endpoint(provider, model, address, temperature=temperature, reply_form=form)
    return replace(endpoint, others=tuple(dict.fromkeys(o for o in given if o != address)))


def known_form(provider: str, base_url: str | None) -> str:
    """What the endpoint is known to offer, ``none`` where nothing is known."""
    host = urlsplit(base_url).hostname if base_url else OFFICIAL_HOSTS.get(provider)
    return KNOWN_FORMS.get(host or "", "none")


def response_format(form: str, schema: dict[str, Any]) -> dict[str, Any] | None:
    """The OpenAI field ``response_format`` for a form, None for none."""
    if form == "json_object":
        return {"type": "json_object"}
    if form == "json_schema":
        named = {"name": "judgement", "strict": True, "schema": schema}
        return {"type": "json_schema", "json_schema": named}
    return None
