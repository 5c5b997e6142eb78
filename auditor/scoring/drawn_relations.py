"""Supersession and ladders over many draws of verdicts at once (as auditor/relations.py does)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from auditor.core.criteria import Ladder, Relations, Supersession
from auditor.core.findings import Finding, Judgement, Verdict

Ranks = NDArray[np.int8]
NOTHING = -1
FACT, GREEN, PARTLY, MET = (
    Verdict.PARTLY_MET.rank,
    Verdict.MOSTLY_MET.rank,
    Verdict.PARTLY_MET.rank,
    Verdict.MET.rank,
)


def related(direct: Ranks, rows: Sequence[Finding], relations: Relations) -> Ranks:
    """Verdicts after relations, shape (draws, features); a person's decision earns no credit."""
    places = {f.feature_id: at for at, f in enumerate(rows)}
    found = direct.copy()
    for rule in relations.supersessions:
        if rule.feature_id in places:
            place = places[rule.feature_id]
            credit = _superseded(rule, direct, places, rows[place])
            found[:, place] = np.maximum(found[:, place], credit)
    for ladder in relations.ladders:
        for place, credit in _climbed(ladder, direct, places):
            found[:, place] = np.maximum(found[:, place], credit)
    fixed = [at for at, f in enumerate(rows) if f.decision is not None]
    failed = direct < 0
    found[:, fixed] = direct[:, fixed]
    return np.where(failed, direct, found)


def _best(direct: Ranks, ids: Sequence[str], places: Mapping[str, int], least: int) -> Ranks:
    """The best rank of some features that is at least ``least``, in each draw."""
    columns = [places[i] for i in ids if i in places]
    if not columns:
        return np.full(len(direct), NOTHING, dtype=np.int8)
    best: Ranks = direct[:, columns].max(axis=1)
    return np.where(best >= least, best, np.int8(NOTHING)).astype(np.int8)


def _superseded(
    rule: Supersession, direct: Ranks, places: Mapping[str, int], own: Finding
) -> Ranks:
    credit = _best(direct, rule.by, places, FACT)
    if rule.kind == "A":
        credit = np.where(credit >= GREEN, np.int8(MET), credit)
    if not rule.demand or _own_demand(rule, own):
        return credit
    shown = _best(direct, rule.demand_shown_by, places, GREEN) >= 0
    return np.where(shown, credit, np.minimum(credit, np.int8(PARTLY))).astype(np.int8)


def _own_demand(rule: Supersession, own: Finding) -> bool:
    if not isinstance(own.outcome, Judgement):
        return False
    shown = {e.element_id for e in own.outcome.elements if e.verdict.is_fact}
    return set(rule.demand) <= shown


def _climbed(ladder: Ladder, direct: Ranks, places: Mapping[str, int]) -> list[tuple[int, Ranks]]:
    steps = [s for s in ladder.steps if s.feature_id in places]
    credits = []
    for lower in steps:
        above = [s.feature_id for s in steps if s.value > lower.value]
        credits.append((places[lower.feature_id], _best(direct, above, places, GREEN)))
    return credits
