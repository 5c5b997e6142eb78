"""The analysis across cities for machines: across.json and copied.json."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from typing import Any

from auditor.core.across import Across, Cell, CityRow, CopiedSentence, Move, YearChange
from auditor.core.criteria import Standard
from auditor.core.findings import Citation
from auditor.report.across.tables import nodes_by_id, shares_of

CITY = "city"


def across_json(across: Across, standard: Standard) -> bytes:
    """Places by every measure, cities, counts of features, years, what was left out."""
    content = {
        "standard": {"id": standard.id, "digest": standard.digest},
        "rule": {
            "id": across.profile.id,
            "version": across.profile.version,
            "digest": across.profile.digest,
        },
        "places": {
            name: [
                {
                    "key": p.key,
                    "coverage": p.coverage,
                    "interval": list(p.interval),
                    "band": p.band,
                    "ranks": [p.best, p.worst],
                }
                for p in places
            ]
            for name, places in across.rankings.items()
        },
        "cities": [_city(row) for row in across.rows],
        "features": [
            {
                "feature_id": row.feature_id,
                "counts": {cell.value: n for cell, n in row.counts.items() if n},
                "decided": row.decided,
            }
            for row in across.features
        ],
        "years": [_year(change) for change in across.years],
        "left_out": [
            {"name": x.name, "code": x.code, "reason": x.reason, "hint": x.hint}
            for x in across.left_out
        ],
    }
    return _bytes(content)


def _bytes(content: Any) -> bytes:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
    return (text + "\n").encode("utf-8")


def _city(row: CityRow) -> dict[str, Any]:
    scores = {"shown": row.shown, "machine": row.machine, "confirmed": row.confirmed}
    return {
        "key": row.key,
        "city": row.city,
        "period": row.period,
        "folder": row.folder,
        "as_of": row.as_of,
        "judge": row.judge,
        "papers": row.papers,
        "failures": row.shown.failures,
        "decided": row.decided,
        "counted": row.counted,
        "reused": row.reused,
        "reuses": [asdict(reuse) for reuse in row.reuses],
        **{
            name: {"level": score.level, "coverage": shares_of(nodes_by_id(score).get(CITY))}
            for name, score in scores.items()
        },
    }


def _year(change: YearChange) -> dict[str, Any]:
    return {
        "city": change.city,
        "before": change.before,
        "after": change.after,
        "rose": [_move(move) for move in change.rose],
        "fell": [_move(move) for move in change.fell],
        "other": [_move(move) for move in change.other],
        "documents": {what: list(names) for what, names in change.documents.items()},
        "settings": list(change.settings),
        "levels": [[x.node_id, x.before, x.after] for x in change.levels],
        "coverage": {str(n): list(both) for n, both in change.coverage.items()},
    }


def _move(move: Move) -> dict[str, Any]:
    return {
        "feature_id": move.feature_id,
        "before": _value(move.before),
        "after": _value(move.after),
        "why": [why.value for why in move.why],
        "quotes_before": [_quote(c) for c in move.quotes_before],
        "quotes_after": [_quote(c) for c in move.quotes_after],
    }


def _value(cell: Cell) -> str:
    return cell.value


def _quote(citation: Citation) -> dict[str, Any]:
    return {"document": citation.document, "page": citation.page, "quote": citation.quote}


def copied_json(across: Across) -> bytes:
    """What is copied, by city key and feature: what a page of review needs beside a citation."""
    cities: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in across.copied.sentences:
        for feature_id in row.sentence.feature_ids:
            cities[row.sentence.key][feature_id].append(_copied(row))
    counts = across.copied
    return _bytes(
        {
            "cited": counts.cited,
            "compared": counts.compared,
            "papers": counts.papers,
            "cities": cities,
        }
    )


def _copied(row: CopiedSentence) -> dict[str, Any]:
    own = row.sentence.citation
    return {
        "document": own.document,
        "page": own.page,
        "start": own.span.start,
        "end": own.span.end,
        "quote": own.quote,
        "template": row.template,
        "own_figures": row.own_figures,
        "city_count": row.city_count,
        "paper_count": row.paper_count,
        "cities": [asdict(like) for like in row.cities],
        "papers": [asdict(like) for like in row.papers],
    }
