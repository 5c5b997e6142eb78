"""Levels, intervals and floors over the standard's tree (design section 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from auditor.core.criteria import Domain, Item, Standard, Subdomain
from auditor.core.findings import Failure, Finding
from auditor.core.scores import NodeScore, Profile, Score
from auditor.scoring.coverage import (
    CoverageMap,
    feature_values,
    item_coverage,
    level_of,
    mean_coverage,
)

CITY = "city"
BELOW_ONE = "未达一级"


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree with its coverage, before levels are limited by floors."""

    id: str
    name: str
    kind: str
    shown: CoverageMap
    potential: CoverageMap


def score_findings(findings: Iterable[Finding], standard: Standard, profile: Profile) -> Score:
    """Score all findings of a run.

    Only judged features count: with ``--only`` the tree is pruned to them. A failure counts as
    0 in the level and as 1 in the potential, and is counted in ``failures``.
    """
    rows = list(findings)
    nodes = tree_nodes(standard, rows, profile)
    shown = {n.id: level_of(n.shown, profile) for n in nodes}
    potential = {n.id: level_of(n.potential, profile) for n in nodes}
    notes: list[str] = []
    shown[CITY] = floored(shown, standard, profile, notes)
    potential[CITY] = floored(potential, standard, profile, [])
    scored = tuple(
        NodeScore(n.id, n.name, n.kind, n.shown, shown[n.id], (shown[n.id], potential[n.id]))
        for n in nodes
    )
    return Score(
        profile=profile.id,
        profile_digest=profile.digest,
        thresholds=(profile.tau_own, profile.tau_lower),
        level=shown[CITY],
        interval=(shown[CITY], potential[CITY]),
        city_class=class_of(shown[CITY], standard),
        nodes=scored,
        failures=sum(isinstance(f.outcome, Failure) for f in rows),
        counted=len(rows),
        floor_notes=tuple(notes),
    )


def class_of(level: int, standard: Standard) -> str:
    """The city class of a level (clause 6), 未达一级 for level 0."""
    return next((row.city_class for row in standard.levels if row.level == level), BELOW_ONE)


def tree_nodes(standard: Standard, findings: list[Finding], profile: Profile) -> list[Node]:
    """All nodes that have judged features: city first, then depth first in standard order."""
    values = feature_values(findings, profile)
    below: list[Node] = []
    domains = []
    for domain in standard.domains:
        node, inner = _domain(domain, values.shown, values.potential, profile)
        if inner:
            domains.append(node)
            below.extend([node, *inner])
    return [_parent(CITY, "城市", CITY, domains, profile), *below]


def _domain(
    domain: Domain,
    shown: Mapping[str, Decimal],
    potential: Mapping[str, Decimal],
    profile: Profile,
) -> tuple[Node, list[Node]]:
    subdomains, inner = [], []
    for subdomain in domain.subdomains:
        items = _items(subdomain, shown, potential, profile)
        if items:
            node = _parent(subdomain.id, subdomain.name, "subdomain", items, profile)
            subdomains.append(node)
            inner.extend([node, *items])
    return _parent(domain.id, domain.name, "domain", subdomains, profile), inner


def _items(
    subdomain: Subdomain,
    shown: Mapping[str, Decimal],
    potential: Mapping[str, Decimal],
    profile: Profile,
) -> list[Node]:
    judged: list[Item] = [i for i in subdomain.items if any(f.id in shown for f in i.features)]
    return [
        Node(
            item.id,
            item.name,
            "item",
            item_coverage(item, shown, profile),
            item_coverage(item, potential, profile),
        )
        for item in judged
    ]


def _parent(key: str, name: str, kind: str, children: list[Node], profile: Profile) -> Node:
    return Node(
        key,
        name,
        kind,
        mean_coverage(((c.id, c.shown) for c in children), profile),
        mean_coverage(((c.id, c.potential) for c in children), profile),
    )


def floored(
    levels: Mapping[str, int], standard: Standard, profile: Profile, notes: list[str]
) -> int:
    """Lower the city's level until no floor of the profile is broken; each cut leaves a note."""
    level = levels[CITY]
    gap = profile.floors.domain_gap
    if gap is not None:
        for domain in standard.domains:
            if domain.id in levels and levels[domain.id] + gap < level:
                level = levels[domain.id] + gap
                notes.append(
                    f"{domain.id} {domain.name} 为 {levels[domain.id]} 级，城市不高于 {level} 级"
                )
    for node_id in profile.floors.not_below:
        if node_id in levels and levels[node_id] < level:
            level = levels[node_id]
            notes.append(f"{node_id} 为 {level} 级，城市等级不高于它")
    return level
