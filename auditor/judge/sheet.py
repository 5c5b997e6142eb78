"""What a language model is shown: numbered sentences, fenced and neutralised as data."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from unicodedata import category

from auditor.core.criteria import Feature, Quantity
from auditor.core.documents import Document, DocumentKind
from auditor.core.instructions import PLACEHOLDER
from auditor.core.passages import Passage, SectionRole, Sentence
from auditor.core.run import Case
from auditor.instructions import family_in
from auditor.judge.showing import Budget, choose

ROLE_NAMES = {
    SectionRole.RETROSPECT: "回顾",
    SectionRole.TASK: "任务",
    SectionRole.NORMATIVE: "法规",
    SectionRole.BACKGROUND: "背景",
    SectionRole.OTHER: "其他",
}
KIND_NAMES = {
    DocumentKind.WORK_REPORT: "工作报告",
    DocumentKind.REGULATION: "法规规章",
    DocumentKind.PLAN: "规划方案",
    DocumentKind.STATISTICS: "统计资料",
    DocumentKind.NOTICE: "通知文件",
    DocumentKind.NEWS: "新闻",
    DocumentKind.INTERPRETATION: "政策解读",
    DocumentKind.DRAFT: "征求意见稿",
}
FENCES = str.maketrans(
    {"<": "＜", ">": "＞", "`": "｀", "{": "｛", "}": "｝"}
    | dict.fromkeys("[［【⟦〚｢", "〔")
    | dict.fromkeys("]］】⟧〛｣", "〕")
    | dict.fromkeys("｜│∣丨┃", "|")
)
"""Brackets of ours to others: no document can write a fence, a label or a passage's head."""
REPEATED = re.compile(r"([＜＞｀《》〈〉«»‹›~=#_*-])\1{2,}")
LABEL = re.compile(r"[〔（(]\s*[sdｓｄѕԁ]\s*\d+\s*[）)〕]", re.I)
LABEL_SHOWN = "（编号）"
UNSEEN = frozenset(("Cc", "Cf", "Co", "Cs", "Cn"))
UNSEEN_MARKS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
NAME_PARTS = re.compile(r"[/\\._\-—]+")
NAME_SHOWN = "（名称已隐去）"
GAP = "……"
LONGEST_HEADING = 24


@dataclass(frozen=True, slots=True)
class Sheet:
    """Labels (S1 …) to the sentences behind them, the text that shows them, its passages.

    ``sentence_ids``: everything that is shown, what may not be cited included.
    """

    by_label: Mapping[str, tuple[Passage, Sentence]]
    text: str
    passages: tuple[Passage, ...] = ()
    sentence_ids: frozenset[str] = frozenset()


@lru_cache(maxsize=16_384)
def neutralised(text: str) -> str:
    """Make document text harmless in a prompt: one line, nothing unseen, no fences, no labels."""
    flat = " ".join(text.split())
    if not flat.isascii():
        flat = UNSEEN_MARKS.sub("", flat)
    seen = "".join(c for c in flat if c == " " or category(c) not in UNSEEN)
    single = REPEATED.sub(r"\1", seen.translate(FENCES))
    return LABEL.sub(LABEL_SHOWN, single)


@lru_cache(maxsize=16_384)
def shown_name(name: str) -> str:
    """A document's name or heading as a model may see it: one that gives orders is left out."""
    orders = any(family_in(part) for part in (name, *NAME_PARTS.split(name)))
    return NAME_SHOWN if orders else neutralised(name)


def sheet_of(cases: Sequence[Case], budget: Budget, hidden: Collection[str] = ()) -> Sheet:
    """Show the best sentences of some features within the budget, in document order."""
    chosen = choose(cases, budget, hidden).in_order()
    documents = {name: doc for case in cases for name, doc in case.documents.items()}
    names = list(dict.fromkeys(passage.document for passage, _ in chosen))
    codes = {name: f"D{number}" for number, name in enumerate(names, start=1)}
    lines = [_document_line(codes[name], name, documents.get(name)) for name in names]
    by_label: dict[str, tuple[Passage, Sentence]] = {}
    shown: set[str] = set()
    for passage, places in chosen:
        lines.append(_head_line(codes[passage.document], passage))
        lines.extend(_sentence_lines(passage, places, by_label))
        shown.update(passage.sentences[place].id for place in places)
    return Sheet(by_label, "\n".join(lines), tuple(p for p, _ in chosen), frozenset(shown))


def _document_line(code: str, name: str, document: Document | None) -> str:
    kind = KIND_NAMES.get(document.kind, "其他") if document else "其他"
    issued = document.issued_on.isoformat() if document and document.issued_on else "日期不明"
    return f"{code} {shown_name(name)}｜{kind}｜{issued}"


def _head_line(code: str, passage: Passage) -> str:
    heads = [shown_name(h) for h in passage.heading_path[-2:]]
    short = [h if len(h) <= LONGEST_HEADING else f"{h[:LONGEST_HEADING]}…" for h in heads]
    return f"【{code}｜{ROLE_NAMES[passage.role]}｜{' / '.join(short)}】"


def _sentence_lines(
    passage: Passage, places: Sequence[int], by_label: dict[str, tuple[Passage, Sentence]]
) -> Iterator[str]:
    last = None
    for place in places:
        if last is not None and place > last + 1:
            yield GAP
        last, sentence = place, passage.sentences[place]
        if not sentence.citable:
            yield PLACEHOLDER if sentence.instruction else neutralised(sentence.text)
            continue
        label = f"S{len(by_label) + 1}"
        by_label[label] = (passage, sentence)
        context = f"（{neutralised(sentence.context)}）" if sentence.context else ""
        yield f"[{label}] {context}{neutralised(sentence.text)}"


def features_text(features: Sequence[Feature]) -> str:
    """Describe the asked features: text, type, elements, measures."""
    return "\n".join(line for feature in features for line in _feature_lines(feature))


def _feature_lines(feature: Feature) -> Iterator[str]:
    types = "、".join(TYPE_NAMES[t.value] for t in feature.types)
    yield f"- {feature.id}（{feature.level}级；{types}）{feature.text}"
    whole = len(feature.elements) == 1 and feature.elements[0].text == feature.text
    for element in feature.elements:
        minor = "（次要）" if element.minor else ""
        yield f"    {element.id}{minor} {'同上全文' if whole else element.text}"
    for key, quantity in measures_of(feature).items():
        of = f"，分母：{quantity.denominator}" if _tells(quantity.denominator) else ""
        yield f"    {key} 读数：{quantity.measure}（{quantity.unit}{of}）"
    if feature.immature:
        yield f"    初级状态用语：{feature.immature}"


def _tells(denominator: str | None) -> bool:
    return bool(denominator) and not str(denominator).startswith(("同", "分母未写"))


def measures_of(feature: Feature) -> dict[str, Quantity]:
    """The measures whose values are asked for, by the key that the reply names them with."""
    asked = [q for q in feature.quantities if q.checked]
    return {f"q{number}": quantity for number, quantity in enumerate(asked, start=1)}


def form_of(features: Sequence[Feature]) -> str:
    """The reply as a form to be filled in: ids and element keys are there, answers are not."""
    return json.dumps(
        {"features": [_form_row(feature) for feature in features]},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _form_row(feature: Feature) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": feature.id,
        "elements": {e.id: {"verdict": "", "sentences": []} for e in feature.elements},
    }
    if measures := measures_of(feature):
        row["values"] = dict.fromkeys(measures)
    return row | {"verdict": "", "reason": ""}


TYPE_NAMES = {
    "document": "文件",
    "mechanism": "机制",
    "capability": "设施平台能力",
    "effect": "成效",
    "quantity": "量化",
    "external": "外部证明",
}
