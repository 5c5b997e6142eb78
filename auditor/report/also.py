"""Where else a cited sentence stands, in one line of a report that may reach the city itself.

Other cities are a number there, their papers are not the city's to read; national and provincial
papers are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.core.across import AlsoIn, Elsewhere

MOST_NAMED = 3
Cited = tuple[str, int, int, str]
"""Document, start, end and quote of a citation."""


def also_lines(elsewhere: Elsewhere, w: Mapping[str, str]) -> dict[Cited, str]:
    """A line for each citation that stands elsewhere as well."""
    return {(*spot, found.quote): _line(found, w) for spot, found in elsewhere.items()}


def _line(found: AlsoIn, w: Mapping[str, str]) -> str:
    mark = w["also_own_figures"] if found.own_figures else w["also_verbatim"]
    told = w["also_in"].format(places=w["list_comma"].join(_places(found, w)))
    return f"{told} · {mark}"


def _places(found: AlsoIn, w: Mapping[str, str]) -> Iterator[str]:
    if found.paper_count:
        names = w["list_comma"].join(like.document for like in found.papers[:MOST_NAMED])
        more = " …" if found.paper_count > MOST_NAMED else ""
        yield w["also_papers"].format(names=names + more, n=found.paper_count)
    if found.city_count:
        yield w["also_cities_unnamed"].format(n=found.city_count)
