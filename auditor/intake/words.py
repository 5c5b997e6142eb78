"""The Chinese names of claims and levels, as templates, notices and tables print them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from auditor.core.claims import ClaimedVerdict, ClaimOutcome
from auditor.core.findings import Verdict

CLAIM_NAMES: Mapping[ClaimedVerdict, str] = {
    ClaimedVerdict.MET: "满足",
    ClaimedVerdict.MOSTLY_MET: "大部分满足",
    ClaimedVerdict.PARTLY_MET: "部分满足",
    ClaimedVerdict.PLANNED: "仅规划",
    ClaimedVerdict.NOT_MET: "不满足",
    ClaimedVerdict.NOT_APPLICABLE: "不适用",
}
VERDICT_NAMES: Mapping[Verdict, str] = {
    **{claim.verdict: name for claim, name in CLAIM_NAMES.items() if claim.verdict is not None},
    Verdict.NO_EVIDENCE: "未见证据",
}
OUTCOME_NAMES: Mapping[ClaimOutcome, str] = {
    ClaimOutcome.AGREED: "一致",
    ClaimOutcome.OVER: "自评高于初判",
    ClaimOutcome.HIGHER: "略高于初判",
    ClaimOutcome.UNDER: "自评低于初判",
    ClaimOutcome.NOT_APPLICABLE: "自评不适用",
    ClaimOutcome.UNJUDGED: "未作判断",
}
LEVEL_WORDS = ("未达一级", "一级", "二级", "三级", "四级", "五级")


def chinese_date(day: date) -> str:
    """Write a date as official papers do: 2026年11月20日."""
    return f"{day.year}年{day.month}月{day.day}日"
