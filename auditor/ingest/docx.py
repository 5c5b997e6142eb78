"""Word documents (OOXML): paragraphs, headings and tables in the order of the body."""

from __future__ import annotations

import io
import re
import zipfile

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content, ContentBuilder
from auditor.ingest.package import check_package

HEADING_STYLE = re.compile(r"^(?:heading|标题)\s*(\d)$", re.I)


def read_docx(data: bytes, name: str) -> Content:
    """Read a .docx; raises ``BrokenDocumentError`` for damaged, encrypted or hostile packages."""
    check_package(data, name)
    try:
        word = docx.Document(io.BytesIO(data))
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BrokenDocumentError(
            name, f"not a readable Word document ({error})", hint="Save it again as .docx."
        ) from error
    builder = ContentBuilder()
    for block in word.iter_inner_content():
        if isinstance(block, Table):
            builder.table(table_rows(block))
        else:
            add_paragraph(builder, block)
    return builder.build(title=title_of(word))


def add_paragraph(builder: ContentBuilder, paragraph: Paragraph) -> None:
    """Add a paragraph as the heading or body text that its style says it is."""
    style = paragraph.style.name if paragraph.style is not None else ""
    mark = HEADING_STYLE.match(style or "")
    if mark:
        builder.heading(paragraph.text, int(mark.group(1)))
    elif style == "Title":
        builder.heading(paragraph.text, 1)
    else:
        for line in paragraph.text.split("\n"):
            builder.paragraph(line)


def table_rows(table: Table) -> list[list[str]]:
    """Read a table's cells as text; a merged cell counts once per row."""
    cells = table._cells
    width = len(table.columns)
    rows = []
    for start in range(0, len(cells), width):
        row: list[str] = []
        previous = None
        for cell in cells[start : start + width]:
            if previous is None or cell._tc is not previous:
                row.append(cell.text.strip())
            previous = cell._tc
        rows.append(row)
    return rows


def title_of(word: WordDocument) -> str:
    """Give the title of the document properties, empty where there is none."""
    return (word.core_properties.title or "").strip()
