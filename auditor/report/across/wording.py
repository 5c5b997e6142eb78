"""The words of the analysis across cities, over those of the reports."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import yaml

from auditor.core.across import Cell, CityRow, CopiedText
from auditor.core.findings import VERDICTS
from auditor.report.language import Words, words


@lru_cache(maxsize=4)
def across_words(lang: str) -> Words:
    """The words of a language (``zh`` or ``en``)."""
    file = files("auditor.report") / "words" / "across" / f"{lang}.yaml"
    own: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {**words(lang), **own}


def cell_word(cell: Cell, w: Words) -> str:
    """What a cell is called."""
    return w[cell.value]


def judges_of(rows: tuple[CityRow, ...]) -> tuple[str, ...]:
    """The judges of all rows, sorted."""
    return tuple(sorted({row.judge for row in rows}))


def copied_said(copied: CopiedText, w: Words) -> str:
    """What was held against what, and how much was found."""
    return w["copied_said"].format(
        cited=copied.cited,
        compared=copied.compared,
        papers=copied.papers,
        found=len(copied.sentences),
        figures=sum(row.own_figures for row in copied.sentences),
    )


GREEN_FIRST = tuple(reversed(VERDICTS))
"""The verdicts, best first."""
