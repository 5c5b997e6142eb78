"""Parse a model's reply: raw text in, checked values out, no repair and no guessing."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.core.criteria import Feature
from auditor.core.errors import ReplyError
from auditor.core.findings import Verdict
from auditor.core.passages import Modality
from auditor.judge.sheet import measures_of

THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.S)
FENCE = re.compile(r"^\s*```(?:json)?\s*\n(.*)\n\s*```\s*$", re.S)
SAID = re.compile(r"(S\d+):(" + "|".join(m.value for m in Modality) + r")\Z")
REASON_LIMIT = 400
VALUE_FIELDS = ("sentence", "value", "unit", "of", "date")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence by its label, with the modality that the model sees in it."""

    label: str
    modality: Modality


@dataclass(frozen=True, slots=True)
class ElementAnswer:
    """A model's answer on one element, with the sentences of its own."""

    verdict: Verdict
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """A figure that the model read: as printed, with unit, what it is a share of, and its date."""

    label: str
    value: str
    unit: str
    of: str
    date: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer on one feature, its elements first."""

    feature_id: str
    elements: Mapping[str, ElementAnswer]
    values: Mapping[str, Value]
    verdict: Verdict
    reason: str

    @property
    def said(self) -> tuple[Said, ...]:
        """The sentences of all elements in order, each once with each modality seen in it."""
        return tuple(dict.fromkeys(s for e in self.elements.values() for s in e.said))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of all sentences in order, each once."""
        return tuple(dict.fromkeys(s.label for s in self.said))


def parse_reply(
    text: str, features: Sequence[Feature], labels: Collection[str]
) -> dict[str, Answer]:
    """Parse one reply on ``features``; ``labels`` are the sentence labels that were shown.

    Raises:
        ReplyError: not JSON, a feature or element missing, unknown or twice, an unknown verdict,
            label or modality; the message is fit to be sent back to the model.
    """
    asked = {feature.id: feature for feature in features}
    answers: dict[str, Answer] = {}
    for row in _rows(_json_of(text)):
        answer = _answer(row, asked, labels)
        if answer.feature_id in answers:
            raise ReplyError(f"特征 {answer.feature_id} 出现了两次。")
        answers[answer.feature_id] = answer
    missing = sorted(set(asked) - set(answers))
    if missing:
        raise ReplyError(f"缺少特征 {'、'.join(missing)}。")
    return answers


def _json_of(text: str) -> Any:
    body = THOUGHT.sub("", text, count=1).strip()
    if fenced := FENCE.match(body):
        body = fenced.group(1).strip()
    try:
        return json.loads(body, object_pairs_hook=_once)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ReplyError(f"回复不是一个完整的 JSON 对象（{_place(error)}）。") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different: with two answers to one question neither counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ReplyError("同一个键出现了两次。")
    return found


def _place(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}，第 {error.pos} 个字符"
    return "嵌套过深"


def _rows(value: Any) -> list[Any]:
    rows = value.get("features") if isinstance(value, dict) else None
    if not isinstance(rows, list):
        raise ReplyError('回复应是 {"features": [...]}。')
    return rows


def _answer(row: Any, asked: Mapping[str, Feature], labels: Collection[str]) -> Answer:
    shown = row.get("id") if isinstance(row, dict) else row
    if not isinstance(shown, str) or shown not in asked:
        raise ReplyError(f"没有问过特征 {str(shown)[:40]!r}。")
    feature = asked[shown]
    answer = Answer(
        feature_id=feature.id,
        elements=_elements(row.get("elements"), feature, labels),
        values=_values(row.get("values"), feature, labels),
        verdict=_verdict(row.get("verdict"), feature.id),
        reason=" ".join(str(row.get("reason") or "").split())[:REASON_LIMIT],
    )
    if answer.verdict is not Verdict.NO_EVIDENCE and not answer.labels:
        raise ReplyError(f"{feature.id}：结论 {answer.verdict.value} 没有给出句子编号。")
    return answer


def _verdict(value: Any, where: str) -> Verdict:
    if not isinstance(value, str) or value not in list(Verdict):
        raise ReplyError(f"{where}：没有 {str(value)[:40]!r} 这种结论。")
    return Verdict(value)


def _elements(value: Any, feature: Feature, labels: Collection[str]) -> dict[str, ElementAnswer]:
    known = [element.id for element in feature.elements]
    if not isinstance(value, dict) or set(value) != set(known):
        raise ReplyError(f"{feature.id}：elements 应恰好有要素 {'、'.join(known)}。")
    return {key: _element(value[key], f"{feature.id} 的 {key}", labels) for key in known}


def _element(value: Any, where: str, labels: Collection[str]) -> ElementAnswer:
    if not isinstance(value, dict):
        raise ReplyError(f"{where} 应是 verdict 和 sentences 两项。")
    verdict = _verdict(value.get("verdict"), where)
    said = _said(value.get("sentences"), where, labels)
    if verdict is Verdict.NO_EVIDENCE:
        return ElementAnswer(verdict)
    if not said:
        raise ReplyError(f"{where}：结论 {verdict.value} 没有给出句子编号。")
    return ElementAnswer(verdict, said)


def _said(value: Any, where: str, labels: Collection[str]) -> tuple[Said, ...]:
    if not isinstance(value, list):
        raise ReplyError(f'{where}：sentences 应是列表，如 ["S1:fact"]。')
    found = []
    for entry in value:
        match = SAID.match(entry) if isinstance(entry, str) else None
        if match is None:
            raise ReplyError(f"{where}：{str(entry)[:40]!r} 应写作“编号:语态”，如 S1:fact。")
        if match.group(1) not in labels:
            raise ReplyError(f"{where}：没有编号为 {match.group(1)} 的句子。")
        found.append(Said(match.group(1), Modality(match.group(2))))
    return tuple(dict.fromkeys(found))


def _values(value: Any, feature: Feature, labels: Collection[str]) -> dict[str, Value]:
    known = measures_of(feature)
    if value is None and not known:
        return {}
    if not isinstance(value, dict) or set(value) != set(known):
        raise ReplyError(f"{feature.id}：values 应恰好有读数 {'、'.join(known) or '（无）'}。")
    return {
        key: _value(row, f"{feature.id} 的 {key}", labels)
        for key, row in value.items()
        if row is not None
    }


def _value(row: Any, where: str, labels: Collection[str]) -> Value:
    if not isinstance(row, dict) or set(row) != set(VALUE_FIELDS):
        raise ReplyError(f"{where} 应是 null，或恰好有 {'、'.join(VALUE_FIELDS)}。")
    if str(row["sentence"]) not in labels:
        raise ReplyError(f"{where}：没有编号为 {str(row['sentence'])[:20]} 的句子。")
    texts = ["" if row[name] is None else str(row[name])[:60] for name in VALUE_FIELDS]
    return Value(*texts)
