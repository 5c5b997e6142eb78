"""The naive pipeline's question and how its reply is read: leniently, as a user would."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from auditor.core.criteria import Feature
from auditor.core.errors import ReplyError
from auditor.core.findings import Verdict
from auditor.core.search import SearchRecord

SYSTEM = "你是城市全域数字化转型成熟度的评估专家，请根据提供的材料片段客观判断，不要编造。"
QUESTION = """被评城市：{city}

评估特征：{feature}

材料片段：
{context}

请判断上述材料能否证明该城市具备这条特征，从以下六个结论中选一个：
- met：满足，材料表明城市已经完全具备
- mostly_met：大部分满足，只差次要部分
- partly_met：部分满足，有的做到了，有的没有
- planned：仅规划，只有计划、目标或要求
- not_met：不满足，材料明确说明没有做到
- no_evidence：未见证据，材料没有提到

并从材料片段中原文摘录一句最能支持结论的话作为引文；结论为 no_evidence 时引文留空。
只输出 JSON：{{"verdict": "结论", "quote": "引文"}}"""
NAMES = {
    "未见证据": Verdict.NO_EVIDENCE,
    "大部分满足": Verdict.MOSTLY_MET,
    "部分满足": Verdict.PARTLY_MET,
    "仅规划": Verdict.PLANNED,
    "不满足": Verdict.NOT_MET,
    "满足": Verdict.MET,
}
THOUGHT = re.compile(r"<think>.*?</think>", re.S)
OBJECT = re.compile(r"\{.*\}", re.S)
VERDICT_FIELD = re.compile(r'"verdict"\s*[:：]\s*"([^"]+)"')
QUOTE_FIELD = re.compile(r'"quote"\s*[:：]\s*"(.*?)"\s*[,，}\n]', re.S)


@dataclass(frozen=True, slots=True)
class NaiveAnswer:
    """What a reply says: a verdict and the quotes that it gives (none, one, seldom more)."""

    verdict: Verdict
    quotes: tuple[str, ...]


def question(city: str, feature: Feature, record: SearchRecord) -> tuple[str, str]:
    """Give (system, user) for one feature and the chunks that were found for it."""
    context = "\n\n".join(f"【{h.passage.document}】\n{h.passage.text}" for h in record.hits)
    return SYSTEM, QUESTION.format(city=city, feature=feature.text, context=context)


def read_reply(text: str) -> NaiveAnswer:
    """Read a reply: JSON anywhere in it, else the two fields wherever they stand.

    Raises:
        ReplyError: no verdict can be made out.
    """
    row = _object_in(THOUGHT.sub("", text))
    verdict = _verdict(row.get("verdict"))
    quotes = row.get("quote")
    listed = quotes if isinstance(quotes, list) else [quotes]
    kept = tuple(q.strip() for q in listed if isinstance(q, str) and q.strip())
    return NaiveAnswer(verdict, () if verdict is Verdict.NO_EVIDENCE else kept)


def _object_in(text: str) -> dict[str, Any]:
    if found := OBJECT.search(text):
        try:
            row = json.loads(found.group(0), strict=False)
        except json.JSONDecodeError:
            row = None
        if isinstance(row, dict):
            return row
    verdict, quote = VERDICT_FIELD.search(text), QUOTE_FIELD.search(text)
    if verdict is None:
        raise ReplyError(f"no verdict in the reply: {text[:80]!r}")
    return {"verdict": verdict.group(1), "quote": quote.group(1) if quote else ""}


def _verdict(value: object) -> Verdict:
    """The verdict by its English word, or by the Chinese name that stands in the value."""
    said = str(value).strip().lower()
    if said in list(Verdict):
        return Verdict(said)
    words = [v for v in sorted(Verdict, key=len, reverse=True) if v.value in said]
    names = [verdict for name, verdict in NAMES.items() if name in said]
    if not words and not names:
        raise ReplyError(f"{value!r} is no verdict")
    return words[0] if words else names[0]
