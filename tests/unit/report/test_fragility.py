"""What a level hangs on, in the reports: thresholds, flips, facts used again; what failed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import docx
import pytest

from auditor.core.findings import Failure, Finding, Judgement
from auditor.core.result import Result
from auditor.core.stress import Flips, Order, Stress
from auditor.profiles import load_profile
from auditor.report import write_report
from auditor.report.failing import failures_of
from auditor.report.fragility import MOST_PLACES, fragility_of
from auditor.report.language import words
from auditor.standing import result_of, reviewed_run
from tests.unit.report.full_city import STANDARD, full_city
from tests.unit.report.laden_city import laden_city

UP, DOWN = ("8.1.1.1-L1-a", "8.2.4.1-L1-b"), ("8.3.1.1-L1-a",)
W = words("zh")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return full_city(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def tested(result: Result) -> Result:
    """The same with a stress test that fits."""
    flips = (
        Flips("8.1", True, 1, ("8.1.1.1-L1-a",)),
        Flips("city", False, 1, DOWN),
        Flips("city", True, 2, UP),
    )
    thresholds = {Decimal("0.6"): {"city": 2, "8.1": 3}, Decimal("1.0"): {"city": 0, "8.1": 1}}
    order = Order((), 0, 0)
    return replace(result, stress=Stress("ctmm", result.rules, thresholds, flips, {}, order, None))


def table_of(file: Path, *heads: str) -> list[list[str]]:
    """The rows of the table in a DOCX whose head begins so."""
    for table in docx.Document(str(file)).tables:
        rows = [[cell.text for cell in row.cells] for row in table.rows]
        if tuple(rows[0][: len(heads)]) == heads:
            return rows[1:]
    return []


def text_of(file: Path) -> str:
    return "\n".join(p.text for p in docx.Document(str(file)).paragraphs)


def test_the_official_report_shows_thresholds_and_smallest_flips(
    tested: Result, tmp_path: Path
) -> None:
    file = write_report(tested, STANDARD, tmp_path, "docx")
    rows = table_of(file, "阈值", "城市")
    assert [row[:3] for row in rows] == [["τ = 0.60", "2", "3"], ["τ = 1.00", "0", "1"]]
    assert table_of(file, "改动", "条数") == [
        ["升到 2 级至少还须满足", "2", "、".join(UP)],
        ["失去 1 级至少要否定", "1", DOWN[0]],
    ]
    assert "auditor stress" not in text_of(file)


def test_the_page_and_the_json_show_them_as_well(tested: Result, tmp_path: Path) -> None:
    page = write_report(tested, STANDARD, tmp_path, "html").read_text("utf-8")
    assert "<td>τ = 0.60</td><td>2</td><td>3</td>" in page
    assert f'<th>升到 2 级至少还须满足</th><td>2</td><td><a href="#{UP[0]}">' in page
    content = json.loads(write_report(tested, STANDARD, tmp_path, "json").read_text("utf-8"))
    assert content["thresholds"]["0.6"] == {"city": 2, "8.1": 3}
    assert [f["features"] for f in content["flips"]] == [list(DOWN), list(UP)]


def test_without_a_stress_test_the_reports_say_how_to_get_one(
    result: Result, tmp_path: Path
) -> None:
    assert "运行 auditor stress" in text_of(write_report(result, STANDARD, tmp_path, "docx"))
    page = write_report(result, STANDARD, tmp_path, "html").read_text("utf-8")
    assert "运行 auditor stress" in page
    content = json.loads(write_report(result, STANDARD, tmp_path, "json").read_text("utf-8"))
    assert (content["thresholds"], content["flips"]) == (None, None)


def test_a_fact_that_shows_several_features_is_listed_with_all_of_them(
    result: Result, tmp_path: Path
) -> None:
    shown = sum(
        isinstance(f.outcome, Judgement) and f.outcome.verdict.is_fact for f in result.findings
    )
    fragile = fragility_of(result, (), W)
    assert [len(place.feature_ids) for place in fragile.reused] == [shown]
    file = write_report(result, STANDARD, tmp_path, "docx")
    ((quote, place, count, features),) = table_of(file, "引句", "出处", "条数")
    assert (place, count) == ("01-报告.pdf、第 3 页", str(shown))
    assert features.endswith(f"等 {shown} 条")
    assert "按本规则，各条特征分别计分" in text_of(file)
    page = write_report(result, STANDARD, tmp_path, "html").read_text("utf-8")
    section = page[page.index('id="reused"') : page.index('id="review"')]
    assert len(re.findall(r'<a href="#8\.', section)) == 24
    assert f"等 {shown} 条" in section
    assert quote


def citing_one_sentence(finding: Finding) -> Finding:
    outcome = finding.outcome
    if not isinstance(outcome, Judgement):
        return finding
    cited = tuple(replace(c, sentence_id="d:1:0") for c in outcome.citations)
    return replace(finding, outcome=replace(outcome, citations=cited))


def test_under_a_rule_that_counts_a_fact_once_the_unpaid_features_are_named(
    result: Result, tmp_path: Path
) -> None:
    once = replace(load_profile(), count_once=True)
    run = replace(result.run, findings=tuple(map(citing_one_sentence, result.run.findings)))
    again = result_of(reviewed_run(tmp_path, run, STANDARD), STANDARD, once)
    paid = again.standing.shown.paid_before
    assert paid
    first = min(paid)
    text = text_of(write_report(again, STANDARD, tmp_path, "docx"))
    assert f"{len(paid)} 条特征因此不计：{first}（已计于 {paid[first]}）" in text


def test_a_doubtful_use_is_marked_and_few_places_are_named(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """Twenty places with two features each: the list is cut, and says so."""
    found = laden_city(tmp_path_factory.mktemp("run"))
    facts = [f for f in found.findings if isinstance(f.outcome, Judgement) and f.outcome.citations]
    moved = {}
    for number, finding in enumerate(facts[:40]):
        assert isinstance(finding.outcome, Judgement)
        (cited,) = finding.outcome.citations
        flag = replace(finding.outcome.checks[0], rule="reuse", outcome="flagged")
        place = replace(cited, document=f"{number // 2}.pdf")
        outcome = replace(finding.outcome, citations=(place,), checks=(flag,))
        moved[finding.feature_id] = replace(finding, outcome=outcome)
    kept = tuple(moved.get(f.feature_id, f) for f in found.findings if f not in facts[40:])
    result = replace(found, findings=kept)
    fragile = fragility_of(result, (), W)
    assert (fragile.places, len(fragile.reused)) == (20, MOST_PLACES)
    rows = table_of(write_report(result, STANDARD, tmp_path, "docx"), "引句", "出处", "条数")
    assert len(rows) == MOST_PLACES
    assert all("须核对：" in row[3] for row in rows)


def failing(result: Result) -> Result:
    """Four more failures, three of one reason."""
    rows: list[Finding] = list(result.findings)
    for place, detail in ((0, "超时"), (1, "超时"), (2, "超时"), (9, "额度用完")):
        key = rows[place].feature_id
        rows[place] = Finding(Failure(key, "hosted", "EndpointError", detail), None, None)
    run = replace(result.run, findings=tuple(rows))
    folder = Path("/nowhere")
    return result_of(reviewed_run(folder, run, STANDARD), STANDARD, load_profile())


def test_failures_are_counted_and_gathered_by_reason(result: Result, tmp_path: Path) -> None:
    failed = failing(result)
    groups = failures_of(failed.findings)
    assert [len(group.feature_ids) for group in groups] == [3, 1, 1]
    content = json.loads(write_report(failed, STANDARD, tmp_path, "json").read_text("utf-8"))
    assert content["failures"]["count"] == 5
    assert content["failures"]["digest"][0] == {
        "error": "EndpointError",
        "detail": "超时",
        "feature_ids": [f.id for f in STANDARD.features[:3]],
    }
    page = write_report(failed, STANDARD, tmp_path, "html").read_text("utf-8")
    first = page[page.index("<h1>") : page.index('class="facts"')]
    assert "有 5 条特征判断失败" in first
    assert "<li>EndpointError：超时（3）" in first
    paper = text_of(write_report(failed, STANDARD, tmp_path, "docx"))
    assert f"1 条：EndpointError：额度用完（{STANDARD.features[9].id}）" in paper


def test_a_result_without_failures_says_so_to_machines_and_nothing_to_readers(
    result: Result, tmp_path: Path
) -> None:
    rows = tuple(f for f in result.run.findings if isinstance(f.outcome, Judgement))
    run = replace(result.run, findings=rows)
    whole = result_of(reviewed_run(tmp_path, run, STANDARD), STANDARD, load_profile())
    content = json.loads(write_report(whole, STANDARD, tmp_path, "json").read_text("utf-8"))
    assert content["failures"] == {"count": 0, "digest": []}
    assert 'class="alarm"' not in write_report(whole, STANDARD, tmp_path, "html").read_text("utf-8")


@pytest.mark.parametrize("name", ["outputs.md", "outputs.zh.md"])
def test_the_guide_names_every_key_of_the_json(
    tested: Result, tmp_path: Path, root: Path, name: str
) -> None:
    text = (root / "docs" / name).read_text(encoding="utf-8")
    section = text[text.index("## report.json") :].split("\n## ", 1)[0]
    told = set(re.findall(r"`([a-z_]+)`", section))
    content = json.loads(write_report(tested, STANDARD, tmp_path, "json").read_text("utf-8"))
    parts = (content, content["failures"], content["numbers"], content["nodes"][0])
    parts += (content["failures"]["digest"][0], content["flips"][0], content["reused"][0])
    feature = next(row for row in content["features"] if row["quotes"])
    assert {key for part in (*parts, feature, feature["quotes"][0]) for key in part} <= told
