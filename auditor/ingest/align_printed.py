"""What a conversion printed: its characters in their order, each with its page and box."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.core.documents import Span
from auditor.core.layout import BOX_BYTES, NO_BOX, Corners, box_at
from auditor.ingest.content import Content

RUNS = ("—", "…")
"""Two of these are one glyph in many fonts, so that a run of them counts as one character."""


@dataclass(frozen=True, slots=True)
class Printed:
    """The printed characters without white space; ``sources`` are their offsets in ``converted``.

    A *place* is an index into ``text``.
    """

    text: str
    sources: tuple[int, ...]
    converted: Content
    page_starts: tuple[int, ...]

    @classmethod
    def of(cls, converted: Content) -> Printed:
        """The printed characters of a conversion that was read."""
        text = converted.text
        sources = tuple(
            i
            for i in range(len(text))
            if not text[i].isspace()
            and not _goes_on(text, i)
            and _packed(converted.layout, i) not in (b"", NO_BOX)
        )
        starts = tuple(page.span.start for page in converted.pages)
        return cls("".join(text[i] for i in sources), sources, converted, starts)

    def page(self, place: int) -> int:
        """The index of the page on which a character stands."""
        return bisect_right(self.page_starts, self.sources[place]) - 1

    def corners(self, place: int) -> Corners:
        """Where a character stands on its page, in points."""
        return box_at(self.converted.layout, self.sources[place]) or (0.0, 0.0, 0.0, 0.0)

    def boxes(self, text: str, offset: int, place: int) -> Iterator[tuple[int, bytes]]:
        """The packed box of a matched character of ``text``, and of the run that it begins."""
        source = self.sources[place]
        yield offset, _packed(self.converted.layout, source)
        while offset + 1 < len(text) and _goes_on(text, offset + 1):
            offset += 1
            if source + 1 < len(self.converted.text) and _goes_on(self.converted.text, source + 1):
                source += 1
            yield offset, _packed(self.converted.layout, source)


def dense(text: str, span: Span) -> list[int]:
    """Offsets of the characters of a span that are printed: no white space, no cell borders.

    Of a run of dashes or dots the first one stands for all.
    """
    return [
        i
        for i in range(span.start, span.end)
        if not text[i].isspace() and text[i] != "|" and not (i > span.start and _goes_on(text, i))
    ]


def _goes_on(text: str, offset: int) -> bool:
    return text[offset] in RUNS and offset > 0 and text[offset - 1] == text[offset]


def _packed(layout: bytes, offset: int) -> bytes:
    return layout[offset * BOX_BYTES : (offset + 1) * BOX_BYTES]
