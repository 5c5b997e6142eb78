"""What stands between a node and a level (差距), and a score under assumed verdicts (假设推演)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from auditor.core.criteria import Feature
from auditor.core.findings import Verdict


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

    ``smallest``: how many of them would do together at least, None where even all would not.
    """

    node_id: str
    level: int
    target: int
    rows: tuple[GapRow, ...]
    smallest: int | None
