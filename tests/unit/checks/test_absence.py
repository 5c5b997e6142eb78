"""A ``no_evidence`` says what it rests on, and which of three silences it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.checks import Looked, with_absence
from auditor.checks.absence import NEAREST, absence_of, is_thin
from auditor.core.criteria import Feature, Means
from auditor.core.documents import Document
from auditor.core.findings import AbsenceKind, Finding, Judgement, Rejection, Verdict
from auditor.core.intake import SubdomainCoverage
from auditor.core.search import Hit, SearchRecord
from auditor.passages import CityNames, cut_passages
from tests.unit.checks.samples import CITY, feature, paper


def coverage(spoken: int, features: int = 10, passages: int = 2) -> SubdomainCoverage:
    return SubdomainCoverage(
        "8.2.4", "安全保障体系", "8.2", features, spoken, passages, ("甲.txt",), {}, {}, ()
    )


def looked(
    document: Document, asked: Feature | None = None, covered: SubdomainCoverage | None = None
) -> Looked:
    asked = asked or feature()
    hits = tuple(
        Hit(p, 0.5, {"dense": n}, tuple(0.5 for _ in p.sentences))
        for n, p in enumerate(cut_passages(document, CityNames(CITY)), start=1)
    )
    record = SearchRecord(asked.id, ("建成平台",), hits, 40, unread_pages=3)
    return Looked(asked, record, {document.name: document}, covered)


TEXT = "一、2023年工作回顾\n全市建成统一运行平台，接入部门60个。\n"


@pytest.mark.parametrize(
    ("spoken", "passages", "kind"),
    [
        (0, 0, AbsenceKind.THIN),
        (1, 2, AbsenceKind.THIN),
        (1, 9, AbsenceKind.SEARCHED),
        (2, 2, AbsenceKind.SEARCHED),
        (8, 9, AbsenceKind.SEARCHED),
    ],
)
def test_a_thin_dossier_is_told_from_silence_in_much_material(
    spoken: int, passages: int, kind: AbsenceKind
) -> None:
    covered = coverage(spoken, passages=passages)
    assert absence_of(looked(paper(TEXT), covered=covered)).kind is kind
    assert is_thin(covered) is (kind is AbsenceKind.THIN)


@pytest.mark.parametrize("covered", [None, coverage(0), coverage(9)])
def test_what_takes_outside_proof_is_told_whatever_the_dossier_holds(
    covered: SubdomainCoverage | None,
) -> None:
    asked = feature("external", shown_by=(Means.OUTSIDE_PROOF, Means.PAPER))
    absence = absence_of(looked(paper(TEXT), asked, covered))
    assert absence.kind is AbsenceKind.OUTSIDE
    assert absence.means == ("outside_proof", "paper")


def test_an_absence_carries_what_was_asked_and_how_much_was_looked_at() -> None:
    absence = absence_of(looked(paper(TEXT), covered=coverage(3)))
    assert absence.queries == ("建成平台",)
    assert (absence.searched, absence.looked_at, absence.unread_pages) == (40, 1, 3)
    assert (absence.spoken, absence.features, absence.passages) == (3, 10, 2)


@pytest.mark.parametrize(
    ("sentence", "reason", "missing"),
    [
        ("深圳市已建成统一运行平台，接入部门60个。", Rejection.FOREIGN, ()),
        ("粮食产量连续九年保持稳定增长。", Rejection.OTHER_MATTER, ("e1", "e2")),
        ("视频平台尚未建成，群众意见较多。", Rejection.NEGATION, ("e2",)),
        ("建成视频平台，接入视频5万路。", Rejection.PART, ("e2",)),
        ("建成统一运行平台，接入部门60个。", Rejection.WEAK, ()),
    ],
)
def test_a_near_sentence_says_what_speaks_against_it(
    sentence: str, reason: Rejection, missing: tuple[str, ...]
) -> None:
    absence = absence_of(looked(paper(f"一、2023年工作回顾\n{sentence}\n")))
    [rejected] = absence.rejected
    assert rejected.citation.quote == sentence
    assert (rejected.reason, rejected.missing, rejected.rank) == (reason, missing, 1)


def test_a_plan_that_came_near_is_told_as_a_plan() -> None:
    absence = absence_of(looked(paper("二、2024年工作安排\n将建设统一运行平台，覆盖全部部门。\n")))
    assert [r.reason for r in absence.rejected] == [Rejection.PLAN]


def test_headings_and_doubles_are_not_shown_and_the_nearest_come_first() -> None:
    sentences = [f"建成第{n}个视频平台，接入部门若干。" for n in "一二三四五"]
    document = paper("一、2023年工作回顾\n" + "\n".join([*sentences, sentences[4]]) + "\n")
    case = looked(document)
    hits = tuple(
        replace(h, sentence_scores=tuple(float("五" in s.text) for s in h.passage.sentences))
        for h in case.record.hits
    )
    absence = absence_of(replace(case, record=replace(case.record, hits=hits)))
    quotes = [r.citation.quote for r in absence.rejected]
    assert quotes[0] == sentences[4]
    assert len(set(quotes)) == len(quotes) == NEAREST


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_a_direct_no_evidence_carries_an_absence(verdict: Verdict) -> None:
    judgement = Judgement(feature().id, verdict, (), "", "test")
    result = with_absence(Finding(judgement, Verdict.MET, verdict), looked(paper(TEXT)))
    assert (result.absence is not None) is (verdict is Verdict.NO_EVIDENCE)
    assert result.verdict is Verdict.MET
