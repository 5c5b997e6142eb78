"""What a person should look at first beside what other checks flag: an unsure judge."""

from __future__ import annotations

from dataclasses import replace

from auditor.core.findings import FLAGGED, Check, Finding, Judgement

RULE = "confidence"


def flag_unsure(finding: Finding, least: float) -> Finding:
    """Flag a finding whose judge is less sure than ``least``; no confidence is no flag."""
    outcome = finding.outcome
    if not isinstance(outcome, Judgement) or outcome.confidence is None:
        return finding
    if outcome.confidence >= least:
        return finding
    percent = int(outcome.confidence * 100)  # cut off: 49.7 % is not 50 %
    detail = f"把握只有 {percent}%，低于 {least:.0%}"
    check = Check(RULE, FLAGGED, detail)
    return replace(finding, outcome=replace(outcome, checks=(*outcome.checks, check)))
