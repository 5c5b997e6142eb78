"""A stress test <-> plain JSON: the content of stress.json."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from auditor.core.errors import RunError
from auditor.core.stress import DECIMALS, Anomaly, Drawn, Flips, Order, Ruled, Stress
from auditor.store.numbers import Json
from auditor.store.run_folder import read_json

STRESS_FILE = "stress.json"


def read_stress(folder: Path) -> Stress | None:
    """The stress test of a run folder; None where there is none, or none that can be read."""
    try:
        return stress_from(read_json(folder / STRESS_FILE))
    except (RunError, KeyError, ValueError, TypeError, ArithmeticError, AttributeError):
        return None


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
            key: [None if share is None else float(round(share, DECIMALS)) for share in shares]
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


def stress_from(row: Json) -> Stress:
    """Read the content of stress.json (coverage as rounded there).

    Raises:
        KeyError, ValueError, TypeError: it is of another form.
    """
    order, drawn = row["order"], row["draws"]
    return Stress(
        profile=row["profile"],
        profiles=tuple(_ruled_from(r) for r in row["profiles"]),
        thresholds={Decimal(share): levels for share, levels in row["thresholds"].items()},
        flips=tuple(_flips_from(r) for r in row["flips"]),
        city_flips={
            rule: tuple(_flips_from(r) for r in rows) for rule, rows in row["city_flips"].items()
        },
        order=Order(
            tuple(Anomaly(*anomaly) for anomaly in order["anomalies"]),
            order["errors"],
            order["answers"],
        ),
        drawn=None
        if drawn is None
        else Drawn(
            drawn["draws"],
            drawn["seed"],
            {key: tuple(shares) for key, shares in drawn["levels"].items()},
            drawn["assumed"],
        ),
        deciding=tuple(row["deciding"]),
    )


def _ruled_from(row: Json) -> Ruled:
    coverage = {
        key: tuple(None if share is None else Decimal(str(share)) for share in shares)
        for key, shares in row["coverage"].items()
    }
    return Ruled(row["rule"], row["title"], row["levels"], coverage)


def _flips_from(row: Json) -> Flips:
    return Flips(row["node"], row["up"], row["level"], tuple(row["features"]))
