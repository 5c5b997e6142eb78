"""Reading order: keep the file's where it reads down the page, else columns and lines by geometry.

Files written by word processors hold their characters in reading order; typesetting systems do
not. So the file's order is kept unless it jumps up the page or back into lines it has left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from statistics import median

from auditor.core.layout import Corners

SAME_BAND = 0.5
UP_JUMPS = 0.12
CROSSING = 0.15
COLUMN_LINES = 4
COLUMN_FILL = 0.6
GUTTER = 0.6
WIDE = re.compile(
    r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]"
)
CJK_MARKS = frozenset("“”‘’—…·《》〈〉「」『』【】〔〕、。〇①②③④⑤⑥⑦⑧⑨⑩●■◆★")


@dataclass(slots=True)
class Glyph:
    """One character: ``shown`` is its box on the page, ``at`` its box in the upright page."""

    text: str
    shown: Corners
    at: Corners
    spaced: bool = False


@dataclass(slots=True)
class Line:
    """One printed line or table row; ``boxes`` has None for characters that we put in.

    ``left`` … ``bottom`` are edges in the upright page, ``height`` that of its characters, in
    points; ``page`` is the index of its page; ``by_ocr``: its height is a guess.
    """

    text: str
    boxes: list[Corners | None]
    at: Corners
    height: float
    row: bool = False
    cells: tuple[str, ...] = ()
    page: int = 0
    by_ocr: bool = False

    @property
    def left(self) -> float:
        """Left edge in the upright page."""
        return self.at[0]

    @property
    def right(self) -> float:
        """Right edge in the upright page."""
        return self.at[2]


@dataclass(slots=True)
class Fragment:
    """Neighbouring characters of one line as the file holds them, or a whole ruled table."""

    glyphs: list[Glyph]
    at: Corners
    table: list[Line] = field(default_factory=list)

    @property
    def height(self) -> float:
        """Height of its band in points."""
        return max(self.at[3] - self.at[1], 0.1)

    @property
    def middle(self) -> float:
        """Vertical centre in points."""
        return (self.at[1] + self.at[3]) / 2

    @classmethod
    def of(cls, glyphs: list[Glyph]) -> Fragment:
        """A fragment of glyphs, with the box around them."""
        return cls(glyphs, around([glyph.at for glyph in glyphs]))


def around(boxes: Sequence[Corners]) -> Corners:
    """The smallest box around some boxes (at least one)."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def union(one: Corners, other: Corners) -> Corners:
    """The smallest box around two boxes."""
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def in_reading_order(fragments: list[Fragment], gutter: float | None = None) -> list[Fragment]:
    """Keep the file's order where it reads down the page, else sort by columns and lines.

    ``gutter`` is the strip between the columns of the document's other pages, if they have one.
    """
    if len(fragments) < 3:
        return fragments
    if gutter is not None and not _reads_in_columns(fragments, gutter):
        return sorted_by_columns(fragments, gutter=gutter)
    if _is_disordered(fragments) or _runs_across_columns(fragments):
        return sorted_by_columns(fragments)
    return _with_late_lines_moved(fragments)


def _reads_in_columns(fragments: Sequence[Fragment], gutter: float) -> bool:
    """Tell whether the file's order already goes down the left column before the right one.

    Also where the page has no two columns there.
    """
    left, right = _sides([f for f in fragments if not _crosses(f, gutter)], gutter)
    crossing = len(fragments) - len(left) - len(right)
    if not left or not right or crossing > CROSSING * len(fragments) + 2:
        return True
    turns = sum((a.at[0] > gutter) != (b.at[0] > gutter) for a, b in pairwise([*left, *right]))
    order = [f.at[0] > gutter for f in fragments if not _crosses(f, gutter)]
    return sum(a != b for a, b in pairwise(order)) <= turns


def _with_late_lines_moved(fragments: Sequence[Fragment]) -> list[Fragment]:
    """Put lines that the file holds too late where they stand among the lines of their column."""
    ordered: list[list[Fragment]] = []
    boxes: list[Corners] = []
    for line in grouped_lines(fragments):
        box = around([fragment.at for fragment in line])
        place = len(ordered)
        while place and _stands_above(box, boxes[place - 1]):
            place -= 1
        ordered.insert(place, line)
        boxes.insert(place, box)
    return [fragment for line in ordered for fragment in line]


def grouped_lines(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Group neighbours in the order of the file that stand on one printed line."""
    groups: list[list[Fragment]] = []
    for fragment in fragments:
        if groups and same_band(groups[-1][-1], fragment):
            groups[-1].append(fragment)
        else:
            groups.append([fragment])
    return groups


def _stands_above(box: Corners, other: Corners) -> bool:
    """Tell whether a line belongs before another one: above it, in its column."""
    if box[3] > other[1] + 0.3 * (other[3] - other[1]):
        return False
    shared = min(box[2], other[2]) - max(box[0], other[0])
    return shared > 0.3 * min(box[2] - box[0], other[2] - other[0])


def _is_disordered(fragments: Sequence[Fragment]) -> bool:
    """Tell whether the file's order jumps up the page, or back into lines it has left."""
    jumps = intruders = 0
    lines: list[Corners] = []
    for before, fragment in pairwise(fragments):
        lines.append(before.at)
        if fragment.at[3] <= before.at[1] + 0.3 * before.height:
            jumps += 1
            intruders += any(_lies_in(fragment.at, line) for line in lines[-200:-1])
    allowed = max(3.0, UP_JUMPS * len(fragments))
    return jumps > allowed or intruders > 2


def _lies_in(box: Corners, line: Corners) -> bool:
    shared = min(box[3], line[3]) - max(box[1], line[1])
    same = shared > 0.6 * min(box[3] - box[1], line[3] - line[1])
    size = line[3] - line[1]
    return same and box[0] < line[2] + size and box[2] > line[0] - size


def _runs_across_columns(fragments: Sequence[Fragment]) -> bool:
    """Tell whether the file goes on to the right of the same line again and again."""
    across = sum(same_band(a, b) and b.at[0] > a.at[2] for a, b in pairwise(fragments))
    return across > 0.3 * len(fragments) and len(fragments) >= 2 * COLUMN_LINES


def sorted_by_columns(
    fragments: list[Fragment], depth: int = 0, gutter: float | None = None
) -> list[Fragment]:
    """Sort by geometry: left column before right column, between lines of the whole width."""
    if gutter is None and depth < 3:
        gutter = gutter_of(fragments)
    if gutter is None:
        return [f for band in by_bands(fragments) for f in band]
    crossing = sorted((f for f in fragments if _crosses(f, gutter)), key=lambda f: f.at[1])
    rest = [f for f in fragments if not _crosses(f, gutter)]
    ordered: list[Fragment] = []
    for wide in [*crossing, None]:
        limit = wide.at[1] if wide is not None else float("inf")
        above = [f for f in rest if f.middle < limit]
        rest = [f for f in rest if f.middle >= limit]
        for side in _sides(above, gutter):
            ordered.extend(sorted_by_columns(side, depth + 1))
        ordered.extend([wide] if wide is not None else [])
    return ordered


def _sides(fragments: list[Fragment], gutter: float) -> tuple[list[Fragment], list[Fragment]]:
    return (
        [f for f in fragments if f.at[2] <= gutter],
        [f for f in fragments if f.at[2] > gutter],
    )


def _crosses(fragment: Fragment, gutter: float) -> bool:
    return fragment.at[0] < gutter < fragment.at[2]


def gutter_of(fragments: Sequence[Fragment]) -> float | None:
    """The middle of the white strip between two columns of running text, None without one."""
    if len(fragments) < 2 * COLUMN_LINES:
        return None
    left, right = min(f.at[0] for f in fragments), max(f.at[2] for f in fragments)
    size = median(f.height for f in fragments)
    edges = sorted(
        {f.at[2] for f in fragments if 0.2 < (f.at[2] - left) / (right - left + 1) < 0.8}
    )
    best: tuple[int, float] | None = None
    for edge in edges:
        place = edge + GUTTER * size / 2
        crossing = sum(f.at[0] < edge + GUTTER * size and f.at[2] > edge + 0.01 for f in fragments)
        if best is None or crossing < best[0]:
            best = (crossing, place)
    if best is None or best[0] > CROSSING * len(fragments):
        return None
    sides = _sides([f for f in fragments if not _crosses(f, best[1])], best[1])
    return best[1] if all(_reads_as_column(side) for side in sides) else None


def _reads_as_column(side: Sequence[Fragment]) -> bool:
    """Tell running text from cells: several lines, most of which fill the column's width."""
    bands = by_bands(side)
    if len(bands) < COLUMN_LINES:
        return False
    width = max(f.at[2] for f in side) - min(f.at[0] for f in side)
    widths = [max(f.at[2] for f in band) - min(f.at[0] for f in band) for band in bands]
    return median(widths) >= COLUMN_FILL * width and width > 8 * median(f.height for f in side)


def by_bands(fragments: Iterable[Fragment]) -> list[list[Fragment]]:
    """Group by printed line, top to bottom; each line from left to right."""
    bands: list[list[Fragment]] = []
    top = bottom = 0.0
    for fragment in sorted(fragments, key=lambda f: (f.middle, f.at[0])):
        inside = top <= fragment.middle <= bottom and not fragment.table
        if bands and inside and not bands[-1][0].table:
            bands[-1].append(fragment)
        else:
            bands.append([fragment])
            top, bottom = fragment.at[1], fragment.at[3]
    return [sorted(band, key=lambda f: f.at[0]) for band in bands]


def same_band(one: Fragment, other: Fragment) -> bool:
    """Tell whether two fragments stand on one printed line; tables stand alone."""
    if one.table or other.table:
        return False
    shared = min(one.at[3], other.at[3]) - max(one.at[1], other.at[1])
    return shared >= SAME_BAND * min(one.height, other.height)


@lru_cache(maxsize=1 << 15)
def is_wide(character: str) -> bool:
    """Tell Chinese characters and their punctuation, which are set without spaces."""
    return bool(WIDE.match(character)) or character in CJK_MARKS
