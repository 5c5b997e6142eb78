"""事实确认单 as a paper to sign: facts that decisions rest on, and what the city says of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.report.paper import Paper

WIDTHS_CM = (1.2, 2.8, 10.2, 5.4, 2.2, 3.5)
Said = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact: features that rest on it (a line each), quote, place, what the city answers."""

    features: str
    quote: str
    place: str
    answer: str
    reason: str


def fact_sheet(said: Said, rows: Sequence[FactRow], lang: str) -> bytes:
    """The sheet as a DOCX.

    ``said`` holds its words: ``over``, ``title``, ``lead``, ``heads`` (six, parted by ``|``),
    ``signature``, ``day``.
    """
    paper = Paper(said["title"], lang=lang)
    paper.title(said["over"], said["title"])
    paper.paragraph(said["lead"])
    cells = (
        (str(number), row.features, row.quote, row.place, row.answer, row.reason)
        for number, row in enumerate(rows, 1)
    )
    paper.table(said["heads"].split("|"), WIDTHS_CM, cells)
    paper.signature(said["signature"], said["day"])
    return paper.close()
