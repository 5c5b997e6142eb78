"""A made-up model whose replies depend on the prompt alone, online and in answer files alike."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

LABEL = re.compile(r"^\[(S\d+)\] ", re.M)
VERDICTS = ("no_evidence", "planned", "partly_met", "mostly_met", "met")
MODALITIES = ("fact", "fact", "plan", "ongoing")
PROMPT_TOKENS, COMPLETION_TOKENS = 700, 90


def reply_to(prompt: str) -> str:
    """Fill in the form by chance that the prompt decides; every fifth first reply is broken."""
    form = json.loads(prompt[prompt.rindex('{"features"') :].split("\n")[0])
    key = form["features"][0]["id"]
    if _chance(key, 5) == 0 and "上一次回复不合要求" not in prompt:
        return "对不起，我需要更多材料。"
    labels = LABEL.findall(prompt.rpartition("<<<材料")[2])
    for row in form["features"]:
        for element in row["elements"]:
            row["elements"][element] = _element(f"{row['id']} {element}", labels)
        facts = [VERDICTS.index(e["verdict"]) for e in row["elements"].values()]
        row |= {"verdict": VERDICTS[max(facts)], "reason": f"据材料判断 {row['id']}"}
    return json.dumps(form, ensure_ascii=False)


def _element(key: str, labels: Sequence[str]) -> dict[str, Any]:
    verdict = VERDICTS[_chance(key, len(VERDICTS))] if labels else "no_evidence"
    if verdict == "no_evidence":
        return {"verdict": verdict, "sentences": []}
    label = labels[_chance(key + "s", len(labels))]
    return {"verdict": verdict, "sentences": [f"{label}:{MODALITIES[_chance(key + 'm', 4)]}"]}


def _chance(key: str, count: int) -> int:
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % count


def response_line(request: dict[str, Any]) -> str:
    """The provider's answer line to a request line."""
    prompt = "\n".join(m["content"] for m in request["body"]["messages"])
    message = {"role": "assistant", "content": reply_to(prompt)}
    usage = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": COMPLETION_TOKENS}
    body = {"choices": [{"index": 0, "message": message}], "usage": usage}
    return _line(request, {"status_code": 200, "request_id": "r", "body": body}, None)


def error_line(request: dict[str, Any], code: str = "batch_expired") -> str:
    """The provider's line on a request that was not answered."""
    return _line(request, None, {"code": code, "message": "no"})


def refused_line(request: dict[str, Any]) -> str:
    """The line on a request that the endpoint refused."""
    body = {"error": {"code": "rate_limit_exceeded", "message": "no"}}
    return _line(request, {"status_code": 429, "body": body}, None)


def _line(request: dict[str, Any], response: Any, error: Any) -> str:
    row = {"id": "b", "custom_id": request["custom_id"], "response": response, "error": error}
    return json.dumps(row, ensure_ascii=False)
