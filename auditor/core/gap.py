"""What stands between a node and a level (差距), and a score under assumed verdicts (假设推演)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from auditor.core.criteria import Feature, Means
from auditor.core.findings import AbsenceKind, ElementReading, Finding, Judgement, Verdict

NOT_THERE = (Verdict.PLANNED, Verdict.NOT_MET)


class GapKind(StrEnum):
    """What a missing feature asks for.

    ``paper``: papers may show it, ask for them (补材料). ``on_site``: papers cannot, it takes a
    demonstration, an interview, a certificate (现场核查). ``work``: the papers say that it is not
    there yet (待建设).
    """

    PAPER = "paper"
    ON_SITE = "on_site"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class GapRow:
    """A feature in the way: its verdict, what is missing, whether a smallest set holds it.

    ``lacking`` are the texts of the elements that nothing shows as done.
    """

    feature: Feature
    verdict: Verdict
    kind: GapKind
    lacking: tuple[str, ...]
    smallest: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Features in the way of ``target`` at a node, cheapest first.

    ``smallest``: how many of them would do together at least, None where even all would not;
    ``proved`` is false where that cannot be told under this rule.
    """

    node_id: str
    level: int
    target: int
    rows: tuple[GapRow, ...]
    smallest: int | None
    proved: bool = True


def kind_of(feature: Feature, finding: Finding) -> GapKind:
    """Whether a feature asks for papers, for a look on site, or for work."""
    if finding.verdict in NOT_THERE:
        return GapKind.WORK
    outside = finding.absence is not None and finding.absence.kind is AbsenceKind.OUTSIDE
    if outside or (feature.shown_by and Means.PAPER not in feature.shown_by):
        return GapKind.ON_SITE
    return GapKind.PAPER


def lacking_of(feature: Feature, finding: Finding) -> tuple[str, ...]:
    """The texts of the elements that no cited fact shows; all of them where nothing was found."""
    readings: tuple[ElementReading, ...] = ()
    if isinstance(finding.outcome, Judgement):
        readings = finding.outcome.elements
    done = {r.element_id for r in readings if r.verdict.is_green}
    return tuple(e.text for e in feature.elements if e.id not in done)
