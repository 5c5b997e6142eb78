"""Which papers are versions of one another."""

from __future__ import annotations

import itertools
import time

import pytest

from auditor.core.documents import Document
from auditor.dossier import settle
from auditor.dossier.versions import base_title, is_newer
from tests.unit.dossier.test_duplicates import paper, sentences


def rule(name: str, day: str = "", title: str = "襄阳市数据管理条例", start: int = 0) -> Document:
    """A regulation of the city; ``day`` empty where its date is unknown."""
    stated = {"title": title, "kind": "regulation", "city": "襄阳市"}
    stated |= {"issued_on": day} if day else {}
    return paper(name, sentences(start, 100), **stated)


@pytest.mark.parametrize(
    "title",
    [
        "襄阳市数据管理条例(2020-03-27)",
        "襄阳市数据管理条例（修订）",
        "《襄阳市数据管理条例》（2023年修正）",
        "襄阳市数据管理条例2023年修订版",
        "襄阳市数据管理条例_2020",
        "襄阳市人民政府关于印发《襄阳市数据管理条例》的通知",
        "关于公开征求《襄阳市数据管理条例（征求意见稿）》意见的公告",
        "襄阳市数据管理条例征求意见稿",
    ],
)
def test_all_versions_of_a_paper_have_one_base_title(title: str) -> None:
    assert base_title(title) == "襄阳市数据管理条例"


@pytest.mark.parametrize(
    "title",
    [
        "关于修改《襄阳市数据管理条例》的决定",
        "《襄阳市数据管理条例》解读",
        "关于废止《襄阳市数据管理条例》的通知",
        "工作方案",
        "2024年政府工作报告",
    ],
)
def test_papers_about_a_paper_have_no_base_title(title: str) -> None:
    assert base_title(title) == ""


def test_the_year_of_an_annual_plan_is_part_of_its_title() -> None:
    assert base_title("襄阳市2023年数据工作计划") != base_title("襄阳市2024年数据工作计划")


@pytest.mark.parametrize("part", ["2020-20-", "2020年", "修订修正", "《", "(", "关于印发"])
def test_a_hostile_title_is_reduced_in_no_time(part: str) -> None:
    start = time.process_time()
    base_title(part * 10_000 + "！")
    assert time.process_time() - start < 0.5


def test_a_year_alone_is_not_newer_than_a_day_of_it() -> None:
    assert is_newer("2024", "2023-05-01")
    assert not is_newer("2023", "2023-05-01")
    assert not is_newer("2023-05-01", "2023")
    assert not is_newer("2023", "")


def test_the_newest_version_counts_however_alike_they_are() -> None:
    done = settle(
        [
            rule("a", "2020-01-01"),
            rule("c", "2024-01-01", start=2),
            rule("b", "2022-01-01", start=1),
        ],
        "襄阳市",
    )
    assert [document.superseded_by for document in done] == ["c", "", "c"]
    assert not any(document.duplicate_of for document in done)
    assert "2020-01-01，新版 2024-01-01" in done[0].warnings[0]


def test_a_decision_to_amend_takes_no_statutes_place() -> None:
    amending = rule("b", "2024-01-01", "关于修改《襄阳市数据管理条例》的决定", 300)
    assert all(
        document.counts for document in settle([rule("a", "2020-01-01"), amending], "襄阳市")
    )


def test_an_undated_version_is_only_remarked_upon() -> None:
    done = settle([rule("a"), rule("b", "2024-01-01", start=50)], "襄阳市")
    assert all(document.counts for document in done)
    assert "日期不明" in done[0].warnings[0]


def test_a_dated_revision_takes_the_place_of_an_undated_paper() -> None:
    newer = rule("b", "2024-01-01", "襄阳市数据管理条例（2024年修订）", 50)
    done = settle([rule("a"), newer], "襄阳市")
    assert [document.superseded_by for document in done] == ["b", ""]


def test_a_draft_gives_way_to_the_issued_paper_of_any_kind() -> None:
    draft = paper("a", sentences(0, 90), title="襄阳市数据规划（征求意见稿）", kind="draft")
    plan = paper("b", sentences(0, 100), title="襄阳市数据规划", kind="plan")
    done = settle([draft, plan], "襄阳市")
    assert [document.superseded_by for document in done] == ["b", ""]
    assert "征求意见稿" in done[0].warnings[0]


def test_a_draft_newer_than_the_issued_paper_is_a_new_round() -> None:
    draft = rule("a", "2025-01-01", "襄阳市数据管理条例（征求意见稿）", 50)
    done = settle([draft, rule("b", "2020-01-01")], "襄阳市")
    assert all(document.counts for document in done)
    assert "请核对" in done[0].warnings[0]


@pytest.mark.parametrize("kind", ["work_report", "statistics", "plan"])
def test_papers_of_a_series_are_no_versions_of_each_other(kind: str) -> None:
    papers = [
        paper(day, sentences(at * 200, 100), title="襄阳市数据工作方案", kind=kind, issued_on=day)
        for at, day in enumerate(("2023-01-01", "2024-01-01"))
    ]
    assert all(document.counts for document in settle(papers, "襄阳市"))


def test_a_plan_that_calls_itself_revised_takes_the_older_ones_place() -> None:
    old = paper("a", sentences(0, 90), title="襄阳市数据规划", kind="plan", issued_on="2021-01-01")
    new = paper(
        "b", sentences(9, 90), title="襄阳市数据规划（修订版）", kind="plan", issued_on="2023-01-01"
    )
    assert [d.superseded_by for d in settle([old, new], "襄阳市")] == ["b", ""]


def test_two_departments_rules_of_one_title_are_two_papers() -> None:
    made = [
        paper(
            name,
            sentences(at, 90),
            title="数据安全管理制度",
            kind="regulation",
            level="department",
            issuer=issuer,
            issued_on=f"202{at}-01-01",
            city="襄阳市",
        )
        for at, (name, issuer) in enumerate((("a", "襄阳市教育局"), ("b", "襄阳市公安局")))
    ]
    assert not any(document.superseded_by for document in settle(made, "襄阳市"))


def test_a_bare_notice_takes_no_papers_place() -> None:
    notice = paper(
        "b",
        "现将《襄阳市数据管理条例》印发给你们。",
        kind="notice",
        issued_on="2024-01-01",
        title="关于印发《襄阳市数据管理条例》的通知",
    )
    assert settle([rule("a", "2020-01-01"), notice], "襄阳市")[0].counts


def test_a_copy_of_an_old_version_leads_to_the_newest() -> None:
    old, new = rule("a", "2020-01-01"), rule("b", "2024-01-01", start=60)
    copy = paper("c", old.text + "打印", kind="other")
    done = settle([copy, old, new], "襄阳市")
    assert [document.superseded_by for document in done] == ["b", "b", ""]
    assert not any(document.duplicate_of for document in done)


def test_a_later_paper_much_like_an_old_version_is_only_remarked_upon() -> None:
    old, new = rule("a", "2020-01-01"), rule("b", "2024-01-01", start=60)
    later = paper("c", old.text + "打印", kind="other", issued_on="2025-01-01")
    done = settle([later, old, new], "襄阳市")
    assert done[0].counts
    assert "但日期更晚" in done[0].warnings[0]


def test_the_outcome_does_not_depend_on_the_order() -> None:
    papers = [
        rule("a", "2020-01-01"),
        rule("b", "2024-01-01", start=4),
        rule("c", start=1),
        paper("d", sentences(0, 100) + "打印", kind="other"),
        paper("e", sentences(10, 30), kind="other"),
    ]
    expected = {document.name: document for document in settle(papers, "襄阳市")}
    for order in itertools.permutations(papers):
        done = settle(order, "襄阳市")
        assert [document.name for document in done] == [document.name for document in order]
        assert {document.name: document for document in done} == expected
    for document in expected.values():
        stead = document.duplicate_of or document.superseded_by
        assert not stead or expected[stead].counts
