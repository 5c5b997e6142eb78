"""Tables of Word documents: rows with their header cells, merged cells, tables used as layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from auditor.core.documents import BlockKind
from auditor.ingest.content import cell_text, names_columns
from auditor.ingest.docx_markup import DELETED, Element, find, number, value

MAX_SPAN, MAX_COLUMNS = 63, 1000
LONGEST_NAME = 60
MAX_HEAD_ROWS = 3
NESTED = (BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW)


@dataclass(slots=True)
class Piece:
    """One block on its way to the text; ``picture`` is the part of a picture in its place."""

    kind: BlockKind
    text: str
    level: int = 0
    header: tuple[str, ...] = ()
    picture: Any = None


@dataclass(slots=True)
class Cell:
    """A cell: its text on one line, its first column, how many it covers, the blocks inside.

    ``goes_on``: it is the lower part of a cell merged over rows, and empty. ``rows`` are the
    tables and pictures inside, which stand behind the row.
    """

    text: str
    column: int = 0
    span: int = 1
    goes_on: bool = False
    inside: list[Piece] = field(default_factory=list)
    rows: list[Piece] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """A row of cells; ``is_head`` says that Word repeats it on every page."""

    cells: list[Cell] = field(default_factory=list)
    is_head: bool = False

    @classmethod
    def of(cls, texts: Sequence[str]) -> Row:
        """A row of plain texts."""
        return cls([Cell(cell_text(text), place) for place, text in enumerate(texts)])

    @property
    def texts(self) -> list[str]:
        """The texts of the cells."""
        return [cell.text for cell in self.cells]


@dataclass(slots=True)
class Table:
    """The rows of a table."""

    rows: list[Row]


def cell_of(element: Element, column: int, inside: list[Piece]) -> Cell:
    """A cell (``w:tc``) that begins in ``column`` and holds the blocks ``inside``."""
    properties = find(element, "tcPr")
    merged = find(properties, "vMerge")
    goes_on = merged is not None and value(merged) in ("", "continue")
    removed = properties is not None and any(
        mark.tag in DELETED or str(mark.tag).endswith("}cellDel") for mark in properties
    )
    if goes_on or removed:
        inside = []
    span = min(max(number(find(properties, "gridSpan")) or 1, 1), MAX_SPAN)
    apart = [p for p in inside if p.kind in NESTED or p.picture is not None]
    text = "\n".join(p.text for p in inside if p.kind not in NESTED and p.picture is None)
    return Cell(cell_text(text), column, span, goes_on, inside, apart)


def table_pieces(table: Table) -> list[Piece]:
    """The blocks of a table: its rows under their header, or what a table of layout holds."""
    rows = [row for row in table.rows if any(c.text or c.rows for c in row.cells)]
    if is_layout(rows):
        return [piece for row in rows for cell in row.cells for piece in cell.inside]
    start, end = head_of(rows)
    names = column_names(rows[start:end])
    first = rows[start].texts if end > start else None
    pieces: list[Piece] = []
    for place, row in enumerate(rows):
        text = " | ".join(row.texts) if any(row.texts) else ""
        if start <= place < end or row.texts == first:
            pieces.append(Piece(BlockKind.TABLE_HEAD, text))
        else:
            header = tuple(names.get(c.column, "") for c in row.cells) if place >= end else ()
            pieces.append(Piece(BlockKind.TABLE_ROW, text, header=header if names else ()))
        pieces += [piece for cell in row.cells for piece in cell.rows]
    return pieces


def is_layout(rows: Sequence[Row]) -> bool:
    """Tell a frame around text from a table: one column, with several paragraphs in a cell.

    A single cell is always a frame.
    """
    if any(len(row.cells) != 1 for row in rows):
        return False
    return len(rows) == 1 or any(len(row.cells[0].inside) > 1 for row in rows)


def head_of(rows: Sequence[Row]) -> tuple[int, int]:
    """The rows (first, behind the last) that name the columns; equal where none does.

    They are those that Word repeats, else the first row of several cells if it names columns,
    with the row below where merged cells say that it belongs to them. Titles in one cell above
    them are passed over.
    """
    start = sum(1 for _ in takewhile(_is_title, rows))
    if start >= len(rows) - 1:
        return 0, 0
    repeated = sum(1 for _ in takewhile(lambda row: row.is_head, rows[start:]))
    if 0 < repeated <= MAX_HEAD_ROWS and start + repeated < len(rows):
        return start, start + repeated
    if not names_columns(rows[start].texts):
        return 0, 0
    end = start + _depth(rows[start:])
    return (start, end) if not start or _is_grid(rows[end - 1 :]) else (0, 0)


def _is_title(row: Row) -> bool:
    return len(row.cells) == 1


def _is_grid(rows: Sequence[Row]) -> bool:
    """Tell a table from a form: most rows below the first one have its columns."""
    columns = [cell.column for cell in rows[0].cells]
    alike = sum([cell.column for cell in row.cells] == columns for row in rows[1:])
    return 2 * alike > len(rows) - 1


def _depth(rows: Sequence[Row]) -> int:
    """Two where the second row parts merged cells of the first one and names columns too."""
    if len(rows) < 3:
        return 1
    wide = any(cell.span > 1 for cell in rows[0].cells)
    tall = any(cell.goes_on for cell in rows[1].cells)
    return 2 if wide and tall and names_columns([*rows[1].texts, "x", "y"]) else 1


def column_names(head: Sequence[Row]) -> dict[int, str]:
    """The name of each column: those of all head rows above it, once each."""
    names: dict[int, list[str]] = {}
    for row in head:
        for cell in row.cells:
            if cell.column > MAX_COLUMNS:
                break
            for column in range(cell.column, cell.column + cell.span):
                held = names.setdefault(column, [])
                if cell.text and cell.text not in held:
                    held.append(cell.text)
    return {column: " ".join(parts)[:LONGEST_NAME] for column, parts in names.items()}
