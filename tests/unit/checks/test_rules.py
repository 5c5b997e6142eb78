"""The checks: support, scope, modality, quantity."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from auditor.checks import Evidence, check_judgement
from auditor.core.criteria import Element, Feature, FeatureType, Quantity
from auditor.core.documents import Document, DocumentKind
from auditor.core.findings import Citation, Judgement, Verdict
from auditor.core.passages import Passage
from auditor.core.quoting import cite
from auditor.ingest.dispatch import read_document
from auditor.passages import CityNames, cut_passages
from auditor.quantities.numbers import chinese_number, figures_in

SHARE = Quantity("占比", "50%及以上", ">=", Decimal(50), "%", "业务数据", ("hard",), ("分类分级",))


def feature(kind: str = "capability", *quantities: Quantity, text: str = "建成平台") -> Feature:
    types = (FeatureType(kind),)
    elements = (Element("e1", text, types[0], False, ("平台",)),)
    return Feature(
        "8.2.4.1-L3-a", text, "城市数字底座", "安全", "安全保障", 3, "a", 8,
        types=types, elements=elements, quantities=quantities, core=("平台",), phrases=("平台",),
    )  # fmt: skip


def evidence(text: str, asked: Feature, name: str = "临江市_2024年政府工作报告.txt") -> Evidence:
    document = read_document(text.encode(), name)
    passages = cut_passages(document, CityNames("临江市"))
    return Evidence(asked, passages, {document.name: document})


def judged(shown: Evidence, words: str, verdict: Verdict = Verdict.MET) -> Judgement:
    document: Document = next(iter(shown.documents.values()))
    found: list[Citation] = [
        cite(document, passage, sentence)
        for passage in shown.passages
        for sentence in passage.sentences
        if words in sentence.text
    ]
    assert found, words
    return Judgement(shown.feature.id, verdict, tuple(found), "", "test")


REPORT = (
    "一、2023年工作回顾\n建成统一的数据平台，接入部门60个。\n正在推进视频平台整合。\n"
    "深圳市已建成城市智能中枢平台。\n二、2024年工作安排\n打造能源监测平台。\n"
)


@pytest.mark.parametrize(
    ("words", "verdict", "rule"),
    [
        ("统一的数据平台", Verdict.MET, None),
        ("视频平台整合", Verdict.PARTLY_MET, "modality"),
        ("能源监测平台", Verdict.PLANNED, "modality"),
        ("深圳市", Verdict.NO_EVIDENCE, "scope"),
    ],
)
def test_a_verdict_is_worth_no_more_than_its_evidence(
    words: str, verdict: Verdict, rule: str | None
) -> None:
    shown = evidence(REPORT, feature())
    result = check_judgement(judged(shown, words), shown)
    assert result.verdict is verdict
    changed = [c for c in result.checks if c.outcome == "changed"]
    assert [c.rule for c in changed] == ([rule] if rule else [])
    if changed:
        assert (changed[0].before, changed[0].after) == (Verdict.MET, verdict)


def test_a_verdict_without_citation_does_not_stand() -> None:
    shown = evidence(REPORT, feature())
    result = check_judgement(Judgement(shown.feature.id, Verdict.MET, (), "", "test"), shown)
    assert result.verdict is Verdict.NO_EVIDENCE


def test_a_quote_that_was_not_cut_from_the_text_is_dropped() -> None:
    shown = evidence(REPORT, feature())
    honest = judged(shown, "统一的数据平台")
    forged = replace(honest.citations[0], quote="建成统一的数据平台，接入部门99个。")
    result = check_judgement(replace(honest, citations=(forged,)), shown)
    assert (result.verdict, result.citations) == (Verdict.NO_EVIDENCE, ())


def test_a_sentence_outside_the_shown_passages_cannot_be_cited() -> None:
    shown = evidence(REPORT, feature())
    honest = judged(shown, "统一的数据平台")
    elsewhere: tuple[Passage, ...] = shown.passages[-1:]
    result = check_judgement(honest, replace(shown, passages=elsewhere))
    assert result.verdict is Verdict.NO_EVIDENCE


def test_a_regulation_shows_a_document_feature_but_not_a_platform() -> None:
    rules = "临江市数据条例\n" + "第一条 市数据主管部门负责建设公共数据平台。\n" * 6
    for kind, verdict in (("document", Verdict.MET), ("capability", Verdict.PLANNED)):
        shown = evidence(rules, feature(kind), "临江市数据条例.txt")
        assert check_judgement(judged(shown, "数据平台"), shown).verdict is verdict


def test_a_mechanism_is_shown_by_a_rule_that_names_who_does_what_not_by_a_bare_duty() -> None:
    rules = (
        "临江市数据条例\n"
        + "第一条 市数据局负责统筹平台管理。\n第二条 应当建立健全平台共享机制。\n" * 3
    )
    shown = evidence(rules, feature("mechanism"), "临江市数据条例.txt")
    assert check_judgement(judged(shown, "市数据局负责"), shown).verdict is Verdict.MET
    assert check_judgement(judged(shown, "应当建立健全"), shown).verdict is Verdict.PLANNED


def test_a_draft_for_comments_shows_a_plan_at_most() -> None:
    text = "临江市数据条例（征求意见稿）\n" + "第一条 市数据局负责平台管理。\n" * 6
    shown = evidence(text, feature("document"), "临江市数据条例（征求意见稿）.txt")
    assert next(iter(shown.documents.values())).kind is DocumentKind.DRAFT
    assert check_judgement(judged(shown, "数据局"), shown).verdict is Verdict.PLANNED


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("全市业务数据分类分级占比达55%。", Verdict.MET),
        ("全市业务数据分类分级占比达百分之五十。", Verdict.MET),
        ("全市业务数据分类分级占比为42%。", Verdict.NOT_MET),
        ("已开展业务数据分类分级平台建设。", Verdict.PARTLY_MET),
        ("业务数据已实现分类分级全覆盖。", Verdict.MET),
    ],
)
def test_thresholds_are_compared_in_code(sentence: str, verdict: Verdict) -> None:
    shown = evidence(f"一、2023年工作回顾\n{sentence}\n", feature("quantity", SHARE))
    assert check_judgement(judged(shown, "分类分级"), shown).verdict is verdict


def test_figures_are_read_with_scale_and_unit_and_years_are_not_figures() -> None:
    read = [
        (str(f.value), f.unit) for f in figures_in("2023年建成5G基站1.2万个，覆盖率达98.5%，第3条")
    ]
    assert read == [("12000.0", "个"), ("98.5", "%")]
    assert chinese_number("八十五点六") == Decimal("85.6")
    assert chinese_number("一百") == Decimal(100)
