"""The working papers: all that an auditor needs in one row, and back again as decisions."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter
from typer.testing import CliRunner, Result

from auditor.cli.main import app
from auditor.core.documents import Span
from auditor.core.findings import Check, Citation, Failure, Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.deciding import standing_decisions
from auditor.offline import Filling, read_working_paper
from auditor.profiles import load_profile
from auditor.report.language import words
from auditor.report.working_paper import NAMES
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.standing import read_reviewed
from auditor.store.run_folder import write_run

STANDARD = load_standard()
IDS = [f.id for f in STANDARD.features]
FORMULA = '=HYPERLINK("http://a")'
PAPER = "评估底稿.xlsx"
W = words("zh")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A run with a green finding, a failure, and silence."""
    citation = Citation("d:1:0", "报告.txt", 2, Span(0, 4), FORMULA)
    check = Check("modality", "ok", "引证说的是事实")
    rows = []
    for number, key in enumerate(IDS):
        if number == 1:
            rows.append(Finding(Failure(key, "hosted", "EndpointError", "gone"), None, None))
            continue
        verdict = Verdict.MET if number == 0 else Verdict.NO_EVIDENCE
        cited = (citation,) if number == 0 else ()
        judgement = Judgement(key, verdict, cited, "理由", "screen", 0.9, None, (), (check,))
        rows.append(Finding(judgement, verdict, verdict))
    score = score_findings(rows, STANDARD, load_profile())
    folder = tmp_path / "run"
    write_run(folder, Run({"city": "某市"}, (), (), (), tuple(rows), score))
    return folder


def call(*words_: object) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words_], env={"COLUMNS": "200"})


def written(out: Path, lang: str = "zh") -> Path:
    result = call("report", out, "--format", "xlsx", "--lang", lang)
    assert result.exit_code == 0, result.output
    return Path(result.output.strip())


def sheet_rows(file: Path) -> list[list[str]]:
    book = python_calamine.load_workbook(io.BytesIO(file.read_bytes()))
    return [[str(c) for c in row] for row in book.get_sheet_by_index(0).to_python()]


def row_of(file: Path, feature_id: str) -> dict[str, str]:
    rows = {row[0]: row for row in sheet_rows(file)}
    return dict(zip(NAMES, rows[feature_id], strict=False))


def filled(file: Path, cells: Mapping[str, Mapping[str, str]]) -> Path:
    """Save a copy in which some cells of some rows are other texts."""
    rows = sheet_rows(file)
    for row in rows[2:]:
        for name, text in cells.get(row[0], {}).items():
            row[NAMES.index(name)] = text
    copy = file.with_name("填好.xlsx")
    book = xlsxwriter.Workbook(copy, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("底稿")
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            sheet.write_string(number, column, text)
    book.close()
    return copy


DECIDED = {
    "wp_decision": "部分满足",
    "wp_decision_reason": "只见一个部门",
    "wp_reviewer": "评估员甲",
    "wp_time": "2026-11-02T10:00:00+08:00",
}
EXCUSED = {
    "wp_decision": "不适用",
    "wp_decision_reason": "本市无此设施",
    "wp_reviewer": "评估员甲",
    "wp_approver": "组长",
}


def test_a_row_holds_all_that_is_known_of_a_feature(out: Path) -> None:
    row = row_of(written(out), IDS[0])
    assert (row["wp_verdict"], row["wp_document"], row["wp_page"]) == ("疑似满足", "报告.txt", "2")
    assert row["wp_text"] == STANDARD.features[0].text
    assert row["wp_quotes"] == "'" + FORMULA
    assert row["wp_checks"] == "引证说的是事实"
    assert row_of(written(out), IDS[1])["wp_verdict"] == "判断失败"
    assert len(sheet_rows(written(out))) == len(IDS) + 2


def test_equal_results_give_equal_bytes(out: Path) -> None:
    assert written(out).read_bytes() == written(out).read_bytes()


def test_what_is_filled_in_comes_back_as_events_and_stands_in_the_next_paper(out: Path) -> None:
    copy = filled(written(out), {IDS[0]: DECIDED, IDS[5]: EXCUSED})
    taken = call("review", "import", out, copy)
    assert "新增 2 条" in taken.output, taken.output
    after = written(out)
    row = row_of(after, IDS[0])
    assert {name: row[name] for name in DECIDED} == DECIDED
    assert row["wp_verdict"] == "疑似满足"
    assert len(row["wp_event_hash"]) == 64
    excused = row_of(after, IDS[5])
    assert {name: excused[name] for name in EXCUSED} == EXCUSED
    assert "新增 0 条，已有 0 条" in call("review", "import", out, after).output


def test_a_file_without_times_can_be_taken_twice(out: Path) -> None:
    timeless = {**DECIDED, "wp_time": ""}
    copy = filled(written(out), {IDS[0]: timeless})
    assert "新增 1 条" in call("review", "import", out, copy).output
    reviewed = read_reviewed(out, STANDARD)
    standing = standing_decisions(reviewed.events)
    later = Filling({f.feature_id: f for f in reviewed.findings}, standing, lambda: "2030-01-01")
    assert not list(read_working_paper(copy, later))


def test_two_auditors_with_copies_of_one_paper_do_not_undo_each_other(out: Path) -> None:
    sheet = written(out)
    one = filled(sheet, {IDS[0]: DECIDED}).rename(out / "one.xlsx")
    two = filled(sheet, {IDS[5]: EXCUSED}).rename(out / "two.xlsx")
    for copy in (one, two):
        assert call("review", "import", out, copy).exit_code == 0
    assert row_of(written(out), IDS[0])["wp_decision"] == "部分满足"


def test_the_english_paper_is_taken_as_well(out: Path) -> None:
    english = {**DECIDED, "wp_decision": "partly met"}
    english["wp_decision"] = words("en")["partly_met"]
    taken = call("review", "import", out, filled(written(out, "en"), {IDS[0]: english}))
    assert "新增 1 条" in taken.output
    events = json.loads(call("review", "list", out, "--json").output)
    assert events[0]["verdict"] == "partly_met"


def test_an_accepted_verdict_keeps_the_machines_citations(out: Path) -> None:
    accepted = {**DECIDED, "wp_decision": "满足", "wp_decision_reason": ""}
    call("review", "import", out, filled(written(out), {IDS[0]: accepted}))
    events = json.loads(call("review", "list", out, "--json").output)
    assert events[0]["citations"][0]["quote"] == FORMULA


def test_an_emptied_decision_with_a_new_reason_is_withdrawn(out: Path) -> None:
    call("review", "import", out, filled(written(out), {IDS[0]: DECIDED}))
    emptied = {"wp_decision": "", "wp_decision_reason": "看错了页"}
    refused = call("review", "import", out, filled(written(out), {IDS[0]: {"wp_decision": ""}}))
    assert "没有理由" in refused.output
    call("review", "import", out, filled(written(out), {IDS[0]: emptied}))
    assert row_of(written(out), IDS[0])["wp_decision"] == ""


def test_wrong_cells_are_refused_by_row_and_the_others_go_in(out: Path) -> None:
    rows = {
        IDS[0]: {**DECIDED, "wp_decision": "大致可以"},
        IDS[2]: {**DECIDED, "wp_finding": "0" * 64},
        IDS[3]: {**DECIDED, "wp_reviewer": ""},
        IDS[4]: DECIDED,
    }
    result = call("review", "import", out, filled(written(out), rows))
    assert result.exit_code == 1
    for line in (
        "新增 1 条",
        "第 3 行",
        "大致可以",
        "第 5 行",
        "所据结论已变",
        "第 6 行",
        "没有复核人",
    ):
        assert line in result.output


def test_another_workbook_is_refused(out: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    book = xlsxwriter.Workbook(other)
    book.add_worksheet().write_string(0, 0, "预算")
    book.close()
    assert "no sheet of a working paper" in str(call("review", "import", out, other).exception)
