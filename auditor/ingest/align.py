"""Pages and boxes for formats that have none: aligned with their conversion to PDF.

The text of a Word file is taken from the file itself; where each of its characters stands is
looked up in the PDF that LibreOffice makes of it. The report says that the page is the
conversion's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, takewhile

from auditor.core.documents import Block, BlockKind, Page, Span
from auditor.core.layout import BOX_BYTES, NO_BOX
from auditor.ingest.align_printed import Printed, dense
from auditor.ingest.align_tables import OMITTED, Pairs, Rows, find_rows, unbroken_rows
from auditor.ingest.content import Content

PIECE = re.compile(r"[^|\n。；！？，、：]+|[。；！？，、：]+")
SLACK = 400
WINDOW = 4000
SHORTEST_FAR = 14
NEAR = 60
SHORTEST_PART = 2
SHORTEST_LATER_PART = 4
LONGEST_PART = 60
LEAST_PRINTED = 0.9
"""A table's print may lack a tenth of its characters: marks that would hang over a line's end."""
ROWS = (BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW)


def with_pages_of(content: Content, converted: Content) -> Content:
    """Give ``content`` the pages and boxes that its characters have in ``converted``.

    Characters that the conversion does not show (or shows changed) keep no box; their page is
    that of the characters before them. Nor do those keep one that stand on another page than
    the text around them: the end of a cell that goes on over a page, while the next cell of its
    row begins on the page before.
    """
    if not converted.pages or not converted.layout:
        return content
    printed = Printed.of(converted)
    pairs = _Alignment(content, printed).pairs()
    if not pairs:
        return content
    found = _in_page_order([(*pair, printed.page(pair[1])) for pair in sorted(pairs)])
    layout = bytearray(NO_BOX * len(content.text))
    for offset, place, _ in found:
        for at, box in printed.boxes(content.text, offset, place):
            layout[at * BOX_BYTES : (at + 1) * BOX_BYTES] = box
    pages = _pages(converted.pages, found, len(content.text))
    return replace(content, pages=pages, layout=bytes(layout), paged_by="conversion")


@dataclass(slots=True)
class _Alignment:
    """A text on its way through its print: how far it is matched."""

    content: Content
    printed: Printed
    cursor: int = field(default=0)

    def pairs(self) -> Pairs:
        """Offsets in the text with their places in the print."""
        blocks = self.content.blocks
        pairs: Pairs = []
        number = 0
        for of_rows, table in groupby(blocks, key=lambda block: block.kind in ROWS):
            beside = list(table)
            head = self._head(beside) if of_rows else ""
            for cells, group in groupby(beside, key=self._cells):
                run = list(group)
                number += len(run)
                found = None
                if cells > 1:
                    found = self._rows(run, head, blocks[number : number + 1])
                pairs += self._one_by_one(run) if found is None else found
        return pairs

    def _cells(self, block: Block) -> int:
        """How many cells a row has, 1 for what is none."""
        borders = self.content.text.count("|", block.span.start, block.span.end)
        return 1 + borders if block.kind in ROWS else 1

    def _said(self, span: Span) -> str:
        return "".join(self.content.text[i] for i in dense(self.content.text, span))

    def _head(self, table: Sequence[Block]) -> str:
        """What may return at the top of each page of a table; empty where the text repeats it."""
        first = list(takewhile(lambda block: block.kind is BlockKind.TABLE_HEAD, table))
        again = any(block.kind is BlockKind.TABLE_HEAD for block in table[len(first) :])
        return "" if again else "".join(self._said(block.span) for block in first)

    def _rows(self, run: Sequence[Block], head: str, following: Sequence[Block]) -> Pairs | None:
        """Match rows of as many cells together; None where that does not succeed."""
        text = self.content.text
        rows = Rows(text, [list(_cells_of(text, block.span)) for block in run], head)
        first = _find(self.printed.text, self._said(run[0].span), self.cursor)
        pairs = None if first is None else unbroken_rows(rows, self.printed.text, first)
        if pairs is None:
            end = self._end_of(run, following)
            pairs = find_rows(rows, self.printed, self.cursor, end)
        if pairs:
            self.cursor = max(self.cursor, *(place + 1 for _, place in pairs))
        return pairs

    def _end_of(self, run: Sequence[Block], following: Sequence[Block]) -> int:
        """The place where the print of rows ends: at what follows them, if it is found."""
        length = sum(len(self._said(block.span)) for block in run)
        least = self.cursor + int(LEAST_PRINTED * length)
        most = min(len(self.printed.text), least + length + WINDOW)
        if not following:
            return len(self.printed.text)
        wanted = self._said(following[0].span)[:LONGEST_PART]
        place = self.printed.text.find(wanted, least, most)
        return place if place >= 0 else min(most, least + length + SLACK)

    def _one_by_one(self, blocks: Sequence[Block]) -> Pairs:
        """Match blocks whole, or else by their pieces, each after the one before it."""
        text, printed = self.content.text, self.printed.text
        pairs: Pairs = []
        for block in blocks:
            whole = dense(text, block.span)
            place = _find(printed, "".join(text[i] for i in whole), self.cursor)
            if place is not None:
                found = list(zip(whole, range(place, place + len(whole)), strict=True))
                self.cursor = place + len(whole)
            else:
                found = _by_pieces(text, block.span, printed, self.cursor)
                self.cursor = max([self.cursor, *(place + 1 for _, place in found)])
            pairs += found
        return pairs


def _cells_of(text: str, span: Span) -> Iterator[list[int]]:
    start = span.start
    for cell in text[span.start : span.end].split("|"):
        yield dense(text, Span(start, start + len(cell)))
        start += len(cell) + 1


def _by_pieces(text: str, span: Span, printed: str, cursor: int) -> Pairs:
    """Match the clauses or cells of a block one by one, each after the one before it.

    What is not found so is looked for part by part: the cells of a row that wrap are printed
    line by line, the parts of one cell between those of the others.
    """
    reached, missed = cursor, []
    found: dict[int, int] = {}
    for piece in _pieces(text, span):
        offsets = dense(text, piece)
        wanted = "".join(text[i] for i in offsets)
        if wanted[:1] in OMITTED:
            place = reached if printed.startswith(wanted, reached) else None
        else:
            place = _find(printed, wanted, reached)
        if place is None:
            missed.append(offsets)
            continue
        reached = place + len(offsets)
        found.update(zip(offsets, range(place, reached), strict=True))
    end = max(reached, cursor) + 2 * len(span) + NEAR
    window = _Window(printed, cursor, end, set(found.values()))
    for offsets in missed:
        before = found.get(offsets[0] - 1)
        marks = text[offsets[0]] in OMITTED
        if marks and before is not None:
            found.update(_behind(text, offsets, window, before + 1))
        elif not marks:
            found.update(_by_parts(text, offsets, window))
    return list(found.items())


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of the printed characters, and which of them are matched already."""

    printed: str
    start: int
    end: int
    taken: set[int]

    def longest(self, wanted: str, start: int, shortest: int) -> tuple[int, int]:
        """Length and place of the longest beginning of ``wanted`` from ``start`` on, or (0, 0)."""
        for length in range(min(len(wanted), LONGEST_PART), shortest - 1, -1):
            place = self._find(wanted[:length], start)
            if place >= 0:
                return length, place
        return 0, 0

    def is_free(self, place: int, length: int) -> bool:
        """Tell whether nothing is matched yet with some characters."""
        return self.taken.isdisjoint(range(place, place + length))

    def _find(self, wanted: str, start: int) -> int:
        """The first free place of ``wanted`` from ``start`` on, -1 where there is none."""
        place = self.printed.find(wanted, start, self.end)
        while place >= 0 and not self.is_free(place, len(wanted)):
            place = self.printed.find(wanted, place + 1, self.end)
        return place


def _behind(text: str, marks: list[int], window: _Window, place: int) -> Pairs:
    """Match marks with what stands at a place, behind what they follow in the text."""
    wanted = "".join(text[i] for i in marks)
    if not window.printed.startswith(wanted, place) or not window.is_free(place, len(wanted)):
        return []
    window.taken.update(range(place, place + len(wanted)))
    return list(zip(marks, range(place, place + len(wanted)), strict=True))


def _by_parts(text: str, offsets: list[int], window: _Window) -> Iterator[tuple[int, int]]:
    """Match the longest beginnings of what is left, one after the other.

    A character with which no part begins is passed over: a hyphen at a line's end, a dash.
    """
    start, shortest = window.start, SHORTEST_PART
    while len(offsets) >= shortest:
        length, place = window.longest("".join(text[i] for i in offsets), start, shortest)
        if not length:
            offsets, shortest = offsets[1:], SHORTEST_LATER_PART
            continue
        window.taken.update(range(place, place + length))
        yield from zip(offsets[:length], range(place, place + length), strict=True)
        offsets, start, shortest = offsets[length:], place + length, SHORTEST_PART


def _pieces(text: str, span: Span) -> Iterator[Span]:
    """Cut a block into clauses and cells, the units that are looked for."""
    for match in PIECE.finditer(text, span.start, span.end):
        if not match.group().isspace():
            yield Span(match.start(), match.end())


def _find(printed: str, wanted: str, cursor: int) -> int | None:
    """The next place of ``wanted`` near the cursor; short pieces must stand very near."""
    if not wanted:
        return None
    reach = WINDOW if len(wanted) >= SHORTEST_FAR else NEAR
    place = printed.find(wanted, cursor, cursor + reach + len(wanted))
    if place < 0 and len(wanted) >= SHORTEST_FAR:
        place = printed.find(wanted, max(0, cursor - SLACK), cursor + len(wanted))
    return place if place >= 0 else None


Found = tuple[int, int, int]
"""An offset in the text, its place in the print, the index of its page."""


def _in_page_order(found: Sequence[Found]) -> list[Found]:
    """Leave out the fewest, so that no page begins again behind another: pages tile the text.

    The heaviest sequence of stretches whose pages do not decrease.
    """
    stretches = [list(stretch) for _, stretch in groupby(found, key=lambda one: one[2])]
    weights: dict[int, int] = {}
    last: dict[int, int] = {}
    before: list[int | None] = []
    for number, stretch in enumerate(stretches):
        page = stretch[0][2]
        earlier = [other for other in weights if other <= page]
        best = max(earlier, key=lambda other: (weights[other], other), default=None)
        before.append(None if best is None else last[best])
        weights[page] = len(stretch) + (0 if best is None else weights[best])
        last[page] = number
    at: int | None = last[max(weights, key=lambda page: (weights[page], page))]
    kept: list[list[Found]] = []
    while at is not None:
        kept.append(stretches[at])
        at = before[at]
    return [one for stretch in reversed(kept) for one in stretch]


def _pages(pages: Sequence[Page], found: Sequence[Found], length: int) -> tuple[Page, ...]:
    """The pages as spans that tile the text; a page begins at its first matched character."""
    starts: dict[int, int] = {}
    for offset, _, page in found:
        starts.setdefault(page, offset)
    filled = [0]
    following = length
    for index in range(len(pages) - 1, 0, -1):
        following = starts.get(index, following)
        filled.append(following)
    ordered = [0, *reversed(filled[1:])]
    ends = [*ordered[1:], length]
    return tuple(
        replace(page, span=Span(start, end))
        for page, start, end in zip(pages, ordered, ends, strict=True)
    )
