"""Spreadsheets: rows know their cells and headers; what the sheet hides is kept apart."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter.workbook import Workbook

from auditor.core.documents import Block, BlockKind
from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content
from auditor.ingest.sheets import read_sheets
from auditor.ingest.sheets_table import letters
from auditor.ingest.sheets_values import plain, printed


def book_of(fill: Callable[[Workbook], None]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        fill(book)
    return buffer.getvalue()


def grid_of(rows: list[list[object]], name: str = "台账") -> bytes:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)

    return book_of(fill)


def read(data: bytes) -> Content:
    return read_sheets(data, "台账.xlsx")


def lines(content: Content) -> list[tuple[str, str]]:
    return [(block.kind.value, quote(content, block)) for block in content.blocks]


def quote(content: Content, block: Block) -> str:
    return content.text[block.span.start : block.span.end]


def row_with(content: Content, text: str) -> Block:
    return next(b for b in content.blocks if text in quote(content, b))


def test_a_row_knows_its_header_and_its_cells() -> None:
    content = read(grid_of([["场景", "部门", "接入数"], ["一网统管", "数据局", 12.0]]))
    assert lines(content) == [
        ("heading", "台账"),
        ("table_head", "场景 | 部门 | 接入数"),
        ("table_row", "一网统管 | 数据局 | 12"),
    ]
    row = content.blocks[-1]
    assert row.header == ("场景", "部门", "接入数") and row.place == "台账!A2:C2"


def test_titles_stand_above_the_table_and_notes_below() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("汇总")
        sheet.merge_range("A1:C1", "临澜市应用场景台账")
        sheet.write_row("A2", ["填报单位：数据局", "", "日期：2024年5月"])
        sheet.write_row("A3", ["序号", "场景名称", "部门"])
        sheet.write_row("A4", [1, "一网统管", "城管局"])
        sheet.merge_range("A5:C5", "一、民生服务")
        sheet.write_row("A6", [2, "一卡通", "人社局"])
        sheet.write("A8", "注：数据截至2024年4月底。")

    content = read(book_of(fill))
    kinds = [kind for kind, _ in lines(content)]
    assert kinds == ["heading", "paragraph", "paragraph", "table_head", "table_row",
                     "paragraph", "table_row", "paragraph"]  # fmt: skip
    assert row_with(content, "一卡通").header == ("序号", "场景名称", "部门")
    assert row_with(content, "注：").place == "汇总!A8"


def test_column_names_of_two_rows_are_joined() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("表")
        sheet.merge_range("A1:A2", "区县")
        sheet.merge_range("B1:C1", "覆盖情况")
        sheet.write_row("B2", ["社区数", "覆盖率"])
        sheet.write_row("A3", ["东区", 12, "九成"])

    row = read(book_of(fill)).blocks[-1]
    assert row.kind is BlockKind.TABLE_ROW
    assert row.header == ("区县", "覆盖情况 社区数", "覆盖情况 覆盖率")


def test_a_cell_merged_over_rows_counts_for_each() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("表")
        sheet.write_row("A1", ["部门", "系统"])
        sheet.merge_range("A2:A3", "公安局")
        sheet.write("B2", "雪亮工程")
        sheet.write("B3", "情指行")

    texts = [text for _, text in lines(read(book_of(fill)))]
    assert texts[-2:] == ["公安局 | 雪亮工程", "公安局 | 情指行"]


def test_a_second_table_of_a_sheet_has_its_own_header() -> None:
    rows = [["部门", "系统数"], ["公安局", 3], [], ["经费情况"], ["项目", "金额", "年份"],
            ["平台", 300, 2024]]  # fmt: skip
    content = read(grid_of(rows))
    assert row_with(content, "300").header == ("项目", "金额", "年份")
    assert row_with(content, "公安局").header == ("部门", "系统数")
    assert row_with(content, "经费情况").kind is BlockKind.PARAGRAPH


def test_years_name_columns() -> None:
    content = read(grid_of([["指标", 2023, 2024], ["接入部门", 31, 45]]))
    assert content.blocks[-1].header == ("指标", "2023", "2024")


def test_figures_without_names_have_no_header() -> None:
    content = read(grid_of([["平台", 300], ["网络", 200]]))
    assert all(not block.header for block in content.blocks)


def test_values_are_printed_as_people_read_them() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("表")
        sheet.write_row("A1", ["率", "日期", "数", "公式"])
        sheet.write_number("A2", 0.765, book.add_format({"num_format": "0%"}))
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_datetime("B2", datetime(2024, 5, 12), day)
        sheet.write_number("C2", 0.1 + 0.2)
        sheet.write_formula("D2", "=1+1", None, 2)

    assert lines(read(book_of(fill)))[-1][1] == "76.5% | 2024-05-12 | 0.3 | 2"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.0, "12"),
        (1e20, "100000000000000000000"),
        (1.5e-7, "0.00000015"),
        (True, "是"),
        (date(2024, 5, 1), "2024-05-01"),
        (datetime(2024, 5, 1, 9, 30), "2024-05-01 09:30"),
        (time(9, 5), "09:05"),
        ("两\n行", "两 行"),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_a_value_as_text(value: object, text: str) -> None:
    assert printed(value) == text  # type: ignore[arg-type]


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
def test_numbers_keep_fifteen_digits_without_powers(value: float) -> None:
    assert "e" not in plain(value)
    assert float(plain(value)) == pytest.approx(value, rel=1e-14)


def hiding(book: Workbook) -> None:
    sheet = book.add_worksheet("明细")
    sheet.write_row("A1", ["场景", "部门", "备用"])
    sheet.write_row("A2", ["看得见", "数据局", "藏列"])
    sheet.write_row("A3", ["藏行", "数据局", ""])
    white = book.add_format({"font_color": "white"})
    sheet.write("A4", "白字", white)
    sheet.write("B4", "红底白字", book.add_format({"font_color": "white", "bg_color": "red"}))
    sheet.write("B5", "不显示", book.add_format({"num_format": ";;;"}))
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.set_column("C:C", None, None, {"hidden": True})
    other = book.add_worksheet("底稿")
    other.write("A1", "藏表")
    other.hide()


def test_hidden_rows_columns_cells_and_sheets_are_kept_apart() -> None:
    content = read(book_of(hiding))
    found = {(h.how, h.text) for h in content.hidden}
    assert found == {
        ("vanish", "备用"),
        ("vanish", "藏列"),
        ("vanish", "藏行 | 数据局"),
        ("vanish", "藏表"),
        ("white", "白字"),
        ("invisible", "不显示"),
    }
    for text in ("藏", "备用", "不显示", "底稿"):
        assert text not in content.text
    assert "看得见 | 数据局" in content.text and "红底白字" in content.text
    assert any("1 行" in w for w in content.warnings) and any("底稿" in w for w in content.warnings)


def test_text_in_shapes_is_named_as_not_read() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("表")
        sheet.write("A1", "正文")
        sheet.insert_textbox("B2", "图形里的字")

    content = read(book_of(fill))
    assert content.warnings == ("文本框或图形中的文字未读入",) and "正文" in content.text


def test_old_workbooks_are_read_too() -> None:
    xlwt = pytest.importorskip("xlwt")
    book = xlwt.Workbook()
    for name in ("台账", "底稿"):
        sheet = book.add_sheet(name)
        for place, row in enumerate((("场景", "数量"), (f"{name}场景", 3))):
            for column, value in enumerate(row):
                sheet.write(place, column, value)
    book.get_sheet(1).visibility = 1
    buffer = io.BytesIO()
    book.save(buffer)
    content = read_sheets(buffer.getvalue(), "台账.et")
    assert lines(content)[-1] == ("table_row", "台账场景 | 3")
    assert content.blocks[-1].place == "台账!A2:B2"
    assert any("底稿场景" in h.text for h in content.hidden)


ODS_SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def ods_of(rows: str) -> bytes:
    content = (
        f"<office:document-content {ODS_SPACES}><office:body><office:spreadsheet>"
        f'<table:table table:name="台账">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", manifest)
    return buffer.getvalue()


def ods_cell(text: str, times: int = 1) -> str:
    return (
        f'<table:table-cell table:number-columns-repeated="{times}" office:value-type="string">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def test_an_ods_is_read_and_its_bombs_are_refused() -> None:
    plain_rows = "".join(
        f"<table:table-row>{ods_cell(a)}{ods_cell(b)}</table:table-row>"
        for a, b in (("场景", "部门"), ("一网统管", "数据局"))
    )
    content = read_sheets(ods_of(plain_rows), "台账.ods")
    assert lines(content)[-1] == ("table_row", "一网统管 | 数据局")
    bomb = f'<table:table-row table:number-rows-repeated="900000">{ods_cell("x", 9000)}'
    with pytest.raises(BrokenDocumentError, match="过大"):
        read_sheets(ods_of(bomb + "</table:table-row>"), "弹.ods")


def test_an_ods_without_its_closing_tag_is_refused_at_once() -> None:
    row = f"<table:table-row>{ods_cell('甲')}</table:table-row></tab>le:table>"
    with pytest.raises(BrokenDocumentError, match=r"content\.xml"):
        read_sheets(ods_of(row), "台账.ods")


def test_a_lone_cell_at_the_far_end_is_refused_with_a_remedy() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("表")
        sheet.write(0, 0, "近")
        sheet.write(1_000_000, 16_000, "远")

    with pytest.raises(BrokenDocumentError) as caught:
        read(book_of(fill))
    assert "空白行列" in caught.value.hint


def test_formatted_cells_without_value_make_no_sheet_large() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("表")
        sheet.write_row("A1", ["名", "数"])
        sheet.write_row("A2", ["甲", 1])
        sheet.write_blank(1_000_000, 16_000, None, book.add_format({"bold": True}))

    content = read(book_of(fill))
    assert lines(content)[-1] == ("table_row", "甲 | 1") and not content.warnings


def test_a_sheet_that_is_too_long_says_where_it_was_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.ingest.sheets.MAX_ROWS", 3)
    content = read(grid_of([["名", "数"], ["甲", 1], ["乙", 2], ["丙", 3], ["丁", 4]]))
    assert "乙" in content.text and "丙" not in content.text
    assert content.warnings == ("工作表“台账”过大，第 4 行起未读入",)


def encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize("data", [encrypted(), b"PK\x03\x04", b"no workbook"])
def test_what_is_no_workbook_is_named_with_a_remedy(data: bytes) -> None:
    with pytest.raises(BrokenDocumentError, match=r"台账\.xlsx") as caught:
        read(data)
    assert caught.value.hint


@pytest.mark.parametrize("part", [r"xl/worksheets/sheet1\.xml", r"xl/styles\.xml"])
def test_a_part_that_is_cut_short_is_named(part: str) -> None:
    with zipfile.ZipFile(io.BytesIO(grid_of([["甲", "乙"], ["丙", 1]]))) as package:
        parts = {n: package.read(n) for n in package.namelist()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data[: len(data) // 2] if re.fullmatch(part, name) else data)
    with pytest.raises(BrokenDocumentError):
        read(buffer.getvalue())


def test_letters_of_columns() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702, 16_383)] == [
        "A", "Z", "AA", "ZZ", "AAA", "XFD",
    ]  # fmt: skip
