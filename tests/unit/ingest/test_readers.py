"""Reading: every format gives the right text in order; bad files are named with a remedy."""

from __future__ import annotations

import io
from datetime import date
from itertools import pairwise
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from auditor.core.documents import BlockKind, Document, DocumentKind, LeftOut
from auditor.core.errors import DocumentError
from auditor.core.run import Silence
from auditor.ingest.dispatch import dossier_files, read_document, read_file
from auditor.receiving import read_documents

RECOGNISED = ("扫描", "乱码")
"""Real files whose pages are read by character recognition: only in the long checks."""


def pdf_of(*pages: list[str], size: float = 14, head: str = "") -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for number, lines in enumerate(pages, start=1):
        canvas.setFont("STSong-Light", 9)
        canvas.drawString(72, 800, head)
        canvas.setFont("STSong-Light", size)
        for place, line in enumerate(lines):
            canvas.drawString(72, 760 - place * 24, line)
        canvas.setFont("STSong-Light", 9)
        canvas.drawString(290, 40, f"- {number} -")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def word_of(*paragraphs: str, table: list[list[str]] | None = None) -> bytes:
    word = docx.Document()
    for text in paragraphs:
        if text.startswith("# "):
            word.add_heading(text[2:], 1)
        else:
            word.add_paragraph(text)
    if table:
        grid = word.add_table(rows=0, cols=len(table[0]))
        for row in table:
            for cell, text in zip(grid.add_row().cells, row, strict=True):
                cell.text = text
    word.add_paragraph("表后一段。")
    buffer = io.BytesIO()
    word.save(buffer)
    return buffer.getvalue()


def texts(document: Document, kind: BlockKind | None = None) -> list[str]:
    return [document.quote(b.span) for b in document.blocks if kind in (None, b.kind)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_plain_text_is_the_same_in_every_encoding(encoding: str) -> None:
    body = "临澜市政府工作报告\n全市12345热线受理诉求186万件。\n𠮷祥村接入平台。\n"
    document = read_document(body.encode(encoding), "报告.txt")
    assert texts(document) == body.split()
    assert document.pages == () and document.page_of(3) is None
    assert document.kind is DocumentKind.WORK_REPORT


def test_markdown_headings_and_tables_keep_their_order() -> None:
    body = "# 总结\n\n一段。\n\n| 指标 | 数值 |\n|---|---|\n| 覆盖率 | 76% |\n\n## 问题\n尾段。"
    document = read_document(body.encode(), "总结.md")
    assert texts(document, BlockKind.HEADING) == ["总结", "问题"]
    (head,) = [b for b in document.blocks if b.kind is BlockKind.TABLE_HEAD]
    assert document.quote(head.span) == "指标 | 数值"
    (row,) = [b for b in document.blocks if b.kind is BlockKind.TABLE_ROW]
    assert "覆盖率" in document.quote(row.span) and "76%" in document.quote(row.span)
    assert row.header == ("指标", "数值")
    places = [document.text.index(t) for t in ("总结", "一段", "76%", "问题", "尾段")]
    assert places == sorted(places)


def test_html_drops_what_frames_the_page() -> None:
    page = (
        "<html><head><title>条例</title><script>alert('偷')</script></head><body>"
        "<nav><a>首页</a><a>政务公开</a></nav><div class='crumb'>当前位置</div>"
        "<div style='display:none'>看不见</div>"
        "<h2>第一章 总则</h2><p>第一条　为了<b>规范</b>公共数据。</p>"
        "<table><tr><th>部门</th><th>数</th></tr><tr><td>公安</td><td>9</td></tr></table>"
        "<footer>版权所有</footer></body></html>"
    )
    document = read_document(page.encode(), "条例.html")
    for dropped in ("偷", "首页", "当前位置", "看不见", "版权"):
        assert dropped not in document.text
    assert texts(document)[0] == "第一章 总则"
    assert "规范公共数据" in document.text and "公安" in document.text


def test_html_in_gb2312_as_declared() -> None:
    page = '<html><head><meta charset="gb2312"></head><body><p>城市大脑上线</p></body></html>'
    assert "城市大脑上线" in read_document(page.encode("gbk"), "新闻.htm").text


def test_word_gives_headings_paragraphs_and_tables_in_body_order() -> None:
    data = word_of("# 工作总结", "第一段。", table=[["项目", "金额"], ["平台", "300"]])
    document = read_document(data, "总结.docx")
    assert texts(document, BlockKind.HEADING) == ["工作总结"]
    assert [b.kind for b in document.blocks][-1] is BlockKind.PARAGRAPH
    assert document.text.index("第一段") < document.text.index("平台") < document.text.index("表后")


def test_pdf_joins_wrapped_lines_and_knows_the_page_of_every_character() -> None:
    wide = "本市已建成统一的政务云平台并且向全部部门提供计算和存储服务"
    pages = [
        ["临澜市工作总结", wide, "目前运行平稳。"],
        ["第二页的第一段。", "还有一段。"],
        ["末页。"],
    ]
    document = read_document(pdf_of(*pages, head="临澜市数据局"), "总结.pdf")
    assert "服务目前运行平稳" in document.text
    assert "临澜市数据局" not in document.text and "- 2 -" not in document.text
    for number, phrase in ((1, "政务云"), (1, "目前运行"), (2, "第二页"), (2, "还有"), (3, "末页")):
        assert document.page_of(document.text.index(phrase)) == number
    assert len(document.pages) == 3


def test_a_title_that_returns_as_running_head_stays_on_the_first_page() -> None:
    longer = "{}部门按照分工推进本计划的各项任务。"
    pages = [["三年行动计划", longer.format("全市")], [longer.format("有关")], ["其余按原规定。"]]
    document = read_document(pdf_of(*pages, size=20, head="三年行动计划"), "a.pdf")
    assert document.text.count("三年行动计划") == 1
    assert document.title == "三年行动计划"


def test_cells_of_a_table_row_in_a_pdf_stay_apart() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.setFont("STSong-Light", 12)
    for place, row in enumerate((("任务", "单位", "时间"), ("联调平台", "数据局", "明年底"))):
        for column, cell in enumerate(row):
            canvas.drawString(72 + column * 130, 700 - place * 22, cell)
    canvas.save()
    document = read_document(buffer.getvalue(), "表.pdf")
    assert texts(document) == ["任务 单位 时间", "联调平台 数据局 明年底"]
    head, row = document.blocks
    assert head.kind is BlockKind.TABLE_HEAD and row.kind is BlockKind.TABLE_ROW
    assert row.header == ("任务", "单位", "时间")


def test_a_table_without_column_names_has_no_head() -> None:
    data = word_of("总结", table=[["2023", "86"], ["2024", "112"]])
    rows = [b for b in read_document(data, "总结.docx").blocks if b.kind is BlockKind.TABLE_ROW]
    assert len(rows) == 2 and not any(b.header for b in rows)


def encrypted() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_of(["秘密"]))))
    writer.encrypt("secret")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


BAD = {
    "空.txt": b"  \n ",
    "坏.pdf": b"%PDF-1.7\n%broken",
    "截断.pdf": pdf_of(["一段文字"])[:400],
    "坏.docx": b"PK\x03\x04 not a zip at all",
    "旧.doc": b"\xd0\xcf\x11\xe0" + b"\x00" * 64,
    "图.png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 64,
    "程序.bin": b"\x7fELF\x00\x00\x01" * 9,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_with_a_remedy(name: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_document(BAD[name], name)
    assert name in str(caught.value)
    assert caught.value.hint


def test_an_encrypted_pdf_says_so() -> None:
    with pytest.raises(DocumentError, match="密码"):
        read_document(encrypted(), "密.pdf")


def test_the_audit_goes_on_and_lists_what_it_left_out(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "好.txt").write_text("本市已建成城市大脑。", encoding="utf-8")
    for name, data in BAD.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / ".hidden.txt").write_text("x")
    (tmp_path / "~$好.docx").write_text("x")
    documents, left_out = read_documents(tmp_path, Silence())
    assert "sub/好.txt" in {d.name for d in documents}
    assert {left.name for left in left_out} >= {"空.txt", "坏.pdf", "坏.docx", "旧.doc", "图.png"}
    assert all(left.reason and left.hint for left in left_out)
    assert len(documents) + len(left_out) == len(dossier_files(tmp_path))


@given(st.binary(max_size=300))
def test_any_bytes_give_a_document_or_a_named_error(data: bytes) -> None:
    try:
        document = read_document(data, "x.txt")
    except DocumentError as error:
        assert "x.txt" in str(error)
    else:
        assert document.text.strip()


@given(st.text(alphabet="第一二章条、（）(1). 。；本市已建成平台\n\t ", min_size=1, max_size=200))
def test_blocks_tile_the_text_without_overlap(text: str) -> None:
    try:
        document = read_document(text.encode(), "x.txt")
    except DocumentError:
        assert not text.strip()
        return
    ends = 0
    for block in document.blocks:
        assert block.span.start >= ends
        ends = block.span.end
    inside = "".join(document.quote(b.span) for b in document.blocks)
    assert "".join(inside.split()) == "".join(document.text.split())


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("方案(2024-04-30).txt", "一、总体要求\n正文。", date(2024, 4, 30)),
        ("报告.txt", "政府工作报告\n正文\n2025年1月16日", date(2025, 1, 16)),
        ("x.txt", "没有日期的正文，写于2025年13月40日。", None),
    ],
)
def test_date_of_issue(name: str, text: str, expected: date | None) -> None:
    assert read_document(text.encode(), name).issued_on == expected


@pytest.mark.shared
def test_real_formats(shared: Path) -> None:
    outcomes = {}
    for path in sorted((shared / "real" / "formats").iterdir()):
        if not path.name.startswith(RECOGNISED):
            outcomes[path.name] = read_file(path, path.name)
    for name, outcome in outcomes.items():
        if isinstance(outcome, LeftOut):  # what a conversion must open goes through the intake
            assert name.endswith(".doc") and "LibreOffice" in outcome.reason, name
        else:
            assert len(outcome.text) > 200, name
    white = next(o for n, o in outcomes.items() if "白皮书" in n and n.endswith("pdf"))
    assert isinstance(white, Document) and len(white.pages) == 59


@pytest.mark.shared
def test_pages_of_real_pdfs_agree_with_the_other_engine(shared: Path) -> None:
    checked = 0
    for path in sorted((shared / "real").rglob("*.pdf")):
        if path.name.startswith(RECOGNISED):
            continue
        outcome = read_file(path, path.name)
        assert isinstance(outcome, Document)
        reader = PdfReader(path)
        for page in outcome.pages:
            own = "".join(outcome.text[page.span.start : page.span.end].split())
            other = "".join((reader.pages[page.number - 1].extract_text() or "").split())
            if len(own) >= 80 and len(other) >= 80:
                middle = own[len(own) // 2 :][:10]
                # the boxes of a diagram have no order: each is one unit, in any sequence
                assert middle in other or _alike(own, other) > 0.8, (path.name, page.number)
                checked += 1
    assert checked >= 60


def _alike(one: str, other: str) -> float:
    a, b = set(pairwise(one)), set(pairwise(other))
    return len(a & b) / max(min(len(a), len(b)), 1)
