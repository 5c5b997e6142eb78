"""One sentence for many features is listed: where a check flags it, and where it is used a lot."""

from __future__ import annotations

from auditor.across.rows import reuses_of
from auditor.core.across import MANY_USES
from auditor.core.findings import Check, Finding, Judgement, Verdict
from tests.unit.across.cities import STANDARD, cite, paper

PAPER = paper("报告.txt", ["全市已建成统一的数据共享平台。", "全市已建成城市运行管理中心。"])
FLAG = Check("reuse", "flagged", "同一句用于多条特征")


def told(at: int, line: int, verdict: Verdict = Verdict.MET, *checks: Check) -> Finding:
    """A finding of the at-th feature that cites a line of the paper."""
    cited = (cite(PAPER, PAPER.text.splitlines()[line]),)
    key = STANDARD.features[at].id
    return Finding(Judgement(key, verdict, cited, "", "screen", checks=checks), verdict, verdict)


def test_a_sentence_of_many_features_is_listed_though_no_check_flags_it() -> None:
    (found,) = reuses_of([told(at, 0) for at in range(MANY_USES)])
    assert len(found.feature_ids) == MANY_USES and found.flagged == ()
    assert not list(reuses_of([told(at, 0) for at in range(MANY_USES - 1)]))


def test_plans_are_no_use_of_a_sentence_and_a_flag_lists_it_from_two() -> None:
    assert not list(reuses_of([told(at, 0, Verdict.PLANNED) for at in range(MANY_USES)]))
    (found,) = reuses_of([told(0, 1), told(1, 1, Verdict.MET, FLAG), told(2, 0)])
    assert found.flagged == (STANDARD.features[1].id,) and len(found.feature_ids) == 2
