"""A result to report: a run, people's decisions in its findings, its numbers, other rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.core.across import Elsewhere
from auditor.core.appeals import Appeal
from auditor.core.claims import ClaimedVerdict
from auditor.core.events import ReviewEvent
from auditor.core.findings import Finding
from auditor.core.gap import Gap
from auditor.core.run import Run
from auditor.core.standing import Standing
from auditor.core.stress import Ruled, Stress


@dataclass(frozen=True, slots=True)
class Result:
    """All that reports tell of one audit.

    ``findings`` hold people's decisions in the place of the machine's verdicts; ``events`` are all
    review events in order; ``claims`` what the city says of each feature; ``rules`` the levels
    under every scoring rule; ``hashes`` that of the machine's finding on each feature; ``gap`` what
    stands in the way of the city's next level, None at the highest. ``stress`` is the last stress
    test, None where there is none of these verdicts under this rule. ``appeal``: what the
    version before said, where the run was made by an appeal. ``elsewhere``: which cited sentences
    stand in other papers too, where an analysis across cities told it.
    """

    run: Run
    findings: tuple[Finding, ...]
    events: tuple[ReviewEvent, ...]
    standing: Standing
    claims: Mapping[str, ClaimedVerdict]
    rules: tuple[Ruled, ...]
    hashes: Mapping[str, str]
    gap: Gap | None = None
    stress: Stress | None = None
    appeal: Appeal | None = None
    elsewhere: Elsewhere = field(default_factory=dict)
