"""Reuse, low confidence and backing: what is said or flagged without touching the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.checks import flag_reuse, flag_unsure, with_backing
from auditor.core.documents import DocumentKind, Span
from auditor.core.findings import FLAGGED, Check, Citation, Failure, Finding, Judgement, Verdict
from auditor.core.review import flagged_findings
from tests.unit.checks.samples import paper

MOST = 3


def citation(sentence_id: str = "s1", document: str = "甲.txt") -> Citation:
    return Citation(sentence_id, document, None, Span(0, 2), "平台")


def finding(
    feature_id: str = "8.2.4.1-L3-a",
    verdict: Verdict = Verdict.MET,
    *citations: Citation,
    confidence: float | None = 0.9,
    checks: tuple[Check, ...] = (),
    credited_by: tuple[str, ...] = (),
) -> Finding:
    judgement = Judgement(
        feature_id, verdict, citations, "", "test", confidence=confidence, checks=checks
    )
    return Finding(judgement, verdict, verdict, credited_by)


def rules(found: Finding) -> list[str]:
    return [check.rule for check in found.flags]


def uses(count: int, verdict: Verdict = Verdict.PARTLY_MET) -> list[Finding]:
    return [finding(f"8.1.1.1-L{n}-a", verdict, citation()) for n in range(1, count + 1)]


def test_a_sentence_cited_for_too_many_features_flags_all_but_its_best_uses() -> None:
    relevance = {(f"8.1.1.1-L{n}-a", "s1"): n / 10 for n in range(1, 6)}
    flagged = [f.feature_id for f in flag_reuse(uses(5), relevance, MOST) if f.flags]
    assert flagged == ["8.1.1.1-L1-a", "8.1.1.1-L2-a"]


def test_as_many_uses_as_allowed_are_no_reuse() -> None:
    assert not any(f.flags for f in flag_reuse(uses(MOST), {}, MOST))


def test_plans_may_be_named_at_many_features() -> None:
    assert not any(f.flags for f in flag_reuse(uses(6, Verdict.PLANNED), {}, MOST))


def test_a_finding_that_cites_another_sentence_too_is_not_worn_out() -> None:
    rich = finding("8.9.9.9-L1-a", Verdict.MET, citation(), citation("s2"))
    assert not flag_reuse([*uses(5), rich], {}, MOST)[-1].flags


def test_a_sentence_cited_twice_by_one_finding_is_one_use() -> None:
    twice = [replace_citations(f, citation(), citation()) for f in uses(MOST)]
    assert not any(f.flags for f in flag_reuse(twice, {}, MOST))


def replace_citations(found: Finding, *citations: Citation) -> Finding:
    assert isinstance(found.outcome, Judgement)
    return replace(found, outcome=replace(found.outcome, citations=citations))


@pytest.mark.parametrize(
    ("confidence", "flagged"), [(0.49, True), (0.5, False), (0.9, False), (None, False)]
)
def test_an_unsure_judge_is_reviewed_first(confidence: float | None, flagged: bool) -> None:
    result = flag_unsure(finding(confidence=confidence), 0.5)
    assert rules(result) == (["confidence"] if flagged else [])
    assert result.verdict is Verdict.MET


def test_a_confidence_just_below_the_limit_is_not_told_as_the_limit() -> None:
    [flag] = flag_unsure(finding(confidence=0.497), 0.5).flags
    assert flag.detail == "把握只有 49%，低于 50%"


def test_a_failure_has_no_flags() -> None:
    failed = Finding(Failure("8.2.4.1-L3-a", "test", "timeout", ""), None, None)
    assert flag_unsure(failed, 0.5) == failed
    assert failed.flags == ()


DOCUMENTS = {
    d.name: d
    for d in (
        paper("平台", "甲.txt", None, DocumentKind.SUMMARY, grade="own_report", issuer="市数据局"),
        paper("平台", "乙.txt", None, DocumentKind.WORK_REPORT, grade="own_report"),
        paper("平台", "丙.txt", None, DocumentKind.STATISTICS, grade="statistics", issuer="统计局"),
    )
}


@pytest.mark.parametrize(
    ("names", "outcome", "issuers", "unnamed"),
    [
        (("甲.txt",), "noted", ("市数据局",), 0),
        (("甲.txt", "乙.txt"), "noted", ("市数据局",), 1),
        (("甲.txt", "丙.txt"), "ok", ("市数据局", "统计局"), 0),
        (("丙.txt",), None, ("统计局",), 0),
    ],
)
def test_a_green_finding_says_who_bears_it_out(
    names: tuple[str, ...], outcome: str | None, issuers: tuple[str, ...], unnamed: int
) -> None:
    cited = [citation(f"s{n}", name) for n, name in enumerate(names)]
    result = with_backing(finding("8.2.4.1-L3-a", Verdict.MET, *cited), DOCUMENTS)
    assert isinstance(result.outcome, Judgement)
    found = [c.outcome for c in result.outcome.checks if c.rule == "independence"]
    assert found == ([outcome] if outcome else [])
    assert result.backing is not None
    assert (result.backing.issuers, result.backing.unnamed) == (issuers, unnamed)
    assert result.backing.documents == tuple(sorted(names))


def test_only_green_findings_are_told_to_rest_on_self_praise() -> None:
    result = with_backing(finding("8.2.4.1-L3-a", Verdict.PARTLY_MET, citation()), DOCUMENTS)
    assert isinstance(result.outcome, Judgement)
    assert result.outcome.checks == ()
    assert result.backing is not None


def test_the_review_list_goes_by_rule_then_by_what_hangs_on_a_finding() -> None:
    def flag(rule: str) -> Check:
        return Check(rule, FLAGGED, "")

    unsure = (flag("confidence"),)
    listed = flagged_findings(
        [
            finding("8.1.1.1-L2-a", Verdict.PLANNED, checks=unsure),
            finding("8.1.1.1-L3-a", Verdict.MET, checks=unsure),
            finding("8.1.1.1-L1-a", Verdict.MET, checks=unsure),
            finding("8.1.1.1-L4-a", Verdict.MET, checks=unsure),
            finding("8.1.1.1-L5-a", Verdict.PLANNED, checks=(*unsure, flag("contradiction"))),
            finding("8.1.1.1-L5-b", Verdict.MET, checks=(Check("age", "noted", ""),)),
            finding("8.1.1.1-L1-b", Verdict.MET, credited_by=("8.1.1.1-L4-a",)),
        ]
    )
    assert [row.feature_id[-4:] for row in listed] == ["L5-a", "L4-a", "L1-a", "L3-a", "L2-a"]
    assert listed[0].rules == ("contradiction", "confidence")
    assert listed[1].credits == 1
