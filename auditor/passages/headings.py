"""Find the headings of a Chinese paper and their depth, and keep the path above a block."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.core.documents import Block, BlockKind, Document

NUMERAL = "[一二三四五六七八九十百零〇]"
DEPTHS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (1, re.compile(rf"^第{NUMERAL}+[编篇][\s　]*\S")),
    (2, re.compile(rf"^第{NUMERAL}+章(?:[\s　]*\S|$)")),
    (3, re.compile(rf"^第{NUMERAL}+节(?:[\s　]*\S|$)")),
    (4, re.compile(rf"^{NUMERAL}+、\S")),
    (5, re.compile(rf"^[（(]{NUMERAL}+[）)]\s*\S")),
    (6, re.compile(r"^\d{1,2}[.．、](?!\d)\s*\S")),
    (7, re.compile(r"^[（(]\d{1,2}[）)]\s*\S")),
)
REPORT_HEADING = re.compile(
    r"^(?:过去.年|\d{4}年|今年|新的一年|下一步|努力做好\d{4}年|全面|切实|加强|强化|持之以恒)?.{0,12}"
    r"(?:回顾|工作总结|工作安排(?:建议)?|主要任务|目标任务|重点任务|重点工作|主要工作|各项工作"
    r"|工作建议|工作情况|自身建设|效能建设)$"
)
MAX_HEADING = 60
SENTENCE_END = ("。", "；", "，", "：", "！", "？", ";", ":", ",")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading above a block: its text and depth (0 = the outermost)."""

    text: str
    depth: int


def heading_of(document: Document, block: Block) -> Heading | None:
    """Give the heading that a block is, None for body text and table rows."""
    if block.kind in (BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW):
        return None
    text = document.quote(block.span).strip()
    if len(text) > MAX_HEADING or "\n" in text:
        return None
    depth = numbered_depth(text)
    if block.kind is BlockKind.HEADING:
        return Heading(text, depth if depth is not None else min(block.level, 3))
    if depth is not None and is_headlike(text, depth):
        return Heading(text, depth)
    if len(text) <= 24 and REPORT_HEADING.match(text):
        return Heading(text, 1)
    return None


def numbered_depth(text: str) -> int | None:
    """Tell the depth that the numbering at the start of a line speaks for."""
    for depth, pattern in DEPTHS:
        if pattern.match(text):
            return depth
    return None


def is_headlike(text: str, depth: int) -> bool:
    """Tell a numbered heading from a numbered paragraph: short, one clause, no closing mark."""
    if depth <= 3:
        return not text.endswith(("。", "；", "，"))
    body = text.rstrip("。") if depth == 5 else text
    limit = MAX_HEADING if depth <= 5 else 30
    return len(text) <= limit and not body.endswith(SENTENCE_END) and "。" not in body


class HeadingPath:
    """The open headings, outermost first, while the blocks of a document go by."""

    def __init__(self) -> None:
        self._open: list[Heading] = []

    def enter(self, heading: Heading) -> None:
        """Open a heading; those of its depth or deeper close."""
        self._open = [h for h in self._open if h.depth < heading.depth] + [heading]

    @property
    def texts(self) -> tuple[str, ...]:
        """The headings' texts, outermost first."""
        return tuple(h.text for h in self._open)
