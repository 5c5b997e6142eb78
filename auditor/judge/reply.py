"""Parse a model's reply: raw text in, checked values out, no repair and no guessing."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.core.errors import ReplyError
from auditor.core.findings import Verdict

THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.S)
FENCE = re.compile(r"^\s*```(?:json)?\s*\n(.*)\n\s*```\s*$", re.S)
REASON_LIMIT = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer on one feature; ``sentences`` are the labels that it was shown (S1 …)."""

    feature_id: str
    verdict: Verdict
    sentences: tuple[str, ...]
    elements: Mapping[str, Verdict]
    value: str | None
    reason: str


def parse_reply(
    text: str, features: Mapping[str, Collection[str]], labels: Collection[str]
) -> dict[str, Answer]:
    """Parse one reply.

    ``features`` maps the asked feature ids to their element ids, ``labels`` are the sentence
    labels that were shown.

    Raises:
        ReplyError: not JSON, a feature missing or twice, an unknown verdict, label or element; the
            message is fit to be sent back to the model.
    """
    rows = _rows(_json_of(text))
    answers: dict[str, Answer] = {}
    for row in rows:
        answer = _answer(row, features, labels)
        if answer.feature_id in answers:
            raise ReplyError(f"特征 {answer.feature_id} 出现了两次。")
        answers[answer.feature_id] = answer
    missing = sorted(set(features) - set(answers))
    if missing:
        raise ReplyError(f"缺少特征 {'、'.join(missing)}。")
    return answers


def _json_of(text: str) -> Any:
    body = THOUGHT.sub("", text, count=1).strip()
    if fenced := FENCE.match(body):
        body = fenced.group(1).strip()
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise ReplyError(
            f"回复不是一个 JSON 对象（{error.msg}，第 {error.pos} 个字符）。"
        ) from error


def _rows(value: Any) -> list[Any]:
    rows = value.get("features") if isinstance(value, dict) else None
    if not isinstance(rows, list):
        raise ReplyError('回复应是 {"features": [...]}。')
    return rows


def _answer(row: Any, features: Mapping[str, Collection[str]], labels: Collection[str]) -> Answer:
    if not isinstance(row, dict) or row.get("id") not in features:
        shown = row.get("id") if isinstance(row, dict) else row
        raise ReplyError(f"没有问过特征 {shown!r}。")
    feature_id = str(row["id"])
    verdict = _verdict(row.get("verdict"), feature_id)
    sentences = _labels(row.get("sentences"), labels, feature_id)
    if verdict is Verdict.NO_EVIDENCE:
        sentences = ()
    elif not sentences:
        raise ReplyError(f"{feature_id}：结论 {verdict.value} 没有给出句子编号。")
    value = row.get("value")
    return Answer(
        feature_id=feature_id,
        verdict=verdict,
        sentences=sentences,
        elements=_elements(row.get("elements"), features[feature_id], feature_id),
        value=None if value is None else str(value),
        reason=str(row.get("reason") or "")[:REASON_LIMIT],
    )


def _verdict(value: Any, feature_id: str) -> Verdict:
    try:
        return Verdict(value)
    except ValueError as error:
        raise ReplyError(f"{feature_id}：没有 {value!r} 这种结论。") from error


def _labels(value: Any, labels: Collection[str], feature_id: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ReplyError(f"{feature_id}：sentences 应是编号的列表。")
    unknown = [str(label) for label in value if label not in labels]
    if unknown:
        raise ReplyError(f"{feature_id}：没有编号为 {'、'.join(unknown)} 的句子。")
    return tuple(dict.fromkeys(str(label) for label in value))


def _elements(value: Any, known: Collection[str], feature_id: str) -> dict[str, Verdict]:
    if not isinstance(value, dict):
        raise ReplyError(f"{feature_id}：elements 应是要素编号到结论的对象。")
    return {str(k): _verdict(v, feature_id) for k, v in value.items() if k in known}
