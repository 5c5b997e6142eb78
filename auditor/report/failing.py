"""What could not be judged, and why: failures gathered by their reason, for every report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.core.findings import Failure, Finding
from auditor.report.language import Words

MOST = 12
"""How many features a line names."""


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Features that failed for one reason; ``error`` and ``detail`` are empty where redacted."""

    error: str
    detail: str
    feature_ids: tuple[str, ...]


def failures_of(findings: Sequence[Finding]) -> tuple[FailureGroup, ...]:
    """The failures that no person has settled, the commonest reason first."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for finding in findings:
        outcome = finding.outcome
        if isinstance(outcome, Failure) and finding.decision is None:
            groups[outcome.error, outcome.detail].append(finding.feature_id)
    found = (FailureGroup(*why, tuple(ids)) for why, ids in groups.items())
    return tuple(sorted(found, key=lambda g: (-len(g.feature_ids), g.error, g.detail)))


def reason_of(group: FailureGroup, w: Words) -> str:
    """Why the features of a group failed, in one text."""
    said = "：".join(part for part in (group.error, group.detail) if part)
    return said or w["failed_withheld"]


def failure_line(group: FailureGroup, w: Words) -> str:
    """A group as a line: how many, why, which."""
    named = w["list_comma"].join(group.feature_ids[:MOST])
    more = w["failed_more"] if len(group.feature_ids) > MOST else ""
    return w["failed_line"].format(
        n=len(group.feature_ids), why=reason_of(group, w), ids=named + more
    )
