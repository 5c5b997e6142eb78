"""Instructions in documents <-> plain JSON: instructions.jsonl of a run folder."""

from __future__ import annotations

from auditor.core.instructions import Family, Instruction, Place
from auditor.core.spans import Span
from auditor.store.numbers import Json


def instruction_json(found: Instruction) -> Json:
    """One line of instructions.jsonl."""
    return {
        "document": found.document,
        "family": found.family.value,
        "place": found.place.value,
        "quote": found.quote,
        "start": found.span.start if found.span else None,
        "end": found.span.end if found.span else None,
        "page": found.page,
    }


def instruction_from(row: Json) -> Instruction:
    """Read what ``instruction_json`` wrote."""
    span = None if row["start"] is None else Span(row["start"], row["end"])
    return Instruction(
        row["document"], Family(row["family"]), Place(row["place"]), row["quote"], span, row["page"]
    )
