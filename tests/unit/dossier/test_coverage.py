"""What a dossier covers, and what kinds of evidence are missing."""

from __future__ import annotations

import hashlib

import pytest

from auditor.core.criteria import Domain, Feature, FeatureType, Item, Relations, Standard, Subdomain
from auditor.core.documents import Document, DocumentKind
from auditor.core.findings import VERDICTS, Citation, Judgement, Verdict
from auditor.core.identity import Grade, Identity, Stated
from auditor.core.passages import Passage, SectionRole
from auditor.core.search import Hit, SearchRecord
from auditor.core.spans import Span
from auditor.dossier.coverage import NOTHING, ONLY_PLANS, coverage_of
from auditor.standard import load_standard

NO_STATISTICS, NO_OUTSIDE, NOT_ISSUED = (
    "缺少统计数据或台账",
    "缺少第三方或外部证明",
    "缺少正式印发的文件",
)


def feature(letter: str, *types: FeatureType, subdomain: str = "8.1.1") -> Feature:
    item = f"{subdomain}.1"
    return Feature(f"{item}-L1-{letter}", "要求", "8.1", subdomain, item, 1, letter, 1, types=types)


def standard(*features: Feature) -> Standard:
    """Two sub-domains of one item each; the second has one feature of its own."""
    other = feature("a", FeatureType.EFFECT, subdomain="8.1.2")
    first = Subdomain("8.1.1", "战略", 1, (Item("8.1.1.1", "战略制定", features),))
    second = Subdomain("8.1.2", "组织", 2, (Item("8.1.2.1", "组织", (other,)),))
    return Standard("s", "标准", (Domain("8.1", "改革", (first, second)),), (), (), Relations(), "")


def paper(name: str, kind: DocumentKind, grade: Grade | None = None) -> Document:
    identity = Identity(grade=Stated(grade.value, 0.9) if grade else None)
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Document(name, digest, "txt", "正文", (), kind=kind, identity=identity)


def judged(
    of: Feature, document: str, chance: float = 0.9, passages: tuple[str, ...] = ("p1",)
) -> Judgement:
    """A judgement of the screen with ``chance`` of any verdict but no_evidence."""
    chances = dict.fromkeys(VERDICTS, 0.0)
    chances |= {Verdict.NO_EVIDENCE: 1 - chance, Verdict.MET: chance}
    citations = tuple(Citation(f"{p}.2", document, None, Span(0, 2), "正文") for p in passages)
    return Judgement(of.id, Verdict.MET, citations, "", "screen", probabilities=chances)


def found(of: Feature, *hits: tuple[str, str]) -> SearchRecord:
    """A search record with hits (passage id, document)."""
    passages = [
        Passage(key, document, Span(0, 2), "正文", (), SectionRole.OTHER, ())
        for key, document in hits
    ]
    return SearchRecord(of.id, ("q",), tuple(Hit(p, 1.0, {}) for p in passages), 5)


def test_a_passage_that_speaks_to_two_features_counts_once() -> None:
    a, b = feature("a", FeatureType.MECHANISM), feature("b", FeatureType.MECHANISM)
    papers = [
        paper("r", DocumentKind.WORK_REPORT, Grade.OWN_REPORT),
        paper("s", DocumentKind.STATISTICS, Grade.STATISTICS),
    ]
    said = [judged(a, "r", passages=("p1", "p2")), judged(b, "r", passages=("p2",))]
    said.append(judged(feature("c"), "s"))
    (covered,) = coverage_of(said[:2], papers, standard(a, b), {})
    assert (covered.features, covered.features_spoken, covered.passages) == (2, 2, 2)
    assert covered.documents == ("r",)
    assert covered.kinds == {"work_report": 2}
    assert covered.grades == {"own_report": 2}


@pytest.mark.parametrize(("chance", "spoken"), [(0.5, 1), (0.49, 0)])
def test_a_feature_is_spoken_to_from_one_half_on(chance: float, spoken: int) -> None:
    a = feature("a", FeatureType.MECHANISM)
    papers = [paper("r", DocumentKind.WORK_REPORT)]
    (covered,) = coverage_of([judged(a, "r", chance)], papers, standard(a), {})
    assert covered.features_spoken == spoken
    assert covered.silent_features == (() if spoken else (a.id,))


def test_without_probabilities_nothing_is_known_so_the_feature_is_silent() -> None:
    a = feature("a", FeatureType.MECHANISM)
    unsure = Judgement(a.id, Verdict.MET, (), "", "hosted")
    (covered,) = coverage_of([unsure], [], standard(a), {})
    assert covered.features_spoken == 0
    assert covered.lacking == (NOTHING,)


def test_a_feature_without_citation_is_carried_by_its_first_hit() -> None:
    a = feature("a", FeatureType.MECHANISM)
    papers = [paper("n", DocumentKind.NEWS, Grade.NEWS), paper("r", DocumentKind.REGULATION)]
    record = found(a, ("p7", "n"), ("p8", "r"))
    said = [judged(a, "n", passages=())]
    (covered,) = coverage_of(said, papers, standard(a), {a.id: record})
    assert covered.documents == ("n",)
    assert covered.passages == 1


def test_a_silent_feature_brings_no_passage_though_the_search_found_some() -> None:
    a = feature("a", FeatureType.MECHANISM)
    papers = [paper("n", DocumentKind.NEWS)]
    record = found(a, ("p7", "n"))
    (covered,) = coverage_of([judged(a, "n", 0.2)], papers, standard(a), {a.id: record})
    assert covered.passages == 0
    assert covered.lacking == (NOTHING,)


def test_plans_alone_show_nothing_that_was_done() -> None:
    a = feature("a", FeatureType.MECHANISM)
    papers = [paper("p", DocumentKind.PLAN), paper("d", DocumentKind.DRAFT)]
    said = [judged(a, "p", passages=("p1",))]
    (covered,) = coverage_of(said, papers, standard(a), {})
    assert covered.lacking == (ONLY_PLANS,)


def test_a_plan_beside_a_report_is_not_only_plans() -> None:
    a, b = feature("a", FeatureType.MECHANISM), feature("b", FeatureType.MECHANISM)
    papers = [paper("p", DocumentKind.PLAN), paper("r", DocumentKind.WORK_REPORT)]
    said = [judged(a, "p"), judged(b, "r", passages=("p2",))]
    (covered,) = coverage_of(said, papers, standard(a, b), {})
    assert covered.lacking == ()


@pytest.mark.parametrize(
    ("type_", "kind", "grade", "lacking"),
    [
        (FeatureType.QUANTITY, DocumentKind.WORK_REPORT, Grade.OWN_REPORT, (NO_STATISTICS,)),
        (FeatureType.QUANTITY, DocumentKind.LEDGER, None, ()),
        (FeatureType.QUANTITY, DocumentKind.OTHER, Grade.EXPORT, ()),
        (FeatureType.EXTERNAL, DocumentKind.WORK_REPORT, Grade.OWN_REPORT, (NO_OUTSIDE,)),
        (FeatureType.EXTERNAL, DocumentKind.CERTIFICATE, None, ()),
        (FeatureType.EXTERNAL, DocumentKind.AUDIT_REPORT, Grade.THIRD_PARTY, ()),
        (FeatureType.DOCUMENT, DocumentKind.REGULATION, None, (NOT_ISSUED,)),
        (FeatureType.DOCUMENT, DocumentKind.REGULATION, Grade.ISSUED, ()),
        (FeatureType.EFFECT, DocumentKind.NEWS, Grade.NEWS, ()),
    ],
)
def test_what_is_missing_depends_on_what_the_features_ask_for(
    type_: FeatureType, kind: DocumentKind, grade: Grade | None, lacking: tuple[str, ...]
) -> None:
    a = feature("a", type_)
    (covered,) = coverage_of([judged(a, "x")], [paper("x", kind, grade)], standard(a), {})
    assert covered.lacking == lacking


def test_a_silent_feature_still_asks_for_its_kind_of_evidence() -> None:
    a, b = feature("a", FeatureType.MECHANISM), feature("b", FeatureType.EXTERNAL)
    papers = [paper("r", DocumentKind.WORK_REPORT)]
    said = [judged(a, "r"), judged(b, "r", 0.1)]
    (covered,) = coverage_of(said, papers, standard(a, b), {})
    assert covered.lacking == (NO_OUTSIDE,)


def test_what_was_not_searched_is_left_out_and_not_called_empty() -> None:
    a = feature("a", FeatureType.MECHANISM)
    covered = coverage_of([], [], standard(a), {a.id: found(a)})
    assert [row.subdomain_id for row in covered] == ["8.1.1"]


def test_all_twenty_sub_domains_are_listed_in_the_order_of_the_standard() -> None:
    real = load_standard()
    records = {f.id: found(f) for f in real.features}
    covered = coverage_of([], [], real, records)
    assert len(covered) == 20
    assert [row.subdomain_id for row in covered] == sorted(row.subdomain_id for row in covered)
    assert sum(row.features for row in covered) == len(real.features)
    assert all(row.lacking == (NOTHING,) for row in covered)
