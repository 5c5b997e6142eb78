"""A city from one period to the next: what moved, which way, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.across import Asked, survey
from auditor.core.across import MEAN, Mark, Why, YearChange
from auditor.core.documents import Document
from auditor.core.errors import ConfigurationError, RunError
from auditor.core.findings import Finding, Judgement, Verdict
from tests.unit.across.cities import STANDARD, cite, decide, paper, write_city

A, B, C = (f.id for f in STANDARD.features[20:23])
OLD = paper("报告.txt", ["全市已建成统一的数据共享平台。", "全市已建成城市运行管理中心。"])
NEW = paper("通报.txt", ["城市运行管理中心已接入五十个部门。"])


def told(key: str, verdict: Verdict, document: Document, line: int = 0) -> Finding:
    cited = (cite(document, document.text.splitlines()[line]),)
    return Finding(Judgement(key, verdict, cited, "理由", "screen"), verdict, verdict)


def year(
    folder: Path, period: str, rows: list[Finding], *papers: Document, **facts: object
) -> Path:
    silent = Verdict.NO_EVIDENCE
    by_id = {row.feature_id: row for row in rows}
    every = [
        by_id.get(f.id) or Finding(Judgement(f.id, silent, (), "", "screen"), silent, silent)
        for f in STANDARD.features
    ]
    return write_city(folder / f"云岭市@{period}", "云岭市", every, papers, **facts)


def change_of(folder: Path) -> YearChange:
    result, _ = survey(Asked((folder,), folder))
    assert [row.key for row in result.rows] == ["云岭市@2024", "云岭市@2025"]
    assert [place.key for place in result.rankings[MEAN]] == ["云岭市@2025"]
    (change,) = result.years
    return change


def test_what_rose_and_fell_is_told_with_its_reason(tmp_path: Path) -> None:
    before = [told(key, Verdict.PARTLY_MET, OLD) for key in (A, B, C)]
    after = [
        told(A, Verdict.MET, NEW),
        told(B, Verdict.PLANNED, OLD, 1),
        told(C, Verdict.PARTLY_MET, OLD),
    ]
    year(tmp_path, "2024", before, OLD)
    year(tmp_path, "2025", after, OLD, NEW)
    change = change_of(tmp_path)
    (rose,), (fell,) = change.rose, change.fell
    assert (rose.feature_id, rose.why, rose.after) == (A, (Why.NEW_PAPERS,), Verdict.MET)
    assert (fell.feature_id, fell.why) == (B, (Why.OTHER_SENTENCES,))
    assert change.documents["added"] == ("通报.txt",)
    assert not change.other


def test_the_same_papers_under_another_judge_are_told_as_that(tmp_path: Path) -> None:
    year(tmp_path, "2024", [told(A, Verdict.PARTLY_MET, OLD)], OLD)
    judge = {"name": "hosted", "fingerprint": "two"}
    year(tmp_path, "2025", [told(A, Verdict.MET, OLD)], OLD, judge=judge)
    (rose,) = change_of(tmp_path).rose
    assert rose.why == (Why.JUDGE,)


def test_a_persons_decision_counts_and_stands_apart_from_the_machines(tmp_path: Path) -> None:
    folder = year(tmp_path, "2025", [told(A, Verdict.PARTLY_MET, OLD)], OLD)
    decide(folder, A, Verdict.MET)
    result, _ = survey(Asked((tmp_path,), tmp_path))
    (row,) = result.rows
    entry = row.entries[A]
    assert (entry.machine, entry.shown, entry.decided) == (Verdict.PARTLY_MET, Verdict.MET, True)
    assert row.decided == 1 and row.shown != row.machine
    assert sum(e.decided for e in row.entries.values()) == 1


def test_what_will_not_do_is_left_out_and_named_never_scored(tmp_path: Path) -> None:
    year(tmp_path, "2024", [], OLD)
    (tmp_path / "未完成").mkdir()
    broken = year(tmp_path, "2025", [], OLD)
    (broken / "findings.jsonl").write_text("{}\n", encoding="utf-8")
    result, _ = survey(Asked((tmp_path,), tmp_path))
    assert [row.key for row in result.rows] == ["云岭市@2024"]
    assert {left.name for left in result.left_out} == {"未完成", "云岭市@2025"}
    assert str(tmp_path) not in " ".join(left.reason for left in result.left_out)


def test_two_runs_of_one_period_and_folders_without_runs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no finished run"):
        survey(Asked((tmp_path,), tmp_path))
    year(tmp_path / "甲", "2024", [], OLD)
    year(tmp_path / "乙", "2024", [], OLD)
    with pytest.raises(RunError, match="both runs of 云岭市@2024"):
        survey(Asked((tmp_path / "甲", tmp_path / "乙"), tmp_path))


def test_runs_under_several_rules_need_one_that_is_named(tmp_path: Path) -> None:
    year(tmp_path, "2024", [], OLD)
    year(tmp_path, "2025", [], OLD, profile={"id": "literal"})
    with pytest.raises(ConfigurationError, match="ctmm, literal"):
        survey(Asked((tmp_path,), tmp_path))
    result, _ = survey(Asked((tmp_path,), tmp_path, rule="literal"))
    assert result.profile.id == "literal"


def test_a_part_that_was_not_asked_is_no_failure_of_the_city(tmp_path: Path) -> None:
    rows = [told(A, Verdict.MET, OLD)]
    write_city(tmp_path / "江宁市", "江宁市", rows, (OLD,))
    result, _ = survey(Asked((tmp_path,), tmp_path))
    (row,) = result.rows
    assert row.entries[B].shown is Mark.UNASKED and row.entries[A].shown is Verdict.MET
    count = next(c for c in result.features if c.feature_id == B)
    assert count.asked == 0
