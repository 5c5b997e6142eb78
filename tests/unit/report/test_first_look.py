"""What the report says of flags, contradictions, silence and backing."""

from __future__ import annotations

from pathlib import Path

from auditor.core.documents import Span
from auditor.core.findings import (
    FLAGGED,
    Absence,
    AbsenceKind,
    Backing,
    Check,
    Citation,
    Finding,
    Judgement,
    Rejected,
    Rejection,
    Verdict,
)
from auditor.core.run import Run
from auditor.profiles import load_profile
from auditor.report.first_look import SHOWN, first_look
from auditor.report.language import words
from auditor.report.page import render_html
from auditor.report.silence import backing_line, silence_of
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.standing import result_of, reviewed_run

STANDARD, ZH = load_standard(), words("zh")
FEATURE = STANDARD.by_id["8.2.4.1-L1-a"]
QUOTE = Citation("a.1.1", "甲.txt", 2, Span(0, 6), "城市安全<b>平台</b>已建成。")
OTHER = Citation("b.1.1", "乙.txt", None, Span(0, 6), "安全平台尚未建成。")
MANIFEST = {
    "city": "临江市",
    "as_of": "2024-12-31",
    "judge": {"name": "screen", "quality": ""},
    "standard": {"title": "标准", "id": "ctmm"},
    "documents": [],
}


def finding(feature_id: str, *checks: Check, absence: Absence | None = None) -> Finding:
    verdict = Verdict.NO_EVIDENCE if absence else Verdict.MET
    quotes = () if absence else (QUOTE,)
    outcome = Judgement(feature_id, verdict, quotes, "", "test", checks=checks)
    return Finding(outcome, verdict, verdict, absence=absence)


def absence(kind: AbsenceKind, **counts: int) -> Absence:
    near = (Rejected(QUOTE, 1, Rejection.PART, ("e1",)), Rejected(OTHER, 2, Rejection.NEGATION))
    return Absence(kind, ("检索一", "检索二"), 40, 20, 3, near, ("paper", "interview"), **counts)


def html_of(*findings: Finding, contradictions: tuple[Check, ...] = ()) -> str:
    score = score_findings(findings, STANDARD, load_profile())
    run = Run(MANIFEST, (), (), (), findings, score, contradictions=contradictions)
    nowhere = Path("nowhere")  # no review events
    result = result_of(reviewed_run(nowhere, run, STANDARD), STANDARD, load_profile())
    return render_html(result, STANDARD, "zh")


def test_flagged_findings_are_listed_once_by_rule_and_the_rest_is_folded() -> None:
    unsure = Check("confidence", FLAGGED, "把握只有 40%")
    ids = [f.id for f in STANDARD.features[: SHOWN + 3]]
    reused = finding(ids[0], unsure, Check("reuse", FLAGGED, "用于 9 条"))
    groups = first_look([reused, *(finding(i, unsure) for i in ids[1:])], STANDARD, ZH)
    assert [(g.name, g.count) for g in groups] == [
        ("同一句引证用于许多特征", 1),
        ("把握不足", SHOWN + 2),
    ]
    assert groups[0].first[0].also == ("把握不足",)
    assert (len(groups[1].first), len(groups[1].rest)) == (SHOWN, 2)


def test_a_rule_without_a_name_goes_by_its_id() -> None:
    [group] = first_look([finding(FEATURE.id, Check("novel", FLAGGED, ""))], STANDARD, ZH)
    assert group.name == "novel"


def test_the_page_lists_flags_and_marks_their_cards() -> None:
    page = html_of(finding(FEATURE.id, Check("confidence", FLAGGED, "把握只有 40%")))
    assert page.index("优先复核</h2>") < page.index("把握只有 40%")
    assert f'<a href="#{FEATURE.id}">' in page
    assert 'data-flag="1"' in page
    assert "没有被标出的结论" in html_of(finding(FEATURE.id))


def test_a_contradiction_shows_both_quotes_escaped() -> None:
    check = Check("contradiction", FLAGGED, "安全平台：两份材料说的不同", quotes=(QUOTE, OTHER))
    for page in (html_of(finding(FEATURE.id, check)), html_of(contradictions=(check,))):
        assert "安全平台尚未建成。" in page
        assert "城市安全&lt;b&gt;平台" in page
        assert "<b>平台</b>" not in page


def test_each_silence_makes_its_own_claim() -> None:
    said = {
        kind: silence_of(absence(kind, spoken=1, features=10, passages=2), FEATURE, ZH)
        for kind in AbsenceKind
    }
    claims = {kind: s.claim for kind, s in said.items() if s}
    assert "很少谈到" in claims[AbsenceKind.THIN] and "10 条特征中 1 条" in claims[AbsenceKind.THIN]
    assert "没有见到" in claims[AbsenceKind.SEARCHED]
    assert "外部证明" in claims[AbsenceKind.OUTSIDE]


def test_a_silence_tells_what_was_looked_at_and_why_near_sentences_were_not_taken() -> None:
    page = html_of(finding(FEATURE.id, absence=absence(AbsenceKind.SEARCHED)))
    element = FEATURE.elements[0].text
    for words_ in (
        "检索了 40 个片段，细看最相关的 20 个", "另有 3 页未能读出", "还可以用来证明：访谈",
        "检索一；检索二", f"没有提到：{element}", "尚未做到", "安全平台尚未建成。",
    ):  # fmt: skip
        assert words_ in page


def test_backing_names_issuers_and_counts_those_that_are_not_named() -> None:
    backing = Backing(("甲.txt", "乙.txt"), ("市数据局",), ("summary",), ("own_report",), 1)
    line = backing_line(backing, ZH)
    assert "2 份材料" in line and "市数据局、1 份未写明" in line and "自行报告" in line
    alone = backing_line(Backing(("甲.txt",), (), ("summary",), ("unknown",), 1), ZH)
    assert "发文单位：未写明" in alone
    assert backing_line(None, ZH) == ""
