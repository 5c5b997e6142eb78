"""The smallest set of verdicts whose change lifts a node to a level, or drops it below one.

Exact for every profile: what the integer programme of the rule answers is held against the
scorer. Verdicts are those after relations; a change upwards is to met, downwards to no_evidence.
"""

from __future__ import annotations

from collections.abc import Collection

from auditor.core.errors import UnprovedFlipsError
from auditor.core.findings import Verdict
from auditor.core.scores import Profile
from auditor.core.stress import Flips
from auditor.scoring.counting import Verdicts
from auditor.scoring.rule_program import RuleProgram
from auditor.scoring.scorer import rate
from auditor.scoring.tree import Branch


def lift(node: Branch, verdicts: Verdicts, profile: Profile, level: int) -> Flips | None:
    """The fewest features that must become met for a node to reach ``level``.

    None where it is there already, or
    where even all features met would not do (a veto or floor outside the node never binds here).
    """
    leaves = [f.id for f in node.leaves()]
    short = [key for key in leaves if verdicts.get(key, Verdict.MET) is not Verdict.MET]
    return _flips(node, verdicts, profile, Verdict.MET, (level, True), short)


def drop(node: Branch, verdicts: Verdicts, profile: Profile, level: int) -> Flips | None:
    """The fewest features whose loss brings a node below ``level``; None where it is below."""
    worth = profile.values
    paying = [f.id for f in node.leaves() if f.id in verdicts and worth[verdicts[f.id]] > 0]
    return _flips(node, verdicts, profile, Verdict.NO_EVIDENCE, (level, False), paying)


def _flips(
    node: Branch,
    verdicts: Verdicts,
    profile: Profile,
    target: Verdict,
    aim: tuple[int, bool],
    changeable: Collection[str],
) -> Flips | None:
    level, reached = aim
    if any(feature.id not in verdicts for feature in node.leaves()):
        raise UnprovedFlipsError(
            f"{profile.id} leaves features out of the mean.",
            hint="Smallest sets are known for rules that count every feature.",
        )
    before = rate(node, verdicts, profile).level(node.id)
    if (before >= level) is reached:
        return None
    rule = RuleProgram(node, verdicts, profile, target, changeable)
    rule.program.equals(rule.level_at_least(node, level), reached)
    found = rule.program.solve()
    if found is None:
        return None
    changed = [key for key, form in rule.changes.items() if found[next(iter(form.terms))] > 0.5]
    after = rate(node, {**verdicts, **dict.fromkeys(changed, target)}, profile).level(node.id)
    if (after >= level) is not reached:
        raise UnprovedFlipsError(
            f"Changing {', '.join(changed)} leaves {node.id} at level {after}, not at {level}.",
            hint="Please report this with the profile; coverage and levels are not affected.",
        )
    return Flips(node.id, reached, level, tuple(sorted(changed)))
