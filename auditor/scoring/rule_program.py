"""A scoring rule as an integer programme: which changes of verdicts give which level.

Coverage is linear in the changes; "reaches a threshold", "has passed", "is at least level m" are
yes-or-no questions about it. A change to met serves to lift a node, any other to drop it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from itertools import pairwise

from auditor.core.criteria import LEVELS, Feature
from auditor.core.findings import Verdict
from auditor.core.scores import Combine, Profile, Threshold
from auditor.scoring.counting import Verdicts, values_of
from auditor.scoring.coverage import weight_of
from auditor.scoring.program import ONE, Form, Program
from auditor.scoring.tree import CITY, Branch

NONE = Form()
Forms = tuple[Form | None, ...]


class RuleProgram:
    """The programme of one node: ``changes`` holds the question "is it changed" by feature id."""

    def __init__(
        self,
        node: Branch,
        verdicts: Verdicts,
        profile: Profile,
        target: Verdict,
        changeable: Collection[str],
    ) -> None:
        self.program = Program(lifting=target is Verdict.MET)
        self.changes = {key: self.program.question(cost=1) for key in changeable}
        self._node, self._profile, self._target = node, profile, target
        self._verdicts = verdicts
        self._values = values_of(verdicts, profile)
        self._counted: dict[str, Forms] = {}
        self._covered: dict[str, Forms] = {}
        self._reached: dict[tuple[str, int, Threshold], Form] = {}
        self._passed: dict[tuple[str, int], Form] = {}
        for rows in self._exchangeable(node):
            for first, then in pairwise(rows):
                self.program.at_least_zero(self.changes[first] - self.changes[then])

    def _exchangeable(self, node: Branch) -> Iterator[list[str]]:
        """Features of one item and level that no must-have or veto names, most effect first.

        There is always a smallest set that takes them in this order; of equal effect, the
        better verdict comes first (it needs least).
        """
        named = {m.feature_id for m in self._profile.must_have}
        named |= {v.feature_id for v in self._profile.vetoes}
        target = Fraction(self._profile.values[self._target])

        def place(feature_id: str) -> tuple[Fraction, int, str]:
            gain = abs(target - self._values[feature_id]) * weight_of(feature_id, self._profile)
            return -gain, -self._verdicts[feature_id].rank, feature_id

        for item in node.walk():
            for level in LEVELS:
                there = [f.id for f in item.features if f.level == level and f.id in self.changes]
                yield sorted((key for key in there if key not in named), key=place)

    def level_at_least(self, node: Branch, level: int) -> Form:
        """Whether where the node's level, caps and floors applied, is at least ``level``."""
        if level <= 0:
            return ONE
        parts = [self._holds_from(node, level)]
        leaves = {f.id: f for f in node.leaves()}
        for must in self._profile.must_have:
            feature = leaves.get(must.feature_id)
            if feature is not None and feature.level <= level:
                parts.append(self._shown(feature, must.least))
        if node.id == CITY:
            parts += self._floors(node, level)
        return self.program.all_of(parts)

    def _floors(self, city: Branch, level: int) -> list[Form]:
        floors, parts = self._profile.floors, []
        nodes = {n.id: n for n in city.walk()}
        if floors.domain_gap is not None:
            parts += [self.level_at_least(d, level - floors.domain_gap) for d in city.children]
        parts += [self.level_at_least(nodes[n], level) for n in floors.not_below if n in nodes]
        for veto in self._profile.vetoes:
            if level > veto.level and veto.feature_id in self._verdicts:
                parts.append(self._free_of(veto.feature_id, veto.verdicts))
        return parts

    def _holds_from(self, node: Branch, level: int) -> Form:
        """Some level from ``level`` on holds by coverage."""
        ways = []
        for own in LEVELS[level - 1 :]:
            if self.cover(node)[own - 1] is not None:
                below = [n for n in LEVELS[: own - 1] if self.cover(node)[n - 1] is not None]
                asked = [self._reach(node, n, self._profile.lower) for n in below]
                way = [self._reach(node, own, self._profile.own), *asked]
                ways.append(self.program.all_of(way))
        return self.program.any_of(ways)

    def _after(self, feature_id: str, before: bool, after: bool) -> Form:
        """A question about a feature by what is true before and after its change."""
        changed = self.changes.get(feature_id, NONE)
        kept = ONE - changed
        return kept * int(before) + changed * int(after)

    def _shown(self, feature: Feature, least: Verdict) -> Form:
        now = self._verdicts.get(feature.id, Verdict.NO_EVIDENCE)
        return self._after(feature.id, now.rank >= least.rank, self._target.rank >= least.rank)

    def _free_of(self, feature_id: str, verdicts: tuple[Verdict, ...]) -> Form:
        now = self._verdicts[feature_id]
        return self._after(feature_id, now not in verdicts, self._target not in verdicts)

    def _reach(self, node: Branch, level: int, asked: Threshold) -> Form:
        key = (node.id, level, asked)
        if key not in self._reached:
            self._reached[key] = self._reach_anew(node, level, asked)
        return self._reached[key]

    def _reach_anew(self, node: Branch, level: int, asked: Threshold) -> Form:
        if node.features or self._profile.combine is Combine.MEAN:
            form = self.cover(node)[level - 1]
            assert form is not None
            return self.program.reaches(form, Fraction(asked.share), asked.strict)
        there = [c for c in self._weighty(node) if self.cover(c)[level - 1] is not None]
        return self.program.all_of([self._counted_reach(c, level, asked) for c in there])

    def _counted_reach(self, node: Branch, level: int, asked: Threshold) -> Form:
        """What a node counts in its parent reaches a threshold."""
        reached = self._reach(node, level, asked)
        if not self._profile.passed_as_one:
            return reached
        whole = ONE if asked.holds(Fraction(1)) else NONE
        passed = self.program.all_of([self._has_passed(node, level), whole])
        nearly = self.program.all_of([self._has_passed(node, level - 1), reached])
        return self.program.any_of([passed, nearly])

    def _has_passed(self, node: Branch, level: int) -> Form:
        """Every level of a node up to ``level`` reaches the own threshold."""
        if level <= 0:
            return ONE
        key = (node.id, level)
        if key not in self._passed:
            below = self._has_passed(node, level - 1)
            if self.cover(node)[level - 1] is None:
                self._passed[key] = below
            else:
                own = self._reach(node, level, self._profile.own)
                self._passed[key] = self.program.all_of([below, own])
        return self._passed[key]

    def cover(self, node: Branch) -> Forms:
        """Coverage by level as linear forms (under the least of children: which are there)."""
        if node.id not in self._covered:
            rows = [self._level_form(node, level) for level in LEVELS]
            self._covered[node.id] = tuple(rows)
        return self._covered[node.id]

    def _level_form(self, node: Branch, level: int) -> Form | None:
        if node.features:
            return _mean(
                [
                    (weight_of(f.id, self._profile), self._value(f.id))
                    for f in node.features
                    if f.level == level and f.id in self._values
                ]
            )
        pairs = []
        for child in self._weighty(node):
            form = self.count(child)[level - 1]
            if form is not None:
                pairs.append((weight_of(child.id, self._profile), form))
        return _mean(pairs)

    def _weighty(self, node: Branch) -> list[Branch]:
        return [c for c in node.children if weight_of(c.id, self._profile)]

    def _value(self, feature_id: str) -> Form:
        now = self._values[feature_id]
        changed = self.changes.get(feature_id)
        fixed = Form(constant=now)
        if changed is None:
            return fixed
        return fixed + changed * (Fraction(self._profile.values[self._target]) - now)

    def count(self, node: Branch) -> Forms:
        """What a node's coverage counts in its parent's mean."""
        if not self._profile.passed_as_one or self._profile.combine is Combine.MINIMUM:
            return self.cover(node)
        if node.id not in self._counted:
            rows = [self._counted_form(node, level) for level in LEVELS]
            self._counted[node.id] = tuple(rows)
        return self._counted[node.id]

    def _counted_form(self, node: Branch, level: int) -> Form | None:
        """1 where passed, the coverage at the next level, 0 above."""
        form = self.cover(node)[level - 1]
        if form is None:
            return None
        below, passed = self._has_passed(node, level - 1), self._has_passed(node, level)
        return self.program.counted(form, below, passed)


def _mean(pairs: list[tuple[Fraction, Form]]) -> Form | None:
    total = sum((w for w, _ in pairs), start=Fraction(0))
    if not total:
        return None
    mean = Form()
    for weight, form in pairs:
        mean = mean + form * (weight / total)
    return mean
