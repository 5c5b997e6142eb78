"""Text objects of OFD pages: characters with boxes, from TextCode, offsets, CTM and directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from lxml import etree

from auditor.core.layout import Corners
from auditor.ingest.columns import is_wide
from auditor.ingest.ofd_geometry import (
    Matrix,
    after,
    angle_of,
    box_of,
    number,
    offsets,
    scale_of,
    turned,
)
from auditor.ingest.package import children

ASCENT = 0.86
DESCENT = 0.14
NARROW = 0.55
WIDEST_NARROW = 0.9
TINY_POINTS = 1.5


@dataclass(slots=True)
class Run:
    """The characters of one TextCode with their boxes in points.

    ``size`` is the font size in points, ``angle`` the clockwise turn of the print, ``how`` why a
    reader would not see it (empty where he would), ``white`` whether it is filled with white,
    ``order`` its place among all that is drawn on the page.
    """

    text: str
    boxes: list[Corners]
    size: float
    angle: int
    how: str = ""
    white: bool = False
    order: int = 0

    @property
    def top(self) -> float:
        """Upper edge on the page in points."""
        return min(box[1] for box in self.boxes)

    @property
    def bottom(self) -> float:
        """Lower edge on the page in points."""
        return max(box[3] for box in self.boxes)


@dataclass(frozen=True, slots=True)
class Face:
    """How a text object sets its characters: size and widening, directions in degrees."""

    size: float
    widened: float
    reading: float
    turn: float

    def width(self, character: str) -> float:
        """The width of a character where nothing else tells it."""
        share = 1.0 if is_wide(character) else NARROW
        return self.size * self.widened * share


def runs_of(element: etree._Element, matrix: Matrix) -> Iterator[Run]:
    """The runs of a text object; ``matrix`` leads from its space to the page in points."""
    face = Face(
        number(element.get("Size"), 4.0),
        number(element.get("HScale"), 1.0) or 1.0,
        number(element.get("ReadDirection")),
        number(element.get("CharDirection")),
    )
    x = y = 0.0
    for code in children(element, "TextCode"):
        x, y = number(code.get("X"), x), number(code.get("Y"), y)
        text = _text_of(code)
        if text:
            yield _run(text, code, (x, y), face, matrix)


def _text_of(code: etree._Element) -> str:
    """The characters of a TextCode; white space that only sets the XML out is dropped."""
    text = "".join(str(part) for part in code.itertext())
    return text.strip() if "\n" in text else text


def _run(
    text: str, code: etree._Element, start: tuple[float, float], face: Face, matrix: Matrix
) -> Run:
    steps = _steps(text, code, face)
    glyph_turn = turned(face.turn)
    characters: list[str] = []
    boxes: list[Corners] = []
    places = accumulate(steps, lambda at, step: (at[0] + step[0], at[1] + step[1]), initial=start)
    for index, (character, (x, y)) in enumerate(zip(text, places, strict=False)):
        if ord(character) < 32 or character == "\x7f":
            continue
        width = _shown_width(character, steps[index] if index < len(steps) else None, face)
        at = after(matrix, after((1.0, 0.0, 0.0, 1.0, x, y), glyph_turn))
        characters.append(character)
        boxes.append(box_of(at, 0.0, -ASCENT * face.size, width, DESCENT * face.size))
    size = face.size * scale_of(matrix)
    return Run(
        "".join(characters),
        boxes,
        size,
        angle_of(after(matrix, glyph_turn)),
        how="tiny" if size < TINY_POINTS else "",
    )


def _steps(text: str, code: etree._Element, face: Face) -> list[tuple[float, float]]:
    """The steps of the pen between neighbouring characters, in the object's space."""
    count = len(text) - 1
    across, down = offsets(code.get("DeltaX"), count), offsets(code.get("DeltaY"), count)
    if not across and not down:
        direction = turned(face.reading)
        widths = [face.width(character) for character in text[:-1]]
        return [(width * direction[0], width * direction[1]) for width in widths]
    return list(zip(across or [0.0] * count, down or [0.0] * count, strict=True))


def _shown_width(character: str, step: tuple[float, float] | None, face: Face) -> float:
    """The printed width of a character: its advance, without the gap of letter-spaced text."""
    usual = face.width(character)
    if step is None:
        return usual
    advance = abs(step[0]) if face.turn % 180 == 0 else abs(step[1])
    if advance <= 0:
        return usual
    widest = usual if is_wide(character) else face.size * face.widened * WIDEST_NARROW
    return advance if advance <= widest else usual
