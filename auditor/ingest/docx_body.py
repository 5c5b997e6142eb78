"""The blocks of a Word document in body order: paragraphs, tables and what hangs on them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from auditor.core.documents import BlockKind
from auditor.ingest.content import cell_text
from auditor.ingest.docx_drawings import (
    CHART,
    DIAGRAM,
    OBJECT,
    TEXT_BOX,
    WORD_ART,
    chart_rows,
    diagram_lines,
    drawn,
    is_painted,
    relation_of,
)
from auditor.ingest.docx_markup import DELETED, Element, W, find, number, unwrapped, value
from auditor.ingest.docx_numbering import Numbering
from auditor.ingest.docx_runs import InlineReader
from auditor.ingest.docx_styles import Styles, heading_level, is_shaded
from auditor.ingest.docx_tables import Piece, Row, Table, cell_of, table_pieces
from auditor.ingest.package import parse_part

LONGEST_HEADING = 120
FORMULA_OBJECT = ("equation", "mathtype")
PARAGRAPH, TABLE, CHUNK = f"{W}p", f"{W}tbl", f"{W}altChunk"
ROW, CELL = f"{W}tr", f"{W}tc"
After = Callable[[list[Piece]], None]


@dataclass(slots=True)
class Found:
    """What is met while reading, over all stories of one document.

    ``hidden`` are (how, text); ``notes`` wait for being read; ``counts`` of what is not read:
    ``objects`` and ``chunks`` (embedded files).
    """

    hidden: list[tuple[str, str]] = field(default_factory=list)
    notes: deque[tuple[str, str, bool]] = field(default_factory=deque)
    counts: Counter[str] = field(default_factory=Counter)
    parts: set[str] = field(default_factory=set)


class BodyReader:
    """Reads one story: ``story`` is its root, ``part`` the part that holds its relations."""

    def __init__(
        self, story: Element, part: Any, styles: Styles, numbering: Numbering, found: Found
    ) -> None:
        self._part = part
        self._styles = styles
        self._numbering = numbering
        self._found = found
        self._inline = InlineReader(story, styles)
        self._carried: list[str] = []

    def shade(self) -> None:
        """Take the ground of the whole story for coloured."""
        self._inline.shaded = True

    def pieces(
        self, element: Element, *, in_cell: bool = False, after: After | None = None
    ) -> list[Piece]:
        """The blocks inside ``element``; ``after`` is called behind each of them."""
        pieces: list[Piece] = []
        for child in unwrapped(element):
            if child.tag == PARAGRAPH:
                self._paragraph(child, pieces, in_cell)
            elif child.tag == TABLE:
                pieces += self._table(child)
            elif child.tag == CHUNK:
                self._found.counts["chunks"] += 1
            if after is not None:
                after(pieces)
        if self._carried:
            pieces.append(Piece(BlockKind.PARAGRAPH, "".join(self._carried)))
        self._carried = []
        return pieces

    def _paragraph(self, paragraph: Element, pieces: list[Piece], in_cell: bool) -> None:
        inline = self._inline.read(paragraph)
        self._found.hidden += inline.hidden
        self._found.notes += inline.notes
        properties = find(paragraph, "pPr")
        for behind, unseen, drawing in inline.drawings:
            if not behind:
                self._drawing(drawing, unseen, pieces)
        self._carried.append(inline.text)
        if not _joins_next(properties):
            text, self._carried = "".join(self._carried), []
            if text.strip() or not inline.hidden:
                self._add(text, properties, pieces, in_cell)
        for behind, unseen, drawing in inline.drawings:
            if behind:
                self._drawing(drawing, unseen, pieces)

    def _add(
        self, text: str, properties: Element | None, pieces: list[Piece], in_cell: bool
    ) -> None:
        """Add a paragraph with its number, as the heading or body text that its style makes it."""
        style = value(find(properties, "pStyle"))
        label = self._numbering.label(find(properties, "numPr"), style)
        if not text.strip() and not (label and in_cell):
            return
        if label:
            text = label + text.lstrip()
        level = self._level(properties, style)
        if level and len(text) <= LONGEST_HEADING:
            shown = cell_text(text) if "\n" in text.strip() else text
            pieces.append(Piece(BlockKind.HEADING, shown, level=level))
            return
        pieces += [Piece(BlockKind.PARAGRAPH, line) for line in text.split("\n") if line.strip()]

    def _level(self, properties: Element | None, style: str) -> int:
        stated = number(find(properties, "outlineLvl"))
        return self._styles.level_of(style) if stated is None else heading_level(stated)

    def _drawing(self, drawing: Element, unseen: str, pieces: list[Piece]) -> None:
        """Add what a drawing holds; the text of one that nobody sees is kept apart."""
        inside: list[Piece] = []
        for element in drawn(drawing):
            if element.tag == TEXT_BOX:
                inside += self._box(element)
            elif element.tag == WORD_ART:
                inside.append(Piece(BlockKind.PARAGRAPH, element.get("string") or ""))
            elif element.tag == OBJECT:
                program = (element.get("ProgID") or "").lower()
                self._found.counts["objects"] += not program.startswith(FORMULA_OBJECT)
            else:
                inside += self._related(element)
        if unseen:
            text = " ".join(piece.text for piece in inside if not piece.picture)
            self._found.hidden.append((unseen, text))
        else:
            pieces += inside

    def _box(self, box: Element) -> list[Piece]:
        before, carried = self._inline.shaded, self._carried
        self._inline.shaded, self._carried = is_painted(box), []
        pieces = self.pieces(box)
        self._inline.shaded, self._carried = before, carried
        return pieces

    def _related(self, element: Element) -> list[Piece]:
        """A picture, or the text of a diagram or chart, each part once."""
        part = self._part.rels.get(relation_of(element))
        if part is None or part.is_external:
            return []
        target = part.target_part
        if element.tag not in (CHART, DIAGRAM):
            return [Piece(BlockKind.PARAGRAPH, "", picture=target)]
        if target.partname in self._found.parts:
            return []
        self._found.parts.add(target.partname)
        root = parse_part(target.blob, target.partname, str(self._part.partname))
        if element.tag == DIAGRAM:
            return [Piece(BlockKind.PARAGRAPH, line) for line in diagram_lines(root)]
        title, rows = chart_rows(root)
        heading = [Piece(BlockKind.PARAGRAPH, title)] if title else []
        return heading + table_pieces(Table([Row.of(row) for row in rows]))

    def _table(self, table: Element) -> list[Piece]:
        """The rows of a table; hidden and deleted rows are no part of it."""
        style = value(find(table, "tblPr", "tblStyle"))
        before = self._inline.shaded
        ground = before or (bool(style) and self._styles.shades(style))
        rows = []
        for row in unwrapped(table):
            if row.tag != ROW:
                continue
            properties = find(row, "trPr")
            if properties is not None and any(mark.tag in DELETED for mark in properties):
                continue
            read = self._row(row, ground)
            if find(properties, "hidden") is not None:
                self._found.hidden.append(("vanish", " | ".join(c.text for c in read.cells)))
            else:
                rows.append(read)
        self._inline.shaded = before
        return table_pieces(Table(rows))

    def _row(self, row: Element, ground: bool) -> Row:
        properties = find(row, "trPr")
        read = Row(is_head=find(properties, "tblHeader") is not None)
        column = max(number(find(properties, "gridBefore")) or 0, 0)
        for cell in unwrapped(row):
            if cell.tag != CELL:
                continue
            shade = find(cell, "tcPr", "shd")
            self._inline.shaded = ground or is_shaded(shade)
            inside = self.pieces(cell, in_cell=True)
            found = cell_of(cell, column, inside)
            if found.goes_on:
                self._found.hidden.append(("vanish", " ".join(piece.text for piece in inside)))
            column += found.span
            read.cells.append(found)
        return read


def _joins_next(properties: Element | None) -> bool:
    """Tell whether the paragraph's end was deleted, so that the next one goes on in it."""
    marks = find(properties, "rPr")
    return marks is not None and any(mark.tag in DELETED for mark in marks)
