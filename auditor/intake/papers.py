"""The papers that go back to the city as DOCX: 接收回执 and 补正通知; and the rounds' table."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from auditor.intake.notices import CORRECTION_NAMES, NO_DEPARTMENT, Correction, CorrectionKind
from auditor.intake.rounds import CHANGE_NAMES, ChangeKind, Receipt, RoundComparison
from auditor.intake.words import chinese_date
from auditor.sheets.book import Book
from auditor.sheets.texts import printable

TITLE_FONT, BODY_FONT, LATIN_FONT = "黑体", "仿宋", "Times New Roman"
GREY = RGBColor(0x59, 0x59, 0x59)
LONGEST_CELL = 300
TWIPS = 567
"""Twentieths of a point in a centimetre."""
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def receipt_paper(receipt: Receipt) -> bytes:
    """Write the receipt: counts, cut-off date, every file with its hash, refused ones first."""
    paper = _Paper("材料接收回执", receipt.received)
    paper.title("材料接收回执")
    refused = f"，未能接收 {len(receipt.refused)} 个" if receipt.refused else ""
    paper.paragraph(f"{receipt.city}：", indent=False)
    paper.paragraph(
        f"{chinese_date(receipt.received)}收到贵市提交的材料 {len(receipt.files)} 个文件，"
        f"已接收 {len(receipt.accepted)} 个{refused}。{receipt.timing}"
    )
    paper.paragraph("接收只表示文件完整读入，不表示内容得到认可。")
    if receipt.refused:
        paper.heading("一、未能接收的文件")
        rows = [
            (str(n), f.name, f"{f.reason}{f.hint}", _size(f.size))
            for n, f in enumerate(receipt.refused, 1)
        ]
        paper.table(("序号", "文件名", "原因和办法", "大小"), (1.4, 5.2, 7.2, 2.2), rows)
    paper.heading(("二" if receipt.refused else "一") + "、文件清单和校验值（SHA-256）")
    listed = [
        (str(n), f.name, _size(f.size), "已接收" if f.accepted else "未接收", _halves(f.sha256))
        for n, f in enumerate(receipt.files, 1)
    ]
    heads = ("序号", "文件名", "大小", "状态", "SHA-256")
    paper.table(heads, (1.4, 5.0, 2.2, 1.6, 5.8), listed, mono=4)
    paper.paragraph(f"整批校验值：{receipt.digest}", small=True)
    paper.signature("接收单位（盖章）：", receipt.received)
    return paper.close()


def notice_paper(
    department: str,
    city: str,
    found: Sequence[Correction],
    made: date,
    due: date | None = None,
) -> bytes:
    """Write the notice of one department: what to put right, kind by kind, with the remedy."""
    paper = _Paper("材料补正通知", made)
    paper.title("材料补正通知")
    addressee = department if department != NO_DEPARTMENT else f"{city}（未指明责任部门的事项）"
    paper.paragraph(f"{addressee}：", indent=False)
    until = f"请于{chinese_date(due)}前补正后重新提交。" if due else "请补正后重新提交。"
    paper.paragraph(
        f"{city}提交的城市全域数字化转型成熟度评估材料中，有下列 {len(found)} 项需要补正，{until}"
    )
    numerals = iter("一二三四五六七八九")
    for kind in CorrectionKind:
        rows = [c for c in found if c.kind is kind]
        if not rows:
            continue
        paper.heading(f"{next(numerals)}、{CORRECTION_NAMES[kind]}（{len(rows)} 项）")
        cells = [(str(n), c.subject, c.detail, c.remedy) for n, c in enumerate(rows, 1)]
        paper.table(("序号", _subject(kind), "情况", "怎样补正"), (1.4, 4.3, 5.8, 4.5), cells)
    paper.paragraph("本通知由机器按所交材料和填报内容列出，如有出入请说明。", small=True)
    paper.signature("评估机构（盖章）：", made)
    return paper.close()


def rounds_table(comparison: RoundComparison) -> bytes:
    """Write the comparison of two rounds as a spreadsheet: counts, then file by file."""
    title = f"{comparison.this.city}　本轮与上轮材料对照"
    book = Book(title)
    counts = [
        (CHANGE_NAMES[kind], str(comparison.count(kind)))
        for kind in ChangeKind
        if comparison.count(kind)
    ]
    book.table("汇总", title, (("变化", 24), ("文件数", 10)), counts)
    rows = [
        (
            CHANGE_NAMES[change.kind],
            change.name,
            change.before.sha256 if change.before else "",
            change.now.sha256 if change.now else "",
            change.remark,
        )
        for change in comparison.changes
    ]
    columns = (
        ("变化", 18),
        ("文件名", 48),
        ("上轮 SHA-256", 34),
        ("本轮 SHA-256", 34),
        ("说明", 44),
    )
    book.table("逐个文件", title, columns, rows)
    return book.close()


def _subject(kind: CorrectionKind) -> str:
    if kind in (CorrectionKind.NO_EVIDENCE, CorrectionKind.NOT_SHOWN):
        return "特征"
    return "位置" if kind is CorrectionKind.ROW_PROBLEM else "文件"


def _halves(digest: str) -> str:
    return f"{digest[:32]}\n{digest[32:]}"


def _size(size: int) -> str:
    if size == 0:
        return "—"
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.1f} KB" if size < 1024**2 else f"{size / 1024**2:.1f} MB"


class _Paper:
    """A DOCX in the look of an official paper; equal content and dates give equal bytes."""

    def __init__(self, title: str, made: date) -> None:
        self._document = docx.Document()
        properties = self._document.core_properties
        properties.title, properties.author, properties.comments = title, "", ""
        properties.created = properties.modified = datetime.combine(made, time())
        section = self._document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.5)
        section.top_margin, section.bottom_margin = Cm(2.6), Cm(2.2)
        _page_number(section.footer.paragraphs[0])

    def title(self, text: str) -> None:
        """Add the centred title."""
        paragraph = self._document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_after = Pt(16)
        _run(paragraph, text, 20, font=TITLE_FONT)

    def heading(self, text: str) -> None:
        """Add a heading that stays with what follows."""
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(12)
        paragraph.paragraph_format.space_after = Pt(6)
        paragraph.paragraph_format.keep_with_next = True
        _run(paragraph, text, 14, font=TITLE_FONT)

    def paragraph(self, text: str, *, indent: bool = True, small: bool = False) -> None:
        """Add a paragraph (first line indented by two characters)."""
        paragraph = self._document.add_paragraph()
        size = 9 if small else 14
        paragraph.paragraph_format.line_spacing = 1.2 if small else 1.5
        paragraph.paragraph_format.space_before = Pt(6 if small else 0)
        paragraph.paragraph_format.space_after = Pt(4)
        if indent and not small:
            paragraph.paragraph_format.first_line_indent = Pt(2 * size)
        _run(paragraph, text, size, grey=small)

    def table(
        self,
        heads: Sequence[str],
        widths: Sequence[float],
        rows: Sequence[Sequence[str]],
        mono: int | None = None,
    ) -> None:
        """Add a table with a head row that repeats; widths in cm, ``mono`` a column of hashes."""
        table = self._document.add_table(rows=0, cols=len(heads))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        table._tbl.append(parse_xml(_row_xml(heads, widths, head=True)))
        for texts in rows:
            table._tbl.append(parse_xml(_row_xml(texts, widths, mono=mono)))

    def signature(self, label: str, made: date) -> None:
        """Add the place for the seal, and the date, on the right."""
        for text, space in ((label + "　　　　　　　　", 24), (chinese_date(made) + "　　", 6)):
            paragraph = self._document.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.space_before = Pt(space)
            _run(paragraph, text, 14)

    def close(self) -> bytes:
        """Give the bytes, with fixed dates inside the package."""
        buffer, fixed = io.BytesIO(), io.BytesIO()
        self._document.save(buffer)
        with zipfile.ZipFile(buffer) as package, zipfile.ZipFile(fixed, "w") as copy:
            for name in package.namelist():
                info = zipfile.ZipInfo(name, ZIP_DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                copy.writestr(info, package.read(name))
        return fixed.getvalue()


def _run(
    paragraph: Any, text: str, size: float, *, font: str = BODY_FONT, grey: bool = False
) -> Any:
    run = paragraph.add_run(printable(text))
    run.font.size = Pt(size)
    run.font.name = LATIN_FONT
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
    if grey:
        run.font.color.rgb = GREY
    return run


def _row_xml(
    texts: Sequence[str], widths: Sequence[float], *, head: bool = False, mono: int | None = None
) -> str:
    """Write a table row as XML at once: cell by cell through the library takes 10 times as long."""
    cells = []
    for index, (text, width) in enumerate(zip(texts, widths, strict=True)):
        hashes = index == mono and not head
        latin, size = ("Consolas", 15) if hashes else (LATIN_FONT, 21)
        font = TITLE_FONT if head else BODY_FONT
        shade = '<w:shd w:val="clear" w:color="auto" w:fill="E7EDF4"/>' if head else ""
        align = '<w:jc w:val="center"/>' if head or index == 0 else ""
        shown = text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
        lines = "<w:br/>".join(
            f'<w:t xml:space="preserve">{escape(line)}</w:t>'
            for line in printable(shown).split("\n")
        )
        cells.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{round(width * TWIPS)}" w:type="dxa"/>{shade}'
            f'<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:spacing w:before="40" '
            f'w:after="40"/>{align}</w:pPr><w:r><w:rPr><w:rFonts w:ascii="{latin}" '
            f'w:hAnsi="{latin}" w:eastAsia="{font}"/><w:sz w:val="{size}"/></w:rPr>{lines}</w:r>'
            "</w:p></w:tc>"
        )
    repeat = "<w:tblHeader/>" if head else ""
    return f"<w:tr {nsdecls('w')}><w:trPr><w:cantSplit/>{repeat}</w:trPr>{''.join(cells)}</w:tr>"


def _page_number(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        run.font.size = Pt(9)
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._element.append(element)
