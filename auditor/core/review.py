"""What a person should look at first: flagged findings, by rule and by what hangs on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.core.findings import Check, Finding, Verdict

RULE_ORDER = (
    "instruction", "contradiction", "modality-read", "consistency", "elements", "quantity",
    "value-read", "reuse", "second-look", "confidence",
)  # fmt: skip
"""Gravest first: who tampers, who contradicts himself, what two readings differ on, the rest."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """A finding to be reviewed first: why (gravest rule first), and how much hangs on it.

    ``credits`` counts the other findings that its fact lifts.
    """

    feature_id: str
    verdict: Verdict
    checks: tuple[Check, ...]
    credits: int

    @property
    def rule(self) -> str:
        """The gravest rule."""
        return self.checks[0].rule

    @property
    def rules(self) -> tuple[str, ...]:
        """All rules that flag it, gravest first, each once."""
        return tuple(dict.fromkeys(check.rule for check in self.checks))


def flagged_findings(findings: Sequence[Finding]) -> tuple[Flagged, ...]:
    """List the flagged findings once each, by gravest rule, then by impact.

    Impact: green verdicts first (they may be false), then those that lift most other findings,
    then the better verdict, then the lower level (every higher level rests on it).
    """
    lifted = Counter(f for finding in findings for f in finding.credited_by)
    rows = [
        Flagged(f.feature_id, f.verdict, _gravest_first(f.flags), lifted[f.feature_id])
        for f in findings
        if f.flags and f.verdict is not None
    ]
    return tuple(sorted(rows, key=_place))


def _gravest_first(checks: Iterable[Check]) -> tuple[Check, ...]:
    return tuple(sorted(checks, key=lambda check: _gravity(check.rule)))


def _gravity(rule: str) -> tuple[int, str]:
    known = RULE_ORDER.index(rule) if rule in RULE_ORDER else len(RULE_ORDER) - 1
    return known, rule


def _place(row: Flagged) -> tuple[tuple[int, str], bool, int, int, str, str]:
    level = row.feature_id.partition("-L")[2][:1]
    green = row.verdict.is_green
    return (_gravity(row.rule), not green, -row.credits, -row.verdict.rank, level, row.feature_id)
