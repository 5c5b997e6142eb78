"""What every reader of paged formats hands on: the characters of a page with their boxes."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.core.layout import Corners


@dataclass(slots=True)
class GlyphPage:
    """The characters printed on one page, before lines, columns and paragraphs are found.

    ``text`` and ``boxes`` run in parallel (one box per character; points from the top left of
    the page as it is shown), in the order in which the file holds them. ``breaks`` are the
    indexes at which the file itself begins a new line. ``ordered``: that order is the reading
    order, lines are only joined. ``skew``: degrees by which the lines of the upright page slope
    down to the right (scans). ``turn``: clockwise degrees by which the print is turned;
    lines are then found in the upright page. ``rules`` are the thin lines drawn on the page,
    from which ruled tables are found. ``reader``, ``confidence`` and ``unread`` as in
    ``core.documents.Page``.
    """

    number: int
    width: float
    height: float
    text: str = ""
    boxes: list[Corners] = field(default_factory=list)
    breaks: set[int] = field(default_factory=set)
    ordered: bool = False
    turn: int = 0
    skew: float = 0.0
    rules: list[Corners] = field(default_factory=list)
    reader: str = "text"
    confidence: float | None = None
    unread: str = ""

    def add(self, text: str, boxes: list[Corners]) -> None:
        """Append the characters of one line or run; raises ``ValueError`` on unequal lengths."""
        if len(text) != len(boxes):
            raise ValueError(f"{len(text)} characters, {len(boxes)} boxes")
        self.breaks.add(len(self.text))
        self.text += text
        self.boxes.extend(boxes)
