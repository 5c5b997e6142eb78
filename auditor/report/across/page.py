"""The page across cities: one file that stays usable at 300 cities × 376 features.

Tables, pictures and lists are in the page as they print; verdicts of every city go along as one
character each, from which the script lists cities only where somebody asks for them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from auditor.core.across import (
    MANY_USES,
    MEAN,
    MEASURES,
    Across,
    Cell,
    CityRow,
    Mark,
    Place,
    YearChange,
)
from auditor.core.criteria import LEVELS, Domain, Feature, Standard
from auditor.core.documents import LeftOut
from auditor.report.across.heat import HeatRow, heat_css, heat_rows, scale
from auditor.report.across.shared import Group, ReuseRow, groups_of, reuse_rows
from auditor.report.across.tables import nodes_by_id, shares_of
from auditor.report.across.wording import GREEN_FIRST, across_words, copied_said, judges_of
from auditor.report.language import Words
from auditor.sheets.texts import printable

CELLS: tuple[Cell, ...] = (*GREEN_FIRST, *Mark)
CODES = "0123456789"
WIDELY = 0.8
MOST_LISTED, MOST_MOVES, MOVES_OF_ALL = 20, 40, 2400
BAR = 100


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A line of the table of places; ``place`` is None for an earlier period."""

    row: CityRow
    place: Place | None
    shares: tuple[float | None, ...]
    confirmed: float | None
    index: int


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A feature with the cities at each verdict as (cell, count, start, width of the bar)."""

    feature: Feature
    bar: tuple[tuple[str, int, float, float], ...]
    share: float | None
    asked: int
    index: int


@dataclass(frozen=True, slots=True)
class YearRow:
    """A city's change; only the first ``shown`` moves each way are in the page."""

    change: YearChange
    why: tuple[tuple[str, int], ...]
    shown: int


@dataclass(frozen=True, slots=True)
class AcrossPage:
    """Everything that the template shows."""

    lang: str
    cities: int
    runs: int
    rule: str
    failures: str
    judges: tuple[str, ...]
    measures: tuple[tuple[str, str], ...]
    places: tuple[PlaceRow, ...]
    heat: tuple[HeatRow, ...]
    scale: str
    features: tuple[FeatureRow, ...]
    widely: tuple[FeatureRow, ...]
    nowhere: tuple[FeatureRow, ...]
    domains: tuple[tuple[str, str, int], ...]
    items: tuple[tuple[str, str], ...]
    years: tuple[YearRow, ...]
    texts: Mapping[str, str]
    copied: str
    groups: tuple[Group, ...]
    group_count: int
    reuses: tuple[ReuseRow, ...]
    many_uses: int
    left_out: tuple[LeftOut, ...]
    data: str


def render_across(across: Across, standard: Standard, lang: str) -> str:
    """Render the page; text of papers and names of cities are escaped by the template engine."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=_shown
    )
    folder = files("auditor.report") / "templates"
    parts = {
        name: Markup((folder / f"across.{name}").read_text(encoding="utf-8"))
        for name in ("css", "js")
    }
    parts["css"] += Markup(heat_css())
    source = (folder / "across.html.j2").read_text(encoding="utf-8")
    page, w = across_page(across, standard, lang), across_words(lang)
    return environment.from_string(source).render(page=page, w=w, **parts)


def _shown(value: Any) -> Any:
    return printable(value) if type(value) is str else value


def across_page(across: Across, standard: Standard, lang: str) -> AcrossPage:
    """Gather the context of the template."""
    w = across_words(lang)
    places = tuple(_place_rows(across))
    features = tuple(_feature_rows(across, standard))
    judges = judges_of(across.rows)
    groups = groups_of(across, w)
    return AcrossPage(
        lang=lang,
        cities=len({row.city for row in across.rows}),
        runs=len(across.rows),
        rule=w["rule_said"].format(
            rule=across.profile.id, own=across.profile.own, lower=across.profile.lower
        ),
        failures=_failures(across, w),
        judges=judges,
        measures=tuple((name, _measure_word(name, w)) for name in MEASURES),
        places=places,
        heat=heat_rows(across.ranked, standard),
        scale=scale(w["less"], w["more"]),
        features=features,
        widely=_widely(features),
        nowhere=_nowhere(features, across),
        domains=tuple((d.id, d.name, _items_in(d)) for d in standard.domains),
        items=tuple((i.id, i.name) for i in standard.items),
        years=tuple(_year_rows(across.years, w)),
        texts={f.id: f.text for f in standard.features},
        copied=copied_said(across.copied, w),
        groups=groups[:MOST_LISTED],
        group_count=len(groups),
        reuses=reuse_rows(across)[:MOST_LISTED],
        many_uses=MANY_USES,
        left_out=across.left_out,
        data=_data(across, standard, places, w),
    )


def _items_in(domain: Domain) -> int:
    return sum(len(subdomain.items) for subdomain in domain.subdomains)


def _failures(across: Across, w: Words) -> str:
    failed = [row for row in across.rows if row.shown.failures]
    if not failed:
        return ""
    named = w["list_comma"].join(row.key for row in failed[:MOST_LISTED])
    more = f" … ({len(failed)})" if len(failed) > MOST_LISTED else ""
    return w["failures"].format(n=sum(row.shown.failures for row in failed), cities=named + more)


def _measure_word(name: str, w: Words) -> str:
    return w["measure_mean"] if name == MEAN else w["measure_level"].format(n=name)


def _place_rows(across: Across) -> Iterator[PlaceRow]:
    places = {place.key: place for place in across.rankings[MEAN]}
    older = [row for row in across.rows if row.key not in places]
    for index, row in enumerate((*across.ranked, *older)):
        confirmed = shares_of(nodes_by_id(row.confirmed).get("city"))
        known = [share for share in confirmed if share is not None]
        yield PlaceRow(
            row=row,
            place=places.get(row.key),
            shares=shares_of(nodes_by_id(row.shown).get("city")),
            confirmed=sum(known) / len(known) if known and row.decided else None,
            index=index,
        )


def _feature_rows(across: Across, standard: Standard) -> Iterator[FeatureRow]:
    by_id = {row.feature_id: row for row in across.features}
    for index, feature in enumerate(standard.features):
        row = by_id[feature.id]
        total = sum(row.counts.values()) or 1
        bar, start = [], 0.0
        for cell in CELLS:
            width = BAR * row.counts[cell] / total
            if width:
                bar.append((cell.value, row.counts[cell], round(start, 2), round(width, 2)))
            start += width
        share = row.green / row.asked if row.asked else None
        yield FeatureRow(feature, tuple(bar), share, row.asked, index)


def _widely(features: Sequence[FeatureRow]) -> tuple[FeatureRow, ...]:
    met = [row for row in features if row.share is not None and row.share >= WIDELY]
    return tuple(sorted(met, key=lambda row: (-(row.share or 0), row.index)))


def _nowhere(features: Sequence[FeatureRow], across: Across) -> tuple[FeatureRow, ...]:
    none = {row.feature_id for row in across.features if row.asked and not row.facts}
    return tuple(row for row in features if row.feature.id in none)


def _year_rows(years: Sequence[YearChange], w: Words) -> Iterator[YearRow]:
    shown = min(MOST_MOVES, MOVES_OF_ALL // max(len(years), 1))
    for change in years:
        moves = (*change.rose, *change.fell, *change.other)
        counts = Counter(why for move in moves for why in move.why)
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].value))
        yield YearRow(change, tuple((w[f"why_{why.value}"], n) for why, n in ordered), shown)


def _data(across: Across, standard: Standard, places: Sequence[PlaceRow], w: Words) -> str:
    """What the script needs, as JSON that may stand in a page: no ``<`` in it."""
    rows = [place.row for place in places]
    at = {row.key: index for index, row in enumerate(rows)}
    content = {
        "cells": [cell.value for cell in CELLS],
        "words": [w[f"short_{cell.value}"] for cell in CELLS],
        "say": {k: w[k] for k in ("shown_count", "city", "level", "coverage", "report", "decided")},
        "levels": [w["nth_level"].format(n=n) for n in LEVELS],
        "features": [f.id for f in standard.features],
        "domains": [d.name for d in standard.domains],
        "keys": [printable(row.key) for row in rows],
        "reports": [row.report for row in rows],
        "shown": [_codes(row, standard) for row in rows],
        "decided": [_decided(row, standard) for row in rows],
        "coverage": [_domains(row, standard) for row in rows],
        "places": {
            name: [
                [at[p.key], p.band, p.best, p.worst, p.coverage, *p.interval] for p in found
            ]
            for name, found in across.rankings.items()
        },
    }  # fmt: skip
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _codes(row: CityRow, standard: Standard) -> str:
    code = dict(zip(CELLS, CODES, strict=False))
    return "".join(code[row.entries[f.id].shown] for f in standard.features)


def _decided(row: CityRow, standard: Standard) -> list[int]:
    return [n for n, f in enumerate(standard.features) if row.entries[f.id].decided]


def _domains(row: CityRow, standard: Standard) -> list[list[int]]:
    """Coverage of the domains in per cent, -1 where there is none."""
    nodes = nodes_by_id(row.shown)
    return [
        [-1 if share is None else round(100 * share) for share in shares_of(nodes.get(d.id))]
        for d in standard.domains
    ]
