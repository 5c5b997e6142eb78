"""elsewhere.json beside a run: which of its cited sentences stand in other papers, and where.

The analysis across cities writes it, people read it; no verdict and no digest rests on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from auditor.core.across import AlsoIn, CopiedSentence, Elsewhere, Likeness, Spot
from auditor.core.errors import RunError
from auditor.core.findings import Citation
from auditor.store.numbers import Json
from auditor.store.run_folder import read_json

ELSEWHERE_FILE = "elsewhere.json"


def elsewhere_json(rows: Iterable[CopiedSentence], cities: int, papers: int) -> Json:
    """The content of the file.

    ``rows`` are of this run; it was held against ``cities`` other cities and ``papers`` sentences
    of national and provincial papers.
    """
    ordered = sorted(rows, key=lambda row: _spot(row.sentence.citation))
    return {"cities": cities, "papers": papers, "sentences": [_sentence(row) for row in ordered]}


def _spot(citation: Citation) -> Spot:
    return citation.document, citation.span.start, citation.span.end


def _sentence(row: CopiedSentence) -> Json:
    own = row.sentence.citation
    return {
        "document": own.document,
        "page": own.page,
        "start": own.span.start,
        "end": own.span.end,
        "quote": own.quote,
        "own_figures": row.own_figures,
        "city_count": row.city_count,
        "paper_count": row.paper_count,
        "cities": [asdict(like) for like in row.cities],
        "papers": [asdict(like) for like in row.papers],
    }


def read_elsewhere(folder: Path) -> Elsewhere:
    """What was found of a run's cited sentences; nothing where no analysis left a readable file."""
    try:
        rows = read_json(folder / ELSEWHERE_FILE)["sentences"]
        return {(row["document"], row["start"], row["end"]): _also_in(row) for row in rows}
    except (RunError, OSError, KeyError, ValueError, TypeError):
        return {}


def _also_in(row: Json) -> AlsoIn:
    return AlsoIn(
        quote=row["quote"],
        cities=tuple(Likeness(**like) for like in row["cities"]),
        papers=tuple(Likeness(**like) for like in row["papers"]),
        city_count=row["city_count"],
        paper_count=row["paper_count"],
        own_figures=row["own_figures"],
    )


def also_in(elsewhere: Elsewhere, citation: Citation) -> AlsoIn | None:
    """Where else a citation stands; None where nothing is known of exactly this sentence."""
    found = elsewhere.get(_spot(citation))
    return found if found is not None and found.quote == citation.quote else None
