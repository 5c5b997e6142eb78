"""Signatures (编制—审核—批准) over the nodes of a run, as its review events tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.core.criteria import Feature
from auditor.core.events import STEPS, EventKind, ReviewEvent, Step

CITY = "city"


@dataclass(frozen=True, slots=True)
class Signature:
    """One of the three on a node; ``head`` is the hash of the record that was signed under."""

    node: str
    step: Step
    author: str
    time: str
    head: str
    event_id: str


Signatures = Mapping[str, tuple[Signature, ...]]
"""The standing signatures by node id, in the order of the steps."""


def signatures_of(events: Iterable[ReviewEvent]) -> Signatures:
    """The signatures that stand: a reopening takes those of its node and of all above it away.

    ``events`` in the order of their chain.
    """
    standing: dict[str, dict[Step, Signature]] = {}
    for event in events:
        said = event.content
        if said.kind is EventKind.SIGN_OFF and said.step is not None:
            signed = Signature(
                said.node, said.step, said.author, said.time, said.finding_hash, event.id
            )
            standing.setdefault(said.node, {})[said.step] = signed
        elif said.kind is EventKind.REOPENING:
            for node in (said.node, *nodes_above(said.node)):
                standing.pop(node, None)
    return {
        node: tuple(steps[step] for step in STEPS if step in steps)
        for node, steps in sorted(standing.items())
        if steps
    }


def next_step(signed: tuple[Signature, ...]) -> Step | None:
    """Which signature is due, None where all three stand."""
    return STEPS[len(signed)] if len(signed) < len(STEPS) else None


def nodes_above(node: str) -> tuple[str, ...]:
    """The nodes that hold a node, the nearest first; the city last, nothing above it."""
    if node == CITY:
        return ()
    parts = node.split(".")
    return (*(".".join(parts[:n]) for n in range(len(parts) - 1, 1, -1)), CITY)


def nodes_of(feature: Feature) -> tuple[str, ...]:
    """The nodes that hold a feature, the nearest first."""
    item = feature.id.partition("-L")[0]
    return (item, *nodes_above(item))


def locked_by(feature: Feature, signatures: Signatures) -> Signature | None:
    """The signature under which a feature may not be changed, None where it is open."""
    held = (signatures[node] for node in nodes_of(feature) if node in signatures)
    return next((signed[0] for signed in held), None)


def declared(events: Iterable[ReviewEvent]) -> frozenset[str]:
    """Who has declared to have no interest in the city (回避声明), by the name that signs."""
    return frozenset(
        event.content.author for event in events if event.content.kind is EventKind.DECLARATION
    )
