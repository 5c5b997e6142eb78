"""Where else a cited sentence stands, as the review page tells it beside the citation.

Other cities' papers are shown to whom sees those cities; for everybody else they are a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.core.access import Right
from auditor.core.across import AlsoIn, Likeness
from auditor.core.findings import Citation
from auditor.store.elsewhere import ELSEWHERE_FILE
from auditor.web.guard import Visit
from auditor.web.words import Words
from auditor.workbench.elsewhere import ElsewhereOfRun

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class LikeView:
    """A sentence elsewhere: whose paper it stands in, and how much of it is the same."""

    where: str
    quote: str
    share: str
    mark: str


@dataclass(frozen=True, slots=True)
class AlsoView:
    """One line for all places, and the nearest sentences."""

    line: str
    mark: str
    likes: tuple[LikeView, ...]


def also_view(visit: Visit, citation: Citation) -> AlsoView | None:
    """What is told of a citation; None where it stands nowhere else that is known."""
    opened, w = visit.opened, visit.words
    kept = opened.once(ELSEWHERE_FILE, lambda: ElsewhereOfRun(opened.folder))
    found = kept.of(citation)
    if found is None:
        return None
    seen = tuple(c for c in found.cities if visit.account.may(Right.SEE_PAPERS, c.city))
    told = w["also_in"].format(places=w["list_semicolon"].join(_places(found, seen, w)))
    likes = tuple(_like(like, w) for like in (*found.papers, *seen))
    return AlsoView(told, _mark(found.own_figures, w), likes)


def _places(found: AlsoIn, seen: tuple[Likeness, ...], w: Words) -> Iterator[str]:
    if found.paper_count:
        names = _named((like.document for like in found.papers), found.paper_count, w)
        yield w["also_papers"].format(names=names, n=found.paper_count)
    if found.city_count and seen:
        names = _named((like.city for like in seen), found.city_count, w)
        yield w["also_cities"].format(names=names, n=found.city_count)
    elif found.city_count:
        yield w["also_cities_unnamed"].format(n=found.city_count)


def _named(names: Iterator[str], whole: int, w: Words) -> str:
    first = list(names)[:MOST_NAMED]
    return w["list_comma"].join(first) + (" …" if whole > len(first) else "")


def _like(like: Likeness, w: Words) -> LikeView:
    where = " · ".join(part for part in (like.city, like.document) if part)
    return LikeView(where, like.quote, f"{like.jaccard:.0%}", _mark(like.own_figures, w))


def _mark(own_figures: bool, w: Words) -> str:
    return w["also_own_figures"] if own_figures else w["also_verbatim"]
