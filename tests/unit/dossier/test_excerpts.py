"""Papers that are not the whole."""

from __future__ import annotations

import pytest

from auditor.dossier import settle
from auditor.dossier.excerpts import MERE_NOTICE
from tests.unit.dossier.test_duplicates import paper, sentences

WHOLE = sentences(0, 200)


def test_a_part_of_which_every_sentence_stands_in_the_whole_is_not_judged() -> None:
    part = sentences(20, 40)
    done = settle([paper("a.txt", "报告（节选）\n" + part), paper("b.txt", WHOLE)], "襄阳市")
    assert [document.duplicate_of for document in done] == ["b.txt", ""]
    assert any("全文包含于 b.txt" in warning for warning in done[0].warnings)
    assert "只是摘要/节选" in done[0].warnings


def test_a_part_with_sentences_of_its_own_counts_and_is_called_an_excerpt() -> None:
    part = sentences(20, 80) + sentences(900, 4)
    done = settle([paper("a.txt", part), paper("b.txt", WHOLE)], "襄阳市")
    assert done[0].counts
    assert "是 b.txt 的节选" in done[0].warnings[0]


def test_a_sealed_part_of_a_weaker_whole_still_counts() -> None:
    sealed = paper("a.txt", sentences(20, 40), grade="issued")
    done = settle([sealed, paper("b.txt", WHOLE, grade="news")], "襄阳市")
    assert done[0].counts
    assert "节选" in done[0].warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        "各区县：现将《数据管理办法》印发给你们，请认真贯彻执行。\n市政府办公室",
        "按照程序完成评审，认定24家企业（附件），现予以公布。",
        "市局研究制定了《申报指南》，现印发施行。请各单位按要求组织申报。",
    ],
)
def test_a_notice_without_what_it_hands_on_is_flagged(text: str) -> None:
    (done,) = settle([paper("a.txt", text)], "襄阳市")
    assert done.counts
    assert MERE_NOTICE in done.warnings[0]


def test_a_notice_with_the_paper_behind_it_is_no_mere_notice() -> None:
    text = "现将《数据管理办法》印发给你们，请贯彻执行。\n" + sentences(0, 40)
    (done,) = settle([paper("a.txt", text)], "襄阳市")
    assert done.warnings == ()


def test_a_notice_gives_way_to_the_paper_that_holds_it() -> None:
    notice = "各区县：现将《数据管理办法》印发给你们，请认真贯彻执行，遇到问题请及时报告。"
    done = settle([paper("a.txt", notice), paper("b.txt", notice + WHOLE)], "襄阳市")
    assert done[0].duplicate_of == "b.txt"
