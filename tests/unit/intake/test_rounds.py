"""Receipts with hashes, the cut-off date, notices by department, and rounds compared."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import date

import docx
import pytest

from auditor.core.claims import (
    Claim,
    ClaimedVerdict,
    Listing,
    Place,
    RowProblem,
    SelfAssessment,
)
from auditor.core.errors import ConfigurationError
from auditor.intake.matching import match_listings
from auditor.intake.notices import (
    NO_DEPARTMENT,
    CorrectionKind,
    Submission,
    by_department,
    corrections,
    departments_of,
    notice_file_names,
)
from auditor.intake.papers import notice_paper, receipt_paper, rounds_table
from auditor.intake.rounds import (
    ChangeKind,
    ReceivedFile,
    compare_rounds,
    comparison_json,
    make_receipt,
    receipt_from,
    receipt_json,
)
from auditor.intake.sheets import read_sheets

DAY = date(2026, 11, 20)
PLACE = Place("清单.xlsx", "清单", 4)


def file(name: str, content: str = "", refused: str = "") -> ReceivedFile:
    digest = hashlib.sha256((content or name).encode()).hexdigest()
    return ReceivedFile(name, digest, 10, not refused, refused, "请改正。" if refused else "")


def words(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([p.text for p in document.paragraphs] + cells)


def test_a_receipt_lists_every_file_with_its_hash_and_the_refused_ones_with_the_reason():
    files = [file("b.pdf"), file("a.docx", refused="已加密。")]
    receipt = make_receipt("某市", DAY, files)
    text = words(receipt_paper(receipt)).replace("\n", "")
    assert all(f.sha256 in text for f in files)
    assert "已加密。请改正。" in text
    assert "已接收 1 个，未能接收 1 个" in text
    assert [f.name for f in receipt.files] == ["a.docx", "b.pdf"]


def test_the_same_round_gives_the_same_bytes():
    receipt = make_receipt("某市", DAY, [file("b.pdf")])
    assert receipt_paper(receipt) == receipt_paper(receipt)
    assert rounds_table(compare_rounds(receipt, receipt)) == rounds_table(
        compare_rounds(receipt, receipt)
    )


def test_the_cut_off_day_itself_is_in_time_and_the_next_is_late():
    assert not make_receipt("某市", DAY, [], DAY).late
    late = make_receipt("某市", DAY, [], date(2026, 11, 15))
    assert late.late
    assert "晚 5 天" in late.timing
    assert not make_receipt("某市", DAY, []).late


def test_a_receipt_comes_back_from_its_json():
    receipt = make_receipt("某市", DAY, [file("b.pdf"), file("a", refused="x")], DAY)
    data = json.loads(json.dumps(receipt_json(receipt)))
    assert receipt_from(data, "回执.json") == receipt


def test_a_receipt_that_was_changed_by_hand_is_refused():
    data = receipt_json(make_receipt("某市", DAY, [file("b.pdf")]))
    data["files"][0]["sha256"] = "0" * 64
    with pytest.raises(ConfigurationError, match="校验值不符"):
        receipt_from(data, "回执.json")
    with pytest.raises(ConfigurationError, match="不是接收回执"):
        receipt_from({"files": 3}, "回执.json")


def test_rounds_are_compared_by_name_and_by_hash():
    last = make_receipt(
        "某市",
        DAY,
        [
            file("同.pdf"),
            file("改.pdf", "旧"),
            file("删.pdf"),
            file("旧名.pdf", "内容"),
            file("退.rar", "密", refused="已加密"),
            file("再退.rar", "密", refused="已加密"),
        ],
    )
    this = make_receipt(
        "某市",
        DAY,
        [
            file("同.pdf"),
            file("改.pdf", "新"),
            file("新名.pdf", "内容"),
            file("退.rar", "明"),
            file("再退.rar", "密二", refused="仍加密"),
            file("新.pdf"),
            file("同（副本）.pdf", "同.pdf"),
        ],
    )
    comparison = compare_rounds(last, this)
    assert {c.name: c.kind for c in comparison.changes} == {
        "新.pdf": ChangeKind.NEW,
        "改.pdf": ChangeKind.CHANGED,
        "退.rar": ChangeKind.NOW_ACCEPTED,
        "再退.rar": ChangeKind.STILL_REFUSED,
        "新名.pdf": ChangeKind.RENAMED,
        "同（副本）.pdf": ChangeKind.COPY,
        "删.pdf": ChangeKind.REMOVED,
        "同.pdf": ChangeKind.SAME,
    }
    assert comparison_json(comparison)["counts"]["same"] == 1
    rows = read_sheets(rounds_table(comparison), "对照.xlsx")[1].rows
    assert ("改名", "新名.pdf") in [row[:2] for row in rows]


def test_departments_of_one_cell_are_told_apart():
    assert departments_of("市数据局、市 城管局") == ("市数据局", "市城管局")
    assert departments_of(" ") == (NO_DEPARTMENT,)
    assert departments_of("—") == (NO_DEPARTMENT,)


def submission() -> Submission:
    files = (file("甲.pdf"), file("乙.rar", refused="已加密。"), file("丙.pdf", refused="损坏。"))
    listings = [
        Listing("8.1.1.1-L1-a", "甲.pdf", (), "", "市数据局", PLACE),
        Listing("8.1.1.1-L2-a", "乙.rar", (), "", "市数据局、市城管局", PLACE),
        Listing("8.1.1.1-L3-a", "没有.pdf", (), "", "市城管局", PLACE),
    ]
    claims = (
        Claim("8.1.1.1-L1-a", ClaimedVerdict.MET, "", "市数据局", PLACE),
        Claim("8.1.1.1-L4-a", ClaimedVerdict.MET, "", "", PLACE),
        Claim("8.1.1.1-L5-a", ClaimedVerdict.PLANNED, "", "", PLACE),
    )
    problem = RowProblem(PLACE, "bad_pages", "页码无法识别。", "请改。", department="市城管局")
    return Submission(
        files,
        SelfAssessment(claims),
        match_listings(listings, [f.name for f in files]),
        (problem,),
        {"甲.pdf": (2, 3)},
    )


def test_corrections_go_to_the_departments_that_they_concern():
    groups = by_department(corrections(submission()))
    assert list(groups)[-1] == NO_DEPARTMENT
    assert [(c.kind, c.subject) for c in groups["市数据局"]] == [
        (CorrectionKind.REFUSED_FILE, "乙.rar"),
        (CorrectionKind.UNREAD_PAGES, "甲.pdf"),
    ]
    assert [(c.kind, c.subject) for c in groups["市城管局"]] == [
        (CorrectionKind.REFUSED_FILE, "乙.rar"),
        (CorrectionKind.MISSING_FILE, "没有.pdf"),
        (CorrectionKind.ROW_PROBLEM, "清单.xlsx〔清单〕第 4 行"),
    ]
    assert [(c.kind, c.subject) for c in groups[NO_DEPARTMENT]] == [
        (CorrectionKind.REFUSED_FILE, "丙.pdf"),
        (CorrectionKind.NO_EVIDENCE, "8.1.1.1-L4-a"),
    ]


def test_a_notice_names_what_is_wrong_what_to_do_and_until_when():
    found = by_department(corrections(submission()))["市城管局"]
    text = words(notice_paper("市城管局", "某市", found, DAY, date(2026, 12, 5)))
    for part in ("市城管局：", "2026年12月5日", "没有.pdf", "请补交", "乙.rar", "已加密。"):
        assert part in text


def test_names_of_departments_make_safe_and_different_file_names():
    names = notice_file_names(["市/局", "市:局", "../..", "市数据局"])
    assert len(set(names.values())) == 4
    assert all("/" not in n and ":" not in n and ".." not in n for n in names.values())
    assert names["市数据局"] == "补正通知_市数据局.docx"


def test_hostile_names_do_not_break_the_papers():
    name = "=cmd\x00\x0b<w:p>&\ud800" + "长" * 400
    receipt = make_receipt("某市", DAY, [ReceivedFile(name, "0" * 64, 1)])
    assert "<w:p>&" in words(receipt_paper(receipt))
    table = rounds_table(compare_rounds(receipt, receipt))
    assert read_sheets(table, "t.xlsx")[1].rows[2][1].startswith("'=cmd")
