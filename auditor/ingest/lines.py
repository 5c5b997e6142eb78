"""From the characters of a page to its lines in reading order.

Characters drawn twice (fake bold) count once, spaces between Chinese characters are dropped, and
wide gaps set the cells of a row apart; characters inside a ruled table are set cell by cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from auditor.core.layout import Corners
from auditor.ingest.columns import (
    SAME_BAND,
    Fragment,
    Glyph,
    Line,
    around,
    by_bands,
    grouped_lines,
    in_reading_order,
    is_wide,
    union,
)
from auditor.ingest.glyphs import GlyphPage
from auditor.ingest.grids import Grid

COLUMN_GAP = 0.8
CELL_GAP = 1.2
LONGEST_CELL = 0.6
WORD_GAP = 0.22
STACKED_GAP = 0.35
DRAWN_TWICE = 0.12
CELLS = 3
LETTER_SPACED = 0.7
EVEN_GAPS = 2.0
UNEVEN_GAPS = 3.6


def upright(box: Corners, page: GlyphPage) -> Corners:
    """The box in the page turned so that its print runs level from left to right."""
    turned = _turned(box, page)
    if not page.skew:
        return turned
    left, top, right, bottom = turned
    slope = math.radians(page.skew)
    x, y = (left + right) / 2, (top + bottom) / 2
    shift_x = x * (math.cos(slope) - 1) + y * math.sin(slope)
    shift_y = y * (math.cos(slope) - 1) - x * math.sin(slope)
    return left + shift_x, top + shift_y, right + shift_x, bottom + shift_y


def _turned(box: Corners, page: GlyphPage) -> Corners:
    left, top, right, bottom = box
    if page.turn == 90:
        return top, page.width - right, bottom, page.width - left
    if page.turn == 180:
        return page.width - right, page.height - bottom, page.width - left, page.height - top
    if page.turn == 270:
        return page.height - bottom, left, page.height - top, right
    return box


def lines_of(
    page: GlyphPage, grids: Sequence[Grid] = (), gutter: float | None = None
) -> list[Line]:
    """The lines of a page in reading order; characters inside ``grids`` become table rows.

    ``grids`` and ``gutter`` (the strip between the columns of the document's other pages) are in
    the upright page.
    """
    fragments = fragments_of(page, grids)
    if not page.ordered:
        fragments = in_reading_order(fragments, gutter)
    lines = []
    for group in _bands(fragments):
        if group[0].table:
            lines.extend(group[0].table)
        else:
            lines.append(line_of(_in_line(group)))
    return [line for line in lines if line.text]


def _in_line(group: Sequence[Fragment]) -> list[Glyph]:
    """The characters of one line from left to right; runs may have been set into one another."""
    glyphs = [glyph for fragment in group for glyph in fragment.glyphs]
    if any(b.at[0] < a.at[2] - 0.3 * a.height for a, b in pairwise(group)):
        glyphs.sort(key=lambda glyph: glyph.at[0])
    return glyphs


def glyphs_of(page: GlyphPage) -> Iterator[tuple[int, Glyph]]:
    """Printed characters with their index; characters drawn twice at one place come once."""
    seen: dict[tuple[str, int], list[tuple[float, float]]] = {}
    spaced = False
    turned = bool(page.turn or page.skew)
    for index, (character, shown) in enumerate(zip(page.text, page.boxes, strict=True)):
        if character.isspace():
            spaced = True
            continue
        at = upright(shown, page) if turned else shown
        if _is_drawn_again(character, at, seen):
            continue
        yield index, Glyph(character, shown, at, spaced)
        spaced = False


def _is_drawn_again(
    character: str, at: Corners, seen: dict[tuple[str, int], list[tuple[float, float]]]
) -> bool:
    """Tell whether the character stands there already; ``seen`` holds places by bands of a page."""
    x, y, near = at[0], at[1], DRAWN_TWICE * (at[3] - at[1])
    band = int(y) >> 2
    inside = y - 4 * band
    key = (character, band)
    keys = [key]
    if inside < near:
        keys.append((character, band - 1))
    if 4 - inside < near:
        keys.append((character, band + 1))
    for near_key in keys:
        for a, b in seen.get(near_key, ()):
            if -near <= x - a <= near and -near <= y - b <= near:
                return True
    if key in seen:
        seen[key].append((x, y))
    else:
        seen[key] = [(x, y)]
    return False


def fragments_of(page: GlyphPage, grids: Sequence[Grid]) -> list[Fragment]:
    """Cut the stream of characters where the pen leaves the line; tables become one fragment."""
    runs: list[list[Glyph]] = []
    held: dict[int, list[Glyph]] = {}
    places: dict[int, int] = {}
    pen = _Pen(page)
    for index, glyph in glyphs_of(page):
        place = _grid_of(glyph, grids) if grids else None
        if place is not None:
            if place not in held:
                places[len(runs)] = place
                runs.append(held.setdefault(place, []))
            held[place].append(glyph)
            pen.lift()
        elif pen.goes_on(index, glyph):
            runs[-1].append(glyph)
        else:
            runs.append([glyph])
    return [_fragment(run, grids, places.get(order)) for order, run in enumerate(runs)]


def _fragment(run: list[Glyph], grids: Sequence[Grid], place: int | None) -> Fragment:
    if place is None:
        return Fragment.of(run)
    return Fragment(run, grids[place].at, table_rows(run, grids[place]))


class _Pen:
    """Follows the stream of characters: does the next one go on where the last one ended?"""

    def __init__(self, page: GlyphPage) -> None:
        self._page = page
        self._by_file = page.reader == "ocr"
        self._has_breaks = bool(page.breaks)
        self._index = -1
        self.lift()

    def lift(self) -> None:
        """Begin anew."""
        self._down = False
        self._run = 0
        self._upright = False
        self._last = (0.0, 0.0, 0.0, 0.0)
        self._top = self._bottom = 0.0

    def goes_on(self, index: int, glyph: Glyph) -> bool:
        """Move to ``glyph``; tell whether it stands close behind the last one, on its line."""
        broken = self._has_breaks and self._breaks_before(index)
        self._index = index
        open_line = self._down and not broken
        below = open_line and self._stands_below(glyph)
        near = below or (
            open_line and not self._upright and (self._by_file or self._is_near(glyph.at))
        )
        top, bottom = glyph.at[1], glyph.at[3]
        self._top = min(self._top, top) if near else top
        self._bottom = max(self._bottom, bottom) if near else bottom
        self._run = self._run + 1 if near else 1
        self._upright = below
        self._last, self._down = glyph.at, True
        return near

    def _stands_below(self, glyph: Glyph) -> bool:
        """Tell Chinese characters set one below the other (the boxes of a diagram)."""
        if (self._run > 1 and not self._upright) or not is_wide(glyph.text) or self._by_file:
            return False
        left, top, right, bottom = glyph.at
        size = max(right - left, bottom - top)
        close = -0.1 * size <= top - self._last[3] <= STACKED_GAP * size
        return close and abs(left - self._last[0]) <= 0.2 * size

    def _breaks_before(self, index: int) -> bool:
        breaks = self._page.breaks
        return any(i in breaks for i in range(self._index + 1, index + 1))

    def _is_near(self, at: Corners) -> bool:
        left, top, right, bottom = at
        last = self._last
        shared = min(self._bottom, bottom) - max(self._top, top)
        if shared < SAME_BAND * min(bottom - top, self._bottom - self._top):
            return False
        size = max(bottom - top, last[3] - last[1], 0.1)
        if -0.5 * size <= left - last[2] <= COLUMN_GAP * size:
            return True
        # punctuation may be set into the cell before it
        return last[0] <= left <= last[2] + size * COLUMN_GAP and right > last[2]


def _grid_of(glyph: Glyph, grids: Sequence[Grid]) -> int | None:
    x, y = (glyph.at[0] + glyph.at[2]) / 2, (glyph.at[1] + glyph.at[3]) / 2
    for place, grid in enumerate(grids):
        if grid.at[0] <= x <= grid.at[2] and grid.at[1] <= y <= grid.at[3]:
            return place
    return None


def _bands(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Join neighbours in reading order that stand on one line; each from left to right."""
    return [sorted(group, key=lambda f: f.at[0]) for group in grouped_lines(fragments)]


def line_of(glyphs: Sequence[Glyph]) -> Line:
    """Set a line: drop needless spaces, keep words and the cells of a row apart."""
    text: list[str] = []
    boxes: list[Corners | None] = []
    height = size_of(glyphs)
    spaced = _is_letter_spaced(glyphs, _gaps(glyphs, height))
    cells: list[int] = [0]
    before: Glyph | None = None
    for glyph in glyphs:
        if before is not None:
            gap = glyph.at[0] - before.at[2]
            apart = gap >= COLUMN_GAP * height and not spaced
            if gap >= CELL_GAP * height and not spaced:
                cells.append(len(text))
            if apart or _between_words(before, glyph, gap, height):
                text.append(" ")
                boxes.append(None)
        text.append(glyph.text)
        boxes.append(glyph.shown)
        before = glyph
    at = around([glyph.at for glyph in glyphs])
    return Line("".join(text), boxes, at, height, row=_is_row(cells, len(text)))


def _is_row(cells: Sequence[int], length: int) -> bool:
    """Tell a row of cells from a justified line with wide gaps; ``cells`` are their starts."""
    if len(cells) < CELLS:
        return False
    longest = max(end - start for start, end in pairwise([*cells, length]))
    return longest <= LONGEST_CELL * length


def size_of(glyphs: Sequence[Glyph]) -> float:
    """The size of the print in points: Chinese characters are squares, whatever their ink."""
    squares = [max(g.at[3] - g.at[1], g.at[2] - g.at[0]) for g in glyphs if is_wide(g.text)]
    return median(squares or [g.at[3] - g.at[1] for g in glyphs])


def _between_words(before: Glyph, glyph: Glyph, gap: float, height: float) -> bool:
    if is_wide(before.text) or is_wide(glyph.text):
        return False
    if gap > WORD_GAP * height:
        return True
    return glyph.spaced and gap > -0.1 * height


def _gaps(glyphs: Sequence[Glyph], height: float) -> list[float]:
    pairs = pairwise(glyphs)
    gaps = (after.at[0] - before.at[2] for before, after in pairs)
    return [gap for gap in gaps if gap >= COLUMN_GAP * 0.5 * height]


def _is_letter_spaced(glyphs: Sequence[Glyph], gaps: Sequence[float]) -> bool:
    """Tell a title set with spaces between its characters from the cells of a row."""
    wide = sum(is_wide(g.text) for g in glyphs)
    units = len(gaps) + 1
    if not gaps or wide < 2 or units < LETTER_SPACED * wide:
        return False
    even = UNEVEN_GAPS if units == wide == len(glyphs) and units > 3 else EVEN_GAPS
    return max(gaps) <= even * min(gaps) + 1


def table_rows(glyphs: list[Glyph], grid: Grid) -> list[Line]:
    """Set the characters of a ruled table cell by cell, row by row."""
    by_cell: dict[tuple[int, int], list[Glyph]] = {}
    for glyph in glyphs:
        x, y = (glyph.at[0] + glyph.at[2]) / 2, (glyph.at[1] + glyph.at[3]) / 2
        by_cell.setdefault(grid.cell_at(x, y), []).append(glyph)
    rows: dict[int, list[tuple[int, Line]]] = {}
    for (row, column), inside in sorted(by_cell.items()):
        rows.setdefault(row, []).append((column, _cell(inside)))
    return [_row_of([line for _, line in cells]) for _, cells in sorted(rows.items())]


def _cell(glyphs: list[Glyph]) -> Line:
    """The text of one cell: its lines joined."""
    runs: list[list[Glyph]] = []
    pen = _Pen(GlyphPage(0, 0.0, 0.0))
    for place, glyph in enumerate(glyphs):
        if pen.goes_on(place, glyph):
            runs[-1].append(glyph)
        else:
            runs.append([glyph])
    fragments = [Fragment.of(run) for run in runs]
    lines = [line_of(_in_line(band)) for band in by_bands(fragments)]
    joined = lines[0]
    for line in lines[1:]:
        glue = not is_wide(joined.text[-1]) and not is_wide(line.text[0])
        joined.text += (" " if glue else "") + line.text
        joined.boxes = [*joined.boxes, *([None] if glue else []), *line.boxes]
        joined.at = union(joined.at, line.at)
    return joined


def _row_of(cells: list[Line]) -> Line:
    text, boxes, at = cells[0].text, list(cells[0].boxes), cells[0].at
    for cell in cells[1:]:
        text += " | " + cell.text
        boxes += [None, None, None, *cell.boxes]
        at = union(at, cell.at)
    height = median(cell.height for cell in cells)
    return Line(text, boxes, at, height, row=True, cells=tuple(cell.text for cell in cells))
