"""The standard as values: domains, sub-domains, items, features, relations, profiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

LEVELS = (1, 2, 3, 4, 5)


class FeatureType(StrEnum):
    """What sort of thing a feature (or element) demands; each has its minimum evidence."""

    DOCUMENT = "document"
    MECHANISM = "mechanism"
    CAPABILITY = "capability"
    EFFECT = "effect"
    QUANTITY = "quantity"
    EXTERNAL = "external"


class Means(StrEnum):
    """How a feature can be shown to an assessor."""

    PAPER = "paper"
    OUTSIDE_PROOF = "outside_proof"
    DEMONSTRATION = "demonstration"
    INTERVIEW = "interview"
    SAMPLING = "sampling"


class Reach(StrEnum):
    """Whether a feature asks for general cover or only for a pilot or a part."""

    GENERAL = "general"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Element:
    """One essential part of a feature's demand.

    ``minor``: without it alone the feature is still mostly met. ``terms``: strings of which city
    documents use at least one when they speak of this part.
    """

    id: str
    text: str
    type: FeatureType
    minor: bool
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that a feature asks for; only ``checked`` ones are compared in code.

    ``comparator`` is one of ``>= > <= < = exists change about covers``; ``value`` is in ``unit``.
    A sentence speaks of the measure where it names every one of ``terms`` (``a|b``: a or b).
    """

    measure: str
    printed: str
    comparator: str
    value: Decimal | None
    unit: str
    denominator: str | None
    classes: tuple[str, ...]
    terms: tuple[str, ...]

    @property
    def checked(self) -> bool:
        """Tell whether the threshold is hard enough to be compared by a program."""
        firm = "hard" in self.classes or ("all" in self.classes and "vague" not in self.classes)
        return firm and self.value is not None and self.comparator in {">=", ">", "<=", "<", "="}


@dataclass(frozen=True, slots=True)
class Feature:
    """One lettered clause of the standard, e.g. ``8.2.4.1-L3-a``; ``text`` is as printed."""

    id: str
    text: str
    domain: str
    subdomain: str
    item: str
    level: int
    letter: str
    table: int
    types: tuple[FeatureType, ...] = ()
    shown_by: tuple[Means, ...] = ()
    reach: Reach = Reach.GENERAL
    immature: str | None = None
    elements: tuple[Element, ...] = ()
    examples: tuple[str, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    core: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    note: str | None = None
    errata: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """能力项: the smallest node that has a level; ``id`` is e.g. ``8.2.4.1``."""

    id: str
    name: str
    features: tuple[Feature, ...]


@dataclass(frozen=True, slots=True)
class Subdomain:
    """能力子域 with its table number."""

    id: str
    name: str
    table: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """能力域."""

    id: str
    name: str
    subdomains: tuple[Subdomain, ...]


@dataclass(frozen=True, slots=True)
class LevelName:
    """A maturity level: number, name (基础级 …), city class and clause 6's description."""

    level: int
    name: str
    city_class: str
    description: str


@dataclass(frozen=True, slots=True)
class Term:
    """A definition of clause 3."""

    clause: str
    name: str
    english: str
    definition: str


@dataclass(frozen=True, slots=True)
class Supersession:
    """A baseline state and the features whose fact shows the city beyond it.

    ``kind``: A the whole feature is immature; B a positive demand stands beside the immature
    words; C an earlier stage (初步/部分/试点) that a later stage contains; D a quantity step.
    ``demand``: the element ids that must be shown on their own; ``demand_shown_by``: features
    whose fact shows that demand.
    """

    feature_id: str
    kind: str
    by: tuple[str, ...]
    demand: tuple[str, ...]
    demand_shown_by: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One rung: a feature, and whether the rung is all that the feature asks for."""

    feature_id: str
    value: Decimal
    comparator: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """Steps of one measure: a higher value satisfies the lower steps (implied quantities)."""

    id: str
    measure: str
    unit: str
    steps: tuple[LadderStep, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Relations:
    """All links between features."""

    supersessions: tuple[Supersession, ...] = ()
    ladders: tuple[Ladder, ...] = ()

    def superseders(self, feature_id: str) -> tuple[str, ...]:
        """List the features that supersede ``feature_id``, sorted."""
        found = {by for s in self.supersessions if s.feature_id == feature_id for by in s.by}
        return tuple(sorted(found))


@dataclass(frozen=True)
class Standard:
    """The whole standard: tree, level names, terms, relations and the hash of all of it."""

    id: str
    title: str
    domains: tuple[Domain, ...]
    levels: tuple[LevelName, ...]
    terms: tuple[Term, ...]
    relations: Relations
    digest: str

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """All features in the order of the standard."""
        return tuple(self._walk())

    @cached_property
    def by_id(self) -> Mapping[str, Feature]:
        """Features by id."""
        return {feature.id: feature for feature in self.features}

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in the order of the standard."""
        return tuple(i for d in self.domains for s in d.subdomains for i in s.items)

    def _walk(self) -> Iterator[Feature]:
        for item in self.items:
            yield from item.features
