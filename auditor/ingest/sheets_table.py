"""The rows of a sheet as tables: titles above, one to three rows of column names, data below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from auditor.core.documents import BlockKind
from auditor.ingest.content import names_columns

MAX_HEAD_ROWS = 3
LONG_CELL = 40
YEAR = re.compile(r"(?:19|20)\d{2}")
NOTE = re.compile(r"(?:注|备注|说明|填表|单位|制表|填报|审核|数据来源|资料来源)[^|]{0,8}[:：]")


@dataclass(slots=True)
class Row:
    """A row that holds something: texts by column (from 0), and the extent of merged cells.

    ``spans`` gives rows and columns of the merged cells that begin in this row.
    """

    index: int
    cells: dict[int, str]
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)

    def texts(self) -> list[str]:
        """The texts of the filled cells in order."""
        return list(self.cells.values())


@dataclass(frozen=True, slots=True)
class Line:
    """One block of the document's text: its kind, text, header cells, and where it stands."""

    kind: BlockKind
    text: str
    index: int
    columns: tuple[int, int]
    header: tuple[str, ...] = ()


@dataclass(slots=True)
class Table:
    """A table and the lines of text above and below it."""

    lines: list[Line] = field(default_factory=list)


def place_of(sheet: str, index: int, columns: tuple[int, int]) -> str:
    """The place of a row as the program shows it: ``表1!A5:F5``."""
    first, last = (f"{letters(column)}{index + 1}" for column in columns)
    return f"{sheet}!{first}:{last}" if first != last else f"{sheet}!{first}"


def letters(column: int) -> str:
    """The letters of a column (0 = A)."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def tables_of(rows: Sequence[Row]) -> Iterator[Table]:
    """Part the rows of a sheet into tables; empty rows with a new title begin a new one."""
    for group in _groups(rows):
        yield _table(group)


def _groups(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Cut where, behind an empty row, a title or other columns begin."""
    group: list[Row] = []
    for row in rows:
        apart = bool(group) and row.index > group[-1].index + 1
        if apart and len(group) > 1 and _begins_anew(row, group):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _begins_anew(row: Row, group: Sequence[Row]) -> bool:
    if len(row.cells) == 1:
        return not NOTE.match(row.texts()[0])
    wide = max(group, key=lambda r: len(r.cells))
    return names_columns(row.texts()) and set(row.cells) != set(wide.cells)


def _table(rows: Sequence[Row]) -> Table:
    columns = sorted({column for row in rows for column in row.cells})
    table = Table()
    place = _head_place(rows)
    if place is None:
        for row in rows:
            table.lines.append(_line(row, columns, {}))
        return table
    depth = _head_depth(rows, place)
    head = _joined(rows[place : place + depth], columns)
    for row in rows[:place]:
        table.lines.append(_paragraph(row))
    for row in rows[place : place + depth]:
        table.lines.append(_head(row, columns))
    for row in rows[place + depth :]:
        table.lines.append(_line(row, columns, head))
    return table


def _head_place(rows: Sequence[Row]) -> int | None:
    """The first row that names columns and has rows with several cells below it."""
    for place, row in enumerate(rows[:-1]):
        if len(row.cells) > 1 and not _is_title(row):
            named = names_columns(_without_years(row.texts()))
            below = any(len(other.cells) > 1 for other in rows[place + 1 :])
            return place if named and below else None
    return None


def _is_title(row: Row) -> bool:
    """Tell the lines above a table: one merged cell, or notes such as the unit and the date."""
    return any(NOTE.match(text) for text in row.texts())


def _without_years(texts: Sequence[str]) -> list[str]:
    """Years name columns though they are figures, if a word stands before them."""
    if not texts or YEAR.fullmatch(texts[0]):
        return list(texts)
    return [f"{text}年" if YEAR.fullmatch(text) else text for text in texts]


def _head_depth(rows: Sequence[Row], place: int) -> int:
    """How many rows name the columns: as many as merged cells of the first one reach over."""
    first = rows[place]
    tall = max((span[0] for span in first.spans.values()), default=1)
    wide = any(span[1] > 1 and span[0] == 1 for span in first.spans.values())
    depth = min(tall, MAX_HEAD_ROWS)
    if depth == 1 and wide:
        depth = 2
    last = first.index + depth - 1
    inside = [row for row in rows[place : place + depth] if row.index <= last]
    while len(inside) > 1 and not names_columns([*_without_years(inside[-1].texts()), "x", "y"]):
        inside.pop()
    return min(len(inside), len(rows) - place - 1) or 1


def _joined(head: Sequence[Row], columns: Sequence[int]) -> dict[int, str]:
    """The name of each column: those of all head rows above it, once each."""
    names: dict[int, list[str]] = {column: [] for column in columns}
    for row in head:
        for column, text in row.cells.items():
            width = row.spans.get(column, (1, 1))[1]
            for covered in range(column, column + width):
                if covered in names and text not in names[covered]:
                    names[covered].append(text)
    return {column: " ".join(parts) for column, parts in names.items()}


def _paragraph(row: Row) -> Line:
    columns = (min(row.cells), max(row.cells))
    return Line(BlockKind.PARAGRAPH, " ".join(row.texts()), row.index, columns)


def _head(row: Row, columns: Sequence[int]) -> Line:
    kind = BlockKind.TABLE_HEAD
    return Line(kind, _cells(row, columns), row.index, (columns[0], columns[-1]))


def _line(row: Row, columns: Sequence[int], head: dict[int, str]) -> Line:
    """A data row under its header; a row that is one merged or long text is a paragraph."""
    if len(row.cells) == 1:
        ((column, text),) = row.cells.items()
        wide = row.spans.get(column, (1, 1))[1] > max(1, len(columns) // 2)
        if not head or wide or len(text) > LONG_CELL or NOTE.match(text) or len(columns) == 1:
            return _paragraph(row)
    names = tuple(head.get(column, "") for column in columns) if head else ()
    return Line(
        BlockKind.TABLE_ROW,
        _cells(row, columns),
        row.index,
        (min(row.cells), max(row.cells)),
        names,
    )


def _cells(row: Row, columns: Sequence[int]) -> str:
    return " | ".join(row.cells.get(column, "") for column in columns)
