"""A stress test <-> plain JSON: the content of stress.json."""

from __future__ import annotations

from auditor.core.stress import Flips, Ruled, Stress
from auditor.store.numbers import Json


def stress_json(found: Stress, assumptions: str | None) -> Json:
    """The content of stress.json; ``assumptions`` names the file of assumed chances."""
    order, drawn = found.order, found.drawn
    return {
        "profile": found.profile,
        "profiles": [_ruled_json(row) for row in found.profiles],
        "thresholds": {str(share): dict(levels) for share, levels in found.thresholds.items()},
        "flips": [_flips_json(flips) for flips in found.flips],
        "city_flips": {
            rule: [_flips_json(flips) for flips in rows] for rule, rows in found.city_flips.items()
        },
        "deciding": list(found.deciding),
        "order": {
            "anomalies": [[a.item_id, a.higher, a.lower] for a in order.anomalies],
            "errors": order.errors,
            "answers": order.answers,
            "reproducibility": _short(order.reproducibility),
        },
        "draws": None
        if drawn is None
        else {
            "draws": drawn.draws,
            "seed": drawn.seed,
            "assumed": drawn.assumed,
            "assumptions": assumptions,
            "levels": {key: [_short(s) for s in shares] for key, shares in drawn.levels.items()},
        },
    }


def _ruled_json(row: Ruled) -> Json:
    return {
        "rule": row.rule,
        "title": row.title,
        "levels": dict(row.levels),
        "coverage": {
            key: [None if share is None else float(round(share, 4)) for share in shares]
            for key, shares in row.coverage.items()
        },
    }


def _flips_json(flips: Flips) -> Json:
    return {
        "node": flips.node_id,
        "up": flips.up,
        "level": flips.level,
        "features": list(flips.feature_ids),
    }


def _short(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
