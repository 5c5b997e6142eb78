"""The standard's tree, pruned to the features that count."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from auditor.core.criteria import Domain, Feature, Item, Standard, Subdomain

CITY = "city"


@dataclass(frozen=True, slots=True)
class Branch:
    """A node of the tree: an item holds features, every other node holds children."""

    id: str
    name: str
    kind: str
    children: tuple[Branch, ...] = ()
    features: tuple[Feature, ...] = ()

    def walk(self) -> Iterator[Branch]:
        """The node itself, then what is below it, depth first in the order of the standard."""
        yield self
        for child in self.children:
            yield from child.walk()

    def leaves(self) -> Iterator[Feature]:
        """All features below the node."""
        for node in self.walk():
            yield from node.features


def tree_of(standard: Standard, counted: Collection[str]) -> Branch:
    """The tree with only the counted features and the nodes that hold any; the city is its root."""
    domains = (_domain(d, counted) for d in standard.domains)
    return Branch(CITY, "城市", CITY, tuple(d for d in domains if d.children))


def _domain(domain: Domain, counted: Collection[str]) -> Branch:
    subdomains = (_subdomain(s, counted) for s in domain.subdomains)
    return Branch(domain.id, domain.name, "domain", tuple(s for s in subdomains if s.children))


def _subdomain(subdomain: Subdomain, counted: Collection[str]) -> Branch:
    items = (_item(i, counted) for i in subdomain.items)
    return Branch(subdomain.id, subdomain.name, "subdomain", tuple(i for i in items if i.features))


def _item(item: Item, counted: Collection[str]) -> Branch:
    features = tuple(f for f in item.features if f.id in counted)
    return Branch(item.id, item.name, "item", features=features)
