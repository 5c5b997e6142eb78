"""Coverage of many cities with intervals; cities that the intervals do not tell apart share a band.

The interval is a cluster bootstrap over the 39 items (Efron 1979, percentile method; Davison and
Hinkley 1997, 2.4, for clusters): items are drawn again, the tree of the standard is folded over
what was drawn, by the rule's own weights. An item is the cluster, as its features are judged over
the same passages and linked by supersession: they are not independent. Every city gets the same
draws, so that one more city changes nothing for the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from auditor.core.across import MEAN, MEASURES, Place
from auditor.core.criteria import LEVELS
from auditor.core.scores import Combine, Profile, Score
from auditor.scoring.coverage import weight_of
from auditor.scoring.tree import CITY, Branch

DRAWS = 1000
SHARE = 95.0
SEED = 20241231
DIGITS = 4
Floats = NDArray[np.float64]


class Interval:
    """Draws of items that fold a city's coverage again and again, the same for every city.

    Under most rules coverage is linear in that of the items: then each draw is one row of weights
    a level, which all cities that have the same items share.
    """

    def __init__(self, tree: Branch, profile: Profile, draws: int = DRAWS) -> None:
        self._tree, self._profile = tree, profile
        self._items = [node.id for node in tree.walk() if node.kind == "item"]
        self._linear = profile.combine is Combine.MEAN and not profile.passed_as_one
        self._weights: dict[bytes, Floats] = {}
        count = len(self._items)
        rng = np.random.default_rng(SEED)
        self._times = rng.multinomial(count, np.full(count, 1 / count), draws).astype(np.float64)

    def drawn(self, score: Score) -> dict[str, Floats]:
        """The measures of every draw, by measure; NaN where nothing of a level was drawn."""
        rows = self._rows(score)
        if not self._linear:
            return _measures(self._folded(rows, self._times))
        known = ~np.isnan(rows)
        key = known.tobytes()
        if key not in self._weights:
            weights, there = self._pull(self._tree, known, self._times)
            self._weights[key] = np.where(there[:, :, None] > 0, weights, np.nan)
        return _measures(np.einsum("dli,il->dl", self._weights[key], np.where(known, rows, 0)))

    def whole(self, score: Score) -> dict[str, float]:
        """The measures with every item once: those of the scorer."""
        folded = self._folded(self._rows(score), np.ones((1, len(self._items))))
        return {name: float(values[0]) for name, values in _measures(folded).items()}

    def _rows(self, score: Score) -> Floats:
        """Coverage of the items, items × levels, NaN where there is none."""
        shares = {node.id: _row(node.coverage) for node in score.nodes if node.kind == "item"}
        nothing = np.full(len(LEVELS), np.nan)
        return np.array([shares.get(key, nothing) for key in self._items])

    def _weight(self, node: Branch) -> float:
        return float(weight_of(node.id, self._profile))

    def _pull(self, node: Branch, known: NDArray[np.bool_], times: Floats) -> tuple[Floats, Floats]:
        """The weight of each item in a node, draws × levels × items, and the node's own count."""
        if node.kind == "item":
            at = self._items.index(node.id)
            weights = np.zeros((len(times), len(LEVELS), len(self._items)))
            weights[:, :, at] = 1
            return weights, times[:, at, None] * known[at]
        parts = [self._pull(child, known, times) for child in node.children]
        counts = [self._weight(c) * part[1] for c, part in zip(node.children, parts, strict=True)]
        total = np.maximum(sum(counts, np.zeros_like(counts[0])), np.finfo(float).tiny)
        weights = sum(
            (
                part[0] * (count / total)[:, :, None]
                for part, count in zip(parts, counts, strict=True)
            ),
            np.zeros_like(parts[0][0]),
        )
        return weights, (sum(counts, np.zeros_like(counts[0])) > 0).astype(np.float64)

    def _folded(self, rows: Floats, times: Floats) -> Floats:
        return self._fold(self._tree, rows, times)[0]

    def _fold(self, node: Branch, rows: Floats, times: Floats) -> tuple[Floats, Floats]:
        """Coverage of a node, draws × levels, and how often it counts in each draw."""
        if node.kind == "item":
            at = self._items.index(node.id)
            return np.tile(rows[at], (len(times), 1)), times[:, at]
        children = [self._fold(child, rows, times) for child in node.children]
        weights = [self._weight(child) for child in node.children]
        there = np.array([count * w for (_, count), w in zip(children, weights, strict=True)])
        values = np.array([self._passed(value) for value, _ in children])
        known = ~np.isnan(values) & (there[:, :, None] > 0)
        whole = _combined(values, there, known, self._profile.combine)
        return whole, (there.sum(axis=0) > 0).astype(np.float64)

    def _passed(self, shares: Floats) -> Floats:
        """What a node counts in its parent's mean, level by level."""
        if not self._profile.passed_as_one:
            return shares
        own = self._profile.own
        bar = float(own.share)
        enough = shares > bar if own.strict else shares >= bar
        passed = np.cumprod(np.where(np.isnan(shares), True, enough), axis=1).astype(bool)
        before = np.concatenate((np.ones_like(passed[:, :1]), passed[:, :-1]), axis=1)
        counted = np.where(passed, 1.0, np.where(before, shares, 0.0))
        return np.where(np.isnan(shares), np.nan, counted)


def _measures(folded: Floats) -> dict[str, Floats]:
    """The measures of draws × levels of a city's coverage."""
    known = ~np.isnan(folded)
    mean = np.where(known, folded, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return {MEAN: mean} | {str(n): folded[:, at] for at, n in enumerate(LEVELS)}


def _combined(values: Floats, there: Floats, known: NDArray[np.bool_], combine: Combine) -> Floats:
    if combine is Combine.MINIMUM:
        least: Floats = np.where(known, values, np.inf).min(axis=0)
        return np.where(np.isinf(least), np.nan, least)
    weights = np.where(known, there[:, :, None], 0)
    total = weights.sum(axis=0)
    summed = (weights * np.where(known, values, 0)).sum(axis=0)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(total > 0, summed / total, np.nan)
    return mean


def _row(coverage: Mapping[int, object]) -> Floats:
    known = (coverage[n] for n in LEVELS)
    return np.array([np.nan if share is None else float(str(share)) for share in known])


def measures_of(score: Score) -> dict[str, float | None]:
    """The measures of a score: its coverage by level, and the mean of the levels that it has."""
    city = next((node for node in score.nodes if node.id == CITY), None)
    shares = {str(n): None if city is None else city.coverage[n] for n in LEVELS}
    known = [float(share) for share in shares.values() if share is not None]
    found = {name: None if s is None else float(s) for name, s in shares.items()}
    return {MEAN: sum(known) / len(known) if known else None} | found


def rankings(
    scores: Mapping[str, Score], tree: Branch, profile: Profile
) -> dict[str, tuple[Place, ...]]:
    """The places of the cities by every measure, best first (of equals by key)."""
    interval = Interval(tree, profile)
    ends: dict[str, dict[str, tuple[float, float, float]]] = {name: {} for name in MEASURES}
    for key, score in scores.items():
        drawn = interval.drawn(score)
        for name, share in measures_of(score).items():
            if share is not None:
                low, high = _middle(drawn[name])
                point = round(share, DIGITS)
                ends[name][key] = point, min(low, point), max(high, point)
    return {name: placed(found) for name, found in ends.items()}


def _middle(values: Floats) -> tuple[float, float]:
    low, high = np.nanpercentile(values, [(100 - SHARE) / 2, (100 + SHARE) / 2])
    return round(float(low), DIGITS), round(float(high), DIGITS)


def placed(found: Mapping[str, tuple[float, float, float]]) -> tuple[Place, ...]:
    """Places from (coverage, lower end, upper end) by key, whatever the order they come in.

    A band begins with the best city that is in none yet, and holds all whose interval overlaps
    with that city's: ties are shown as ties, and a chain of overlaps does not make one band of
    all. Cities of one coverage are in one band.
    """
    order = sorted(found, key=lambda key: (-found[key][0], key))
    bands = _bands([found[key] for key in order])
    lows = sorted(found[key][1] for key in order)
    highs = sorted(found[key][2] for key in order)
    places = []
    for key, band in zip(order, bands, strict=True):
        share, low, high = found[key]
        above = len(lows) - int(np.searchsorted(lows, high, side="right"))
        below = int(np.searchsorted(highs, low, side="left"))
        places.append(Place(key, share, (low, high), band, above + 1, len(order) - below))
    return tuple(places)


def _bands(ordered: Sequence[tuple[float, float, float]]) -> Iterable[int]:
    band, floor = 0, float("inf")
    for _, group in groupby(ordered, key=lambda row: row[0]):
        rows = list(group)
        if band == 0 or max(high for _, _, high in rows) < floor:
            band, floor = band + 1, min(low for _, low, _ in rows)
        yield from (band for _ in rows)
