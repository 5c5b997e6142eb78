"""Coverage and levels of all nodes, as exact fractions.

The one place that says how the mean is taken. At each level of its own: an item's coverage is the
weighted mean of its features' values, a higher node's the weighted mean of its children's
coverage (or the least of them); a child without features at a level is left out of that mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from auditor.core.criteria import LEVELS
from auditor.core.scores import Combine, Profile
from auditor.scoring.tree import Branch

Shares = tuple[Fraction | None, ...]
"""Coverage at levels 1 to 5; None where a node has no feature at the level."""
Values = Mapping[str, Fraction]
Coverage = Mapping[str, Shares]
Keep = Callable[[Branch, Callable[[], Coverage]], Coverage]
ONE = Fraction(1)


def coverage_of(
    node: Branch, values: Values, profile: Profile, keep: Keep | None = None
) -> Coverage:
    """Coverage of a node and of every node below it, by node id.

    ``keep``: asked for each child's, and may know it already; without it all is computed.
    """
    if node.features:
        return {node.id: item_shares(node, values, profile)}
    found: dict[str, Shares] = {}
    rows = []
    for child in node.children:
        below = _below(child, values, profile, keep)
        found |= below
        rows.append((weight_of(child.id, profile), passed_up(below[child.id], profile)))
    shares = (combined([(w, row[at]) for w, row in rows], profile) for at in range(len(LEVELS)))
    return {**found, node.id: tuple(shares)}


def _below(child: Branch, values: Values, profile: Profile, keep: Keep | None) -> Coverage:
    def make() -> Coverage:
        return coverage_of(child, values, profile, keep)

    return make() if keep is None else keep(child, make)


def item_shares(item: Branch, values: Values, profile: Profile) -> Shares:
    """Coverage of an item: the weighted mean of the values of its features, level by level."""
    return tuple(item_share(item, level, values, profile) for level in LEVELS)


def item_share(item: Branch, level: int, values: Values, profile: Profile) -> Fraction | None:
    """Coverage of an item at one level."""
    return weighted_mean(
        (weight_of(f.id, profile), values[f.id])
        for f in item.features
        if f.level == level and f.id in values
    )


def combined(
    pairs: Iterable[tuple[Fraction, Fraction | None]], profile: Profile
) -> Fraction | None:
    """One level of a node from (weight, coverage) of its children."""
    there = [(w, share) for w, share in pairs if share is not None and w]
    if profile.combine is Combine.MINIMUM:
        return min((share for _, share in there), default=None)
    return weighted_mean(there)


def weighted_mean(pairs: Iterable[tuple[Fraction, Fraction]]) -> Fraction | None:
    """Mean of (weight, value) pairs, None where the weights sum to nothing.

    Numerators and denominators are summed as whole numbers and cancelled once: the same as with
    fractions, several times as fast.
    """
    total, below, weights, weights_below = 0, 1, 0, 1
    for weight, value in pairs:
        (up, down), (part, whole) = weight.as_integer_ratio(), value.as_integer_ratio()
        total = total * down * whole + up * part * below
        below *= down * whole
        weights = weights * down + up * weights_below
        weights_below *= down
    return Fraction(total * weights_below, below * weights) if weights else None


def weight_of(key: str, profile: Profile) -> Fraction:
    """The weight of a feature or node among its siblings, 1 where the profile names none."""
    weight = profile.weights.get(key)
    return ONE if weight is None else Fraction(weight)


def passed_up(shares: Shares, profile: Profile) -> Shares:
    """What a node's coverage counts in its parent's mean."""
    if not profile.passed_as_one:
        return shares
    counted: list[Fraction | None] = []
    passed = True
    for share in shares:
        if share is None:
            counted.append(None)
            continue
        there = share if passed else Fraction(0)
        passed = passed and profile.own.holds(share)
        counted.append(Fraction(1) if passed else there)
    return tuple(counted)


def level_of(shares: Shares, profile: Profile) -> int:
    """The highest level that holds: enough coverage of its own and at every lower level."""
    best = 0
    for level, own in zip(LEVELS, shares, strict=True):
        if own is not None and profile.own.holds(own):
            best = level
        if own is not None and not profile.lower.holds(own):
            break
    return best
