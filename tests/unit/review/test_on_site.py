"""What was found on site is written down offline, comes back as events, and is never lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner, Result

from auditor.cli.main import app
from auditor.core.events import EventContent, EventKind
from auditor.core.findings import Verdict
from auditor.core.site import Attachment, SiteMethod, SiteVisit
from auditor.ingest.office import convert
from auditor.profiles import load_profile
from auditor.report import write_report
from auditor.report.language import words
from auditor.report.site_records import ASKED, NAMES, records_of
from auditor.report.working_paper import NAMES as COLUMNS
from auditor.standing import read_reviewed, result_of
from auditor.store.events import append_events, finding_hash, read_events
from tests.unit.ingest.taking_samples import needs_office
from tests.unit.review.capable_city import CAPABLE, KEY, STANDARD, capable_city

W = words("zh")
SHEET, FEATURES = "现场记录", "底稿"
HASH = "ab" * 32
SHOWN = {
    "sr_feature": KEY,
    "sr_method": "系统演示",
    "sr_date": "2026/10/12",
    "sr_place": "市大数据局",
    "sr_roles": "系统管理员、评估组长",
    "sr_system": "共享平台",
    "sr_network": "政务外网",
    "sr_account": "普通用户",
    "sr_steps": "登录\n检索目录",
    "sr_result": "=目录可查，共 120 类",
    "sr_attachment": "截图一.png\n截图二.png",
    "sr_sha256": f"{HASH}\n{HASH.upper()}",
    "sr_recorder": "记录人甲",
    "sr_remark": "-首次核查",
}
VISIT = SiteVisit(
    SiteMethod.DEMONSTRATION,
    "2026-10-12",
    "市大数据局",
    ("系统管理员", "评估组长"),
    "=目录可查，共 120 类",
    system="共享平台",
    network="政务外网",
    account_role="普通用户",
    steps=("登录", "检索目录"),
    attachments=(Attachment("截图一.png", HASH), Attachment("截图二.png", HASH)),
)
TALK = {**SHOWN, "sr_method": "访谈", "sr_result": "称已建成", "sr_attachment": "", "sr_sha256": ""}
Save = Callable[..., Path]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return capable_city(tmp_path / "run")


def call(*parts: object) -> Result:
    return CliRunner().invoke(app, [str(p) for p in parts], env={"COLUMNS": "300"})


def paper(out: Path, lang: str = "zh") -> Path:
    result = result_of(read_reviewed(out, STANDARD), STANDARD, load_profile())
    return write_report(result, STANDARD, out, "xlsx", lang)


def blank_row(sheet: Worksheet) -> int:
    return next(n for n in range(3, sheet.max_row + 2) if not sheet.cell(n, 1).value)


def filled(file: Path, *rows: Mapping[str, str], name: str = "填好.xlsx") -> Path:
    """Save a copy with these rows in the first blank ones of the sheet on site."""
    book = load_workbook(file)
    sheet = next(s for s in book if s.title in (SHEET, words("en")["sr_sheet"]))
    first = blank_row(sheet)
    for number, row in enumerate(rows, start=first):
        for column, key in enumerate(NAMES, start=1):
            cell = sheet.cell(number, column)
            cell.value = row.get(key) or None
            cell.data_type = "s" if cell.value else cell.data_type
    copy = file.with_name(name)
    book.save(copy)
    return copy


def told(file: Path) -> list[dict[str, str]]:
    """The records that stand in a workbook."""
    sheet = load_workbook(file)[SHEET]
    rows = [[str(c.value or "") for c in row] for row in sheet.iter_rows(min_row=3)]
    return [dict(zip(NAMES, row, strict=False)) for row in rows if row[0]]


def take(out: Path, file: Path) -> str:
    return call("review", "import", out, file).output


def test_a_filled_in_row_becomes_an_event_and_stands_in_the_next_workbook(out: Path) -> None:
    assert "新增 2 条" in take(out, filled(paper(out), SHOWN, TALK))
    first, second = read_events(out)
    assert first.content.kind is EventKind.EVIDENCE
    assert (first.feature_id, first.content.site) == (KEY, (VISIT,))
    assert (first.content.author, first.content.reason) == ("记录人甲", "-首次核查")
    assert second.content.site[0].method is SiteMethod.INTERVIEW
    one, two = told(paper(out))
    assert one["sr_steps"] == "登录\n检索目录"
    assert one["sr_sha256"] == f"{HASH}\n{HASH}"
    assert (one["sr_event"], one["sr_event_hash"]) == (first.id, first.hash)
    assert (two["sr_method"], two["sr_source"]) == ("访谈", "现场记录")


def test_the_same_file_twice_adds_nothing_although_no_time_was_given(out: Path) -> None:
    file = filled(paper(out), SHOWN, SHOWN)
    assert "新增 1 条" in take(out, file)
    (event,) = read_events(out)
    later = filled(file, {**SHOWN, "sr_time": "2027-01-01 08:00"}, name="后来.xlsx")
    for again in (file, paper(out), later):
        assert "新增 0 条，已有 0 条" in take(out, again)
    assert read_events(out) == (event,)


def test_a_given_time_is_kept_and_one_without_an_offset_is_local(out: Path) -> None:
    rows = [
        {**SHOWN, "sr_time": "2026-10-12T17:30:00+08:00"},
        {**TALK, "sr_time": "2026-10-12 9:05"},
    ]
    take(out, filled(paper(out), *rows))
    times = [event.content.time for event in read_events(out)]
    assert times[0] == "2026-10-12T17:30:00+08:00"
    assert times[1].startswith("2026-10-12T09:05:00")
    assert len(times[1]) == len(times[0])


def said(kind: EventKind, out: Path, **changes: Any) -> EventContent:
    findings = {f.feature_id: f for f in read_reviewed(out, STANDARD).run.findings}
    key = changes.pop("key", KEY)
    return EventContent(
        kind=kind,
        feature_id=key,
        finding_hash=finding_hash(findings[key]),
        author="复核人甲",
        reason="现场所见",
        time="2026-10-13T09:00:00+08:00",
        **changes,
    )


def test_what_stands_in_decisions_and_records_goes_to_another_copy_and_nothing_is_lost(
    out: Path, tmp_path: Path
) -> None:
    talk = SiteVisit(SiteMethod.INTERVIEW, "2026-10-12", "会议室", ("科长、处长",), "称已建成")
    append_events(
        out,
        [
            said(EventKind.EVIDENCE, out, site=(VISIT, talk)),
            said(EventKind.DECISION, out, key=CAPABLE[1], verdict=Verdict.MET, site=(VISIT,)),
            said(EventKind.COMMENT, out, site=(talk,)),
        ],
    )
    first = paper(out)
    assert "新增 0 条，已有 0 条" in take(out, first)
    assert [row["sr_source"] for row in told(first)] == ["现场记录", "现场记录", "复核结论"]
    other = capable_city(tmp_path / "other")
    assert "新增 4 条" in take(other, first)
    assert "新增 0 条，已有 0 条" in take(other, first)
    given = {(r.feature_id, r.visit) for r in records_of(read_events(out))}
    assert {(r.feature_id, r.visit) for r in records_of(read_events(other))} == given
    kept = {f.feature_id: f for f in read_reviewed(other, STANDARD).findings}
    assert kept[CAPABLE[1]].verdict is Verdict.MET
    there, here = told(paper(other)), told(first)
    for name in ASKED:
        if name != "sr_remark":
            assert [row[name] for row in there] == [row[name] for row in here]


def test_one_visit_alone_keeps_the_id_of_its_event_in_another_copy(
    out: Path, tmp_path: Path
) -> None:
    take(out, filled(paper(out), SHOWN))
    other = capable_city(tmp_path / "other")
    take(other, paper(out))
    assert len(read_events(other)) == 1
    assert [e.id for e in read_events(other)] == [e.id for e in read_events(out)]


WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({"sr_method": "听说"}, "方式“听说”不在列表中"),
    ({"sr_date": "2026-02-30"}, "日期“2026-02-30”不是真实的日期"),
    ({"sr_date": ""}, "日期“”不是真实的日期"),
    ({"sr_time": "下午"}, "时间“下午”不是真实的时间"),
    ({"sr_time": "2026-10-12T25:00:00+08:00"}, "不是真实的时间"),
    ({"sr_feature": ""}, "没有填写特征编号"),
    ({"sr_feature": "8.9.9.9-L1-a"}, "本次审核没有该特征"),
    ({"sr_place": "", "sr_result": ""}, "没有填写地点；没有填写结果。"),
    ({"sr_recorder": ""}, "没有填写记录人"),
    ({"sr_sha256": HASH}, "附件 2 个而 sha256 1 个"),
    ({"sr_sha256": f"{HASH}\nabc"}, "“abc”不是 sha256"),
    ({"sr_result": "长" * 4_001}, "结果超过 4000 字"),
)


def test_wrong_rows_are_refused_by_sheet_and_row_and_the_others_go_in(out: Path) -> None:
    rows = [{**SHOWN, "sr_remark": str(n), **changes} for n, (changes, _) in enumerate(WRONG)]
    result = call("review", "import", out, filled(paper(out), *rows, TALK))
    assert result.exit_code == 1
    assert "新增 1 条" in result.output
    lines = [line for line in result.output.splitlines() if line.startswith("未导入")]
    assert len(lines) == len(WRONG)
    for number, (line, (_, message)) in enumerate(zip(lines, WRONG, strict=True), start=3):
        assert f"“{SHEET}”第 {number} 行：" in line
        assert message in line
    assert "请从列表中选：访谈、系统演示、现场查验。" in lines[0]


def test_a_row_that_was_imported_cannot_be_changed_but_copied(out: Path) -> None:
    take(out, filled(paper(out), SHOWN))
    book = load_workbook(paper(out))
    sheet = book[SHEET]
    sheet.cell(3, NAMES.index("sr_result") + 1).value = "目录不可查"
    book.save(out / "改过.xlsx")
    answer = take(out, out / "改过.xlsx")
    assert f"“{SHEET}”第 3 行：已导入的现场记录不可改动。 更正请在空白行另写一条" in answer
    sheet.cell(3, NAMES.index("sr_event") + 1).value = None
    book.save(out / "另写.xlsx")
    assert "新增 1 条" in take(out, out / "另写.xlsx")


def decided(out: Path, file: Path, **cells: str) -> Path:
    """Save a copy in which the first capability is decided so."""
    book = load_workbook(file)
    sheet = book[FEATURES]
    number = next(n for n in range(3, 400) if sheet.cell(n, 1).value == KEY)
    for name, text in cells.items():
        sheet.cell(number, COLUMNS.index(f"wp_{name}") + 1).value = text
    book.save(out / "结论.xlsx")
    return out / "结论.xlsx"


MET = {"decision": "满足", "decision_reason": "现场核对", "reviewer": "复核人甲"}


def test_a_record_bears_out_the_decision_in_the_same_workbook(out: Path) -> None:
    assert "认定具备能力却没有依据" in take(out, decided(out, paper(out), **MET))
    assert "仅凭访谈不能证明能力" in take(out, decided(out, filled(paper(out), TALK), **MET))
    assert "新增 2 条" in take(out, decided(out, filled(paper(out), SHOWN), **MET))
    sheet = load_workbook(paper(out))[FEATURES]
    site = COLUMNS.index("wp_site") + 1
    (line,) = (sheet.cell(n, site).value for n in range(3, 379) if sheet.cell(n, 1).value == KEY)
    assert [text[:6] for text in line.split("\n")] == ["现场访谈（2", "现场系统演示"]


def test_another_verdict_keeps_what_the_earlier_decision_saw(out: Path) -> None:
    append_events(out, [said(EventKind.DECISION, out, verdict=Verdict.MET, site=(VISIT,))])
    assert "新增 1 条" in take(out, decided(out, paper(out), decision="大部分满足"))
    content = read_events(out)[-1].content
    assert (content.verdict, content.site) == (Verdict.MOSTLY_MET, (VISIT,))
    assert len(told(paper(out))) == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_two_columns_have_the_same_head(lang: str) -> None:
    for names in (NAMES, COLUMNS):
        assert len({words(lang)[name] for name in names}) == len(names)


def test_the_english_workbook_is_taken_as_well(out: Path) -> None:
    row = {**SHOWN, "sr_method": "inspection", "sr_roles": "administrator, lead"}
    assert "新增 1 条" in take(out, filled(paper(out, "en"), row))
    (visit,) = read_events(out)[0].content.site
    assert (visit.method, visit.roles_present) == (
        SiteMethod.INSPECTION,
        ("administrator", "lead"),
    )


def test_blank_rows_offer_lists_and_keep_what_is_typed_as_text(out: Path) -> None:
    sheet = load_workbook(paper(out))[SHEET]
    lists = {
        str(rule.sqref).split(":")[0]: rule.formula1
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    }
    assert lists == {"A3": "'底稿'!$A$3:$A$378", "B3": '"访谈,系统演示,现场查验"'}
    assert {sheet.cell(3, n).number_format for n in range(1, len(NAMES) + 1)} == {"@"}


@needs_office
@pytest.mark.slow
def test_a_workbook_saved_by_another_program_says_the_same(out: Path, tmp_path: Path) -> None:
    def saved(file: Path) -> Path:
        done = convert({file.name: file.read_bytes()}, "xlsx", timeout_s=180)[file.name]
        assert isinstance(done, bytes), done
        copy = tmp_path / "另存.xlsx"
        copy.write_bytes(done)
        return copy

    assert "新增 2 条" in take(out, saved(filled(paper(out), SHOWN, TALK)))
    assert read_events(out)[0].content.site == (VISIT,)
    again = paper(out)
    assert "新增 0 条，已有 0 条" in take(out, saved(again))
    assert told(saved(again)) == told(again)
