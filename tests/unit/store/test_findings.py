"""Findings come back with absence, backing and quotes; review.json lists flags."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

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
from auditor.store.records import finding_from, finding_json, review_json

SHORT = st.text(max_size=8)
SHORTS = st.lists(SHORT, max_size=3).map(tuple)
COUNT = st.none() | st.integers(0, 99)
CITATIONS = st.builds(
    Citation, SHORT, SHORT, st.none() | st.integers(1, 9), st.just(Span(0, 3)), SHORT
)
REJECTED = st.builds(
    Rejected, CITATIONS, st.integers(1, 20), st.sampled_from(list(Rejection)), SHORTS
)
ABSENCES = st.builds(
    Absence,
    kind=st.sampled_from(list(AbsenceKind)),
    queries=SHORTS,
    searched=st.integers(0, 99),
    looked_at=st.integers(0, 20),
    unread_pages=st.integers(0, 9),
    rejected=st.lists(REJECTED, max_size=3).map(tuple),
    means=SHORTS,
    spoken=COUNT,
    features=COUNT,
    passages=COUNT,
)
BACKINGS = st.builds(Backing, SHORTS, SHORTS, SHORTS, SHORTS, st.integers(0, 3))
CHECKS = st.builds(
    Check,
    SHORT,
    st.sampled_from(["ok", "noted", "changed", FLAGGED]),
    SHORT,
    quotes=st.lists(CITATIONS, max_size=2).map(tuple),
)


@given(st.none() | ABSENCES, st.none() | BACKINGS, st.lists(CHECKS, max_size=3))
def test_findings_come_back_as_they_were(
    absence: Absence | None, backing: Backing | None, checks: list[Check]
) -> None:
    outcome = Judgement("8.1.1.1-L1-a", Verdict.MET, (), "", "test", checks=tuple(checks))
    finding = Finding(outcome, Verdict.MET, Verdict.MET, (), "", absence, backing)
    row = json.loads(json.dumps(finding_json(finding), ensure_ascii=False))
    assert finding_from(row) == finding
    assert row["flags"] == [check.rule for check in checks if check.outcome == FLAGGED]


def test_a_line_of_an_earlier_version_is_read_without_absence_and_backing() -> None:
    outcome = Judgement("8.1.1.1-L1-a", Verdict.MET, (), "", "test", checks=(Check("x", "ok", ""),))
    row = finding_json(Finding(outcome, Verdict.MET, Verdict.MET))
    for key in ("absence", "backing", "flags"):
        del row[key]
    del row["checks"][0]["quotes"]
    assert finding_from(row) == Finding(outcome, Verdict.MET, Verdict.MET)


def test_review_json_counts_each_rule_and_lists_each_finding_once() -> None:
    quote = Citation("a.1.1", "甲.txt", None, Span(0, 2), "平台")
    flags = (Check("confidence", FLAGGED, "低"), Check("reuse", FLAGGED, "多"))
    both = Judgement("8.1.1.1-L1-a", Verdict.MET, (), "", "test", checks=flags)
    calm = Judgement("8.1.1.1-L2-a", Verdict.MET, (), "", "test")
    findings = [Finding(j, Verdict.MET, Verdict.MET) for j in (both, calm)]
    contradiction = Check("contradiction", FLAGGED, "不一", quotes=(quote,))
    row = review_json(findings, [contradiction])
    assert row["counts"] == {"confidence": 1, "reuse": 1}
    assert row["first"] == [
        {
            "feature_id": "8.1.1.1-L1-a",
            "verdict": "met",
            "rules": ["reuse", "confidence"],
            "credits": 0,
            "details": ["多", "低"],
        }
    ]
    assert row["contradictions"][0]["quotes"][0]["quote"] == "平台"
