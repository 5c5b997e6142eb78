"""Scores <-> plain JSON: the content of score.json."""

from __future__ import annotations

from decimal import Decimal

from auditor.core.scores import NodeScore, Score, Threshold
from auditor.store.numbers import Json


def score_json(score: Score) -> Json:
    """The content of score.json; coverage is rounded to four decimals."""
    return {
        "profile": score.profile,
        "profile_version": score.profile_version,
        "profile_digest": score.profile_digest,
        "own": threshold_json(score.own),
        "lower": threshold_json(score.lower),
        "level": score.level,
        "interval": list(score.interval),
        "city_class": score.city_class,
        "failures": score.failures,
        "counted": score.counted,
        "floor_notes": list(score.floor_notes),
        "left_out": list(score.left_out),
        "paid_before": dict(score.paid_before),
        "nodes": [node_json(node) for node in score.nodes],
    }


def threshold_json(threshold: Threshold) -> Json:
    """``at_least`` or ``above`` a share."""
    return {"above" if threshold.strict else "at_least": float(threshold.share)}


def node_json(node: NodeScore) -> Json:
    """One node of the tree."""
    return {
        "id": node.id,
        "name": node.name,
        "kind": node.kind,
        "level": node.level,
        "interval": list(node.interval),
        "indicative": node.indicative,
        "notes": list(node.notes),
        "coverage": {
            str(level): None if share is None else float(round(share, 4))
            for level, share in node.coverage.items()
        },
    }


def score_from(row: Json) -> Score:
    """Read score.json back."""
    return Score(
        profile=row["profile"],
        profile_version=row["profile_version"],
        profile_digest=row["profile_digest"],
        own=_threshold_from(row["own"]),
        lower=_threshold_from(row["lower"]),
        level=row["level"],
        interval=(row["interval"][0], row["interval"][1]),
        city_class=row["city_class"],
        failures=row["failures"],
        counted=row["counted"],
        floor_notes=tuple(row["floor_notes"]),
        left_out=tuple(row["left_out"]),
        paid_before=row["paid_before"],
        nodes=tuple(map(_node_from, row["nodes"])),
    )


def _threshold_from(row: Json) -> Threshold:
    ((kind, share),) = row.items()
    return Threshold(Decimal(str(share)), kind == "above")


def _node_from(row: Json) -> NodeScore:
    return NodeScore(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        coverage={
            int(k): None if v is None else Decimal(str(v)) for k, v in row["coverage"].items()
        },
        level=row["level"],
        interval=(row["interval"][0], row["interval"][1]),
        indicative=row["indicative"],
        notes=tuple(row["notes"]),
    )
