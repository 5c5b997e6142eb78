"""Pages and boxes for formats that have none: aligned with their conversion to PDF.

The text of a Word file is taken from the file itself; where each of its characters stands is
looked up in the PDF that LibreOffice makes of it. The report says that the page is the
conversion's.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from auditor.core.documents import Page, Span
from auditor.core.layout import BOX_BYTES, NO_BOX
from auditor.ingest.content import Content

PIECE = re.compile(r"[^|\n。；！？，、：]+|[。；！？，、：]+")
MARKS = tuple("。；！？，、：")
SLACK = 400
WINDOW = 4000
SHORTEST_FAR = 14
NEAR = 60
SHORTEST_PART = 2
LONGEST_PART = 60


def with_pages_of(content: Content, converted: Content) -> Content:
    """Give ``content`` the pages and boxes that its characters have in ``converted``.

    Characters that the conversion does not show (or shows changed) keep no box; their page is
    that of the characters before them.
    """
    if not converted.pages or not converted.layout:
        return content
    places = [
        i
        for i, c in enumerate(converted.text)
        if not c.isspace() and box_is_known(converted.layout, i)
    ]
    printed = "".join(converted.text[i] for i in places)
    layout = bytearray(NO_BOX * len(content.text))
    found: list[tuple[int, int]] = []
    for offset, place in _matches(content, printed):
        source = places[place]
        start = offset * BOX_BYTES
        layout[start : start + BOX_BYTES] = converted.layout[
            source * BOX_BYTES : (source + 1) * BOX_BYTES
        ]
        found.append((offset, source))
    if not found:
        return content
    pages = _pages(converted.pages, found, len(content.text))
    return replace(content, pages=pages, layout=bytes(layout), paged_by="conversion")


def _matches(content: Content, printed: str) -> Iterator[tuple[int, int]]:
    """Pairs of offsets in the text and in the printed characters, both without white space."""
    cursor = 0
    for block in content.blocks:
        whole = _dense(content.text, block.span)
        place = _find(printed, "".join(content.text[i] for i in whole), cursor)
        if place is not None:
            yield from zip(whole, range(place, place + len(whole)), strict=True)
            cursor = place + len(whole)
            continue
        place = cursor
        for pair in _by_pieces(content.text, block.span, printed, cursor):
            place = max(place, pair[1] + 1)
            yield pair
        cursor = place


def _by_pieces(text: str, span: Span, printed: str, cursor: int) -> Iterator[tuple[int, int]]:
    """Match the clauses or cells of a block one by one, each after the one before it.

    What is not found so is looked for part by part: the cells of a row that wrap are printed
    line by line, the parts of one cell between those of the others.
    """
    reached, missed = cursor, []
    taken: set[int] = set()
    for piece in _pieces(text, span):
        dense = _dense(text, piece)
        wanted = "".join(text[i] for i in dense)
        if wanted[:1] in MARKS:
            # LibreOffice leaves out a mark that would hang over the line's end
            place = reached if printed.startswith(wanted, reached) else None
        else:
            place = _find(printed, wanted, reached)
        if place is None:
            missed.append(dense)
            continue
        reached = place + len(dense)
        taken.update(range(place, reached))
        yield from zip(dense, range(place, reached), strict=True)
    end = max(reached, cursor) + 2 * len(span) + NEAR
    for dense in missed:
        yield from _by_parts(text, dense, _Window(printed, cursor, end, taken))


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of the printed characters, and which of them are matched already."""

    printed: str
    start: int
    end: int
    taken: set[int]

    def find(self, wanted: str, start: int) -> int | None:
        """The first free place of ``wanted`` from ``start`` on."""
        place = self.printed.find(wanted, start, self.end)
        while place >= 0 and not self.taken.isdisjoint(range(place, place + len(wanted))):
            place = self.printed.find(wanted, place + 1, self.end)
        return place if place >= 0 else None


def _by_parts(text: str, dense: list[int], window: _Window) -> Iterator[tuple[int, int]]:
    """Match the longest beginnings of what is left, one after the other."""
    start = window.start
    while len(dense) >= SHORTEST_PART:
        for length in range(min(len(dense), LONGEST_PART), SHORTEST_PART - 1, -1):
            place = window.find("".join(text[i] for i in dense[:length]), start)
            if place is not None:
                break
        else:
            return
        window.taken.update(range(place, place + length))
        yield from zip(dense[:length], range(place, place + length), strict=True)
        dense, start = dense[length:], place + length


def _dense(text: str, span: Span) -> list[int]:
    """Offsets of the characters of a span that are printed (no white space, no cell borders)."""
    return [i for i in range(span.start, span.end) if not text[i].isspace() and text[i] != "|"]


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


def _pages(
    pages: Sequence[Page], found: Sequence[tuple[int, int]], length: int
) -> tuple[Page, ...]:
    """The pages as spans that tile the text; a page begins at its first matched character."""
    begins = [page.span.start for page in pages]
    starts: list[int | None] = [None] * len(pages)
    for offset, source in found:
        index = bisect_right(begins, source) - 1
        known = starts[index]
        starts[index] = offset if known is None else min(known, offset)
    filled: list[int] = [length] * len(pages)
    following = length
    for index in range(len(pages) - 1, -1, -1):
        known = starts[index]
        following = min(following, known) if known is not None else following
        filled[index] = following
    filled[0] = 0
    ordered = list(accumulate(filled, max))
    ends = [*ordered[1:], length]
    return tuple(
        replace(page, span=Span(start, max(start, end)))
        for page, start, end in zip(pages, ordered, ends, strict=True)
    )


def box_is_known(layout: bytes, offset: int) -> bool:
    """Tell whether the character at ``offset`` has a box."""
    return layout[offset * BOX_BYTES : (offset + 1) * BOX_BYTES] not in (b"", NO_BOX)
