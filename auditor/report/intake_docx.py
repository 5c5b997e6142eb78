"""A landscape DOCX in the look of an official list, with the same bytes for the same content."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt

TITLE_FONT, BODY_FONT, LATIN_FONT = "黑体", "宋体", "Times New Roman"
FIXED_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
FIXED_DATE = datetime(2000, 1, 1)
TWIPS_PER_CM = 567
LONGEST_CELL = 900
CELL_HALF_POINTS = 20


class Paper:
    """A4 landscape, 黑体 and 宋体, tables whose head row repeats, page numbers below."""

    def __init__(self, title: str) -> None:
        self._document = docx.Document()
        properties = self._document.core_properties
        properties.title, properties.author, properties.comments = writable(title), "", ""
        properties.created = properties.modified = FIXED_DATE
        section = self._document.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Cm(29.7), Cm(21)
        section.left_margin = section.right_margin = Cm(2.2)
        section.top_margin, section.bottom_margin = Cm(2.2), Cm(1.9)
        section.footer_distance = Cm(0.9)
        _page_numbers(section.footer.paragraphs[0])

    def title(self, *lines: str) -> None:
        """Add the centred title, one paragraph a line."""
        for place, line in enumerate(lines, 1):
            paragraph = self._document.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.space_after = Pt(14 if place == len(lines) else 2)
            _run(paragraph, line, 16 if place < len(lines) else 22, TITLE_FONT)

    def heading(self, text: str) -> None:
        """Add a heading that stays with what follows."""
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(12)
        paragraph.paragraph_format.space_after = Pt(5)
        paragraph.paragraph_format.keep_with_next = True
        _run(paragraph, text, 14, TITLE_FONT)

    def paragraph(
        self, text: str, *, indent: bool = True, size: float = 12, stays: bool = False
    ) -> None:
        """Add a paragraph, its first line indented; ``stays`` with what follows on one page."""
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.line_spacing = 1.4
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.paragraph_format.keep_with_next = stays
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(2 * size)
        _run(paragraph, text, size)

    def notes(self, title: str, lines: Iterable[str]) -> None:
        """Add a numbered list of remarks in small print; it stays with the signature."""
        self.heading(title)
        for number, line in enumerate(lines, 1):
            self.paragraph(f"{number}. {line}", size=10.5, stays=True)

    def table(
        self, heads: Sequence[str], widths_cm: Sequence[float], rows: Iterable[Sequence[str]]
    ) -> None:
        """Add a table; lines of a cell are parted by line feeds."""
        table = self._document.add_table(rows=0, cols=len(heads))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for column, width in zip(table.columns, widths_cm, strict=True):
            column.width = Cm(width)
        table._tbl.append(parse_xml(_row_xml(heads, widths_cm, head=True)))
        for texts in rows:
            table._tbl.append(parse_xml(_row_xml(texts, widths_cm)))

    def signature(self, label: str, day: str) -> None:
        """Add the places for the seal and the date, on the right."""
        for text, space in ((label + "　" * 8, 20), (day + "　" * 2, 6)):
            paragraph = self._document.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.space_before = Pt(space)
            paragraph.paragraph_format.keep_with_next = text.startswith(label)
            _run(paragraph, text, 12)

    def close(self) -> bytes:
        """Give the bytes, with fixed dates inside the package."""
        buffer, fixed = io.BytesIO(), io.BytesIO()
        self._document.save(buffer)
        with zipfile.ZipFile(buffer) as package, zipfile.ZipFile(fixed, "w") as copy:
            for name in sorted(package.namelist()):
                info = zipfile.ZipInfo(name, FIXED_ZIP_DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                copy.writestr(info, package.read(name))
        return fixed.getvalue()


def writable(text: str) -> str:
    """Text without the characters that XML has no place for."""
    return "".join(c for c in text if c in "\n\t" or _in_xml(ord(c)))


def _in_xml(code: int) -> bool:
    outside = code < 0x20 or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF)
    return not outside


def _run(paragraph: Any, text: str, size: float, font: str = BODY_FONT) -> None:
    run = paragraph.add_run(writable(text))
    run.font.size = Pt(size)
    run.font.name = LATIN_FONT
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)


def _row_xml(texts: Sequence[str], widths_cm: Sequence[float], *, head: bool = False) -> str:
    """A table row as XML at once: cell by cell through the library takes ten times as long."""
    cells = "".join(
        _cell_xml(text, width, head, centred=head or place == 0)
        for place, (text, width) in enumerate(zip(texts, widths_cm, strict=True))
    )
    repeat = "<w:tblHeader/>" if head else ""
    return f"<w:tr {nsdecls('w')}><w:trPr><w:cantSplit/>{repeat}</w:trPr>{cells}</w:tr>"


def _cell_xml(text: str, width_cm: float, head: bool, *, centred: bool) -> str:
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="ECEFF1"/>' if head else ""
    align = '<w:jc w:val="center"/>' if centred else ""
    place = "center" if centred else "top"
    font = TITLE_FONT if head else BODY_FONT
    cut = text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
    lines = "".join(
        f'<w:p><w:pPr><w:spacing w:before="30" w:after="30"/>{align}</w:pPr><w:r><w:rPr>'
        f'<w:rFonts w:ascii="{LATIN_FONT}" w:hAnsi="{LATIN_FONT}" w:eastAsia="{font}"/>'
        f'<w:sz w:val="{CELL_HALF_POINTS}"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>'
        for line in writable(cut).split("\n")
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{round(width_cm * TWIPS_PER_CM)}" w:type="dxa"/>{shade}'
        f'<w:vAlign w:val="{place}"/></w:tcPr>{lines}</w:tc>'
    )


def _page_numbers(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for before, field in (("第 ", "PAGE"), (" 页　共 ", "NUMPAGES")):
        _run(paragraph, before, 9)
        for kind in ("begin", "", "end"):
            element = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                element.set(qn("w:fldCharType"), kind)
            else:
                element.text = field
            run = paragraph.add_run()
            run.font.size = Pt(9)
            run._element.append(element)
    _run(paragraph, " 页", 9)
