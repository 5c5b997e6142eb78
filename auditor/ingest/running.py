"""What a page repeats or adds around its text: heads, feet, page numbers, footnotes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from auditor.ingest.columns import Line

PAGE_NUMBER = re.compile(
    r"^[-—–－\s·]*(?:第\s*)?(?:\d{1,4}|[ivxIVX]{1,6})(?:\s*页)?"
    r"(?:\s*[/／,，]?\s*(?:共\s*)?\d{1,4}\s*页?)?[-—–－\s·]*$"
)
EDGE_LINES = 3
NUMBERED = 24
"""Longer lines return only with the same figures: body text may differ in nothing else."""
RUNNING_CHARACTERS = 3
RUNNING_SHARE = 0.5
FEWEST_PAGES = 2
EDGE = 0.14
FOOTNOTE = re.compile(
    r"^(?:[①-⑳]|\[\d{1,2}\]|［\d{1,2}］|〔\d{1,2}〕|\d{1,2}(?=[\s\u3400-\u9fff《“])|[*＊†]|注[：:])"
)
SECRECY = re.compile(r"[绝机秘]\s*密|工作秘密|内部(?:资料|文件|使用)")
SMALLER = 0.92
LOWER_PART = 0.5


def without_running_lines(
    pages: Sequence[list[Line]], heights: Sequence[float]
) -> list[list[Line]]:
    """Drop page numbers, and heads and feet that return on at least half of the pages.

    A line counts as returning only in the same size: a title stays where heads repeat it smaller.
    ``heights`` are those of the upright pages in points.
    """
    counts: Counter[tuple[str, int]] = Counter()
    edges = [_edge_lines(lines) for lines in pages]
    for lines in edges:
        counts.update({_look(line) for line in lines if len(line.text) >= RUNNING_CHARACTERS})
    filled = sum(bool(lines) for lines in pages)
    limit = max(2, RUNNING_SHARE * filled)
    running = {look for look, n in counts.items() if filled >= FEWEST_PAGES and n >= limit}
    kept = []
    shown: set[str] = set()
    for lines, at_edge, height in zip(pages, edges, heights, strict=True):
        dropped = {id(line) for line in at_edge if _is_furniture(line, running, height, filled > 2)}
        dropped -= _first_marks(at_edge, shown)
        kept.append([line for line in lines if id(line) not in dropped])
    # pages that are copies of one another are no heads and feet
    return kept if any(kept) else [list(lines) for lines in pages]


def _first_marks(lines: Sequence[Line], shown: set[str]) -> set[int]:
    """A head that carries a mark of secrecy stays where it stands first: intake must see it."""
    kept = set()
    for line in lines:
        if SECRECY.search(line.text) and line.text not in shown:
            shown.add(line.text)
            kept.add(id(line))
    return kept


def _edge_lines(lines: Sequence[Line]) -> list[Line]:
    """The uppermost and lowest lines of a page, wherever they stand in its order.

    Rows of tables are text: a head row that returns on each page stays a head row.
    """
    by_top = sorted((line for line in lines if not line.row), key=lambda line: line.at[1])
    return [*by_top[:EDGE_LINES], *by_top[EDGE_LINES:][-EDGE_LINES:]]


def _look(line: Line) -> tuple[str, int]:
    size = 0 if line.by_ocr else round(line.height)
    text = line.text.replace(" ", "")
    return re.sub(r"\d+", "#", text) if len(text) <= NUMBERED else text, size


def _is_furniture(line: Line, running: set[tuple[str, int]], height: float, many: bool) -> bool:
    outside = line.at[3] > (1 - EDGE) * height or line.at[1] < EDGE * height
    if _look(line) in running and (outside or many):
        return True
    text = line.text.replace("一", "-") if line.by_ocr else line.text
    return outside and bool(PAGE_NUMBER.match(text))


def split_footnotes(
    lines: list[Line], usual: float, height: float
) -> tuple[list[Line], list[Line]]:
    """Part the body of a page from the small print with footnote marks at its bottom."""
    small = [line.height < SMALLER * usual and not line.row for line in lines]
    for place, line in enumerate(lines):
        low = line.at[1] > LOWER_PART * height
        if low and small[place] and FOOTNOTE.match(line.text) and all(small[place:]):
            return lines[:place], lines[place:]
    return lines, []
