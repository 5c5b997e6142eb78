"""Tables as text (CSV, TSV) in any Chinese encoding: rows that know their cells and header."""

from __future__ import annotations

import csv
import io
from pathlib import PurePosixPath

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content, ContentBuilder
from auditor.ingest.sheets_table import Row, place_of, tables_of
from auditor.ingest.text import decode

DELIMITERS = (",", "\t", ";", "|", "，")
SAMPLE_LINES = 20
MAX_ROWS = 200_000
MAX_COLUMNS = 2_000


def read_csv(data: bytes, name: str) -> Content:
    """Read a table of text; the place of a row is named after the file (``台账!A2:C2``).

    Raises:
        BrokenDocumentError: in no known encoding, or with an endless field.
    """
    text = decode(data, name)
    builder = ContentBuilder()
    warnings: list[str] = []
    rows = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
        for index, values in enumerate(reader):
            if index >= MAX_ROWS:
                warnings.append(f"表格过大，第 {index + 1} 行起未读入")
                break
            cells = {c: " ".join(v.split()) for c, v in enumerate(values[:MAX_COLUMNS])}
            filled = {column: value for column, value in cells.items() if value}
            if filled:
                rows.append(Row(index, filled))
    except csv.Error as error:
        raise BrokenDocumentError(
            name, f"表格文本有误（{error}）", hint="请另存为 XLSX 后重新提交。"
        ) from error
    sheet = PurePosixPath(name).stem
    for table in tables_of(rows):
        for line in table.lines:
            place = place_of(sheet, line.index, line.columns)
            builder.add(line.kind, line.text, header=line.header, place=place)
    return builder.build(warnings=tuple(warnings))


def delimiter_of(text: str) -> str:
    """The mark that parts the first lines into the most even rows; a comma where none does."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:SAMPLE_LINES]
    best, most = ",", 0.0
    for mark in DELIMITERS:
        counts = [line.count(mark) for line in lines]
        usual = max(counts, key=counts.count, default=0)
        score = usual and counts.count(usual) / len(lines) + min(usual, 50) / 1000
        if score > most:
            best, most = mark, score
    return best
