"""In which order features are reviewed, and which of them: queues and filters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from auditor.core.criteria import Feature
from auditor.core.findings import Failure, Finding, Judgement
from auditor.core.scores import Profile
from auditor.core.workspace import DeskKind, DeskNote
from auditor.scoring.counting import counted_of
from auditor.scoring.gap import gap_to
from auditor.scoring.scorer import deciding_in, rate
from auditor.scoring.tree import tree_of
from auditor.workbench.opened import OpenRun

TOP = 5
INJECTION_RULES = ("instruction",)
CONFLICT_RULES = ("contradiction",)


class Queue(StrEnum):
    """影响、不确定、矛盾、不当指令、失败、我的、标记、待批不适用、标准顺序."""

    IMPACT = "impact"
    UNCERTAIN = "uncertain"
    CONFLICTS = "conflicts"
    INJECTIONS = "injections"
    FAILURES = "failures"
    MINE = "mine"
    FLAGGED = "flagged"
    EXCUSED = "excused"
    ORDER = "order"


class Done(StrEnum):
    """Which features by what people did: all, those that nobody decided, those that are decided."""

    ALL = "all"
    OPEN = "open"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Filter:
    """A queue and what narrows it down; its text form stands in links.

    ``node`` is a domain, sub-domain or item; ``verdict`` of the machine (``failed`` for a
    failure); ``text`` is looked for in the feature's text and id.
    """

    queue: Queue = Queue.ORDER
    done: Done = Done.OPEN
    node: str = ""
    verdict: str = ""
    level: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A feature in a queue."""

    feature: Feature
    finding: Finding
    decided: bool
    impact: int


def listed(
    opened: OpenRun, profile: Profile, chosen: Filter, desk: Iterable[DeskNote], account_id: int
) -> tuple[Listed, ...]:
    """The features of a queue, in its order.

    The order follows from the machine's findings alone, so that it does not move under the
    reviewer's hands.
    """
    notes = tuple(desk)
    impact = impact_of(opened, profile)
    rows = [
        Listed(f, opened.findings[f.id], f.id in opened.present.decisions, impact[f.id])
        for f in opened.standard.features
        if f.id in opened.findings
    ]
    wanted = _wanted(chosen, notes, account_id)
    return tuple(sorted((r for r in rows if wanted(r)), key=_order(chosen.queue)))


def _wanted(
    chosen: Filter, notes: tuple[DeskNote, ...], account_id: int
) -> Callable[[Listed], bool]:
    members = _members(chosen.queue, notes, account_id)

    def wanted(row: Listed) -> bool:
        return (
            (members is None or row.feature.id in members)
            and _in_queue(row, chosen.queue)
            and _narrowed(row, chosen)
        )

    return wanted


def _members(queue: Queue, notes: tuple[DeskNote, ...], account_id: int) -> frozenset[str] | None:
    """Whom a queue holds by what lies on desks; None where that does not matter."""
    if queue is Queue.MINE:
        own = (n for n in notes if n.kind is DeskKind.ASSIGNED and n.account_id == account_id)
        return frozenset(note.feature_id for note in own)
    if queue is Queue.FLAGGED:
        return frozenset(note.feature_id for note in notes if note.kind is DeskKind.FLAG)
    if queue is Queue.EXCUSED:
        proposed = (n for n in notes if n.kind is DeskKind.PROPOSED)
        return frozenset(note.feature_id for note in proposed)
    return None


def _in_queue(row: Listed, queue: Queue) -> bool:
    if queue is Queue.FAILURES:
        return isinstance(row.finding.outcome, Failure)
    if queue is Queue.CONFLICTS:
        return _has(row.finding, CONFLICT_RULES)
    if queue is Queue.INJECTIONS:
        return _has(row.finding, INJECTION_RULES)
    return True


def _has(finding: Finding, rules: tuple[str, ...]) -> bool:
    outcome = finding.outcome
    checks = outcome.checks if isinstance(outcome, Judgement) else ()
    return any(check.rule in rules for check in checks)


def _narrowed(row: Listed, chosen: Filter) -> bool:
    feature = row.feature
    verdict = row.finding.verdict.value if row.finding.verdict else "failed"
    return (
        (chosen.done is Done.ALL or row.decided is (chosen.done is Done.DECIDED))
        and (not chosen.node or under(feature, chosen.node))
        and chosen.verdict in ("", verdict)
        and chosen.level in (0, feature.level)
        and (chosen.text in feature.text or chosen.text in feature.id)
    )


def under(feature: Feature, node: str) -> bool:
    """Whether a feature belongs to a domain, sub-domain or item."""
    return node == "city" or feature.id.startswith((f"{node}.", f"{node}-"))


def uncertainty_of(finding: Finding) -> float:
    """How unsure the machine is, from 0 to 1: entropy of its chances, else 1 - confidence."""
    outcome = finding.outcome
    if isinstance(outcome, Failure):
        return 1.0
    if outcome.probabilities:
        chances = [p for p in outcome.probabilities.values() if p > 0]
        return -sum(p * math.log(p) for p in chances) / math.log(len(outcome.probabilities))
    return 1.0 if outcome.confidence is None else 1.0 - outcome.confidence


def _order(queue: Queue) -> Callable[[Listed], tuple[float, ...]]:
    """What a queue is sorted by; what is equal stays in the order of the standard."""
    if queue is Queue.IMPACT:
        return lambda row: (-row.impact, -uncertainty_of(row.finding))
    if queue is Queue.UNCERTAIN:
        return lambda row: (-uncertainty_of(row.finding),)
    return lambda _row: ()


def impact_of(opened: OpenRun, profile: Profile) -> Mapping[str, int]:
    """How much hangs on each feature by the machine's findings.

    3 for a place in a smallest set that lifts the city's level, 2 where its flip alone moves its
    item's level. Computed once a run and rule.
    """
    return opened.once(("impact", profile.digest), lambda: _impact_of(opened, profile))


def _impact_of(opened: OpenRun, profile: Profile) -> Mapping[str, int]:
    findings = opened.run.findings
    counted = counted_of(findings, opened.standard, profile)
    tree = tree_of(opened.standard, counted.potential.keys())
    level = rate(tree, counted.shown, profile).level(tree.id)
    found = dict.fromkeys(opened.findings, 0)
    for branch in tree.walk():
        if branch.features:
            for feature_id in deciding_in(branch, counted.shown, profile):
                found[feature_id] += 2
    if level < TOP:
        for row in gap_to(findings, opened.standard, profile, level + 1).rows:
            found[row.feature.id] += 3 if row.smallest else 0
    return found
