"""From printed lines to paragraphs: wrapped lines are joined, also across columns and pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from auditor.core.layout import Corners
from auditor.ingest.columns import Line, is_wide
from auditor.ingest.running import FOOTNOTE

STARTS = re.compile(
    r"^(?:第[一二三四五六七八九十百零〇]+[编篇章节条]|[一二三四五六七八九十]{1,3}、"
    r"|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.．、](?!\d)|[①-⑳]|[●■◆•]|专栏|附[件表录图]|表\s*\d|图\s*\d)"
)
STOPS = ("。", "！", "？", "；", "：", ";", ":", "。”", "！”", "。）")
LEADER = re.compile(r"[.…·．]{4,}\s*\d{1,4}$")
SAME_SIZE = 0.08
SAME_SIZE_GUESSED = 0.4
SHORT = 2.4
INDENT = 1.2
SAME_TITLE = 0.06
SAME_TITLE_GUESSED = 0.25
LARGER = 1.25
LARGER_GUESSED = 1.4
TITLE_LENGTH = 60
LOOSE = 0.9
NARROW = 0.55
FEW = 6


@dataclass(slots=True)
class Paragraph:
    """Joined lines; ``page_starts`` are (page index, offset) where a page begins in the text."""

    text: str = ""
    boxes: list[Corners | None] = field(default_factory=list)
    heading: bool = False
    row: bool = False
    cells: tuple[str, ...] = ()
    page_starts: list[tuple[int, int]] = field(default_factory=list)

    def take(self, line: Line) -> None:
        """Append a line; a new page is noted."""
        glue = _glue(self.text, line.text)
        if not self.page_starts or self.page_starts[-1][0] != line.page:
            self.page_starts.append((line.page, len(self.text) + len(glue)))
        self.text += glue + line.text
        self.boxes += [*([None] * len(glue)), *line.boxes]


@dataclass(frozen=True, slots=True)
class Margins:
    """Edges of the running text of one column in points, and the usual pitch of its lines.

    ``first_lines_indented``: paragraphs begin indented and go on at the left edge.
    """

    left: float
    right: float
    pitch: float
    first_lines_indented: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page is printed on: its width in points, the strip between its columns if any."""

    width: float
    gutter: float | None = None

    def column_of(self, line: Line) -> tuple[int, str]:
        """Name the column in which a line stands: the same on all sheets of that width."""
        side = ""
        if self.gutter is not None and not line.left < self.gutter < line.right:
            side = "left" if line.right <= self.gutter else "right"
        return round(self.width / 20), side


def _glue(before: str, after: str) -> str:
    """A space between Latin words, nothing beside Chinese characters."""
    if not before or is_wide(before[-1]) or is_wide(after[0]):
        return ""
    hyphen = before[-1] == "-" and before[-2:-1].isalpha()
    return "" if hyphen else " "


class ParagraphJoiner:
    """Joins the lines of a whole document, given page by page in reading order."""

    def __init__(self, pages: Sequence[list[Line]], sheets: Sequence[Sheet]) -> None:
        every = [line for lines in pages for line in lines]
        self._usual = usual_height(every)
        self._column_of: dict[int, tuple[int, str]] = {}
        for lines, sheet in zip(pages, sheets, strict=True):
            for line in lines:
                self._column_of[id(line)] = sheet.column_of(line)
        self._margins = self._margins_by_column(every)
        self.paragraphs: list[Paragraph] = []
        self._before: Line | None = None
        self._notes: list[Line] = []

    def _margins_by_column(self, lines: Sequence[Line]) -> dict[tuple[int, str], Margins]:
        groups: dict[tuple[int, str], list[Line]] = {}
        for line in lines:
            if not line.row:
                groups.setdefault(self._column_of[id(line)], []).append(line)
        if not lines:
            return {}
        whole = _margins(lines)
        return {k: _margins(g) if len(g) >= FEW else whole for k, g in groups.items()}

    def add_page(self, body: Sequence[Line], footnotes: Sequence[Line]) -> None:
        """Add the lines of the next page; footnotes never part a paragraph that goes on."""
        for line in body:
            if self._notes:
                self._set_notes(line)
            self._add(line)
        if self._notes:
            self._set_notes(None)
        self._notes = list(footnotes)

    def finish(self) -> list[Paragraph]:
        """Give the paragraphs, the last page's footnotes after its text."""
        self._set_notes(None)
        return self.paragraphs

    def _set_notes(self, following: Line | None) -> None:
        """Set the footnotes of the page before: ahead of a paragraph that goes on after them.

        A paragraph that began on an earlier page is parted: the pages of a text stand in order.
        """
        notes, self._notes = self._notes, []
        if not notes:
            return
        before, last = self._before, self.paragraphs[-1] if self.paragraphs else None
        goes_on = before is not None and following is not None and self._goes_on(before, following)
        own = last is not None and [page for page, _ in last.page_starts] == [notes[0].page]
        held = self.paragraphs.pop() if goes_on and own else None
        self._before = None
        for line in notes:
            if FOOTNOTE.match(line.text):
                self._before = None
            self._add(line)
        self._before = None
        if held is not None:
            self.paragraphs.append(held)
            self._before = before

    def _add(self, line: Line) -> None:
        before = self._before
        if before is None or not self._goes_on(before, line):
            heading = not line.row and self._is_large(line)
            self.paragraphs.append(Paragraph(heading=heading, row=line.row, cells=line.cells))
        self.paragraphs[-1].take(line)
        self._before = line

    def _is_large(self, line: Line) -> bool:
        large = line.height > (LARGER_GUESSED if line.by_ocr else LARGER) * self._usual
        return large and len(line.text) <= TITLE_LENGTH and not line.text.endswith("。")

    def _goes_on(self, before: Line, line: Line) -> bool:
        """Tell whether ``line`` is the wrapped continuation of the line before it."""
        if LEADER.search(before.text):
            return False
        size = max(before.height, 1.0)
        allowed = SAME_SIZE_GUESSED if line.by_ocr else SAME_SIZE
        if before.row or line.row or abs(before.height - line.height) > allowed * size:
            return False
        if self._is_large(before) and self._is_large(line):
            return self._continues_title(before, line)
        margins = self._margins.get(self._column_of[id(before)])
        own = self._margins.get(self._column_of[id(line)])
        if margins is None or own is None or before.right < margins.right - SHORT * size:
            return False
        if self._is_apart(before, line, margins):
            return False
        return self._flows(before, line, margins, own)

    def _flows(self, before: Line, line: Line, margins: Margins, own: Margins) -> bool:
        """The line before is full: does the text go on, by indents and marks?"""
        size = max(before.height, 1.0)
        stopped = before.text.endswith(STOPS)
        indented = line.left > own.left + INDENT * size
        if not indented:
            return not (stopped and STARTS.match(line.text))
        if stopped or STARTS.match(line.text):
            return False
        level = line.left - own.left - (before.left - margins.left)
        if level >= 0.5 * size:  # the hanging lines of a list
            return bool(STARTS.match(before.text))
        return not own.first_lines_indented  # else an indented block

    def _continues_title(self, before: Line, line: Line) -> bool:
        close = 0 <= line.at[1] - before.at[3] <= 1.2 * before.height
        centred = abs(before.left + before.right - line.left - line.right) <= 2 * before.height
        aligned = centred or abs(before.left - line.left) <= 0.2 * before.height
        allowed = SAME_TITLE_GUESSED if line.by_ocr else SAME_TITLE
        same = abs(before.height - line.height) <= allowed * before.height
        together = before.page == line.page and close and same and aligned
        return together and not STARTS.match(line.text)

    def _is_apart(self, before: Line, line: Line, margins: Margins) -> bool:
        """Tell whether more space than usual parts two lines of one column."""
        if before.page != line.page or line.at[1] < before.at[1]:
            return False
        pitch = line.at[1] - before.at[1]
        return pitch > margins.pitch + LOOSE * before.height


def usual_height(lines: Sequence[Line]) -> float:
    """The height of most characters of running text (of tables where there is no other)."""
    weighted: Counter[float] = Counter()
    for line in [line for line in lines if not line.row] or lines:
        weighted[round(line.height, 1)] += len(line.text)
    return weighted.most_common(1)[0][0] if weighted else 1.0


def _margins(lines: Sequence[Line]) -> Margins:
    rights = sorted(line.right for line in lines)
    left = Counter(round(line.left) for line in lines).most_common(1)[0][0]
    pairs = pairwise(lines)
    pitches = [b.at[1] - a.at[1] for a, b in pairs if a.page == b.page and b.at[1] > a.at[1]]
    size = median(line.height for line in lines)
    flush = sum(abs(line.left - left) < 0.5 * size for line in lines)
    indented = sum(INDENT * size < line.left - left < 3 * size for line in lines)
    return Margins(
        left,
        rights[int(len(rights) * 0.9)],
        median(pitches) if pitches else 2 * size,
        flush > 0.3 * len(lines) and indented > 0.05 * len(lines),
    )
