"""No check ever raises a verdict or adds a citation, whatever is judged on whatever sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.checks import (
    check_age,
    check_contradictions,
    check_judgement,
    find_contradictions,
    flag_reuse,
    flag_unsure,
    with_backing,
)
from auditor.core.findings import Finding, Judgement, Verdict
from auditor.core.limits import AgeLimits
from tests.unit.checks.samples import CITY, cited, evidence_of, feature, paper

PAPERS = (
    paper(
        "一、2023年工作回顾\n建成城市算力调度平台。\n截至2018年底，数据平台接入部门60个。\n"
        "深圳市已建成智能平台。\n2023年，政务服务事项网上可办率为98%。\n"
        "二、2024年工作安排\n建设统一运行平台。\n正在推进视频平台整合。\n",
        "甲.txt", date(2024, 1, 10), grade="own_report",
    ),
    paper(
        "算力调度平台尚未建成。\n2023年，政务服务事项网上可办率为85%。\n",
        "乙.txt", date(2024, 6, 1), grade="statistics",
    ),
)  # fmt: skip
WORDS = ("算力", "截至2018", "深圳", "网上可办率", "统一运行", "视频", "尚未")
KINDS = ("document", "mechanism", "capability", "effect", "quantity", "external")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.sampled_from(list(Verdict)),
    st.sets(st.sampled_from(WORDS), min_size=1),
    st.floats(0, 1),
)
def test_no_check_raises_a_verdict(
    kind: str, verdict: Verdict, words: set[str], confidence: float
) -> None:
    asked = feature(kind)
    shown = evidence_of(asked, *PAPERS)
    judgement = Judgement(asked.id, verdict, cited(shown, *words), "", "test", confidence)
    steps = [judgement, check_judgement(judgement, shown)]
    aged, check = check_age(steps[-1], shown, date(2024, 12, 31), AgeLimits())
    steps.append(replace(aged, checks=(*aged.checks, check)) if check else aged)
    found = find_contradictions(shown.passages, shown.documents, CITY)
    steps.append(check_contradictions(steps[-1], asked, found))
    for before, after in pairwise(steps):
        assert after.verdict.rank <= before.verdict.rank
        assert set(after.citations) <= set(before.citations)
        assert after.checks[: len(before.checks)] == before.checks
    last = steps[-1]
    [finding] = flag_reuse([Finding(last, last.verdict, last.verdict)], {}, 1)
    finding = flag_unsure(with_backing(finding, shown.documents), 0.5)
    assert isinstance(finding.outcome, Judgement)
    assert (finding.verdict, finding.outcome.verdict) == (last.verdict, last.verdict)


@pytest.mark.parametrize("words", WORDS)
def test_a_lowered_verdict_says_from_what_to_what(words: str) -> None:
    asked = feature()
    shown = evidence_of(asked, *PAPERS)
    judgement = Judgement(asked.id, Verdict.MET, cited(shown, words), "", "test")
    result = check_judgement(judgement, shown)
    found = find_contradictions(shown.passages, shown.documents, CITY)
    result, check = check_age(result, shown, date(2024, 12, 31), AgeLimits())
    checks = (*result.checks, *((check,) if check else ()))
    result = check_contradictions(replace(result, checks=checks), asked, found)
    changes = [c for c in result.checks if c.outcome == "changed"]
    at = Verdict.MET
    for change in changes:
        assert change.before is at
        assert change.after is not None
        at = change.after
    assert result.verdict is at
