"""What a level hangs on: thresholds, the fewest verdicts that tip it, facts that pay several times.

Thresholds and flips are those of ``auditor stress``; there are none where none fits the result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.core.findings import Finding
from auditor.core.result import Result
from auditor.core.scores import NodeScore
from auditor.core.stress import Flips
from auditor.report.language import Words
from auditor.report.shared_facts import Fact, cited_facts

CITY = "city"
REUSE = "reuse"
MOST_PLACES, MOST_PAID = 15, 24
Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reused:
    """A cited place that shows several features; ``flagged`` of them rest on it doubtfully."""

    quote: str
    place: str
    feature_ids: tuple[str, ...]
    flagged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fragility:
    """``thresholds``: τ and the levels of some nodes; ``flips`` of the city, up before down.

    ``tested``: whether a stress test fits the result. ``reused``: the places with most features
    first; ``places`` counts them all. ``paid``: features that count nothing under the rule, as
    their fact has paid for another one.
    """

    tested: bool
    thresholds: tuple[Cells, ...]
    flips: tuple[Flips, ...]
    reused: tuple[Reused, ...]
    places: int
    paid: tuple[tuple[str, str], ...]


def fragility_of(result: Result, nodes: Sequence[NodeScore], w: Words) -> Fragility:
    """Gather it, with the levels of ``nodes``."""
    stress = result.stress
    flips = [f for f in stress.flips if f.node_id == CITY] if stress else []
    reused = sorted(reused_of(result.findings, w), key=lambda r: -len(r.feature_ids))
    return Fragility(
        tested=stress is not None,
        thresholds=tuple(
            (f"τ = {share:.2f}", *(str(levels.get(node.id, 0)) for node in nodes))
            for share, levels in sorted(stress.thresholds.items() if stress else ())
        ),
        flips=tuple(sorted(flips, key=lambda f: not f.up)),
        reused=tuple(reused[:MOST_PLACES]),
        places=len(reused),
        paid=tuple(sorted(result.standing.shown.paid_before.items())),
    )


def reused_of(findings: Sequence[Finding], w: Words) -> Iterator[Reused]:
    """The places that show more than one feature by themselves, as first met."""
    places: dict[tuple[str, int, int], list[Fact]] = defaultdict(list)
    for fact in cited_facts(findings):
        if not fact.credited:
            span = fact.citation.span
            places[fact.citation.document, span.start, span.end].append(fact)
    doubted = {f.feature_id for f in findings if any(c.rule == REUSE for c in f.flags)}
    for facts in places.values():
        ids = tuple(dict.fromkeys(fact.feature_id for fact in facts))
        if len(ids) > 1:
            first = facts[0].citation
            page = w["page"].format(n=first.page) if first.page else ""
            place = w["list_comma"].join(part for part in (first.document, page) if part)
            yield Reused(first.quote.strip(), place, ids, tuple(i for i in ids if i in doubted))


def flip_words(flips: Flips, w: Words) -> str:
    """What a set of flips does."""
    return w["st_up" if flips.up else "st_down"].format(level=flips.level)


def reused_words(fragile: Fragility, w: Words) -> str:
    """How many facts pay several times, and what the rule makes of it."""
    if not fragile.places:
        return w["sf_none"]
    said = w["sf_some"].format(n=fragile.places)
    if len(fragile.reused) < fragile.places:
        said += w["sf_first"].format(n=len(fragile.reused))
    if not fragile.paid:
        return said + w["sf_each"]
    pairs = (w["sf_pair"].format(id=key, payer=payer) for key, payer in fragile.paid[:MOST_PAID])
    more = w["sf_and_more"] if len(fragile.paid) > MOST_PAID else ""
    return said + w["sf_once"].format(n=len(fragile.paid), pairs=w["list_comma"].join(pairs) + more)
