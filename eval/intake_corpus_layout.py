"""Set papers into lines and pages with a position for every character, for all own writers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from eval.intake_corpus_text import Item

Measure = Callable[[str, str, float], float]
"""Width in points of a character in a font (``song``, ``hei``, ``kai``) of a size."""
CLOSING = set("，。、；：！？）》〉”’】〕％%…")
OPENING = set("（《〈“‘【〔")
UNBROKEN = re.compile(r"[0-9A-Za-z.%/,]+|.", re.DOTALL)


@dataclass(slots=True)
class Line:
    """A printed line: its text, the left edge of every character, baseline from the top (points).

    ``item`` is the index of the paper's item, -1 for a running header, footer or page number.
    """

    text: str
    xs: list[float]
    y: float
    font: str
    size: float
    item: int
    colour: str = "black"


@dataclass(slots=True)
class Sheet:
    """A page of set lines and ruled strokes (x0, y0, x1, y1); y runs down from the top."""

    width: float
    height: float
    lines: list[Line] = field(default_factory=list)
    strokes: list[tuple[float, float, float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Form:
    """How a paper is set: points, columns, running header, whether page numbers are printed."""

    width: float = 595.0
    height: float = 842.0
    left: float = 79.0
    top: float = 90.0
    bottom: float = 90.0
    size: float = 15.0
    pitch: float = 27.0
    columns: int = 1
    gap: float = 24.0
    header: str = ""
    numbered: bool = True


STYLES = {
    "title": ("hei", 1.35),
    "head1": ("hei", 1.0),
    "head2": ("kai", 1.0),
    "note": ("song", 0.75),
}


class Setter:
    """Sets the items of a paper one after the other."""

    def __init__(self, form: Form, measure: Measure) -> None:
        self.form, self.measure = form, measure
        self.sheets: list[Sheet] = []
        self.column = form.columns
        self.y = self.floor = self.start = 0.0
        self.column_width = (form.width - 2 * form.left - form.gap * (form.columns - 1)) / (
            form.columns
        )

    def set_paper(self, items: Sequence[Item]) -> list[Sheet]:
        """Set all items; rows that follow each other become one ruled table."""
        self._turn()
        index = 0
        while index < len(items):
            rows = index
            while rows < len(items) and items[rows].kind == "row":
                rows += 1
            if rows > index:
                self._table(items[index:rows], index)
                index = rows
            else:
                self._item(items[index], index)
                index += 1
        return self.sheets

    def _turn(self) -> None:
        """Begin the next column, on a new page where there is none left."""
        form = self.form
        self.column += 1
        if self.column >= form.columns:
            self.column = 0
            self.sheets.append(Sheet(form.width, form.height))
            self.start = form.top
            self._furniture()
        self.y = self.start
        self.floor = form.height - form.bottom

    def _furniture(self) -> None:
        form, sheet = self.form, self.sheets[-1]
        if form.header:
            self._put(form.header, "song", 10.5, (-1, "centre"), form.top - 40)
            line = form.top - 34
            sheet.strokes.append((form.left, line, form.width - form.left, line))
        if form.numbered:
            self._put(f"— {len(self.sheets)} —", "song", 12, (-1, "centre"), form.height - 45)

    def _put(self, text: str, font: str, size: float, of: tuple[int, str], y: float) -> None:
        """Put one line across the whole page: ``of`` is its item and its place."""
        item, place = of
        width = sum(self.measure(c, font, size) for c in text)
        gap = size if place == "spread" else 0.0
        width += gap * (len(text) - 1)
        x = self.form.width - self.form.left - width
        if place in ("centre", "spread"):
            x = (self.form.width - width) / 2
        elif place == "left":
            x = self.form.left + (0 if item < 0 else 2 * size)
        line = self._line(text, x, y, (font, size), item)
        line.xs = [left + gap * i for i, left in enumerate(line.xs)]
        self.sheets[-1].lines.append(line)

    def _line(self, text: str, x: float, y: float, face: tuple[str, float], item: int) -> Line:
        xs = []
        for character in text:
            xs.append(x)
            x += self.measure(character, *face)
        return Line(text, xs, y, face[0], face[1], item)

    def _item(self, item: Item, index: int) -> None:
        font, factor = STYLES.get(item.kind, ("song", 1.0))
        size = self.form.size * factor
        if item.style == "red":
            font, size = "hei", self.form.size * 2.4
            self.y += size
        pieces = self._broken(item, font, size)
        if item.kind == "title":
            self.y += self.form.pitch * 0.4
        for number, piece in enumerate(pieces):
            self._room(self.form.pitch)
            self._set_line(item, (piece, number, len(pieces)), (font, size), index)
        if item.kind == "title":
            self.y += self.form.pitch * 0.6
            if self.column == 0:  # a title spans all columns
                self.start = self.y

    def _room(self, height: float) -> None:
        if self.y + height > self.floor:
            self._turn()

    def _x(self) -> float:
        return self.form.left + self.column * (self.column_width + self.form.gap)

    def _set_line(
        self, item: Item, piece: tuple[str, int, int], face: tuple[str, float], index: int
    ) -> None:
        text, number, count = piece
        self.y += self.form.pitch
        sheet = self.sheets[-1]
        if item.style in ("both", "bothrule"):
            left, right = text.split("\t")
            self._put(left, *face, (index, "left"), self.y)
            self._put(right, *face, (index, "right"), self.y)
        elif item.style in ("centre", "spread", "red", "right"):
            self._put(text, *face, (index, item.style.replace("red", "centre")), self.y)
        else:
            indent = {"flush": 0.0, "rule": 2.0, "deep": 5.0}.get(item.style, 2.0)
            x = self._x() + (indent * face[1] if number == 0 else 0.0)
            line = self._line(text, x, self.y, face, index)
            self._justify(line, is_last=number == count - 1)
            sheet.lines.append(line)
        if item.style == "red":
            sheet.lines[-1].colour = "red"
            self.y += face[1]
        if item.style in ("rule", "bothrule"):
            x0, x1 = self.form.left, self.form.width - self.form.left
            sheet.strokes.append((x0, self.y + 8, x1, self.y + 8))

    def _justify(self, line: Line, is_last: bool) -> None:
        """Fill the column, or take back what stands over; a last line is only taken back."""
        end = line.xs[-1] + self.measure(line.text[-1], line.font, line.size)
        spare = self._x() + self.column_width - end
        steps = max(1, len(line.text) - 1)
        if is_last and spare >= 0:
            return
        line.xs = [x + spare * i / steps for i, x in enumerate(line.xs)]

    def _broken(self, item: Item, font: str, size: float) -> list[str]:
        if item.style in ("both", "bothrule"):
            return [item.text]
        width = self.column_width
        if item.style in ("centre", "spread", "right", "red"):
            return self._balanced(item.text, font, size)
        indent = 0 if item.style == "flush" else 5 if item.style == "deep" else 2
        return self.wrap(item.text, font, size, width, indent)

    def _balanced(self, text: str, font: str, size: float) -> list[str]:
        """Break a centred line into lines of about equal length."""
        full = self.form.width - 2 * self.form.left
        lines = self.wrap(text, font, size, full, 0)
        if len(lines) == 1:
            return lines
        even = sum(self.measure(c, font, size) for c in text) / len(lines) + size
        return self.wrap(text, font, size, min(full, even), 0)

    def wrap(self, text: str, font: str, size: float, width: float, indent: float) -> list[str]:
        """Break a paragraph into lines by the rules of Chinese typesetting."""
        lines, line, used = [], "", indent * size
        for token in UNBROKEN.findall(text):
            step = sum(self.measure(c, font, size) for c in token)
            if line and used + step > width and token not in CLOSING:
                carried = line[-1] if line[-1] in OPENING and len(line) > 1 else ""
                lines.append(line[: len(line) - len(carried)])
                line, used = carried, size if carried else 0.0
            line += token
            used += step
        return [*lines, line]

    def _table(self, rows: Sequence[Item], first: int) -> None:
        size = self.form.size * 0.8
        pitch = size * 1.4
        self.y += size
        widths = self._column_widths(rows, size)
        for offset, row in enumerate(rows):
            cells = [
                self.wrap(cell, "song", size, width - 8, 0)
                for cell, width in zip(row.cells, widths, strict=True)
            ]
            height = max(map(len, cells)) * pitch + 8
            self._room(height)
            self._row(cells, widths, (size, pitch, height), first + offset)
        self.y += self.form.pitch * 0.5

    def _column_widths(self, rows: Sequence[Item], size: float) -> list[float]:
        count = len(rows[0].cells)
        longest = [max(len(row.cells[c]) for row in rows) for c in range(count)]
        wanted = [min(n, 12) * size + 12 for n in longest]
        scale = self.column_width / sum(wanted)
        return [w * scale for w in wanted]

    def _row(
        self,
        cells: list[list[str]],
        widths: list[float],
        sizes: tuple[float, float, float],
        item: int,
    ) -> None:
        size, pitch, height = sizes
        sheet, x = self.sheets[-1], self._x()
        right, bottom = x + self.column_width, self.y + height
        sheet.strokes.append((x, self.y, right, self.y))
        sheet.strokes.append((x, bottom, right, bottom))
        for cell, width in zip(cells, widths, strict=True):
            sheet.strokes.append((x, self.y, x, bottom))
            y = self.y + 4 + (height - 8 - len(cell) * pitch) / 2
            for text in cell:
                y += pitch
                sheet.lines.append(self._line(text, x + 4, y - 0.3 * size, ("song", size), item))
            x += width
        sheet.strokes.append((right, self.y, right, bottom))
        self.y = bottom
