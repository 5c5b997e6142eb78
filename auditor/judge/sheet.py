"""What a language model is shown: numbered sentences, fenced and neutralised as data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.core.criteria import Feature
from auditor.core.passages import Passage, SectionRole, Sentence
from auditor.core.run import Case

ROLE_NAMES = {
    SectionRole.RETROSPECT: "回顾",
    SectionRole.TASK: "任务",
    SectionRole.NORMATIVE: "法规",
    SectionRole.BACKGROUND: "背景",
    SectionRole.OTHER: "其他",
}
LABEL = re.compile(r"[\[【]\s*(S\d+)\s*[\]】]", re.I)
FENCES = str.maketrans({"<": "＜", ">": "＞", "`": "｀", "{": "｛", "}": "｝"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """Labels (S1 …) to the sentences behind them, the text that shows them, its passages."""

    by_label: Mapping[str, tuple[Passage, Sentence]]
    text: str
    passages: tuple[Passage, ...] = ()


def neutralised(text: str) -> str:
    """Make document text harmless in a prompt: one line, no fences, no labels of ours."""
    flat = " ".join(text.split()).translate(FENCES)
    return LABEL.sub(r"（\1）", flat)


def sheet_of(cases: Sequence[Case], limit: int) -> Sheet:
    """Show the best passages of some features, up to ``limit`` characters, in document order.

    Passages are taken by rank in turn over the features, so that each has its best ones shown.
    """
    chosen: dict[str, Passage] = {}
    used = 0
    for passage in _by_turns(cases):
        if passage.id in chosen or used + len(passage.text) > limit:
            continue
        chosen[passage.id] = passage
        used += len(passage.text)
    ordered = sorted(chosen.values(), key=lambda p: (p.document, p.span.start))
    return _numbered(ordered)


def _by_turns(cases: Sequence[Case]) -> Iterator[Passage]:
    depth = max((len(case.record.hits) for case in cases), default=0)
    for rank in range(depth):
        for case in cases:
            if rank < len(case.record.hits):
                yield case.record.hits[rank].passage


def _numbered(passages: Sequence[Passage]) -> Sheet:
    by_label: dict[str, tuple[Passage, Sentence]] = {}
    lines = []
    for passage in passages:
        heads = " / ".join(neutralised(h) for h in passage.heading_path[-2:])
        lines.append(f"【{neutralised(passage.document)}｜{ROLE_NAMES[passage.role]}｜{heads}】")
        for sentence in passage.sentences:
            if not sentence.text.strip():
                continue
            if not sentence.citable:
                lines.append(neutralised(sentence.text))
                continue
            label = f"S{len(by_label) + 1}"
            by_label[label] = (passage, sentence)
            context = f"（{neutralised(sentence.context)}）" if sentence.context else ""
            lines.append(f"[{label}] {context}{neutralised(sentence.text)}")
    return Sheet(by_label, "\n".join(lines), tuple(passages))


def features_text(features: Sequence[Feature]) -> str:
    """Describe the asked features: text, type, elements."""
    lines = []
    for feature in features:
        types = "、".join(TYPE_NAMES[t.value] for t in feature.types)
        lines.append(f"- {feature.id}（{feature.level}级；{types}）{feature.text}")
        lines.extend(
            f"    {e.id}{'（次要）' if e.minor else ''} {e.text}" for e in feature.elements
        )
        if feature.immature:
            lines.append(f"    初级状态用语：{feature.immature}")
    return "\n".join(lines)


def form_of(features: Sequence[Feature]) -> str:
    """The reply as a form to be filled in: ids and element keys are there, answers are not."""
    rows: list[dict[str, Any]] = [
        {
            "id": feature.id,
            "elements": {e.id: "" for e in feature.elements},
            "verdict": "",
            "sentences": [],
            "value": None,
            "reason": "",
        }
        for feature in features
    ]
    return json.dumps({"features": rows}, ensure_ascii=False, separators=(",", ":"))


TYPE_NAMES = {
    "document": "文件",
    "mechanism": "机制",
    "capability": "设施平台能力",
    "effect": "成效",
    "quantity": "量化",
    "external": "外部证明",
}
