"""Profiles (计分规则) and what the scorer gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from auditor.core.findings import Verdict


@dataclass(frozen=True, slots=True)
class Floors:
    """Limits on compensation at the city node.

    ``domain_gap``: no domain may be more than this many levels below the city (None: no limit);
    ``not_below``: node ids whose level may not be below the city's.
    """

    domain_gap: int | None = None
    not_below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A named, versioned scoring rule: thresholds are shares in [0, 1]."""

    id: str
    version: str
    title: str
    note: str
    values: Mapping[Verdict, Decimal]
    tau_own: Decimal
    tau_lower: Decimal
    weights: Mapping[str, Decimal]
    floors: Floors
    digest: str = ""


@dataclass(frozen=True, slots=True)
class NodeScore:
    """Coverage per level (None where the node has no feature there), level and interval.

    ``interval`` is (level, potential): what the papers show, and what they could still show.
    """

    id: str
    name: str
    kind: str
    coverage: Mapping[int, Decimal | None]
    level: int
    interval: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Score:
    """The result for a city under one profile; ``nodes`` starts with the city itself.

    ``thresholds``: the share asked of the level itself, and of every level below it.
    """

    profile: str
    profile_digest: str
    thresholds: tuple[Decimal, Decimal]
    level: int
    interval: tuple[int, int]
    city_class: str
    nodes: tuple[NodeScore, ...]
    failures: int
    counted: int
    floor_notes: tuple[str, ...] = ()
