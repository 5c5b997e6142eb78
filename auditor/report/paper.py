"""A DOCX in the look of an official paper, with the same bytes for the same content."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt

from auditor.report.language import words

TITLE_FONT, BODY_FONT, REPORT_FONT, LATIN_FONT = "黑体", "宋体", "仿宋", "Times New Roman"
NUMERALS = "一二三四五六七八九十"
FIXED_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
FIXED_DATE = datetime(2000, 1, 1)
TWIPS_PER_CM = 567
LONGEST_CELL = 900
CELL_SIZE = 10.0
STRANGE = ("Co", "Cn", "Cs")
"""Private use, unassigned, surrogates: no font has them, and in LibreOffice one such character
takes the glyphs of all Chinese beside it away."""
PLACEHOLDER = "□"
PAGE_FIELDS = {"{n}": "PAGE", "{all}": "NUMPAGES"}
FIELDS = re.compile(r"(\{n\}|\{all\})")


class Paper:
    """A4, 黑体 for titles, tables whose head row repeats, page numbers below.

    Landscape and 宋体 for lists; ``portrait`` and 仿宋 for a report. ``lang`` is that of the page
    numbers.
    """

    def __init__(self, title: str, *, portrait: bool = False, lang: str = "zh") -> None:
        self._document = docx.Document()
        self._body = REPORT_FONT if portrait else BODY_FONT
        self._bookmarks = 0
        properties = self._document.core_properties
        properties.title, properties.author, properties.comments = writable(title), "", ""
        properties.created = properties.modified = FIXED_DATE
        section = self._document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        if not portrait:
            section.orientation = WD_ORIENT.LANDSCAPE
            section.page_width, section.page_height = Cm(29.7), Cm(21)
        section.left_margin = section.right_margin = Cm(2.6 if portrait else 2.2)
        section.top_margin, section.bottom_margin = Cm(2.2), Cm(1.9)
        section.footer_distance = Cm(0.9)
        _page_numbers(section.footer.paragraphs[0], words(lang)["paper_page"])

    def title(self, *lines: str) -> None:
        """Add the centred title, one paragraph a line."""
        for place, line in enumerate(lines, 1):
            paragraph = self._document.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.space_after = Pt(14 if place == len(lines) else 2)
            _run(paragraph, line, 16 if place < len(lines) else 22, TITLE_FONT)

    def heading(
        self, text: str, level: int = 1, bookmark: str = "", *, new_page: bool = False
    ) -> None:
        """Add a heading that stays with what follows, with a bookmark for the contents."""
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.page_break_before = new_page or None
        paragraph.paragraph_format.space_before = Pt(12)
        paragraph.paragraph_format.space_after = Pt(5)
        paragraph.paragraph_format.keep_with_next = True
        outline = OxmlElement("w:outlineLvl")
        outline.set(qn("w:val"), str(level - 1))
        paragraph._p.get_or_add_pPr().append(outline)
        _run(paragraph, text, 15 if level == 1 else 13, TITLE_FONT)
        if bookmark:
            self._bookmarks += 1
            _mark(paragraph, self._bookmarks, bookmark)

    def contents(self, title: str, entries: Sequence[tuple[str, str]], width_cm: float) -> None:
        """Add a list of (text, bookmark) with page numbers that the word processor fills in."""
        self.title(title)
        for text, bookmark in entries:
            paragraph = self._document.add_paragraph()
            stops = paragraph.paragraph_format.tab_stops
            stops.add_tab_stop(Cm(width_cm), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
            paragraph.paragraph_format.left_indent = Pt(0 if text[:1] in NUMERALS else 24)
            _run(paragraph, text + "\t", 12, self._body)
            _field(paragraph, f"PAGEREF {bookmark} \\h", 12)

    def picture(self, png: bytes, width_cm: float, caption: str) -> None:
        """Add a centred picture with a numbered caption below."""
        paragraph = self._document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(png), width=Cm(width_cm))
        for side in ("distT", "distB", "distL", "distR"):  # LibreOffice takes 9 pt where unsaid
            shape._inline.set(side, "0")
        self.caption(caption, stays=False)

    def caption(self, text: str, *, stays: bool = True) -> None:
        """Add a centred caption; above a table it stays with it."""
        paragraph = self._document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_before = Pt(6)
        paragraph.paragraph_format.space_after = Pt(4)
        paragraph.paragraph_format.keep_with_next = stays
        _run(paragraph, text, 10.5, TITLE_FONT)

    def paragraph(
        self, text: str, *, indent: bool = True, size: float = 12, stays: bool = False
    ) -> None:
        """Add a paragraph, its first line indented; ``stays`` with what follows on one page."""
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.line_spacing = 1.4
        paragraph.paragraph_format.space_before = Pt(4)
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.paragraph_format.keep_with_next = stays
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(2 * size)
        _run(paragraph, text, size, self._body)

    def notes(self, title: str, lines: Iterable[str]) -> None:
        """Add a numbered list of remarks in small print; it stays with the signature."""
        self.heading(title)
        for number, line in enumerate(lines, 1):
            self.paragraph(f"{number}. {line}", size=10.5, stays=True)

    def table(
        self,
        heads: Sequence[str],
        widths_cm: Sequence[float],
        rows: Iterable[Sequence[str]],
        size: float = CELL_SIZE,
    ) -> None:
        """Add a table; lines of a cell are parted by line feeds, ``size`` is in points."""
        table = self._document.add_table(rows=0, cols=len(heads))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for column, width in zip(table.columns, widths_cm, strict=True):
            column.width = Cm(width)
        table._tbl.append(parse_xml(_row_xml(heads, widths_cm, size, head=True)))
        for texts in rows:
            table._tbl.append(parse_xml(_row_xml(texts, widths_cm, size)))

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


def numeral(number: int, lang: str) -> str:
    """The number before a heading: 一、 or 1. followed by a space."""
    return f"{NUMERALS[number - 1]}、" if lang == "zh" else f"{number}. "


def writable(text: str) -> str:
    """Text without the characters that XML has no place for; those without glyphs as boxes."""
    kept = (c for c in text if c in "\n\t" or _in_xml(ord(c)))
    return "".join(PLACEHOLDER if unicodedata.category(c) in STRANGE else c for c in kept)


def _in_xml(code: int) -> bool:
    outside = code < 0x20 or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF)
    return not outside


def _run(paragraph: Any, text: str, size: float, font: str = BODY_FONT) -> None:
    run = paragraph.add_run(writable(text))
    run.font.size = Pt(size)
    run.font.name = LATIN_FONT
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)


def _row_xml(
    texts: Sequence[str], widths_cm: Sequence[float], size: float, *, head: bool = False
) -> str:
    """A table row as XML at once: cell by cell through the library takes ten times as long."""
    cells = "".join(
        _cell_xml(text, width, (head, size), centred=head or place == 0)
        for place, (text, width) in enumerate(zip(texts, widths_cm, strict=True))
    )
    # only the head may not be split: where rows may not, LibreOffice 7.4 loses the end of a table
    kept = "<w:cantSplit/><w:tblHeader/>" if head else ""
    return f"<w:tr {nsdecls('w')}><w:trPr>{kept}</w:trPr>{cells}</w:tr>"


def _cell_xml(text: str, width_cm: float, look: tuple[bool, float], *, centred: bool) -> str:
    head, size = look
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="ECEFF1"/>' if head else ""
    align = '<w:jc w:val="center"/>' if centred else ""
    place = "center" if head else "top"
    font = TITLE_FONT if head else BODY_FONT
    cut = text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
    lines = "".join(
        f'<w:p><w:pPr><w:spacing w:before="30" w:after="30"/>{align}</w:pPr><w:r><w:rPr>'
        f'<w:rFonts w:ascii="{LATIN_FONT}" w:hAnsi="{LATIN_FONT}" w:eastAsia="{font}"/>'
        f'<w:sz w:val="{round(2 * size)}"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>'
        for line in writable(cut).split("\n")
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{round(width_cm * TWIPS_PER_CM)}" w:type="dxa"/>{shade}'
        f'<w:vAlign w:val="{place}"/></w:tcPr>{lines}</w:tc>'
    )


def _page_numbers(paragraph: Any, said: str) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for part in FIELDS.split(said):
        if part in PAGE_FIELDS:
            _field(paragraph, PAGE_FIELDS[part], 9)
        else:
            _run(paragraph, part, 9)


def _field(paragraph: Any, code: str, size: float) -> None:
    """Add a field that the word processor computes when it opens the file."""
    for kind in ("begin", "", "end"):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = code
        if kind == "begin":
            element.set(qn("w:dirty"), "true")
        run = paragraph.add_run()
        run.font.size = Pt(size)
        run._element.append(element)


def _mark(paragraph: Any, number: int, name: str) -> None:
    """Put a bookmark around a paragraph's text."""
    for tag, place in (("w:bookmarkStart", 1), ("w:bookmarkEnd", len(paragraph._p) + 1)):
        element = OxmlElement(tag)
        element.set(qn("w:id"), str(number))
        if tag == "w:bookmarkStart":
            element.set(qn("w:name"), name)
        paragraph._p.insert(place, element)
