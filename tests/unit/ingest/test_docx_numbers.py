"""Word: numbering, fields, notes and drawings."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest

from auditor.core.documents import BlockKind
from auditor.core.errors import BrokenDocumentError
from auditor.ingest.docx import read_docx
from tests.unit.ingest.docx_samples import (
    DECLARED,
    NAMES,
    cell,
    element,
    hidden,
    lines,
    numbered,
    numbering_of,
    paragraph,
    read,
    row,
    run,
    strict,
    table,
    with_document,
    with_member,
    with_pictures,
    word_of,
)


def test_a_style_numbers_its_paragraphs_at_its_own_level() -> None:
    def add(word: docx.document.Document) -> None:
        numbering_of(("chineseCounting", "第%1章"), ("decimal", "%2．"))(word)
        second = word.part.numbering_part.element.findall(f".//{{{NAMES['w']}}}lvl")[-1]
        second.append(element('<w:pStyle w:val="Clause"/>'))
        word.styles.element.append(
            element(
                '<w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="条款"/>'
                '<w:pPr><w:numPr><w:numId w:val="41"/></w:numPr></w:pPr></w:style>'
            )
        )

    clause = '<w:pStyle w:val="Clause"/>'
    off = clause + '<w:numPr><w:numId w:val="0"/></w:numPr>'
    texts = (("一款", clause), ("不编号", off), ("二款", clause))
    content = read(*(paragraph(run(text), how) for text, how in texts), change=add)
    assert lines(content) == ["1．一款", "不编号", "2．二款"]


def test_a_column_of_automatic_numbers_is_read_in_a_table() -> None:
    rows = [row(cell(numbered("")), cell(name)) for name in ("甲平台", "乙平台")]
    content = read(
        table(row(cell("序号"), cell("名称")), *rows), change=numbering_of(("decimal", "%1"))
    )
    assert lines(content) == ["序号 | 名称", "1 | 甲平台", "2 | 乙平台"]


def test_headings_are_told_by_style_and_outline_level() -> None:
    def add(word: docx.document.Document) -> None:
        based = '<w:style w:type="paragraph" w:styleId="{0}"><w:name w:val="{1}"/>{2}</w:style>'
        word.styles.element.append(
            element(based.format("A", "公文一级", '<w:pPr><w:outlineLvl w:val="0"/></w:pPr>'))
        )
        word.styles.element.append(element(based.format("B", "公文", '<w:basedOn w:val="A"/>')))
        word.styles.element.append(element(based.format("C", "标题 3", "")))

    content = read(
        paragraph(run("由样式"), '<w:pStyle w:val="B"/>'),
        paragraph(run("由名称"), '<w:pStyle w:val="C"/>'),
        paragraph(run("由段落"), '<w:outlineLvl w:val="1"/>'),
        paragraph(run("正文"), '<w:pStyle w:val="B"/><w:outlineLvl w:val="9"/>'),
        paragraph(run("很长的正文" * 30), '<w:pStyle w:val="B"/>'),
        change=add,
    )
    kinds = [(block.kind, block.level) for block in content.blocks]
    heading, body = BlockKind.HEADING, (BlockKind.PARAGRAPH, 0)
    assert kinds == [(heading, 1), (heading, 3), (heading, 2), body, body]


def test_merged_cells_are_read_once() -> None:
    start, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    content = read(
        table(
            row(cell("区县"), cell("项目"), cell("金额")),
            row(cell("东区", start), cell("平台"), cell("300")),
            row(cell("", on), cell("合计", '<w:gridSpan w:val="2"/>')),
        )
    )
    assert lines(content) == ["区县 | 项目 | 金额", "东区 | 平台 | 300", "| 合计"]
    assert content.blocks[1].header == ("区县", "项目", "金额")
    assert content.blocks[2].header == ("区县", "项目")


def test_two_rows_of_column_names_are_joined_by_column() -> None:
    tall, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    content = read(
        table(
            row(cell("附表 建设情况", '<w:gridSpan w:val="3"/>')),
            row(cell("区县", tall), cell("平台数", '<w:gridSpan w:val="2"/>')),
            row(cell("", on), cell("去年"), cell("今年")),
            row(cell("东区"), cell("3"), cell("5")),
            row(cell("西区"), cell("4"), cell("6")),
        )
    )
    kinds = [block.kind for block in content.blocks]
    head, body = BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW
    assert kinds == [body, head, head, body, body]
    assert content.blocks[3].header == ("区县", "平台数 去年", "平台数 今年")


def test_rows_that_repeat_on_every_page_are_the_header() -> None:
    repeated = row(cell("2023"), cell("2024"), properties="<w:tblHeader/>")
    content = read(table(repeated, row(cell("86"), cell("112"))))
    assert content.blocks[0].kind is BlockKind.TABLE_HEAD
    assert content.blocks[1].header == ("2023", "2024")


def test_a_paper_inside_one_cell_is_read_as_paragraphs() -> None:
    inside = paragraph(run("第一段。")) + paragraph(run("第二段。"))
    content = read(table(row(cell(inside))))
    assert [block.kind for block in content.blocks] == [BlockKind.PARAGRAPH] * 2


def test_a_table_inside_a_cell_follows_its_row() -> None:
    inner = table(row(cell("甲"), cell("乙")), row(cell("1"), cell("2"))) + paragraph("")
    content = read(table(row(cell("外一"), cell(inner)), row(cell("外二"), cell("说明文字。"))))
    assert lines(content) == ["外一 |", "甲 | 乙", "1 | 2", "外二 | 说明文字。"]


def test_rows_in_content_controls_are_read_and_hidden_or_deleted_ones_are_not() -> None:
    held = f"<w:sdt><w:sdtContent>{row(cell('控件'), cell('行'))}</w:sdtContent></w:sdt>"
    content = read(
        table(
            row(cell("甲"), cell("乙")),
            held,
            row(cell("藏"), cell("着"), properties="<w:hidden/>"),
            row(cell("删"), cell("去"), properties="<w:del/>"),
        )
    )
    assert lines(content) == ["甲 | 乙", "控件 | 行"]
    assert hidden(content) == [("vanish", "藏 | 着")]


def test_paragraphs_of_a_cell_leave_no_space_between_chinese_characters() -> None:
    inside = paragraph(run("统一的")) + paragraph(run("政务云"))
    content = read(table(row(cell("名称"), cell("内容")), row(cell("云"), cell(inside))))
    assert lines(content)[1] == "云 | 统一的政务云"


def test_a_mark_of_secrecy_in_a_head_is_seen_and_other_heads_are_not() -> None:
    def add(word: docx.document.Document) -> None:
        word.sections[0].header.paragraphs[0].text = "机密★5年"
        word.sections[0].footer.paragraphs[0].text = "某市数据局 第 1 页"

    assert lines(read(paragraph(run("正文。")), change=add)) == ["机密★5年", "正文。"]


def test_a_watermark_of_secrecy_is_seen() -> None:
    def add(word: docx.document.Document) -> None:
        mark = '<w:r><w:pict><v:shape><v:textpath string="内部资料"/></v:shape></w:pict></w:r>'
        word.sections[0].header.paragraphs[0]._p.append(element(mark))

    assert lines(read(paragraph(run("正文。")), change=add)) == ["内部资料", "正文。"]


def test_strict_documents_are_read() -> None:
    data = strict(word_of(paragraph(run("严格格式的正文。")), table(row(cell("甲"), cell("乙")))))
    assert b"purl.oclc.org" in zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml")
    assert lines(read_docx(data, "a.docx")) == ["严格格式的正文。", "甲 | 乙"]


def test_a_document_of_an_unknown_namespace_is_refused_with_the_reason() -> None:
    data = with_document('<document xmlns="urn:other"><body><p>文</p></body></document>')
    with pytest.raises(BrokenDocumentError, match="无法识别") as caught:
        read_docx(data, "a.docx")
    assert "urn:other" in str(caught.value)


def test_documents_with_macros_are_read_as_text() -> None:
    def change(name: str, content: bytes) -> bytes:
        usual = b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
        return content.replace(usual, b"vnd.ms-word.document.macroEnabled.main+xml")

    data = with_member(word_of(paragraph(run("带宏的正文。"))), change)
    assert lines(read_docx(data, "a.docm")) == ["带宏的正文。"]


def test_a_relation_that_leads_nowhere_does_no_harm() -> None:
    def change(name: str, content: bytes) -> bytes:
        dead = b'<Relationship Id="rId99" Type="http://x/image" Target="NULL"/></Relationships>'
        is_main = name == "word/_rels/document.xml.rels"
        return content.replace(b"</Relationships>", dead) if is_main else content

    data = with_member(word_of(paragraph(run("正文。"))), change)
    assert lines(read_docx(data, "a.docx")) == ["正文。"]


def test_a_picture_without_content_type_does_no_harm() -> None:
    def change(name: str, content: bytes) -> bytes:
        typed = b'<Default Extension="png" ContentType="image/png"/>'
        return content.replace(typed, b"") if name == "[Content_Types].xml" else content

    data = with_member(word_of(paragraph(run("正文。")), change=with_pictures((300, 200))), change)
    assert b'"png"' not in zipfile.ZipFile(io.BytesIO(data)).read("[Content_Types].xml")
    assert "正文。" in lines(read_docx(data, "a.docx"))


@pytest.mark.parametrize(
    "inside",
    [
        "<w:sdt>" * 100_000 + "</w:sdt>" * 100_000,
        "<w:p><w:r>" * 5 + "</w:p>",
        "<w:p>&undefined;</w:p>",
    ],
)
def test_xml_that_cannot_be_parsed_is_a_broken_document(inside: str) -> None:
    data = with_document(f"<w:document {DECLARED}><w:body>{inside}</w:body></w:document>")
    with pytest.raises(BrokenDocumentError, match="坏了") as caught:
        read_docx(data, "坏了.docx")
    assert caught.value.hint
