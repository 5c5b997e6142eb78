"""Calls and replies as lines of a provider's batch files (the OpenAI Batch API's form)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.core.usage import Usage, usage_of
from auditor.judge.calls import Asker, Call, Reply
from auditor.judge.endpoints import response_format

URL = "/v1/chat/completions"
MOST_REQUESTS = 50_000
MOST_BYTES = 200 * 1024 * 1024
"""What the provider takes in one file."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may hold."""

    requests: int = MOST_REQUESTS
    bytes: int = MOST_BYTES


@dataclass(frozen=True, slots=True)
class Response:
    """One line of an answer file: a reply, or why there is none (``error``)."""

    request_id: str
    reply: Reply | None
    error: str = ""


def request_row(asker: Asker, call: Call) -> dict[str, Any]:
    """One line of a request file; ``custom_id`` is the call's id."""
    endpoint = asker.endpoint
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": [
            {"role": "system", "content": call.system},
            {"role": "user", "content": call.user},
        ],
    }
    if endpoint.temperature is not None:
        body["temperature"] = endpoint.temperature
    if form := response_format(endpoint.reply_form, call.schema):
        body["response_format"] = form
    return {"custom_id": call.id, "method": "POST", "url": URL, "body": body}


def request_line(asker: Asker, call: Call) -> str:
    """A request as a line of a file."""
    row = request_row(asker, call)
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def responses_in(text: str) -> Iterator[Response]:
    """The lines of an answer or error file; a line that cannot be read has no ``request_id``."""
    for line in text.split("\n"):
        if line.strip():
            yield _response(line)


def _response(line: str) -> Response:
    try:
        row = json.loads(line)
        return _read(row)
    except (ValueError, RecursionError, KeyError, IndexError, TypeError, AttributeError):
        return Response("", None, "unreadable")


def _read(row: dict[str, Any]) -> Response:
    request_id = str(row["custom_id"])
    response = row.get("response") or {}
    body = response.get("body") or {}
    error = row.get("error") or body.get("error")
    status = int(response.get("status_code") or 200)
    if error or status != 200 or not body:
        code = error.get("code") if isinstance(error, dict) else None
        return Response(request_id, None, str(code or f"status {status}"))
    text = body["choices"][0]["message"].get("content") or ""
    return Response(request_id, Reply(str(text), _usage(body.get("usage"))))


def _usage(told: Mapping[str, Any] | None) -> Usage:
    if not told:
        return usage_of(None, None)
    return usage_of(told.get("prompt_tokens"), told.get("completion_tokens"))
