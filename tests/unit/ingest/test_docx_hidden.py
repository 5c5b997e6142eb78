"""Word: hidden text, pictures, damage and repair."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from PIL import Image

from auditor.core.errors import BrokenDocumentError, MissingExtraError
from auditor.ingest.docx import read_docx
from auditor.ingest.docx_counting import counted
from auditor.ingest.docx_pictures import ranges
from auditor.ingest.glyphs import GlyphPage
from tests.unit.ingest.docx_samples import (
    CHART,
    DECLARED,
    SCANS,
    as_read,
    box_of,
    cell,
    element,
    hidden,
    lines,
    paragraph,
    read,
    restarting,
    row,
    run,
    table,
    with_document,
    with_pictures,
)


def test_tables_nested_as_deep_as_xml_goes_give_their_text_or_an_error() -> None:
    inside = paragraph(run("最里面"))
    for _ in range(80):
        inside = f"<w:tbl><w:tr><w:tc>{inside}</w:tc></w:tr></w:tbl>"
    data = with_document(f"<w:document {DECLARED}><w:body>{inside}</w:body></w:document>")
    try:
        assert lines(read_docx(data, "a.docx")) == ["最里面"]
    except BrokenDocumentError as error:
        assert "嵌套过深" in str(error)


def test_a_document_without_body_is_empty_and_styles_in_a_circle_end() -> None:
    assert read_docx(with_document(f"<w:document {DECLARED}/>"), "a.docx").text == ""

    def add(word: docx.document.Document) -> None:
        style = '<w:style w:type="paragraph" w:styleId="{}"><w:basedOn w:val="{}"/></w:style>'
        word.styles.element.append(element(style.format("X", "Y")))
        word.styles.element.append(element(style.format("Y", "X")))

    assert lines(read(paragraph(run("正文"), '<w:pStyle w:val="X"/>'), change=add)) == ["正文"]


def test_scanned_pages_in_a_document_are_read_in_their_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("auditor.ingest.ocr.read_picture", as_read)
    content = read(
        paragraph(run("附件")), change=with_pictures((1240, 1754), (80, 60), (1754, 1240))
    )
    assert "".join(lines(content)) == "附件" + "".join([*SCANS[1], *SCANS[3]])
    assert content.warnings == ("第 1、3 张图片由文字识别读出",)


def test_scanned_pages_are_named_where_recognition_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(image: Image.Image, **_: object) -> GlyphPage:
        raise MissingExtraError("rapidocr", "ocr")

    monkeypatch.setattr("auditor.ingest.ocr.read_picture", missing)
    content = read(paragraph(run("附件")), change=with_pictures((1240, 1754)))
    assert lines(content) == ["附件"]
    assert content.warnings == ("有 1 张图片未识别",)


def test_pictures_between_text_are_counted_and_seals_are_not() -> None:
    body = paragraph(run("全市政务服务事项已经全部上网办理。" * 40))
    content = read(body, change=with_pictures((1240, 800), (200, 200)))
    assert content.warnings == ("有 1 张插图未识别",)


def test_numbers_of_pictures_are_drawn_together() -> None:
    assert ranges([1, 2, 3, 5, 8, 9]) == "1—3、5、8—9"


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        (
            "chineseCountingThousand",
            {1: "一", 10: "十", 21: "二十一", 101: "一百零一", 110: "一百一十"},
        ),
        (
            "chineseCountingThousand",
            {1001: "一千零一", 10005: "一万零五", 12345: "一万二千三百四十五"},
        ),
        ("chineseCounting", {11: "十一", 99: "九十九", 100: "一〇〇"}),
        ("ideographDigital", {9: "九", 10: "一〇", 123: "一二三"}),
        ("chineseLegalSimplified", {1: "壹", 10: "壹拾", 105: "壹佰零伍"}),
        ("decimalEnclosedCircle", {1: "①", 20: "⑳", 21: "㉑", 51: "51"}),
        ("decimalEnclosedParen", {2: "⑵", 21: "21"}),
        ("ideographTraditional", {1: "甲", 10: "癸", 11: "11"}),
        ("lowerRoman", {4: "iv", 1994: "mcmxciv"}),
        ("upperLetter", {26: "Z", 27: "AA", 28: "BB"}),
        ("decimalFullWidth", {12: "１２"}),
        ("decimalZero", {7: "07"}),
        ("none", {7: ""}),
        ("noSuchFormat", {7: "7"}),
        ("upperRoman", {99_999_999: "99999999"}),
    ],
)
def test_numbers_are_written_as_word_prints_them(form: str, numbers: dict[int, str]) -> None:
    assert {number: counted(number, form) for number in numbers} == numbers


def test_a_level_begins_anew_unless_it_says_that_it_counts_on() -> None:
    assert restarting('<w:lvlRestart w:val="1"/>') == ["I", "I.1", "II", "II.1"]
    assert restarting('<w:lvlRestart w:val="0"/>') == ["I", "I.1", "II", "II.2"]
    assert restarting("<w:isLgl/>") == ["I", "1.1", "II", "2.1"]


def test_signs_of_symbol_fonts_in_plain_text_are_translated() -> None:
    fonts = '<w:rFonts w:ascii="Wingdings 2" w:hAnsi="Wingdings 2"/>'
    content = read(paragraph(run("\uf052", fonts) + run("是") + run("\uf0a3", fonts) + run("否")))
    assert lines(content) == ["☑是□否"]


def test_white_print_on_a_backdrop_is_seen_until_the_next_page() -> None:
    extent = '<wp:extent cx="7000000" cy="9000000"/>'
    backdrop = f'<w:r><w:drawing><wp:anchor behindDoc="1">{extent}</wp:anchor></w:drawing></w:r>'
    white = run("封面标题", '<w:color w:val="FFFFFF"/>')
    ended = '<w:r><w:br w:type="page"/></w:r>'
    content = read(paragraph(backdrop), paragraph(white + ended), paragraph(white))
    assert lines(content) == ["封面标题"]
    assert hidden(content) == [("white", "封面标题")]


def test_white_print_is_hidden_in_a_white_box_and_seen_in_others() -> None:
    fill = '<a:solidFill><a:srgbClr val="{}"/></a:solidFill>'.format
    white = paragraph(run("白字", '<w:color w:val="FFFFFF"/>'))
    light, dark = (box_of(white, fill(color)) for color in ("FFFFFF", "003366"))
    content = read(paragraph(light), paragraph(dark))
    assert lines(content) == ["白字"]
    assert hidden(content) == [("white", "白字")]


def test_endnotes_stand_at_the_end() -> None:
    def add(word: docx.document.Document) -> None:
        note = f'<w:endnote w:id="5">{paragraph(run("来源：统计局。"))}</w:endnote>'
        xml = f"<w:endnotes {DECLARED}>{note}</w:endnotes>".encode()
        part = Part(PackURI("/word/endnotes.xml"), "application/xml", xml, word.part.package)
        word.part.relate_to(part, RT.ENDNOTES)

    mark = '<w:r><w:endnoteReference w:id="5"/></w:r>'
    content = read(paragraph(run("第一段。") + mark), paragraph(run("末段。")), change=add)
    assert lines(content) == ["第一段。", "末段。", "i 来源：统计局。"]


def test_the_figures_of_a_chart_are_read_as_a_table() -> None:
    def add(word: docx.document.Document) -> None:
        name = PackURI("/word/charts/chart1.xml")
        part = Part(name, "application/xml", CHART.encode(), word.part.package)
        key = word.part.relate_to(part, RT.CHART)
        drawing = (
            f'<w:r><w:drawing><wp:inline><c:chart r:id="{key}"/></wp:inline></w:drawing></w:r>'
        )
        word.element.body.insert(0, element(paragraph(drawing + drawing)))

    assert lines(read(change=add)) == ["受理量", "| 万件", "东区 | 86", "西区 | 112"]


def test_embedded_files_are_counted_and_formulas_are_not() -> None:
    sheet, formula = (
        f'<w:r><w:object><o:OLEObject ProgID="{program}"/></w:object></w:r>'
        for program in ("Excel.Sheet.12", "Equation.3")
    )
    content = read(paragraph(run("见附表") + sheet + formula), '<w:altChunk r:id="rId77"/>')
    assert content.warnings == ("有 1 个嵌入对象未读入", "有 1 处嵌入文件未读入")


def test_a_form_under_a_title_row_has_no_header() -> None:
    wide = '<w:gridSpan w:val="2"/>'
    content = read(
        table(
            row(cell("一、基本情况", '<w:gridSpan w:val="4"/>')),
            row(cell("单位名称"), cell("某市数据局"), cell("联系人"), cell("某人")),
            row(cell("项目简介", wide), cell("建成平台。", wide)),
            row(cell("主要成效", wide), cell("提升效率。", wide)),
        )
    )
    assert not any(block.header for block in content.blocks)


@pytest.mark.shared
def test_real_work_reports_hold_no_hidden_text_and_need_no_warning(shared: Path) -> None:
    files = sorted((shared / "real" / "work-reports-2024").glob("*.docx"))
    contents = [read_docx(file.read_bytes(), file.name) for file in files]
    assert len(contents) > 100
    assert min(len(content.text) for content in contents) > 4000
    assert not any(content.hidden or content.warnings for content in contents)
