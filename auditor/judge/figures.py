"""Thresholds as evidence: what a city's own figures say of a feature, whatever its prior is."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.core.findings import Verdict
from auditor.core.passages import Modality
from auditor.core.run import Case
from auditor.judge.citing import Scored, scored_sentences
from auditor.quantities import readings

REACHED = {
    Verdict.PLANNED: 0.9,
    Verdict.PARTLY_MET: 0.85,
    Verdict.MOSTLY_MET: 0.8,
    Verdict.MET: 0.7,
}
"""The least chance of each step once a demand is stated outright or its figure is reached."""
STATING = (Modality.FACT, Modality.ONGOING, Modality.NEGATION)


@dataclass(frozen=True, slots=True)
class Figures:
    """``reached``: every checked quantity is shown; ``missed``: one is stated and too low.

    ``sentences`` state the values.
    """

    reached: bool = False
    missed: bool = False
    sentences: tuple[Scored, ...] = ()


def figures_of(case: Case) -> Figures:
    """Read the feature's checked quantities out of the city's own statements that were found."""
    wanted = [q for q in case.feature.quantities if q.checked]
    own = [
        s
        for s in (scored_sentences(case) if wanted else [])
        if not s.sentence.foreign and s.sentence.modality in STATING
    ]
    shown: list[Scored] = []
    reached, missed = bool(wanted), False
    for quantity in wanted:
        rows = readings(quantity, [s.sentence for s in own], case.as_of)
        good = [r for r in rows if r.satisfied]
        telling = good or [r for r in rows if r.missed]
        ids = {r.sentence_id for r in telling[:1]}
        shown.extend(s for s in own if s.sentence.id in ids and s not in shown)
        reached = reached and bool(good)
        missed = missed or (any(r.missed for r in rows) and not good)
    return Figures(reached, missed, tuple(shown))
