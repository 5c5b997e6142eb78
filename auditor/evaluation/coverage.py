"""How far coverage and levels from our verdicts are from those of gold, by the scorer itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from auditor.core.criteria import LEVELS, Standard
from auditor.core.findings import Finding, Judgement, Verdict
from auditor.core.scores import NodeScore, Profile
from auditor.evaluation.agreement import Array
from auditor.evaluation.rows import Compared
from auditor.scoring import score_findings

STEPS = len(LEVELS) + 1


def coverage_blocks(
    rows: Sequence[Compared], standard: Standard, profile: Profile
) -> dict[str, dict[str, Array]]:
    """Columns to sum for coverage and levels, by kind of unit.

    ``item_cells``, ``domain_cells`` (one row per node × level that has features): the absolute
    error, the error of answering 0, the signed error, 1. ``items``: the 36 cells of (gold level,
    our level).
    """
    gold = _nodes(((r.feature_id, r.gold) for r in rows), standard, profile)
    ours = _nodes(((r.feature_id, r.given) for r in rows), standard, profile)
    pairs = list(zip(gold, ours, strict=True))
    items = [(g, o) for g, o in pairs if g.kind == "item"]
    levels = np.zeros((len(items), STEPS * STEPS))
    for place, (g, o) in enumerate(items):
        levels[place, g.level * STEPS + o.level] = 1.0
    return {
        "item_cells": {"item_error": _cells(items)},
        "domain_cells": {"domain_error": _cells([p for p in pairs if p[0].kind == "domain"])},
        "items": {"levels": levels},
    }


def _nodes(
    verdicts: Iterable[tuple[str, Verdict]], standard: Standard, profile: Profile
) -> tuple[NodeScore, ...]:
    findings = [Finding(Judgement(key, v, (), "", ""), v, v) for key, v in verdicts]
    return score_findings(findings, standard, profile).nodes


def _cells(pairs: Sequence[tuple[NodeScore, NodeScore]]) -> Array:
    lines = []
    for gold, ours in pairs:
        for level in LEVELS:
            truth, said = gold.coverage[level], ours.coverage[level]
            if truth is not None and said is not None:
                error = float(said - truth)
                lines.append((abs(error), float(truth), error, 1.0))
    return np.asarray(lines, dtype=np.float64).reshape(-1, 4)
