"""From a PDF page's characters to lines, and from lines to paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from pypdfium2 import PdfiumError

CJK = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’—…"
INNER_SPACE = re.compile(rf"(?<=[{CJK}])[ \u00a0\u3000]+(?=[{CJK}])")
LETTER_SPACED = re.compile(
    rf"(?<=[{CJK}])[ \u00a0\u3000]+(?=[\d（(])|(?<=[\d）)])[ \u00a0]+(?=[{CJK}])"
)
WORDS_APART = re.compile(rf"(?<=[{CJK}]{{2}})[ \u00a0\u3000]+(?=[{CJK}\d]{{2}})")
COLUMN = "\ue000"
PAGE_NUMBER = re.compile(
    r"^[-—–\s·]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／]\s*(?:共\s*)?\d{1,4}(?:\s*页)?)?[-—–\s·]*$"
)
STARTS = re.compile(
    r"^(?:第[一二三四五六七八九十百零〇]+[编篇章节条]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]"
    r"|\d{1,2}[.．、](?!\d)|[①-⑳]|[●■◆•]|专栏|附件|表\s*\d|图\s*\d)"
)
ENDS = ("。", "！", "？", "；", "：", ".", ";", ":")
EDGE_LINES = 3
RUNNING_CHARACTERS = 3
COLUMN_GAP = 0.8
CELLS = 3
SAME_SIZE = 0.18
RUNNING_SHARE = 0.5
LARGER = 1.25


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: text, left and right edge, height of its characters, in points.

    ``row``: the line is a row of a table, its cells apart by wide gaps.
    """

    text: str
    left: float
    right: float
    height: float
    row: bool = False


@dataclass(slots=True)
class Paragraph:
    """Joined lines; ``page_starts`` are (page index, offset) where a page begins in the text."""

    text: str = ""
    heading: bool = False
    row: bool = False
    page_starts: list[tuple[int, int]] = field(default_factory=list)


def lines_of(page: Any) -> list[Line]:
    """The lines of a pdfium page in stream order, with the boxes of their first and last glyph."""
    text_page = page.get_textpage()
    try:
        text = text_page.get_text_range()
        lines = []
        start = 0
        for raw in re.split(r"\r\n|\r|\n", text):
            lines.append(_line(text_page, raw, start))
            start += len(raw) + _break_length(text, start + len(raw))
        return [line for line in lines if line is not None]
    finally:
        text_page.close()
        page.close()


def _break_length(text: str, place: int) -> int:
    return 2 if text[place : place + 2] == "\r\n" else 1


def _line(text_page: Any, raw: str, start: int) -> Line | None:
    marked = _with_columns(text_page, raw, start)
    shown = clean(marked)
    if not shown:
        return None
    row = COLUMN in marked and shown.count(" ") >= CELLS - 1
    first = start + len(raw) - len(raw.lstrip())
    last = start + len(raw.rstrip()) - 1
    left, bottom, _, top = _box(text_page, first)
    right = _box(text_page, last)[2]
    return Line(shown, left, right, top - bottom, row)


def _box(text_page: Any, place: int) -> tuple[float, float, float, float]:
    """The box of one glyph (left, bottom, right, top), zeros where pdfium knows none."""
    try:
        left, bottom, right, top = text_page.get_charbox(place, loose=True)
    except (PdfiumError, IndexError, ValueError):
        return 0.0, 0.0, 0.0, 0.0
    return float(left), float(bottom), float(right), float(top)


def _with_columns(text_page: Any, raw: str, start: int) -> str:
    """Mark the spaces that stand for a column gap, so that cells of a table row stay apart."""

    def marked(match: re.Match[str]) -> str:
        before = _box(text_page, start + match.start() - 1)
        after = _box(text_page, start + match.end())
        wide = after[0] - before[2] >= COLUMN_GAP * max(before[3] - before[1], 1.0)
        return COLUMN if wide else ""

    return WORDS_APART.sub(marked, raw)


def clean(raw: str) -> str:
    """Drop control characters and the spaces that justification leaves between characters."""
    text = "".join(c for c in raw if c == "\t" or (ord(c) >= 32 and c not in "\u200b\ufeff\ufffe"))
    text = INNER_SPACE.sub("", text.replace("\t", " ").strip())
    return LETTER_SPACED.sub("", text).replace(COLUMN, " ").strip()


def without_running_lines(pages: Sequence[list[Line]]) -> list[list[Line]]:
    """Drop page numbers, and heads and feet that return on at least half of the pages.

    A line counts as returning only in the same size: a title stays where heads repeat it smaller.
    """
    counts: Counter[tuple[str, int]] = Counter()
    for lines in pages:
        edges = lines[:EDGE_LINES] + lines[-EDGE_LINES:]
        counts.update({_look(line) for line in edges if len(line.text) >= RUNNING_CHARACTERS})
    filled = sum(bool(lines) for lines in pages)
    running = {m for m, n in counts.items() if filled >= 3 and n >= RUNNING_SHARE * filled}
    return [_kept(lines, running) for lines in pages]


def _look(line: Line) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text), round(line.height)


def _kept(lines: list[Line], running: set[tuple[str, int]]) -> list[Line]:
    kept = []
    for place, line in enumerate(lines):
        at_edge = place < EDGE_LINES or place >= len(lines) - EDGE_LINES
        if at_edge and (_look(line) in running or PAGE_NUMBER.match(line.text)):
            continue
        kept.append(line)
    return kept


def paragraphs_of(pages: Sequence[list[Line]]) -> list[Paragraph]:
    """Join wrapped lines to paragraphs over all pages."""
    every = [line for lines in pages for line in lines]
    if not every:
        return []
    margin = _right_margin(every)
    left = _left_margin(every)
    usual = median(line.height for line in every)
    paragraphs: list[Paragraph] = []
    before: Line | None = None
    for page, lines in enumerate(pages):
        for place, line in enumerate(lines):
            goes_on = before is not None and _goes_on(before, line, margin, left)
            if not goes_on:
                paragraphs.append(Paragraph(heading=_is_large(line, usual), row=line.row))
            current = paragraphs[-1]
            if place == 0:
                current.page_starts.append((page, len(current.text)))
            current.text += _glue(current.text, line.text) + line.text
            before = line
    return paragraphs


def _right_margin(lines: Sequence[Line]) -> float:
    rights = sorted(line.right for line in lines)
    return rights[int(len(rights) * 0.9)]


def _left_margin(lines: Sequence[Line]) -> float:
    return Counter(round(line.left) for line in lines).most_common(1)[0][0]


def _goes_on(before: Line, line: Line, margin: float, left: float) -> bool:
    """Tell whether ``line`` is the wrapped continuation of the line before it."""
    size = max(before.height, 1.0)
    if before.row or line.row or abs(before.height - line.height) > SAME_SIZE * size:
        return False
    if before.right < margin - 2.5 * size or STARTS.match(line.text):
        return False
    indented = line.left > left + 1.2 * size
    return not (indented and before.text.endswith(ENDS))


def _is_large(line: Line, usual: float) -> bool:
    return line.height > LARGER * usual and len(line.text) <= 60 and not line.text.endswith("。")


def _glue(before: str, after: str) -> str:
    """A space between Latin words, nothing between Chinese characters."""
    if before and before[-1].isascii() and before[-1].isalnum():
        return " " if after[:1].isascii() and after[:1].isalpha() else ""
    return ""
