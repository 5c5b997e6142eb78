"""Write papers as DOCX, as text, HTML and XLSX, and convert with LibreOffice."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from openpyxl import Workbook

from eval.intake_corpus_text import Item

SERIF, SANS = "Noto Serif CJK SC", "Noto Sans CJK SC"
SECONDS = 180


@dataclass(frozen=True, slots=True)
class Look:
    """How a Word paper looks: running header, columns, point size, page number wording."""

    header: str = ""
    columns: int = 1
    size: float = 14.0
    footer: tuple[str, str] = ("— ", " —")


def write_docx(items: Sequence[Item], path: Path, look: Look | None = None) -> None:
    """Write a paper as Word would: heading styles, header, page number field, real tables."""
    look = look or Look()
    document = docx.Document()
    _page_setup(document, look)
    index = 0
    while index < len(items):
        rows = index
        while rows < len(items) and items[rows].kind == "row":
            rows += 1
        if rows > index:
            _table(document, items[index:rows], look)
            index = rows
            continue
        _paragraph(document, items[index], look)
        if items[index].kind == "title" and look.columns > 1:
            section = document.add_section(WD_SECTION.CONTINUOUS)
            _columns(section, look.columns)
        index += 1
    document.save(str(path))


def _page_setup(document: Any, look: Look) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(28)
    if look.header:
        section.header.paragraphs[0].text = look.header
        section.header.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.add_run(look.footer[0])
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    footer._p.append(field)
    footer.add_run(look.footer[1])


def _columns(section: Any, count: int) -> None:
    columns = section._sectPr.find(qn("w:cols"))
    if columns is None:
        columns = OxmlElement("w:cols")
        section._sectPr.append(columns)
    columns.set(qn("w:num"), str(count))
    columns.set(qn("w:space"), "480")


def _dress(run: Any, font: str, size: float) -> None:
    run.font.size = Pt(size)
    run.font.name = font
    run.font.color.rgb = RGBColor(0, 0, 0)
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _paragraph(document: Any, item: Item, look: Look) -> None:
    levels = {"head1": 1, "head2": 2, "head3": 3}
    if item.kind in levels:
        paragraph = document.add_heading(level=levels[item.kind])
    else:
        paragraph = document.add_paragraph()
    is_title = item.kind == "title"
    font = SANS if is_title or item.kind in levels else SERIF
    run = paragraph.add_run(item.text)
    _dress(run, font, look.size * (1.4 if is_title else 1.0))
    if item.style == "red":
        _dress(run, SANS, 34)
        run.font.color.rgb = RGBColor(0xCC, 0, 0)
    form = paragraph.paragraph_format
    form.space_after, form.space_before = Pt(0), Pt(0)
    form.line_spacing = Pt(look.size * (3.6 if item.style == "red" else 1.9))
    if item.style in ("centre", "red"):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    elif item.style == "right":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    elif item.style != "flush":
        form.first_line_indent = Pt(2 * look.size)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY


def _table(document: Any, rows: Sequence[Item], look: Look) -> None:
    table = document.add_table(len(rows), len(rows[0].cells), style="Table Grid")
    cells = table._cells
    for number, text in enumerate(cell for row in rows for cell in row.cells):
        run = cells[number].paragraphs[0].add_run(text)
        _dress(run, SERIF, look.size * 0.8)


def write_footnoted(items: Sequence[Item], path: Path) -> None:
    """Write a paper with footnotes as flat ODT; a ``note`` belongs to the item before it."""
    body = []
    number = 0
    for item, after in zip(items, [*items[1:], None], strict=True):
        if item.kind == "note":
            continue
        inner = escape(item.text)
        if after is not None and after.kind == "note":
            number += 1
            inner = inner.removesuffix(str(number)) + _footnote(number, after.text)
        style = "Title" if item.kind == "title" else "Body" if item.kind == "para" else "Head"
        body.append(f'<text:p text:style-name="{style}">{inner}</text:p>')
    path.write_text(FLAT.format(body="\n".join(body), serif=SERIF, sans=SANS), encoding="utf-8")


def _footnote(number: int, text: str) -> str:
    text = text.removeprefix(str(number)).strip()
    return (
        f'<text:note text:id="n{number}" text:note-class="footnote">'
        f"<text:note-citation>{number}</text:note-citation><text:note-body>"
        f'<text:p text:style-name="Note">{escape(text)}</text:p></text:note-body></text:note>'
    )


FLAT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
 office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text">
<office:styles>
<style:style style:name="Body" style:family="paragraph"><style:paragraph-properties
 fo:text-indent="1cm" fo:line-height="180%" fo:text-align="justify"/><style:text-properties
 style:font-name-asian="{serif}" style:font-family-asian="{serif}" fo:font-family="{serif}"
 style:font-size-asian="14pt" fo:font-size="14pt"/></style:style>
<style:style style:name="Head" style:family="paragraph"><style:paragraph-properties
 fo:text-indent="1cm" fo:line-height="180%"/><style:text-properties
 style:font-family-asian="{sans}" fo:font-family="{sans}"
 style:font-size-asian="14pt" fo:font-size="14pt"/></style:style>
<style:style style:name="Title" style:family="paragraph"><style:paragraph-properties
 fo:text-align="center" fo:margin-bottom="0.6cm"/><style:text-properties
 style:font-family-asian="{sans}" fo:font-family="{sans}"
 style:font-size-asian="20pt" fo:font-size="20pt"/></style:style>
<style:style style:name="Note" style:family="paragraph"><style:text-properties
 style:font-family-asian="{serif}" fo:font-family="{serif}"
 style:font-size-asian="9pt" fo:font-size="9pt"/></style:style>
</office:styles>
<office:automatic-styles><style:page-layout style:name="pm1"><style:page-layout-properties
 fo:page-width="21cm" fo:page-height="29.7cm" fo:margin-top="2.5cm" fo:margin-bottom="2.5cm"
 fo:margin-left="2.8cm" fo:margin-right="2.8cm"/></style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard"
 style:page-layout-name="pm1"/></office:master-styles>
<office:body><office:text>
{body}
</office:text></office:body></office:document>
"""


def convert(files: Sequence[Path], target: str, folder: Path) -> None:
    """Convert files with one LibreOffice run of its own profile into ``folder``.

    Raises:
        SystemExit: LibreOffice is missing or wrote less than was asked.
    """
    with tempfile.TemporaryDirectory() as profile:
        command = ["soffice", "--headless", f"-env:UserInstallation=file://{profile}"]
        command += ["--convert-to", target, "--outdir", str(folder), *map(str, files)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
        except FileNotFoundError:
            raise SystemExit("soffice is missing: apt-get install libreoffice-writer") from None
    suffix = target.partition(":")[0]
    lost = [f.name for f in files if not (folder / f"{f.stem}.{suffix}").is_file()]
    if lost:
        raise SystemExit(f"LibreOffice did not convert {', '.join(lost)} to {suffix}")


def write_workbook(sheets: dict[str, Sequence[Item]], path: Path) -> None:
    """Write tables as the sheets of a workbook; whole numbers are stored as numbers."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([int(c) if c.isdigit() else c for c in row.cells])
    book.save(path)


def write_html(items: Sequence[Item], path: Path, encoding: str) -> None:
    """Write a paper as a page of a government's web site, with navigation around it."""
    tags = {"title": "h1", "head1": "h2", "head2": "h3"}
    body, in_table = [], False
    for item in items:
        if (item.kind == "row") != in_table:
            in_table = not in_table
            body.append("<table border='1'>" if in_table else "</table>")
        if item.kind == "row":
            cells = "".join(f"<td>{escape(cell)}</td>" for cell in item.cells)
            body.append(f"<tr>{cells}</tr>")
        else:
            tag = tags.get(item.kind, "p")
            body.append(f"<{tag}>&#12288;&#12288;{escape(item.text)}</{tag}>")
    if in_table:
        body.append("</table>")
    page = WEB.format(encoding=encoding, title=escape(items[0].text), body="\n".join(body))
    codec = "gbk" if encoding == "gb2312" else encoding  # as browsers and writers take it
    path.write_bytes(page.encode(codec))


WEB = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="{encoding}"><title>{title}_市政府网</title>
<style>body {{ font-family: serif }}</style><script>var page = "临时变量";</script></head>
<body><header><a href="/">首页</a><a href="/zwgk">政务公开</a><a href="/hd">互动交流</a></header>
<nav><ul><li><a href="/a">要闻动态</a></li><li><a href="/b">政策文件</a></li></ul></nav>
<div class="breadcrumb">当前位置：<a href="/">首页</a> &gt; <a href="/b">政策文件</a></div>
<main><div class="article">
{body}
</div></main>
<div class="share">分享到：<a href="#">微信</a><a href="#">微博</a></div>
<aside><h3>相关链接</h3><ul><li><a href="/c">图解政策</a></li><li><a href="/d">新闻发布会</a></li>
</ul></aside>
<footer>网站地图 | 联系我们 | 版权所有：市人民政府办公室</footer></body></html>
"""


def write_text(items: Sequence[Item], path: Path, encoding: str) -> None:
    """Write a paper as plain text, one paragraph a line, indented by two ideographic spaces."""
    lines = [item.text if item.kind == "title" else f"　　{item.text}" for item in items]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
