"""Filled self-assessments and evidence lists are read whatever their columns and spellings."""

from __future__ import annotations

import io
import random
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.claims import ClaimedVerdict, PageRange
from auditor.core.errors import BrokenDocumentError, DocumentError, UnsupportedFormatError
from auditor.intake.claims import (
    claims_kind,
    claims_kind_of_file,
    read_evidence_list,
    read_self_assessment,
)
from auditor.intake.vocabulary import feature_id_of, level_of, pages_of, verdict_of

HEAD = ["特征编号", "自评结论", "理由", "责任部门"]
ROWS = [
    HEAD,
    ["8.2.4.1-L2-a", "满足", "分类分级 45%", "市数据局"],
    ["8.2.4.1-L3-a", "部分满足", "", "市数据局"],
    ["8.6.2.1-L5-a", "不适用：本市无集中供热", "", "市住建局"],
]


def csv_of(rows, encoding="utf-8"):
    return "\r\n".join(",".join(map(str, row)) for row in rows).encode(encoding)


@pytest.mark.parametrize(
    "written",
    [
        "8.2.4.1-L3-a",
        "8.2.4.1 三级 a)",
        "８.２.４.１－Ｌ３－ａ",
        "8.2.4.1第三级a）",
        "8.2.4.1（协同级）a",
        "8.2.4.1-3-A",
        "8.2.4.1-L3-a AI 数据分类分级",
        " 8.2.4.1 L3 a ",
    ],
)
def test_a_feature_id_is_read_in_every_common_spelling(written):
    assert feature_id_of(written) == "8.2.4.1-L3-a"


@pytest.mark.parametrize(
    "written", ["8.2.4.1", "8.2.4", "L3-a", "8.2.4.1-L6-a", "18.2.4.1.1-L3-a", ""]
)
def test_what_is_no_feature_id_gives_none(written):
    assert feature_id_of(written) is None


def test_level_and_letter_of_other_columns_complete_an_item_id():
    assert feature_id_of("8.2.4.1", "三级", "b) 建立数据质量管理机制") == "8.2.4.1-L3-b"


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("是", ClaimedVerdict.MET),
        ("√", ClaimedVerdict.MET),
        ("达到", ClaimedVerdict.MET),
        ("基本满足", ClaimedVerdict.MOSTLY_MET),
        ("部分", ClaimedVerdict.PARTLY_MET),
        ("否", ClaimedVerdict.NOT_MET),
        ("不涉及", ClaimedVerdict.NOT_APPLICABLE),
        ("仅规划", ClaimedVerdict.PLANNED),
    ],
)
def test_verdicts_are_read_in_the_words_that_cities_use(written, verdict):
    assert verdict_of(written) == (verdict, "")


@pytest.mark.parametrize("written", ["在建", "满足部分要求", "不", "待定"])
def test_a_verdict_that_is_not_clear_is_not_guessed(written):
    assert verdict_of(written) is None


def test_pages_are_read_as_ranges():
    assert pages_of("3-5、8") == (PageRange(3, 5), PageRange(8, 8))
    assert pages_of("第3页至第5页，P8") == (PageRange(3, 5), PageRange(8, 8))
    assert pages_of("全文") == ()
    assert pages_of("见附件") is None
    assert pages_of("9-3") is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_ids_verdicts_pages_and_levels(text):
    for read in (feature_id_of, verdict_of, pages_of, level_of):
        read(text)


def test_a_workbook_gives_claims_with_reason_department_and_row(make_workbook, standard):
    data = make_workbook({"填表说明": [["自评等级", "三级"]], "自评表": ROWS})
    read = read_self_assessment(data, "自评表.xlsx", standard)
    assert [c.feature_id for c in read.claims] == [row[0] for row in ROWS[1:]]
    assert read.claims[0].department == "市数据局"
    assert str(read.claims[0].place) == "自评表.xlsx〔自评表〕第 2 行"
    assert read.claims[2].verdict is ClaimedVerdict.NOT_APPLICABLE
    assert read.claims[2].reason == "本市无集中供热"
    assert read.claimed_level == 3
    assert read.problems == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_a_csv_is_read_in_every_chinese_encoding(encoding):
    read = read_self_assessment(csv_of(ROWS, encoding), "自评表.csv")
    assert len(read.claims) == 3
    assert read.claims[0].reason == "分类分级 45%"


def test_a_traditional_csv_in_big5_is_read():
    rows = [["特徵編號", "自評結論", "理由", "責任部門"], ["8.2.4.1-L2-a", "滿足", "", "數據局"]]
    read = read_self_assessment(csv_of(rows, "big5"), "自評表.csv")
    assert read.claims[0].verdict is ClaimedVerdict.MET
    assert read.claims[0].department == "數據局"


def test_the_order_and_the_names_of_columns_do_not_matter(make_workbook):
    rows = [
        ["某市自评情况汇总"],
        ["牵头部门", "是否满足（必填）", "序号", "条款"],
        ["市数据局", "√", 1, "8.2.4.1 二级 a)"],
    ]
    read = read_self_assessment(make_workbook({"Sheet1": rows}), "表.xlsx")
    assert read.claims[0].feature_id == "8.2.4.1-L2-a"
    assert read.claims[0].department == "市数据局"
    assert read.claims[0].place.row == 3


def test_a_row_without_an_id_is_found_by_the_printed_text(make_workbook, standard):
    feature = standard.by_id["8.1.1.1-L1-a"]
    rows = [["特征内容", "自评结论"], [feature.text + " ", "满足"]]
    read = read_self_assessment(make_workbook({"表": rows}), "表.xlsx", standard)
    assert read.claims[0].feature_id == feature.id


def test_every_bad_row_is_a_problem_with_file_sheet_row_and_remedy(make_workbook, standard):
    rows = [
        HEAD,
        ["8.2.4-a", "满足", "", "甲局"],
        ["8.9.9.9-L1-a", "满足", "", "甲局"],
        ["8.2.4.1-L2-a", "在建", "", "乙局"],
        ["8.2.4.1-L3-a", "", "只写了理由", "乙局"],
        ["8.2.4.1-L4-a", "不适用", "", "乙局"],
        ["8.1.1.1-L1-a", "满足", "", ""],
        ["8.1.1.1-L1-a", "满足", "", ""],
        ["8.1.1.1-L1-a", "不满足", "", ""],
        ["8.1.1.1-L2-a", "", "", ""],
    ]
    read = read_self_assessment(make_workbook({"表": rows}), "表.xlsx", standard)
    assert [(p.code, p.place.row) for p in read.problems] == [
        ("bad_id", 2),
        ("unknown_feature", 3),
        ("bad_verdict", 4),
        ("no_verdict", 5),
        ("no_reason", 6),
        ("duplicate", 8),
        ("conflict", 9),
    ]
    assert all(p.hint and str(p).startswith("表.xlsx〔表〕第") for p in read.problems)
    assert read.problems[2].department == "乙局"
    assert [c.feature_id for c in read.claims] == ["8.2.4.1-L4-a", "8.1.1.1-L1-a"]
    assert read.claims[1].verdict is ClaimedVerdict.MET
    assert read.unfilled == ("8.2.4.1-L3-a", "8.1.1.1-L2-a")


def test_lines_that_head_a_group_are_no_problems(make_workbook):
    rows = [HEAD, ["8.2.4 数据治理", "", "", ""], *ROWS[1:]]
    read = read_self_assessment(make_workbook({"表": rows}), "表.xlsx")
    assert read.problems == ()
    assert len(read.claims) == 3


def test_an_unreadable_level_is_said_and_a_level_of_none_is_zero(make_workbook):
    bad = read_self_assessment(make_workbook({"表": [["自评等级：六级"], *ROWS]}), "表.xlsx")
    assert bad.claimed_level is None
    assert [p.code for p in bad.problems] == ["bad_level"]
    none = read_self_assessment(make_workbook({"表": [["自评等级", "未达一级"], *ROWS]}), "表.xlsx")
    assert none.claimed_level == 0


def test_a_file_without_such_a_table_says_so(make_workbook):
    read = read_self_assessment(make_workbook({"表": [["甲", "乙"], [1, 2]]}), "表.xlsx")
    assert read.claims == ()
    assert read.problems[0].code == "no_table"


LIST_HEAD = ["特征编号", "文件名", "页码", "说明", "责任部门"]


def test_an_evidence_list_gives_files_pages_and_departments(make_workbook, standard):
    rows = [
        LIST_HEAD,
        ["8.2.4.1-L2-a", "分类分级办法.pdf", "3-5、8", "第二章", "市数据局"],
        ["8.2.4.1-L2-a", "台账.xlsx", 2, "", "市数据局"],
        ["8.2.4.1-L3-a", "", "", "", ""],
    ]
    read = read_evidence_list(make_workbook({"清单": rows}), "清单.xlsx", standard)
    assert [x.document for x in read.listings] == ["分类分级办法.pdf", "台账.xlsx"]
    assert read.listings[0].pages == (PageRange(3, 5), PageRange(8, 8))
    assert read.listings[1].pages == (PageRange(2, 2),)
    assert read.listings[0].note == "第二章"
    assert read.problems == ()


def test_merged_id_cells_speak_for_all_their_rows(make_workbook):
    rows = [LIST_HEAD, *(["8.2.4.1-L2-a", f"{n}.pdf", "", "", ""] for n in range(3))]
    data = make_workbook({"清单": rows}, merged=[(0, 1, 3)])
    read = read_evidence_list(data, "清单.xlsx")
    assert [x.feature_id for x in read.listings] == ["8.2.4.1-L2-a"] * 3
    assert read.problems == ()


def test_a_row_without_an_id_belongs_to_the_row_above_and_is_noted():
    data = csv_of([LIST_HEAD, ["8.2.4.1-L2-a", "甲.pdf", "", "", ""], ["", "乙.pdf", "", "", ""]])
    read = read_evidence_list(data, "清单.csv")
    assert [x.feature_id for x in read.listings] == ["8.2.4.1-L2-a", "8.2.4.1-L2-a"]
    assert [(p.code, p.lost) for p in read.problems] == [("carried", False)]


def test_several_files_in_one_cell_are_listings_of_their_own(make_workbook):
    rows = [
        LIST_HEAD,
        ["8.2.4.1-L2-a", "甲.pdf\n乙.pdf", "1-2\n7", "", ""],
        ["8.2.4.1-L3-a", "《丙》、《丁》", "1-2", "", ""],
    ]
    read = read_evidence_list(make_workbook({"清单": rows}), "清单.xlsx")
    assert [(x.document, [str(p) for p in x.pages]) for x in read.listings] == [
        ("甲.pdf", ["1-2"]),
        ("乙.pdf", ["7"]),
        ("《丙》", []),
        ("《丁》", []),
    ]
    assert [p.code for p in read.problems] == ["shared_pages"]


def test_a_cell_with_too_many_files_or_pages_is_cut_and_said():
    names = ";".join(f"{n}.pdf" for n in range(80))
    row = ["8.2.4.1-L2-a", names, "", "", ""]
    many = ["8.2.4.1-L3-a", "甲.pdf", "、".join(map(str, range(1, 300))), "", ""]
    data = "\n".join("\t".join(r) for r in [LIST_HEAD, row, many]).encode()
    read = read_evidence_list(data, "清单.csv")
    assert len(read.listings) == 51
    assert [p.code for p in read.problems] == ["too_large", "bad_pages"]


def test_pages_that_a_spreadsheet_turned_into_a_date_are_not_guessed():
    data = csv_of([LIST_HEAD, ["8.2.4.1-L2-a", "甲.pdf", "2026-03-05", "", ""]])
    read = read_evidence_list(data, "清单.csv")
    assert read.listings[0].pages == ()
    assert read.problems[0].code == "bad_pages"
    assert "日期" in read.problems[0].hint


def test_the_same_listing_twice_is_reported_once_kept():
    row = ["8.2.4.1-L2-a", "甲.pdf", "3", "", ""]
    read = read_evidence_list(csv_of([LIST_HEAD, row, row]), "清单.csv")
    assert len(read.listings) == 1
    assert [p.code for p in read.problems] == ["duplicate"]


def test_rows_tell_which_table_they_are():
    assert claims_kind([["说明"], HEAD]) == "self_assessment"
    assert claims_kind([LIST_HEAD]) == "evidence_list"
    assert claims_kind([["特征编号", "自评结论", "证明材料", "页码"]]) == "self_assessment"
    assert claims_kind([["序号", "场景名称", "责任部门"]]) is None


def test_a_dossier_may_hold_the_tables_among_its_files(make_workbook):
    assert claims_kind_of_file(make_workbook({"说明": [["甲"]], "表": ROWS}), "x.xlsx") == (
        "self_assessment"
    )
    assert claims_kind_of_file(csv_of([LIST_HEAD], "gbk"), "x.csv") == "evidence_list"
    assert claims_kind_of_file("工作报告\n全市……".encode(), "x.txt") is None
    assert claims_kind_of_file(b"PK\x03\x04broken", "x.xlsx") is None
    assert claims_kind_of_file(b"", "x.xlsx") is None


def test_other_files_are_refused_with_a_remedy(make_workbook):
    with pytest.raises(UnsupportedFormatError):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            package.writestr("a.txt", "x")
        read_self_assessment(buffer.getvalue(), "a.zip")
    whole = make_workbook({"表": ROWS})
    with pytest.raises(BrokenDocumentError) as error:
        read_self_assessment(whole[: len(whole) // 2], "表.xlsx")
    assert error.value.hint


def with_cells(data: bytes, cells: bytes) -> bytes:
    """Put raw cells behind the last row of a workbook's first sheet."""
    source = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = part.replace(b"</sheetData>", cells + b"</sheetData>")
            package.writestr(name, part)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "cells",
    [
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b'<row r="1048576"><c s="1" r="XFD1048576" t="n"><v>1</v></c></row>',
        b'<row r="1048576">' + b"<c><v>1</v></c>" * 500 + b"</row>",
    ],
)
def test_a_sheet_that_spans_the_whole_grid_is_refused_before_it_is_unfolded(make_workbook, cells):
    with pytest.raises(BrokenDocumentError, match="范围过大"):
        read_self_assessment(with_cells(make_workbook({"表": ROWS}), cells), "表.xlsx")


def test_styled_cells_far_away_do_not_make_a_sheet_too_large(make_workbook):
    cells = b'<row r="900000"><c r="XFD900000" s="1"/></row>'
    read = read_self_assessment(with_cells(make_workbook({"表": ROWS}), cells), "表.xlsx")
    assert len(read.claims) == 3


def test_damaged_workbooks_end_as_document_errors(make_workbook):
    whole = make_workbook({"表": ROWS})
    chance = random.Random(7)
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(12):
            data[chance.randrange(4, len(data))] = chance.randrange(256)
        try:
            read_self_assessment(bytes(data), "表.xlsx")
        except DocumentError as error:
            assert error.hint


def test_workbooks_with_damaged_parts_end_as_document_errors_or_are_read(make_workbook):
    source = zipfile.ZipFile(io.BytesIO(make_workbook({"表": ROWS})))
    parts = {name: source.read(name) for name in source.namelist()}
    chance = random.Random(11)
    refused = 0
    for _ in range(150):
        victim = chance.choice([n for n in parts if n.startswith("xl/")])
        data = bytearray(parts[victim])
        for _ in range(6):
            data[chance.randrange(len(data))] = chance.randrange(256)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            for name, whole in parts.items():
                package.writestr(name, bytes(data) if name == victim else whole)
        try:
            read_self_assessment(buffer.getvalue(), "表.xlsx")
        except DocumentError:
            refused += 1
    assert 0 < refused < 150
