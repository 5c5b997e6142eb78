"""The forms that the tool writes can be filled in and read back."""

from __future__ import annotations

import io
import zipfile

import pytest
import python_calamine

from auditor.intake.claims import claims_kind, read_evidence_list, read_self_assessment
from auditor.intake.sheets import read_sheets
from auditor.intake.templates import EVIDENCE_FILE, SELF_ASSESSMENT_FILE, templates
from auditor.sheets.book import Book
from auditor.sheets.texts import neutral


@pytest.fixture(scope="module")
def forms(standard):
    return templates(standard)


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name).decode("utf-8")


def test_the_self_assessment_has_one_row_for_every_feature_in_order(forms, standard):
    rows = read_sheets(forms[SELF_ASSESSMENT_FILE], SELF_ASSESSMENT_FILE)[1].rows
    assert [row[4] for row in rows[2:]] == [f.id for f in standard.features]
    assert [row[5] for row in rows[2:]] == [f.text for f in standard.features]


def test_the_forms_are_recognised_and_an_empty_one_claims_nothing(forms, standard):
    data = forms[SELF_ASSESSMENT_FILE]
    sheets = read_sheets(data, SELF_ASSESSMENT_FILE)
    assert [claims_kind(s.rows) for s in sheets] == [None, "self_assessment"]
    read = read_self_assessment(data, SELF_ASSESSMENT_FILE, standard)
    assert read.claims == read.problems == ()
    assert len(read.unfilled) == len(standard.features)
    sheets = read_sheets(forms[EVIDENCE_FILE], EVIDENCE_FILE)
    assert [claims_kind(s.rows) for s in sheets] == [None, "evidence_list"]
    assert read_evidence_list(forms[EVIDENCE_FILE], EVIDENCE_FILE, standard).problems == ()


def test_verdicts_are_chosen_from_a_list_and_the_printed_text_is_locked(forms):
    sheet = part(forms[SELF_ASSESSMENT_FILE], "xl/worksheets/sheet2.xml")
    assert "满足,大部分满足,部分满足,仅规划,不满足,不适用" in sheet
    assert "<sheetProtection" in sheet
    assert "<sheetProtection" not in part(forms[EVIDENCE_FILE], "xl/worksheets/sheet2.xml")


def test_no_form_asks_for_personal_data(forms):
    for name, data in forms.items():
        heads = [c for s in read_sheets(data, name) for row in s.rows[:8] for c in row[:2]]
        assert not [h for h in heads if "电话" in h or "联系" in h or "姓名" in h]


def test_the_same_standard_gives_the_same_bytes(forms, standard):
    assert templates(standard) == forms


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-2", "@cmd", " =HYPERLINK(1)", "＝1"])
def test_texts_that_would_start_a_formula_are_neutralised(text):
    assert neutral(text) == "'" + text
    book = Book("x")
    book.table("表", "标题", (("列", 10),), [(text,)])
    data = book.close()
    assert "<f>" not in part(data, "xl/worksheets/sheet1.xml")
    sheet = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0)
    assert sheet.to_python()[2] == ["'" + text]


def test_plain_text_stays_and_control_characters_become_spaces():
    assert neutral("社区 72 个") == "社区 72 个"
    assert neutral("a\x00b\ud800c") == "a b c"
