"""Profiles (计分规则) and what the scorer gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from auditor.core.criteria import FeatureType
from auditor.core.findings import Verdict


class Combine(StrEnum):
    """How the coverage of a node comes from its children's: their weighted mean, or the least."""

    MEAN = "mean"
    MINIMUM = "minimum"


class Treatment(StrEnum):
    """What an unresolved feature is in the coverage: nothing shown, or left out of the mean."""

    ZERO = "zero"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share in [0, 1] that coverage must reach, or (``strict``) pass."""

    share: Decimal
    strict: bool = False

    def __str__(self) -> str:
        return f"{'>' if self.strict else '≥'} {(self.share * 100).normalize():f}%"

    def holds(self, coverage: Fraction) -> bool:
        """Tell whether a coverage is enough (whole numbers multiplied crosswise: exact)."""
        (part, whole), (asked, of) = coverage.as_integer_ratio(), self.share.as_integer_ratio()
        return part * of > asked * whole if self.strict else part * of >= asked * whole


@dataclass(frozen=True, slots=True)
class Floors:
    """Limits on compensation at the city node.

    ``domain_gap``: no domain may be more than this many levels below the city (None: no limit);
    ``not_below``: node ids whose level may not be below the city's.
    """

    domain_gap: int | None = None
    not_below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MustHave:
    """A feature without which no node that holds it reaches the feature's level."""

    feature_id: str
    least: Verdict


@dataclass(frozen=True, slots=True)
class Veto:
    """否决项: where the feature's verdict is one of ``verdicts``, the city is at most ``level``."""

    feature_id: str
    verdicts: tuple[Verdict, ...]
    level: int


@dataclass(frozen=True, slots=True)
class Proof:
    """Features that count at most ``most`` until a person has confirmed them.

    Those of the listed ``types`` (their first), and those that are named.
    """

    types: tuple[FeatureType, ...]
    features: tuple[str, ...]
    most: Verdict


@dataclass(frozen=True, slots=True)
class Profile:
    """A named, versioned scoring rule.

    ``own`` is asked of the level itself, ``lower`` of every level below it. ``passed_as_one``: a
    child counts 1 in its parent's mean at the levels that it has passed, its coverage at the next,
    nothing above. ``relations`` off: verdicts before supersession and ladders count.
    ``count_once``: one cited fact pays for one feature only.
    """

    id: str
    version: str
    title: str
    note: str
    values: Mapping[Verdict, Decimal]
    own: Threshold
    lower: Threshold
    weights: Mapping[str, Decimal]
    floors: Floors
    combine: Combine = Combine.MEAN
    passed_as_one: bool = False
    must_have: tuple[MustHave, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    relations: bool = True
    failures: Treatment = Treatment.ZERO
    silent: Treatment = Treatment.ZERO
    proof: Proof | None = None
    count_once: bool = False
    digest: str = ""


@dataclass(frozen=True, slots=True)
class NodeScore:
    """Coverage per level (None where the node has no feature there), level and interval.

    ``interval`` is (level, potential): what the papers show, and what they could still show.
    ``indicative``: the level of this item hangs on one verdict. ``notes`` say what held it down.
    """

    id: str
    name: str
    kind: str
    coverage: Mapping[int, Decimal | None]
    level: int
    interval: tuple[int, int]
    indicative: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """The result for a city under one profile; ``nodes`` starts with the city itself.

    ``own`` and ``lower`` are the thresholds of the profile. ``left_out`` names the features that
    are in no mean (不适用, or unresolved where the profile says so); ``paid_before`` the features
    whose only facts were counted for another one already.
    """

    profile: str
    profile_version: str
    profile_digest: str
    own: Threshold
    lower: Threshold
    level: int
    interval: tuple[int, int]
    city_class: str
    nodes: tuple[NodeScore, ...]
    failures: int
    counted: int
    floor_notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    paid_before: Mapping[str, str] = field(default_factory=dict)

    def node(self, node_id: str) -> NodeScore:
        """One node by id (``city`` for the city); raises ``KeyError``."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)
