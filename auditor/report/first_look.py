"""The report's list of what to review first: by rule, most consequential findings on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from auditor.core.criteria import Standard
from auditor.core.findings import Finding
from auditor.core.review import Flagged, flagged_findings

SHOWN = 8
"""Rows of a rule that are open; the rest is folded."""
SHORT = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A finding to be reviewed first, as the list shows it."""

    feature_id: str
    text: str
    css: str
    verdict: str
    detail: str
    also: tuple[str, ...]
    credits: int


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The findings that one rule flags first; ``first`` are open, ``rest`` folded."""

    rule: str
    name: str
    first: tuple[Row, ...]
    rest: tuple[Row, ...]

    @property
    def count(self) -> int:
        """How many findings."""
        return len(self.first) + len(self.rest)


def first_look(
    findings: Sequence[Finding], standard: Standard, w: Mapping[str, str]
) -> tuple[RuleGroup, ...]:
    """Group the flagged findings by their gravest rule, each finding once."""
    groups = []
    for rule, flagged in groupby(flagged_findings(findings), key=lambda row: row.rule):
        rows = tuple(_row(row, standard, w) for row in flagged)
        groups.append(RuleGroup(rule, rule_name(rule, w), rows[:SHOWN], rows[SHOWN:]))
    return tuple(groups)


def rule_name(rule: str, w: Mapping[str, str]) -> str:
    """The rule's name for people; a rule without one goes by its id."""
    return w.get(f"rule_{rule}", rule)


def _row(row: Flagged, standard: Standard, w: Mapping[str, str]) -> Row:
    text = standard.by_id[row.feature_id].text
    prefix = w["suspected"] if row.verdict.is_green else ""
    return Row(
        feature_id=row.feature_id,
        text=text if len(text) <= SHORT else f"{text[:SHORT]}…",
        css=row.verdict.value,
        verdict=prefix + w[row.verdict.value],
        detail="；".join(c.detail for c in row.checks if c.rule == row.rule),
        also=tuple(rule_name(rule, w) for rule in row.rules[1:]),
        credits=row.credits,
    )
