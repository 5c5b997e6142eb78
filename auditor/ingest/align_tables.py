"""Rows of a table found in its print: column by column, as a cell that wraps goes on below itself.

Read line by line, the cells of a row that wraps stand in between each other, rows are alike, and
where a row goes on over a page the head may come in between. In one column the cells follow each
other in the order of their rows, so that each column is matched by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from auditor.ingest.align_printed import Printed

NARROWEST_GAP = 4
"""Points between two columns; Word's own cells keep 10."""
BRIDGED = 4
"""Of so many rows one may reach over the gap between two columns."""
SAME_LINE = 0.5
NEAR = 60
LEAST_FOUND = 0.9
FEW = 4
OMITTED = frozenset("。；！？，、：")
"""LibreOffice leaves these out where they would hang over a line's end."""

Pairs = list[tuple[int, int]]
"""An offset in the text with its place in the print."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of as many cells each: a cell is the offsets of its printed characters in ``text``.

    ``head``: the characters that may return at the top of every page.
    """

    text: str
    cells: Sequence[Sequence[Sequence[int]]]
    head: str = ""

    def said(self, cell: Sequence[int]) -> str:
        """The characters of a cell."""
        return "".join(self.text[i] for i in cell)


@dataclass(frozen=True, slots=True)
class _Glyph:
    """A printed character: its place, page, edges and middle."""

    place: int
    page: int
    left: float
    right: float
    middle: float
    height: float


def unbroken_rows(rows: Rows, printed: str, start: int) -> Pairs | None:
    """Match rows that are printed one after the other from ``start`` on, None if they are not."""
    pairs: Pairs = []
    at = start
    for row in rows.cells:
        offsets = [offset for cell in row for offset in cell]
        whole = rows.said(offsets)
        at += len(rows.head) if printed.startswith(rows.head + whole, at) else 0
        if not printed.startswith(whole, at):
            return None
        pairs += zip(offsets, range(at, at + len(offsets)), strict=True)
        at += len(offsets)
    return pairs


def find_rows(rows: Rows, printed: Printed, start: int, end: int) -> Pairs | None:
    """Match rows with the print between two places; None where its columns are not seen.

    Gaps between columns may be bridged by what stands in the rows of merged cells: the narrowest
    reading of a gap under which nearly all of the text is found is taken.
    """
    glyphs = _without_heads(rows, printed, _glyphs(printed, start, end))
    offsets = [i for row in rows.cells for cell in row for i in cell]
    wanted = sum(rows.text[i] not in OMITTED for i in offsets)
    tried: set[tuple[float, ...]] = set()
    for bridges in range(1 + len(rows.cells) // BRIDGED):
        edges = _edges(glyphs, len(rows.cells[0]), bridges)
        if edges is None or edges in tried:
            continue
        tried.add(edges)
        pairs = _in_columns(rows, printed, glyphs, edges)
        if len(pairs) >= LEAST_FOUND * wanted:
            return pairs
    return None


def _glyphs(printed: Printed, start: int, end: int) -> list[_Glyph]:
    found = []
    for place in range(start, end):
        left, top, right, bottom = printed.corners(place)
        middle = (top + bottom) / 2
        found.append(_Glyph(place, printed.page(place), left, right, middle, bottom - top))
    return found


def _without_heads(rows: Rows, printed: Printed, glyphs: list[_Glyph]) -> list[_Glyph]:
    """Leave out the head where a page after the first one begins with it again."""
    head = rows.head
    kept: list[_Glyph] = []
    for number, (_, sheet) in enumerate(groupby(glyphs, key=lambda glyph: glyph.page)):
        lines = list(sheet)
        if number and head:
            upper = sorted(lines, key=lambda glyph: glyph.middle)[: len(head)]
            if Counter(printed.text[glyph.place] for glyph in upper) == Counter(head):
                again = {glyph.place for glyph in upper}
                lines = [glyph for glyph in lines if glyph.place not in again]
        kept += lines
    return kept


def _edges(glyphs: Sequence[_Glyph], count: int, bridges: int) -> tuple[float, ...] | None:
    """The middles of the widest gaps between ``count`` columns, None where there are fewer.

    A gap is a strip in which at most ``bridges`` characters stand.
    """
    if not glyphs:
        return None
    first = int(min(glyph.left for glyph in glyphs))
    over = [0] * (int(max(glyph.right for glyph in glyphs)) - first + 3)
    for glyph in glyphs:
        over[round(glyph.left) - first] += 1
        over[max(round(glyph.right), round(glyph.left) + 1) - first] -= 1
    standing = 0
    gaps: list[tuple[int, int]] = []
    began: int | None = None
    for x, change in enumerate(over, start=first):
        standing += change
        if standing > bridges:
            if began is not None and x - began >= NARROWEST_GAP:
                gaps.append((began, x))
            began = None
        elif began is None:
            began = x
    inner = [gap for gap in gaps if gap[0] > first]
    widest = sorted(sorted(inner, key=lambda gap: gap[0] - gap[1])[: count - 1])
    return tuple((a + b) / 2 for a, b in widest) if len(widest) == count - 1 else None


def _in_columns(
    rows: Rows, printed: Printed, glyphs: Sequence[_Glyph], edges: tuple[float, ...]
) -> Pairs:
    """Match each column with the characters that stand between its edges."""
    columns: list[list[_Glyph]] = [[] for _ in range(len(edges) + 1)]
    for glyph in glyphs:
        middle = (glyph.left + glyph.right) / 2
        columns[sum(middle > edge for edge in edges)].append(glyph)
    pairs: Pairs = []
    for column, standing in enumerate(columns):
        places = [glyph.place for glyph in _in_reading_order(standing)]
        stream = _Stream(places, "".join(printed.text[place] for place in places))
        cells = [row[column] for row in rows.cells if row[column]]
        for cell, following in zip(cells, [*cells[1:], []], strict=True):
            pairs += stream.take(cell, rows.said(cell), rows.said(following[:FEW]))
    return pairs


def _in_reading_order(glyphs: Sequence[_Glyph]) -> Iterator[_Glyph]:
    """Page by page, line by line, from left to right."""
    line: list[_Glyph] = []
    for glyph in sorted(glyphs, key=lambda glyph: (glyph.page, glyph.middle)):
        first = line[0] if line else glyph
        lower = glyph.middle - first.middle > SAME_LINE * max(first.height, glyph.height)
        if glyph.page != first.page or lower:
            yield from sorted(line, key=lambda glyph: glyph.left)
            line = []
        line.append(glyph)
    yield from sorted(line, key=lambda glyph: glyph.left)


@dataclass(slots=True)
class _Stream:
    """The print of one column, and how far it is matched."""

    places: Sequence[int]
    said: str
    at: int = 0
    passed: int = field(default=0)
    """Characters of cells that were not found since the last one that was."""

    def take(self, cell: Sequence[int], wanted: str, following: str) -> Pairs:
        """Match the next cell; what is not printed so is passed over.

        A cell of which the print lacks the end is known by the beginning of what follows it.
        """
        found, whole = self._through(cell, wanted)
        at = found[-1][1] + 1 if found else self.at
        cut = bool(found and following) and self.said.startswith(following, at)
        if not (found and whole) and not cut:
            place = self.said.find(wanted, self.at, self.at + self.passed + NEAR + len(wanted))
            if place < 0:
                self.passed += len(wanted)
                return []
            found = list(zip(cell, range(place, place + len(cell)), strict=True))
        self.at, self.passed = found[-1][1] + 1, 0
        return [(offset, self.places[place]) for offset, place in found]

    def _through(self, cell: Sequence[int], wanted: str) -> tuple[Pairs, bool]:
        """What of the cell stands where the last one ended, and whether that is to its end.

        Marks may be left out, or within it a line.
        """
        at: int = self.at
        found: Pairs = []
        index = 0
        while index < len(wanted):
            if self.said.startswith(wanted[index], at):
                found.append((cell[index], at))
                at += 1
            elif wanted[index] not in OMITTED:
                index = self._again(wanted, index + 1, at) if found else len(wanted)
                if index >= len(wanted):
                    return found, False
                continue
            index += 1
        return found, True

    def _again(self, wanted: str, index: int, at: int) -> int:
        """Where in a cell its print goes on behind what it lacks; its length if it does not."""
        while index < len(wanted):
            rest = wanted[index : index + FEW]
            if len(rest) == FEW and self.said.startswith(rest, at):
                return index
            index += 1
        return index
