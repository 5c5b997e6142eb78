"""Look quotes up in the loaded documents: the naive pipeline's model writes them itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.core.findings import Citation
from auditor.core.spans import Span
from auditor.evaluation.gold import fold

MARKS_AROUND = "\"'。,;.…"


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text folded for matching (width, white space, quotation marks) with the way back."""

    text: str
    folded: str
    places: tuple[int, ...]

    def find(self, quote: str) -> Span | None:
        """Where a quote stands in the text, as given or without marks around it, else None."""
        whole = fold(quote)
        for wanted in (whole, whole.strip(MARKS_AROUND)):
            start = self.folded.find(wanted) if wanted else -1
            if start >= 0:
                return Span(self.places[start], self.places[start + len(wanted) - 1] + 1)
        return None


def folded(text: str) -> FoldedText:
    """Fold a text character by character."""
    parts, places = [], []
    for place, character in enumerate(text):
        part = fold(character)
        parts.append(part)
        places.extend([place] * len(part))
    return FoldedText(text, "".join(parts), tuple(places))


def cite_quote(quote: str, documents: Mapping[str, FoldedText]) -> Citation:
    """Find a quote; one that stands in no document becomes a citation of nothing.

    Such a citation has no document and an empty quote, so that it never matches a gold quote and
    counts as a wrong citation.
    """
    for name, document in documents.items():
        span = document.find(quote)
        if span is not None:
            text = document.text[span.start : span.end]
            return Citation(sentence_id="", document=name, page=None, span=span, quote=text)
    return Citation(sentence_id="", document="", page=None, span=Span(0, 0), quote="")
