"""Submitted tables as rows of text: XLSX and XLS through calamine, CSV in any Chinese encoding."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import python_calamine
from charset_normalizer import from_bytes

from auditor.core.errors import BrokenDocumentError, EmptyDocumentError, UnsupportedFormatError
from auditor.intake.vocabulary import fields_of

MAX_BYTES = 50_000_000
MAX_UNPACKED = 200_000_000
MAX_CELLS = 1_000_000
LAST_COLUMN = 16_384
MAX_ROWS = 50_000
MAX_CELL = 4_000
HEAD_LINES = 30
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
EXPECTED = re.compile("特征|特徵|自评|自評|编号|編號|条款|條款|材料|文件|檔|结论|結論|部门|部門")
PACKAGE_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)
CELL = re.compile(rb"<(?:\w{1,9}:)?c[\s/>]")
PLACED = re.compile(
    rb"<(?:\w{1,9}:)?c\s(?:[^<>]{0,200}\s)?r=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^<>]{0,200}?(/?)>"
)
NUMBERED = re.compile(rb"\sr=[\"']([A-Z]{0,3})([0-9]{1,7})[\"']")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name (empty for CSV) and rows of cell texts, the first row being row 1."""

    name: str
    rows: tuple[tuple[str, ...], ...]


def read_sheets(data: bytes, name: str) -> tuple[Sheet, ...]:
    """Read all sheets of an XLSX, XLS or CSV file, told apart by content.

    Cells merged over several rows give their text to each of these rows. Formulas give their
    stored results and are never computed.

    Raises:
        EmptyDocumentError: the file holds no byte.
        UnsupportedFormatError: it is neither of the formats.
        BrokenDocumentError: damaged, encrypted, or larger than the limits of this module.
    """
    if not data:
        raise EmptyDocumentError(name, "文件为空。", hint="请重新导出后提交。")
    if len(data) > MAX_BYTES:
        raise BrokenDocumentError(name, "表格超过 50 MB。", hint="请只保留填报的表后提交。")
    if data.startswith(ZIP):
        _check_package(data, name)
        return _read_workbook(data, name)
    if data.startswith(OLE):
        return _read_workbook(data, name)
    return (Sheet("", _read_csv(data, name)),)


def _check_package(data: bytes, name: str) -> None:
    """Refuse what calamine would unfold into more memory than the limits allow."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members = package.infolist()
            if not any(member.filename == "xl/workbook.xml" for member in members):
                raise UnsupportedFormatError(
                    name, "不是 XLSX 表格。", hint="请另存为 XLSX 后提交。"
                )
            if sum(member.file_size for member in members) > MAX_UNPACKED:
                raise BrokenDocumentError(name, "解压后过大。", hint="请只保留填报的表后提交。")
            for member in members:
                if member.filename.startswith("xl/worksheets/") and not member.is_dir():
                    _check_extent(package.read(member), name)
    except PACKAGE_ERRORS as error:
        raise _broken(name) from error


def _check_extent(xml: bytes, name: str) -> None:
    """Hold the rectangle that the filled cells span against the limit.

    Styled cells without content do not count, as long as every cell says where it stands.
    """
    cells = sum(1 for _ in CELL.finditer(xml))
    placed, columns, rows = _extent(PLACED.finditer(xml))
    if placed != cells:
        _, columns, rows = _extent(NUMBERED.finditer(xml))
        columns = max(columns, min(cells, LAST_COLUMN))
    if columns * rows > MAX_CELLS:
        raise BrokenDocumentError(
            name, "表格范围过大（行×列）。", hint="请删去表外的空白行列后提交。"
        )


def _extent(places: Iterable[re.Match[bytes]]) -> tuple[int, int, int]:
    """Count cell references, and give the last column and row of those that are not empty."""
    count, columns, rows = 0, 0, 0
    for place in places:
        count += 1
        letters, digits, *closed = place.groups()
        if not any(closed):
            columns, rows = max(columns, _column_number(letters)), max(rows, int(digits))
    return count, columns, rows


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _broken(name: str) -> BrokenDocumentError:
    return BrokenDocumentError(
        name, "表格损坏或已加密。", hint="请去掉密码、重新另存为 XLSX 后提交。"
    )


def _read_workbook(data: bytes, name: str) -> tuple[Sheet, ...]:
    try:
        book = python_calamine.load_workbook(io.BytesIO(data))
        return tuple(_workbook_sheet(book, title) for title in book.sheet_names)
    except Exception as error:  # whatever the reader raises, the file is at fault
        raise _broken(name) from error
    except BaseException as error:  # a panic of the reader is no Exception
        if type(error).__name__ == "PanicException":
            raise _broken(name) from error
        raise


def _workbook_sheet(book: python_calamine.CalamineWorkbook, title: str) -> Sheet:
    sheet = book.get_sheet_by_name(title)
    if sheet.total_width * min(sheet.total_height, MAX_ROWS) > 4 * MAX_CELLS:
        raise ValueError("more cells than can be held")
    cells = sheet.to_python(skip_empty_area=False, nrows=MAX_ROWS)
    rows = [[cell_text(value) for value in row] for row in cells]
    budget = MAX_CELLS
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        below = rows[top + 1 : bottom + 1]
        budget -= len(below) + 1
        if budget < 0:
            break
        for row in below:
            if left < len(row) and left < len(rows[top]):
                row[left] = rows[top][left]
    return Sheet(title, tuple(tuple(row) for row in rows))


def cell_text(value: object) -> str:
    """Give a cell's value as people see it: 3.0 is 3, true is 是, dates as ISO, cut at a limit."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else str(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()[:MAX_CELL]


def _read_csv(data: bytes, name: str) -> tuple[tuple[str, ...], ...]:
    text = decode_table(data, name).replace("\x00", "")
    beginning = "".join(text.splitlines(keepends=True)[:HEAD_LINES])
    try:
        delimiter = max(",\t;", key=lambda mark: _columns_named(beginning, mark))
        return tuple(_csv_rows(text, delimiter))
    except csv.Error as error:
        raise BrokenDocumentError(
            name, "不是可读的 CSV 表格。", hint="请另存为 XLSX 后提交。"
        ) from error


def _columns_named(beginning: str, delimiter: str) -> int:
    """Count the known column heads in the row that has most of them."""
    return max((len(fields_of(row)) for row in _csv_rows(beginning, delimiter)), default=0)


def _csv_rows(text: str, delimiter: str) -> Iterator[tuple[str, ...]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for number, row in enumerate(reader):
        if number >= MAX_ROWS:
            return
        yield tuple(cell.strip()[:MAX_CELL] for cell in row[:200])


def decode_table(data: bytes, name: str) -> str:
    """Decode a CSV: byte order mark, UTF-8, else the one of GB18030 and Big5 that makes sense.

    The encoding in which most of the expected column heads can be read wins.
    """
    for bom, encoding in BOMS.items():
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    readable = []
    for encoding in ("gb18030", "big5hkscs", "utf-16-le"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        readable.append((len(EXPECTED.findall(text[:4000])), text))
    if readable:
        return max(readable, key=lambda pair: pair[0])[1]
    best = from_bytes(data[:200_000]).best()
    if best is None:
        raise BrokenDocumentError(
            name, "文字编码无法识别。", hint="请另存为 UTF-8 的 CSV 或 XLSX 后提交。"
        )
    return data.decode(best.encoding, errors="replace")


def column(row: Sequence[str], index: int | None) -> str:
    """The cell of a row, empty where the row is shorter or the table has no such column."""
    return row[index].strip() if index is not None and index < len(row) else ""
