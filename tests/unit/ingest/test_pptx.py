"""Presentations: slides in order, shapes as the viewer sees them, hidden ones apart."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pptx
import pytest
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part as OpcPart
from pptx.opc.packuri import PackURI
from pptx.util import Cm, Pt

from auditor.core.documents import BlockKind
from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content
from auditor.ingest.pptx import read_pptx

TITLE_ONLY, BLANK = 5, 6


def show_of(*fills: Callable[[Any], None], layout: int = BLANK) -> bytes:
    show = pptx.Presentation()
    for fill in fills:
        fill(show.slides.add_slide(show.slide_layouts[layout]))
    buffer = io.BytesIO()
    show.save(buffer)
    return buffer.getvalue()


def box(slide: Any, text: str, left: float, top: float, height: float = 1.5) -> Any:
    shape = slide.shapes.add_textbox(Cm(left), Cm(top), Cm(6), Cm(height))
    shape.text_frame.text = text
    return shape


def read(data: bytes) -> Content:
    return read_pptx(data, "汇报.pptx")


def lines(content: Content) -> list[str]:
    return content.text.splitlines()


def test_a_slide_is_a_section_under_its_title() -> None:
    def first(slide: Any) -> None:
        box(slide, "接入部门45个。\n日均处置3200件。", 2, 8)
        slide.shapes.title.text = "一网统管"

    def second(slide: Any) -> None:
        slide.shapes.title.text = "下一步"
        box(slide, "扩大覆盖。", 2, 8)

    content = read(show_of(first, second, layout=TITLE_ONLY))
    assert lines(content) == [
        "一网统管", "接入部门45个。", "日均处置3200件。", "下一步", "扩大覆盖。",
    ]  # fmt: skip
    headings = [b for b in content.blocks if b.kind is BlockKind.HEADING]
    assert [b.level for b in headings] == [1, 1]
    assert [b.place for b in content.blocks] == ["幻灯片1"] * 3 + ["幻灯片2"] * 2


def test_shapes_are_read_as_they_stand_not_as_they_were_added() -> None:
    def fill(slide: Any) -> None:
        box(slide, "右下", 14, 10)
        box(slide, "右上", 14, 4.2)
        box(slide, "左下", 2, 10.3)
        box(slide, "左上", 2, 4)

    assert lines(read(show_of(fill))) == ["左上", "右上", "左下", "右下"]


def test_groups_are_entered_where_they_stand() -> None:
    def fill(slide: Any) -> None:
        box(slide, "最后", 2, 14)
        group = slide.shapes.add_group_shape()
        inner = group.shapes.add_group_shape()
        for text, top in (("组内下", 9), ("组内上", 6)):
            shape = inner.shapes.add_textbox(Cm(2), Cm(top), Cm(5), Cm(1))
            shape.text_frame.text = text
        box(slide, "最先", 2, 2)

    assert lines(read(show_of(fill))) == ["最先", "组内上", "组内下", "最后"]


def test_tables_have_headers_and_merged_cells_once() -> None:
    def fill(slide: Any) -> None:
        table = slide.shapes.add_table(3, 2, Cm(2), Cm(4), Cm(12), Cm(4)).table
        for row, cells in enumerate((("部门", "系统"), ("公安局", "雪亮工程"), ("合计一项", ""))):
            for column, text in enumerate(cells):
                table.cell(row, column).text = text
        table.cell(2, 0).merge(table.cell(2, 1))

    content = read(show_of(fill))
    assert lines(content) == ["部门 | 系统", "公安局 | 雪亮工程", "合计一项"]
    row = content.blocks[1]
    assert row.kind is BlockKind.TABLE_ROW and row.header == ("部门", "系统")
    assert row.place == "幻灯片1"


def test_the_figures_of_a_chart_are_rows() -> None:
    def fill(slide: Any) -> None:
        data = CategoryChartData()
        data.categories = ["2023年", "2024年"]
        data.add_series("接入部门", (31, 45.5))
        kind = XL_CHART_TYPE.COLUMN_CLUSTERED
        frame = slide.shapes.add_chart(kind, Cm(2), Cm(2), Cm(9), Cm(7), data)
        frame.chart.has_title = True
        frame.chart.chart_title.text_frame.text = "接入情况"

    text = read(show_of(fill)).text
    assert "接入情况" in text and "2023年 | 31" in text and "2024年 | 45.5" in text


def test_notes_stand_under_their_own_heading() -> None:
    def fill(slide: Any) -> None:
        box(slide, "正文", 2, 4)
        slide.notes_slide.notes_text_frame.text = "讲稿第一句。"

    content = read(show_of(fill))
    assert lines(content) == ["正文", "备注", "讲稿第一句。"]
    assert content.blocks[1].kind is BlockKind.HEADING


def test_hidden_slides_and_shapes_are_kept_apart() -> None:
    def seen(slide: Any) -> None:
        box(slide, "看得见", 2, 4)
        box(slide, "画外", 60, 4)
        box(slide, "隐藏形状", 2, 8)._element.nvSpPr.cNvPr.set("hidden", "1")
        tiny = box(slide, "极小字", 2, 12)
        tiny.text_frame.paragraphs[0].runs[0].font.size = Pt(1)

    def unseen(slide: Any) -> None:
        box(slide, "隐藏页", 2, 4)
        slide._element.set("show", "0")

    content = read(show_of(seen, unseen))
    assert lines(content) == ["看得见"]
    assert {(h.how, h.text) for h in content.hidden} == {
        ("off_page", "画外"), ("vanish", "隐藏形状"), ("tiny", "极小字"), ("vanish", "隐藏页"),
    }  # fmt: skip
    assert content.warnings == ("幻灯片2是隐藏的，未读入正文",)


def test_a_slide_of_pictures_says_that_it_was_not_read() -> None:
    def fill(slide: Any) -> None:
        buffer = io.BytesIO()
        Image.new("RGB", (20, 20)).save(buffer, "PNG")
        slide.shapes.add_picture(io.BytesIO(buffer.getvalue()), Cm(1), Cm(1))

    assert read(show_of(fill)).warnings == ("幻灯片1只有图片，图中文字未读入",)


def replaced(data: bytes, part: str, content: bytes | None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
            elif content is not None:
                new.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("ppt/presentation.xml", b"<a"),
        ("[Content_Types].xml", None),
        ("ppt/slides/slide1.xml", b"<!DOCTYPE a><a/>"),
        ("ppt/slides/slide1.xml", b""),
    ],
)
def test_damaged_and_hostile_packages_are_named(part: str, content: bytes | None) -> None:
    data = replaced(show_of(lambda slide: box(slide, "字", 2, 2)), part, content)
    with pytest.raises(BrokenDocumentError, match=r"汇报\.pptx") as caught:
        read(data)
    assert caught.value.hint


def test_a_slide_of_unknown_form_is_named_and_the_others_are_read() -> None:
    good = show_of(lambda slide: box(slide, "一", 2, 2), lambda slide: box(slide, "二", 2, 2))
    with zipfile.ZipFile(io.BytesIO(good)) as package:
        slide = package.read("ppt/slides/slide1.xml")
    broken = replaced(good, "ppt/slides/slide1.xml", slide.replace(b"<p:cSld>", b"<p:x>").replace(
        b"</p:cSld>", b"</p:x>"))  # fmt: skip
    content = read(broken)
    assert lines(content) == ["二"] and "幻灯片1无法读取" in content.warnings[0]


DIAGRAM = (
    '<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst><dgm:pt><dgm:t>'
    "<a:p><a:r><a:t>一屏观</a:t></a:r><a:r><a:t>天下</a:t></a:r></a:p></dgm:t></dgm:pt><dgm:pt>"
    "<dgm:t><a:p><a:r><a:t>一网管全城</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>"
)


def test_the_texts_of_diagrams_are_read() -> None:
    def fill(slide: Any) -> None:
        package = slide.part.package
        uri = PackURI("/ppt/diagrams/data1.xml")
        kind = "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml"
        relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"
        slide.part.relate_to(OpcPart(uri, kind, package, DIAGRAM.encode()), relation)

    assert lines(read(show_of(fill))) == ["一屏观天下", "一网管全城"]
