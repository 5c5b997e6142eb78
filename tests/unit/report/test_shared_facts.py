"""One fact paid for several features: told for each feature, with the ids of the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from openpyxl import load_workbook

from auditor.core.documents import Span
from auditor.core.findings import Citation, Decision, Failure, Finding, Judgement, Verdict
from auditor.profiles import load_profile
from auditor.report import write_report
from auditor.report.language import words
from auditor.report.redaction import PAPER
from auditor.report.shared_facts import share_lines, shared_facts
from auditor.report.working_paper import NAMES
from auditor.scoring import score_findings
from auditor.standing import result_of, reviewed_run
from auditor.store.run_folder import write_run
from tests.unit.report.full_city import STANDARD, full_city

W = words("zh")


def finding(
    key: str, start: int, end: int, verdict: Verdict = Verdict.MET, paper: str = "a.txt"
) -> Finding:
    cited = (Citation(f"{paper}:{start}", paper, 1, Span(start, end), "句"),)
    return Finding(Judgement(key, verdict, cited, "", "t"), verdict, verdict)


def test_overlapping_places_of_one_document_are_shared_and_touching_ones_are_not() -> None:
    rows = [
        finding("a", 0, 10),
        finding("b", 9, 20, Verdict.PARTLY_MET),
        finding("c", 20, 30),
        finding("d", 0, 10, paper="b.txt"),
        finding("e", 0, 40, Verdict.MOSTLY_MET),
    ]
    assert {key: list(others) for key, others in shared_facts(rows).items()} == {
        "a": ["b", "e"],
        "b": ["a", "e"],
        "c": ["e"],
        "e": ["a", "b", "c"],
    }


def test_what_shows_nothing_pays_for_nothing() -> None:
    rows = [
        finding("a", 0, 10),
        finding("b", 0, 10, Verdict.PLANNED),
        finding("c", 0, 10, Verdict.NOT_MET),
        Finding(Failure("d", "t", "Fault", ""), None, None),
        replace(finding("e", 0, 10, Verdict.PLANNED), direct_verdict=Verdict.MET),
    ]
    assert shared_facts(rows) == {}


def test_a_credited_feature_is_told_apart_from_one_that_cites_the_same() -> None:
    credited = Finding(
        Judgement("b", Verdict.NO_EVIDENCE, (), "", "t"),
        Verdict.MET,
        Verdict.NO_EVIDENCE,
        credited_by=("a",),
    )
    found = shared_facts([finding("a", 0, 10), credited, finding("c", 5, 8)])
    assert found["a"] == {"b": True, "c": False}
    assert share_lines(found["a"], W) == ["同一处引证：c", "由关联认定：b"]
    assert found["b"] == {"a": True, "c": True}


def test_a_persons_citations_stand_in_the_place_of_the_machines() -> None:
    own = (Citation("s", "a.txt", 1, Span(50, 60), "另一句"),)
    decision = Decision(Verdict.MET, "复核人甲", "", "", "e", citations=own)
    rows = [replace(finding("a", 0, 10), decision=decision), finding("b", 0, 10)]
    assert shared_facts(rows) == {}
    assert shared_facts([*rows, finding("c", 55, 56)])["c"] == {"a": False}


def test_redacted_papers_are_not_taken_for_one_document() -> None:
    assert shared_facts([finding("a", 0, 10, paper=PAPER), finding("b", 0, 10, paper=PAPER)]) == {}


def test_many_are_counted_rather_than_listed() -> None:
    (line,) = share_lines(dict.fromkeys("abcdefghijklmnop", False), W)
    assert line == "同一处引证：a、b、c、d、e、f、g、h、i、j、k、l 等 16 条"


def test_the_working_paper_has_it_in_a_column_and_says_where_it_paid_before(
    tmp_path: Path,
) -> None:
    one, two = (f.id for f in STANDARD.features[:2])
    run = full_city(tmp_path / "run").run
    changed = {one: finding(one, 900, 910), two: finding(two, 905, 910, Verdict.PARTLY_MET)}
    same = replace(changed[two].outcome, citations=changed[one].outcome.citations)
    changed[two] = replace(changed[two], outcome=same)
    rows = tuple(changed.get(f.feature_id, f) for f in run.findings)
    rule = replace(load_profile(), count_once=True)
    run = replace(run, findings=rows, score=score_findings(rows, STANDARD, rule))
    write_run(tmp_path / "again", run)
    result = result_of(reviewed_run(tmp_path / "again", run, STANDARD), STANDARD, rule)
    sheet = load_workbook(write_report(result, STANDARD, tmp_path, "xlsx"))["底稿"]
    column = NAMES.index("wp_shared") + 1
    told = {sheet.cell(n, 1).value: sheet.cell(n, column).value for n in range(3, 379)}
    assert told[one] == f"同一处引证：{two}"
    assert told[two].split("\n") == [
        f"同一处引证：{one}",
        f"按本规则，此事实已为 {one} 计分，本条不再计。",
    ]
