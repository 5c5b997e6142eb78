"""From the characters of a page to its lines in reading order.

Characters drawn twice (fake bold) count once, spaces between Chinese characters are dropped, and
wide gaps set the cells of a row apart; characters inside a ruled table are set cell by cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from auditor.core.layout import Corners
from auditor.ingest.columns import (
    SAME_BAND,
    Fragment,
    Glyph,
    Line,
    by_bands,
    in_reading_order,
    is_wide,
    same_band,
    union,
)
from auditor.ingest.glyphs import GlyphPage
from auditor.ingest.grids import Grid

COLUMN_GAP = 0.8
WORD_GAP = 0.22
DRAWN_TWICE = 0.12
CELLS = 3
LETTER_SPACED = 0.7
EVEN_GAPS = 2.0


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


def lines_of(page: GlyphPage, grids: Sequence[Grid] = ()) -> list[Line]:
    """The lines of a page in reading order; characters inside ``grids`` become table rows.

    ``grids`` are in the upright page.
    """
    fragments = fragments_of(page, grids)
    if not page.ordered:
        fragments = in_reading_order(fragments)
    lines = []
    for group in _bands(fragments):
        if group[0].table:
            lines.extend(group[0].table)
        else:
            lines.append(line_of([g for fragment in group for g in fragment.glyphs]))
    return [line for line in lines if line.text]


def glyphs_of(page: GlyphPage) -> Iterable[tuple[int, Glyph]]:
    """Printed characters with their index; characters drawn twice at one place come once."""
    seen: dict[str, list[tuple[float, float]]] = {}
    spaced = False
    for index, (character, shown) in enumerate(zip(page.text, page.boxes, strict=True)):
        if character.isspace():
            spaced = True
            continue
        at = upright(shown, page) if page.turn or page.skew else shown
        x, y, near = at[0], at[1], DRAWN_TWICE * (at[3] - at[1])
        places = seen.setdefault(character, [])
        if any(abs(x - a) <= near and abs(y - b) <= near for a, b in places[-60:]):
            continue
        places.append((x, y))
        yield index, Glyph(character, shown, at, spaced)
        spaced = False


def fragments_of(page: GlyphPage, grids: Sequence[Grid]) -> list[Fragment]:
    """Cut the stream of characters where the pen leaves the line; tables become one fragment."""
    fragments: list[Fragment] = []
    held: dict[int, list[Glyph]] = {}
    current: Fragment | None = None
    last = -1
    for index, glyph in glyphs_of(page):
        place = _grid_of(glyph, grids)
        if place is not None:
            if place not in held:
                held[place] = []
                fragments.append(Fragment(held[place], grids[place].at))
            held[place].append(glyph)
            current = None
            continue
        breaks = current is None or not page.breaks.isdisjoint(range(last + 1, index + 1))
        last = index
        if current is None or breaks or not (page.reader == "ocr" or _writes_on(current, glyph)):
            current = Fragment([], glyph.at)
            fragments.append(current)
        current.take(glyph)
    for fragment in fragments:
        _set_table(fragment, held, grids)
    return fragments


def _set_table(fragment: Fragment, held: dict[int, list[Glyph]], grids: Sequence[Grid]) -> None:
    for place, glyphs in held.items():
        if fragment.glyphs is glyphs:
            fragment.table = table_rows(glyphs, grids[place])


def _grid_of(glyph: Glyph, grids: Sequence[Grid]) -> int | None:
    if not grids:
        return None
    x, y = (glyph.at[0] + glyph.at[2]) / 2, (glyph.at[1] + glyph.at[3]) / 2
    for place, grid in enumerate(grids):
        if grid.at[0] <= x <= grid.at[2] and grid.at[1] <= y <= grid.at[3]:
            return place
    return None


def _writes_on(fragment: Fragment, glyph: Glyph) -> bool:
    """Tell whether the glyph stands close behind the fragment, on its line."""
    left, top, right, bottom = glyph.at
    last = fragment.glyphs[-1].at
    size = max(bottom - top, last[3] - last[1], 0.1)
    shared = min(fragment.at[3], bottom) - max(fragment.at[1], top)
    if shared < SAME_BAND * min(bottom - top, fragment.height):
        return False
    return -0.5 * size <= left - last[2] <= COLUMN_GAP * size or (
        # punctuation may be set into the cell before it
        last[0] <= left <= last[2] + size * COLUMN_GAP and right > last[2]
    )


def _bands(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Join neighbours in reading order that stand on one line; each from left to right."""
    groups: list[list[Fragment]] = []
    for fragment in fragments:
        if groups and same_band(groups[-1][-1], fragment):
            groups[-1].append(fragment)
        else:
            groups.append([fragment])
    return [sorted(group, key=lambda f: f.at[0]) for group in groups]


def line_of(glyphs: Sequence[Glyph]) -> Line:
    """Set a line: drop needless spaces, keep words and the cells of a row apart."""
    text: list[str] = []
    boxes: list[Corners | None] = []
    height = median(g.at[3] - g.at[1] for g in glyphs)
    gaps = _gaps(glyphs, height)
    spaced = _is_letter_spaced(glyphs, gaps)
    wide = 0
    at = glyphs[0].at
    before: Glyph | None = None
    for glyph in glyphs:
        if before is not None:
            gap = glyph.at[0] - before.at[2]
            apart = gap >= COLUMN_GAP * height and not spaced
            wide += apart and is_wide(before.text) + is_wide(glyph.text) > 0
            if apart or _between_words(before, glyph, gap, height):
                text.append(" ")
                boxes.append(None)
        text.append(glyph.text)
        boxes.append(glyph.shown)
        at = union(at, glyph.at)
        before = glyph
    return Line("".join(text), boxes, at, height, row=wide >= CELLS - 1)


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
    return max(gaps) <= EVEN_GAPS * min(gaps) + 1


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
    fragments: list[Fragment] = []
    for glyph in glyphs:
        if not fragments or not _writes_on(fragments[-1], glyph):
            fragments.append(Fragment([], glyph.at))
        fragments[-1].take(glyph)
    lines = [line_of([g for f in band for g in f.glyphs]) for band in by_bands(fragments)]
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
