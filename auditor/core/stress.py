"""What a stress test of a score gives (压力测试): other rules, other thresholds, other verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

DECIMALS = 4
"""To how many decimals coverage is kept in files."""


@dataclass(frozen=True, slots=True)
class Flips:
    """The smallest set of features whose change takes a node from a level across another.

    ``up``: they become met and the node reaches ``level``; else they are lost and it falls below.
    """

    node_id: str
    up: bool
    level: int
    feature_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ruled:
    """Coverage and level of every node under another rule, by node id."""

    rule: str
    title: str
    levels: Mapping[str, int]
    coverage: Mapping[str, tuple[Decimal | None, ...]]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A higher level of an item that holds by itself while a lower one does not."""

    item_id: str
    higher: int
    lower: int


@dataclass(frozen=True, slots=True)
class Order:
    """How far levels build on each other.

    ``reproducibility``: Guttman's coefficient, 1 - errors / (items x levels), errors counted as the
    fewest (item, level) pairs that would have to change for every item to be cumulative
    (Goodenough 1944; .90 is the usual bar).
    """

    anomalies: tuple[Anomaly, ...]
    errors: int
    answers: int

    @property
    def reproducibility(self) -> float | None:
        """None where nothing was asked."""
        return 1 - self.errors / self.answers if self.answers else None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Monte Carlo: ``levels[node][n]`` is the share of draws with level ``n`` (0 to 5).

    ``assumed`` counts the features whose chances come from a file of assumptions.
    """

    draws: int
    seed: int
    levels: Mapping[str, tuple[float, ...]]
    assumed: int


@dataclass(frozen=True, slots=True)
class Stress:
    """All of it for one run under one profile.

    ``thresholds``: levels by node where own and lower threshold are both that share.
    ``flips`` of every node under the profile; ``city_flips`` of the city under every profile.
    ``deciding``: features whose change alone moves the level of their item, sorted.
    """

    profile: str
    profiles: tuple[Ruled, ...]
    thresholds: Mapping[Decimal, Mapping[str, int]]
    flips: tuple[Flips, ...]
    city_flips: Mapping[str, tuple[Flips, ...]]
    order: Order
    drawn: Drawn | None
    deciding: tuple[str, ...] = ()

    def fits(self, now: Ruled) -> bool:
        """Whether it tells of this rule and of verdicts that give these levels and coverages."""
        then = next((row for row in self.profiles if row.rule == self.profile), None)
        if then is None or then.rule != now.rule or dict(then.levels) != dict(now.levels):
            return False
        return _short(then.coverage) == _short(now.coverage)


def _short(
    coverage: Mapping[str, tuple[Decimal | None, ...]],
) -> dict[str, list[Decimal | None]]:
    """Coverage to the decimals that are kept in files."""
    return {
        key: [None if share is None else round(share, DECIMALS) for share in shares]
        for key, shares in coverage.items()
    }
