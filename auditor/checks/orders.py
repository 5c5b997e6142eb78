"""Flag findings whose shown passages hold an instruction to the judge (不当指令)."""

from __future__ import annotations

from dataclasses import replace

from auditor.core.findings import FLAGGED, Check, Finding, Judgement
from auditor.core.search import SearchRecord

RULE = "instruction"


def flag_instructions(finding: Finding, record: SearchRecord) -> Finding:
    """Say in a finding that what the search showed for it holds instructions, and in which papers.

    The verdict stays: the sentences were shown to no judge.
    """
    outcome = finding.outcome
    if not isinstance(outcome, Judgement):
        return finding
    count = sum(bool(s.instruction) for hit in record.hits for s in hit.passage.sentences)
    if not count:
        return finding
    papers = sorted({h.passage.document for h in record.hits if h.passage.holds_instruction})
    named = "、".join(papers)
    detail = f"所示片段中有 {count} 句对审核者下指令（{named}），已隐去，未作证据；请查看原文"
    check = Check(RULE, FLAGGED, detail)
    return replace(finding, outcome=replace(outcome, checks=(*outcome.checks, check)))
