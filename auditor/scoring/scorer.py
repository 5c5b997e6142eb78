"""Levels and intervals over the standard's tree (design section 6, docs/scoring.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from auditor.core.criteria import LEVELS, Standard
from auditor.core.findings import Failure, Finding, Verdict
from auditor.core.scores import NodeScore, Profile, Score
from auditor.scoring.caps import Levels, capped
from auditor.scoring.counting import Verdicts, counted_of, values_of, worth_of
from auditor.scoring.coverage import (
    Coverage,
    Shares,
    coverage_of,
    item_share,
    item_shares,
    level_of,
)
from auditor.scoring.kept import KeptNodes
from auditor.scoring.tree import CITY, Branch, tree_of

BELOW_ONE = "未达一级"
EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)
EXTREMES = (Verdict.MET, Verdict.NO_EVIDENCE)


@dataclass(frozen=True, slots=True)
class Rated:
    """The tree with coverage and levels for one set of verdicts."""

    coverage: Coverage
    levels: Levels

    def level(self, node_id: str) -> int:
        """A node's level, 0 where nothing of it counts."""
        return self.levels.by_id.get(node_id, 0)


def score_findings(
    findings: Iterable[Finding],
    standard: Standard,
    profile: Profile,
    kept: KeptNodes | None = None,
) -> Score:
    """Score all findings of a run; ``kept``: what nodes came to before, under the same rule.

    Only judged features count: with ``--only`` the tree is pruned to them. A failure counts as
    the profile says (by default 0 in the level), as 1 in the potential, and is counted.
    """
    rows, kept = list(findings), kept or KeptNodes()
    counted = counted_of(rows, standard, profile)
    tree = tree_of(standard, counted.potential.keys())
    shown = rate(tree, counted.shown, profile, kept)
    potential = rate(tree, counted.potential, profile, kept)

    def hanging(item: Branch) -> bool:
        return kept.hanging(item, counted.shown, lambda: hangs_on_one(item, counted.shown, profile))

    return Score(
        profile=profile.id,
        profile_version=profile.version,
        profile_digest=profile.digest,
        own=profile.own,
        lower=profile.lower,
        level=shown.level(CITY),
        interval=(shown.level(CITY), potential.level(CITY)),
        city_class=class_of(shown.level(CITY), standard),
        nodes=tuple(_node(n, (shown, potential), hanging) for n in tree.walk()),
        failures=sum(isinstance(f.outcome, Failure) and f.decision is None for f in rows),
        counted=len(counted.potential),
        floor_notes=tuple(shown.levels.notes.get(CITY, ())),
        left_out=tuple(sorted({f.feature_id for f in rows} - set(counted.shown))),
        paid_before=counted.paid_before,
    )


def rate(
    tree: Branch, verdicts: Verdicts, profile: Profile, kept: KeptNodes | None = None
) -> Rated:
    """Coverage and levels, must-haves, vetoes and floors applied."""

    def keep(node: Branch, make: Callable[[], Coverage]) -> Coverage:
        return make() if kept is None else kept.coverage(node, verdicts, make)

    coverage = coverage_of(tree, values_of(verdicts, profile), profile, keep)
    levels = {node_id: level_of(shares, profile) for node_id, shares in coverage.items()}
    return Rated(coverage, capped(levels, tree, verdicts, profile))


def class_of(level: int, standard: Standard) -> str:
    """The city class of a level (clause 6), 未达一级 for level 0."""
    return next((row.city_class for row in standard.levels if row.level == level), BELOW_ONE)


def _node(node: Branch, rated: tuple[Rated, Rated], hanging: Callable[[Branch], bool]) -> NodeScore:
    shown, potential = rated
    level = shown.level(node.id)
    return NodeScore(
        id=node.id,
        name=node.name,
        kind=node.kind,
        coverage={
            n: None if share is None else as_decimal(share)
            for n, share in zip(LEVELS, shown.coverage[node.id], strict=True)
        },
        level=level,
        interval=(level, potential.level(node.id)),
        indicative=node.kind == "item" and hanging(node),
        notes=tuple(shown.levels.notes.get(node.id, ())),
    )


def as_decimal(share: Fraction) -> Decimal:
    """A share to 28 digits."""
    return EXACT.divide(Decimal(share.numerator), Decimal(share.denominator))


def hangs_on_one(item: Branch, verdicts: Verdicts, profile: Profile) -> bool:
    """Tell whether one other verdict would change an item's level."""
    return next(deciding_in(item, verdicts, profile), None) is not None


def deciding_in(item: Branch, verdicts: Verdicts, profile: Profile) -> Iterator[str]:
    """The features of an item whose change alone moves its level."""
    own = {f.id: verdicts[f.id] for f in item.features if f.id in verdicts}
    values, worth = values_of(own, profile), worth_of(profile)
    shares = item_shares(item, values, profile)
    now = _held(item, shares, own, profile)
    for feature in item.features:
        for other in EXTREMES:
            if own.get(feature.id, other) is other:
                continue
            changed = {**values, feature.id: worth[other]}
            share = item_share(item, feature.level, changed, profile)
            moved = (*shares[: feature.level - 1], share, *shares[feature.level :])
            if _held(item, moved, {**own, feature.id: other}, profile) != now:
                yield feature.id
                break


def item_level(item: Branch, verdicts: Verdicts, profile: Profile) -> int:
    """The level of an item alone, must-haves applied."""
    own = {f.id: verdicts[f.id] for f in item.features if f.id in verdicts}
    return _held(item, item_shares(item, values_of(own, profile), profile), own, profile)


def _held(item: Branch, shares: Shares, own: Verdicts, profile: Profile) -> int:
    """The level that an item's coverage gives, must-haves applied."""
    level = level_of(shares, profile)
    if not level or not any(must.feature_id in own for must in profile.must_have):
        return level  # vetoes and floors hold the city down, not an item
    return capped({item.id: level}, item, own, profile).by_id[item.id]
