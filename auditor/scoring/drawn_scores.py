"""Levels of all nodes in many draws of verdicts at once (as the scorer gives them one by one)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from auditor.core.criteria import LEVELS, Feature
from auditor.core.findings import VERDICTS
from auditor.core.scores import Combine, Profile, Threshold, Treatment
from auditor.scoring.caps import holders
from auditor.scoring.coverage import weight_of
from auditor.scoring.tree import CITY, Branch

Array = NDArray[np.float64]
Ranks = NDArray[np.int8]
Counts = NDArray[np.int64]
NEAR = 1e-9
"""Shares this close to a threshold count as equal to it: sums of floats are that exact."""


class DrawnScores:
    """Coverage (draws,) by node and level, NaN where nothing counts, and levels by node."""

    def __init__(
        self,
        places: Mapping[str, int],
        ranks: Ranks,
        profile: Profile,
        decided: Collection[str] = (),
    ) -> None:
        self._places, self._ranks, self._profile = places, ranks, profile
        self._decided = decided
        worth = [float(profile.values[v]) for v in VERDICTS]
        self._worth = np.asarray([*worth, 0.0])  # the last is for failures, rank -1
        self.levels: dict[str, Counts] = {}

    def rate(self, node: Branch) -> list[Array]:
        """Fill in the levels of a node and all below it; gives what it counts for its parent."""
        if node.features:
            shares = [self._item(node, level) for level in LEVELS]
        else:
            rows = [self.rate(child) for child in node.children]
            weights = [float(weight_of(child.id, self._profile)) for child in node.children]
            shares = [
                self._combined([row[at] for row in rows], weights) for at in range(len(LEVELS))
            ]
        self.levels[node.id] = level_in(shares, self._profile)
        return passed_up(shares, self._profile)

    def _rank(self, feature_id: str) -> Ranks:
        return self._ranks[:, self._places[feature_id]]

    def _item(self, item: Branch, level: int) -> Array:
        columns, weights = [], []
        for feature in item.features:
            if feature.level == level and feature.id in self._places:
                values = self._worth[self.counted(feature)]
                values[self._left_out(feature.id)] = np.nan
                columns.append(values)
                weights.append(float(weight_of(feature.id, self._profile)))
        return weighted(columns, weights, len(self._ranks))

    def counted(self, feature: Feature) -> Ranks:
        """The drawn ranks of a feature, what awaits a person's word held down."""
        ranks, proof = self._rank(feature.id), self._profile.proof
        if proof is None or feature.id in self._decided:
            return ranks
        asked = feature.id in proof.features or feature.types[:1] in [(t,) for t in proof.types]
        return np.minimum(ranks, np.int8(proof.most.rank)) if asked else ranks

    def _left_out(self, feature_id: str) -> NDArray[np.bool_]:
        ranks = self._rank(feature_id)
        out = np.zeros(len(ranks), dtype=np.bool_)
        if feature_id in self._decided:
            return out
        if self._profile.failures is Treatment.LEFT_OUT:
            out |= ranks < 0
        if self._profile.silent is Treatment.LEFT_OUT:
            out |= ranks == 0
        return out

    def _combined(self, columns: list[Array], weights: list[float]) -> Array:
        if self._profile.combine is Combine.MEAN:
            return weighted(columns, weights, len(self._ranks))
        table = np.column_stack([c for c, w in zip(columns, weights, strict=True) if w])
        least: Array = np.fmin.reduce(table, axis=1)
        return least


def drawn_levels(
    tree: Branch,
    ids: Sequence[str],
    ranks: Ranks,
    profile: Profile,
    decided: Collection[str] = (),
) -> dict[str, Counts]:
    """The level of every node in every draw; ``ranks`` (draws, features), ordered as ``ids``."""
    places = {key: at for at, key in enumerate(ids)}
    scores = DrawnScores(places, ranks, profile, decided)
    scores.rate(tree)
    _hold_down(tree, scores, profile)
    return scores.levels


def weighted(columns: Sequence[Array], weights: Sequence[float], draws: int) -> Array:
    """Weighted mean of columns over what is there, NaN where nothing is."""
    if not columns:
        return np.full(draws, np.nan)
    table, given = np.column_stack(columns), np.asarray(weights)
    there = ~np.isnan(table)
    total = there @ given
    summed = np.where(there, table, 0.0) @ given
    mean = np.full(draws, np.nan)
    np.divide(summed, total, out=mean, where=total > 0)
    return mean


def holds(share: Array, asked: Threshold) -> NDArray[np.bool_]:
    """Where a share reaches a threshold (false where nothing is there)."""
    limit = float(asked.share)
    over: NDArray[np.bool_] = share > limit + NEAR if asked.strict else share >= limit - NEAR
    return over


def level_in(shares: Sequence[Array], profile: Profile) -> Counts:
    """The highest level that holds in each draw."""
    best = np.zeros(len(shares[0]), dtype=np.int64)
    open_ = np.ones(len(shares[0]), dtype=np.bool_)
    for level, share in zip(LEVELS, shares, strict=True):
        best[open_ & holds(share, profile.own)] = level
        open_ &= np.isnan(share) | holds(share, profile.lower)
    return best


def passed_up(shares: Sequence[Array], profile: Profile) -> list[Array]:
    """What a node's coverage counts in its parent's mean."""
    if not profile.passed_as_one:
        return list(shares)
    counted = []
    passed = np.ones(len(shares[0]), dtype=np.bool_)
    for share in shares:
        there = np.where(passed, share, 0.0)
        passed = passed & (np.isnan(share) | holds(share, profile.own))
        now = np.where(passed, 1.0, there)
        counted.append(np.where(np.isnan(share), np.nan, now))
    return counted


def _hold_down(tree: Branch, scores: DrawnScores, profile: Profile) -> None:
    """Must-haves on every node, then vetoes and floors on the city."""
    leaves = {f.id: f for f in tree.leaves()}
    above = holders(tree)
    for must in profile.must_have:
        for node_id, level in above.get(must.feature_id, ()):
            lacking = scores.counted(leaves[must.feature_id]) < must.least.rank
            _cap(scores.levels, node_id, lacking, level - 1)
    for veto in profile.vetoes:
        if veto.feature_id in leaves:
            vetoed = np.isin(
                scores.counted(leaves[veto.feature_id]), [v.rank for v in veto.verdicts]
            )
            _cap(scores.levels, CITY, vetoed, veto.level)
    _floor(tree, scores.levels, profile)


def _floor(tree: Branch, levels: dict[str, Counts], profile: Profile) -> None:
    gap = profile.floors.domain_gap
    limits = [] if gap is None else [levels[domain.id] + gap for domain in tree.children]
    limits += [levels[node_id] for node_id in profile.floors.not_below if node_id in levels]
    for limit in limits:
        levels[CITY] = np.minimum(levels[CITY], limit)


def _cap(levels: dict[str, Counts], node_id: str, where: NDArray[np.bool_], level: int) -> None:
    levels[node_id] = np.where(where, np.minimum(levels[node_id], level), levels[node_id])
