"""From a PDF page's characters to lines, and from lines to paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

CJK = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’—…"
INNER_SPACE = re.compile(rf"(?<=[{CJK}])[ \u00a0\u3000]+(?=[{CJK}])")
LETTER_SPACED = re.compile(
    rf"(?<=[{CJK}])[ \u00a0\u3000]+(?=[\d（(])|(?<=[\d）)])[ \u00a0]+(?=[{CJK}])"
)
PAGE_NUMBER = re.compile(
    r"^[-—–\s·]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／]\s*(?:共\s*)?\d{1,4}(?:\s*页)?)?[-—–\s·]*$"
)
STARTS = re.compile(
    r"^(?:第[一二三四五六七八九十百零〇]+[编篇章节条]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]"
    r"|\d{1,2}[.．、](?!\d)|[①-⑳]|[●■◆•]|专栏|附件|表\s*\d|图\s*\d)"
)
ENDS = ("。", "！", "？", "；", "：", ".", ";", ":")
EDGE_LINES = 3
RUNNING_SHARE = 0.5
LARGER = 1.25


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: text, left and right edge, height of its characters, in points."""

    text: str
    left: float
    right: float
    height: float


@dataclass(slots=True)
class Paragraph:
    """Joined lines; ``page_starts`` are (page index, offset) where a page begins in the text."""

    text: str = ""
    heading: bool = False
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
    shown = clean(raw)
    if not shown:
        return None
    first = start + len(raw) - len(raw.lstrip())
    last = start + len(raw.rstrip()) - 1
    try:
        left, bottom, _, top = text_page.get_charbox(first, loose=True)
        right = text_page.get_charbox(last, loose=True)[2]
    except Exception as error:  # pdfium reports a missing glyph box with its own error type
        if type(error).__module__.split(".")[0] not in ("pypdfium2", "builtins"):
            raise
        left = bottom = top = right = 0.0
    return Line(shown, left, right, top - bottom)


def clean(raw: str) -> str:
    """Drop control characters and the spaces that justification leaves between characters."""
    text = "".join(c for c in raw if c == "\t" or (ord(c) >= 32 and c not in "\u200b\ufeff\ufffe"))
    text = INNER_SPACE.sub("", text.replace("\t", " ").strip())
    return LETTER_SPACED.sub("", text).strip()


def without_running_lines(pages: Sequence[list[Line]]) -> list[list[Line]]:
    """Drop page numbers, and heads and feet that return on at least half of the pages."""
    counts: Counter[str] = Counter()
    for lines in pages:
        edges = lines[:EDGE_LINES] + lines[-EDGE_LINES:]
        counts.update({_masked(line.text) for line in edges})
    filled = sum(bool(lines) for lines in pages)
    running = {m for m, n in counts.items() if filled >= 3 and n >= RUNNING_SHARE * filled}
    return [_kept(lines, running) for lines in pages]


def _masked(text: str) -> str:
    return re.sub(r"\d+", "#", text)


def _kept(lines: list[Line], running: set[str]) -> list[Line]:
    kept = []
    for place, line in enumerate(lines):
        at_edge = place < EDGE_LINES or place >= len(lines) - EDGE_LINES
        if at_edge and (_masked(line.text) in running or PAGE_NUMBER.match(line.text)):
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
                paragraphs.append(Paragraph(heading=_is_large(line, usual)))
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
    if abs(before.height - line.height) > 0.3 * size:
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
