"""Lay out a marked-up text as PDF, Word, HTML or plain text, the same bytes every time."""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.shared import Pt
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from examples.annexes import Table

FONT = "STSong-Light"
EPOCH = (2025, 4, 1, 0, 0, 0)
Annexes = Mapping[str, Callable[[], list[Table]]]


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of a text: a heading (level 1 to 3), a paragraph (level 0) or a table."""

    level: int
    text: str = ""
    table: Table | None = None


def pieces_of(text: str, annexes: Annexes) -> list[Piece]:
    """Split a marked-up text; ``{{name}}`` becomes the tables of that annex."""
    found: list[Piece] = []
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("{{"):
            found.extend(Piece(0, table=table) for table in annexes[line.strip("{}")]())
        elif line:
            level = len(line) - len(line.lstrip("#"))
            found.append(Piece(level, line.lstrip("# ")))
    return found


def write_pdf(pieces: Sequence[Piece], target: Path) -> None:
    """Write an A4 document with a running head and page numbers."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    head = pieces[0].text

    def furniture(canvas: Any, page: Any) -> None:
        canvas.setFont(FONT, 9)
        canvas.drawCentredString(A4[0] / 2, A4[1] - 40, head)
        canvas.drawCentredString(A4[0] / 2, 40, f"— {page.page} —")

    template = SimpleDocTemplate(
        str(target), pagesize=A4, topMargin=80, bottomMargin=80, leftMargin=80, rightMargin=75,
        title=head, invariant=1,
    )  # fmt: skip
    template.build(list(_flowables(pieces)), onFirstPage=furniture, onLaterPages=furniture)


def _flowables(pieces: Sequence[Piece]) -> Iterator[Any]:
    for piece in pieces:
        if piece.table is not None:
            yield PageBreak()
            yield Paragraph(piece.table.title, _style(2))
            yield Spacer(1, 8)
            yield _grid(piece.table)
        else:
            yield Paragraph(html.escape(piece.text), _style(piece.level))


def _style(level: int) -> ParagraphStyle:
    size = {0: 15.0, 1: 20.0, 2: 16.0, 3: 15.0}[level]
    return ParagraphStyle(
        f"level{level}", fontName=FONT, fontSize=size, leading=28, wordWrap="CJK",
        firstLineIndent=0 if level in (1, 2) else 30, alignment=1 if level == 1 else 0,
        spaceAfter=6 if level else 0,
    )  # fmt: skip


def _grid(table: Table) -> Grid:
    cell = ParagraphStyle("cell", fontName=FONT, fontSize=9, leading=14, wordWrap="CJK")
    rows = [[Paragraph(text, cell) for text in row] for row in table.rows]
    widths = [3 + max(len(row[c]) for row in table.rows) for c in range(len(rows[0]))]
    room = A4[0] - 170
    grid = Grid(rows, [room * width / sum(widths) for width in widths], repeatRows=1)
    grid.setStyle(
        [("GRID", (0, 0), (-1, -1), 0.5, (0.4, 0.4, 0.4)), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    )
    return grid


def write_docx(pieces: Sequence[Piece], target: Path) -> None:
    """Write a Word document with real headings and tables."""
    document = docx.Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "FangSong", Pt(15)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "FangSong")
    for piece in pieces:
        if piece.table is not None:
            document.add_paragraph(piece.table.title)
            _word_table(document, piece.table)
        elif piece.level:
            document.add_heading(piece.text, piece.level)
        else:
            document.add_paragraph(piece.text)
    buffer = io.BytesIO()
    document.save(buffer)
    target.write_bytes(_without_clock(buffer.getvalue()))


def _word_table(document: Any, table: Table) -> None:
    grid = document.add_table(rows=0, cols=len(table.rows[0]))
    for row in table.rows:
        for cell, text in zip(grid.add_row().cells, row, strict=True):
            cell.text = text


def _without_clock(data: bytes) -> bytes:
    """Write a zip anew with one fixed time, so that the bytes depend on the content alone."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as made:
        for name in sorted(source.namelist()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, source.read(name))
    return target.getvalue()


def write_html(pieces: Sequence[Piece], target: Path) -> None:
    """Write a page as a city's web site serves it: navigation and footer around the text."""
    body = []
    for piece in pieces:
        tag = f"h{piece.level}" if piece.level else "p"
        body.append(f"<{tag}>{html.escape(piece.text)}</{tag}>")
    links = "".join(
        f'<li><a href="#">{name}</a></li>' for name in ("首页", "政务公开", "政务服务", "互动交流")
    )
    target.write_text(
        f'<!DOCTYPE html>\n<html lang="zh"><head><meta charset="utf-8"><title>{pieces[0].text}</title>'
        f"<script>var visits = 1;</script><style>p {{ text-indent: 2em }}</style></head><body>"
        f"<nav><ul>{links}</ul></nav><div class='article'>\n"
        + "\n".join(body)
        + "\n</div><footer><p>主办：临澜市人民政府办公室</p><p>网站地图 联系我们</p></footer></body></html>\n",
        encoding="utf-8",
    )


def write_text(pieces: Sequence[Piece], target: Path, encoding: str = "utf-8") -> None:
    """Write plain text, headings on lines of their own."""
    target.write_bytes("\n".join(p.text for p in pieces).encode(encoding) + b"\n")


def write_gb18030(pieces: Sequence[Piece], target: Path) -> None:
    """Write plain text in GB18030."""
    write_text(pieces, target, "gb18030")


def write_markdown(pieces: Sequence[Piece], target: Path) -> None:
    """Write Markdown."""
    lines = [f"{'#' * p.level} {p.text}" if p.level else p.text for p in pieces]
    target.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
