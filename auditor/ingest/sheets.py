"""Spreadsheets (XLSX, XLS, ET, XLSB, ODS): rows as table rows that know their cells."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from auditor.core.documents import BlockKind
from auditor.core.errors import BrokenDocumentError
from auditor.ingest.compound import MARK, check_compound
from auditor.ingest.content import Content, ContentBuilder
from auditor.ingest.package import check_package
from auditor.ingest.sheets_table import Row, Table, place_of, tables_of
from auditor.ingest.sheets_values import printed
from auditor.ingest.sheets_xlsx import MAX_AREA, SheetLook, looks_of

MAX_ROWS = 200_000
MAX_COLUMNS = 2_000
MAX_CELLS = 3_000_000
MAX_CHARACTERS = 20_000_000
MAX_CELL = 20_000
REPEATED = re.compile(rb"number-(rows|columns)-repeated\s*=\s*[\"'](\d{1,9})[\"']")
REMEDY = "请去掉密码、另存为 XLSX 后重新提交。"


@dataclass(slots=True)
class Reading:
    """What has been read of a workbook so far, and how much may still be read."""

    builder: ContentBuilder = field(default_factory=ContentBuilder)
    warnings: list[str] = field(default_factory=list)
    cells: int = MAX_CELLS


def read_sheets(data: bytes, name: str) -> Content:
    """Read a workbook: each sheet a heading, its rows table rows below the names of columns.

    Formulas give their stored values. Hidden sheets, rows, columns and cells are kept apart.

    Raises:
        BrokenDocumentError: damaged, encrypted, hostile or larger than can be held.
    """
    looks: dict[str, SheetLook] = {}
    reading = Reading()
    if data.startswith(b"PK"):
        check_package(data, name)
        _check_parts(data, name)
        _check_repeats(data, name)
        looks, reading.warnings = looks_of(data, name)
    elif data.startswith(MARK):
        check_compound(data, name)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            for index, meta in enumerate(book.sheets_metadata):
                sheet = book.get_sheet_by_index(index)
                look = looks.get(meta.name, SheetLook())
                _read_sheet(reading, sheet, look, meta.visible == SheetVisibleEnum.Visible)
    except CalamineError as error:
        raise _broken(name, error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _broken(name, error) from error
    return reading.builder.build(warnings=tuple(reading.warnings))


def _broken(name: str, error: BaseException) -> BrokenDocumentError:
    secret = "password" in str(error).lower() or "encrypt" in str(error).lower()
    why = "表格已加密，无法读取" if secret else f"表格损坏或不是表格文件（{error}）"[:200]
    return BrokenDocumentError(name, why, hint=REMEDY)


def _check_parts(data: bytes, name: str) -> None:
    """Refuse parts that are not well-formed: the reader may wait for a closing tag for ever."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for part in package.namelist():
            if not part.endswith(".xml"):
                continue
            try:
                ParserCreate().Parse(package.read(part), True)
            except (ExpatError, LookupError) as error:  # LookupError: an encoding nobody knows
                raise BrokenDocumentError(
                    name, f"{part[:80]} 不是有效的 XML（{error}）", hint=REMEDY
                ) from error


def _check_repeats(data: bytes, name: str) -> None:
    """Refuse an ODS whose repeated cells with values unfold to more than can be held."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        if "content.xml" not in package.namelist():
            return
        content = package.read("content.xml")
    total = 0
    for row in content.split(b"<table:table-row")[1:]:
        times = {b"rows": 1, b"columns": 1}
        for kind, count in REPEATED.findall(row):
            times[kind] = max(times[kind], int(count))
        if b":value-type" in row:
            total += times[b"rows"] * times[b"columns"]
    if total > MAX_AREA:
        raise BrokenDocumentError(name, "工作表的行列范围过大", hint=REMEDY)


def _read_sheet(reading: Reading, sheet: CalamineSheet, look: SheetLook, visible: bool) -> None:
    rows = list(_rows(reading, sheet, look))
    if not rows:
        return
    if not visible:
        for row in rows:
            reading.builder.hide("vanish", " | ".join(row.texts()))
        reading.warnings.append(f"工作表“{sheet.name}”是隐藏的，未读入正文")
        return
    shown = _shown(reading, sheet.name, rows, look)
    if not shown:
        return
    reading.builder.add(BlockKind.HEADING, sheet.name, level=1, place=sheet.name)
    for table in tables_of(shown):
        _add_table(reading.builder, sheet.name, table)


def _rows(reading: Reading, sheet: CalamineSheet, look: SheetLook) -> Iterator[Row]:
    """The rows that hold anything, cells merged over rows given to each of them."""
    start = sheet.start
    if start is None:
        return
    merged = _Merged(sheet)
    for index, values in enumerate(sheet.iter_rows(), start=start[0]):
        reading.cells -= len(values)
        if index >= MAX_ROWS or reading.cells < 0 or reading.builder.length > MAX_CHARACTERS:
            reading.warnings.append(f"工作表“{sheet.name}”过大，第 {index + 1} 行起未读入")
            return
        cells = {}
        for column, value in enumerate(values[:MAX_COLUMNS], start=start[1]):
            text = printed(value, look.percent.get((index, column)))[:MAX_CELL]
            if text:
                cells[column] = text
        if len(values) > MAX_COLUMNS and any(values[MAX_COLUMNS:]):
            reading.warnings.append(f"工作表“{sheet.name}”第 {index + 1} 行列数过多，其后未读入")
        row = merged.row(index, cells)
        if row.cells:
            yield row


class _Merged:
    """The merged ranges of a sheet, by the row in which they begin."""

    def __init__(self, sheet: CalamineSheet) -> None:
        self._begin: dict[int, list[tuple[int, int, int]]] = {}
        self._open: dict[int, tuple[int, str]] = {}
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
            self._begin.setdefault(top, []).append((left, bottom, right))

    def row(self, index: int, cells: dict[int, str]) -> Row:
        """The row with what reaches into it from above; notes how wide and tall its cells are."""
        for column, (bottom, text) in list(self._open.items()):
            if index > bottom:
                del self._open[column]
            elif cells:
                cells.setdefault(column, text)
        row = Row(index, dict(sorted(cells.items())))
        for left, bottom, right in self._begin.get(index, []):
            row.spans[left] = (bottom - index + 1, right - left + 1)
            if bottom > index and left in cells:
                self._open[left] = (bottom, cells[left])
        return row


def _shown(reading: Reading, title: str, rows: list[Row], look: SheetLook) -> list[Row]:
    """Keep what a reader of the sheet sees; the rest goes apart, with a warning."""
    shown = []
    hidden_rows = hidden_cells = 0
    for row in rows:
        if row.index in look.hidden_rows:
            reading.builder.hide("vanish", " | ".join(row.texts()))
            hidden_rows += 1
            continue
        for column in list(row.cells):
            how = look.hiding.get((row.index, column), "")
            how = "vanish" if column in look.hidden_columns else how
            if how:
                reading.builder.hide(how, row.cells.pop(column))
                hidden_cells += 1
        if row.cells:
            shown.append(row)
    if hidden_rows:
        reading.warnings.append(f"工作表“{title}”有 {hidden_rows} 行隐藏或被筛去，未读入正文")
    if hidden_cells:
        reading.warnings.append(f"工作表“{title}”有 {hidden_cells} 个看不见的单元格，未读入正文")
    return shown


def _add_table(builder: ContentBuilder, sheet: str, table: Table) -> None:
    for line in table.lines:
        place = place_of(sheet, line.index, line.columns)
        builder.add(line.kind, line.text, header=line.header, place=place)
