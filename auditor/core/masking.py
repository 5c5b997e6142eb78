"""Mask personal data in what leaves the machine, without moving a character."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auditor.core.documents import Mark
from auditor.core.personal import find_personal

MASK = "＊"


def mask(text: str, span_start: int, marks: Iterable[Mark]) -> str:
    """Mask the personal data inside a cut of a document's text.

    ``text`` begins at ``span_start`` of the document to which ``marks`` belong. The result is as
    long as ``text``; of a number that the cut divides its part is masked. Marks of secrecy are
    passed over: what carries them is withheld as a whole.
    """
    characters = list(text)
    for mark_ in marks:
        if mark_.kind.is_personal:
            start = max(0, mark_.span.start - span_start)
            end = min(len(text), mark_.span.end - span_start)
            for place in range(start, end):
                characters[place] = MASK
    return "".join(characters)


def mask_found(text: str, context: str = "") -> str:
    """Mask the personal data that is found in a text by itself; same length."""
    marks: Sequence[Mark] = find_personal(text, context)
    return mask(text, 0, marks) if marks else text
