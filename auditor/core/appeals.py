"""An appeal (申诉): what was said of the contested features before they were looked at again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.core.findings import Citation, Finding, Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Said:
    """What a version of the result said of a feature; ``verdict`` None: a failure or 不适用.

    ``decided``: by a person, whose citations and reason these are; else the machine's.
    """

    verdict: Verdict | None
    excused: bool
    decided: bool
    citations: tuple[Citation, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Appeal:
    """What a version of a result was made from: the earlier words, levels, and the new papers.

    ``levels`` are those of all nodes before, by node id, under the rule of that version.
    """

    version: int
    documents: tuple[str, ...]
    levels: Mapping[str, int]
    before: Mapping[str, Said]


def said_of(finding: Finding) -> Said:
    """What a finding says, a person's word before the machine's."""
    outcome, decision = finding.outcome, finding.decision
    judged = outcome if isinstance(outcome, Judgement) else None
    citations = judged.citations if judged else ()
    reason = judged.reason if judged else ""
    if decision is not None:
        citations, reason = decision.citations or citations, decision.reason or reason
    return Said(finding.verdict, not finding.applicable, decision is not None, citations, reason)
