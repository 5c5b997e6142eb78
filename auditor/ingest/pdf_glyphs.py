"""The characters of a PDF page by pdfium, each with its box on the page as it is shown.

What a reader of the page would not see (white, tiny, off the page, invisible render mode,
transparent) is kept apart. pdfium is asked for the properties of single characters only on pages
that hold a text object with such a property, since each question costs microseconds.
"""

from __future__ import annotations

import ctypes
import math
import operator
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as raw

from auditor.core.documents import HiddenText
from auditor.core.layout import Corners
from auditor.ingest.glyphs import GlyphPage

PRECISION = 100
"""Device units per point when pdfium is asked how user space maps to the shown page."""
TINY_POINTS = 1.6
OPAQUE_ENOUGH = 13
WHITE_ENOUGH = 250
INVISIBLE_MODES = (3, 7)
ANGLE_SAMPLES = 24
DROPPED = frozenset("\r\n\ufffe\ufeff\u0002\u00ad\0")
LAST_CODE = 0x10FFFF
SLIVER = 2.0
MAX_OBJECTS = 200_000


@dataclass(slots=True)
class Drawn:
    """What is drawn beside text: thin rules (for tables), filled areas, the pictures' area.

    ``shapes`` counts the drawn paths, ``suspicious`` says that some text may be hidden.
    """

    rules: list[Corners] = field(default_factory=list)
    dark: list[Corners] = field(default_factory=list)
    picture_area: float = 0.0
    shapes: int = 0
    suspicious: bool = False


class PageReader:
    """Reads one pdfium page; ``page`` is a ``pypdfium2.PdfPage``, ``number`` counts from 1."""

    def __init__(self, page: Any, number: int) -> None:
        self._page = page
        self.width, self.height = (float(v) for v in page.get_size())
        self.number = number
        self._affine = _affine(page.raw, self.width, self.height)
        self.drawn = self._look_at_objects()

    def read(self) -> tuple[GlyphPage, list[HiddenText]]:
        """Give the visible characters in stream order, and what is hidden."""
        text_page = raw.FPDFText_LoadPage(self._page.raw)
        try:
            page = GlyphPage(self.number, self.width, self.height, rules=self.drawn.rules)
            indexes, characters, boxes = self._characters(text_page)
            page.turn = self._turn(text_page, indexes)
            if not self._may_hide(boxes):
                page.text, page.boxes = "".join(characters), boxes
                return page, []
            hidden = self._fill(page, text_page, list(zip(indexes, characters, boxes, strict=True)))
        finally:
            raw.FPDFText_ClosePage(text_page)
        return page, hidden

    def _characters(self, text_page: Any) -> tuple[list[int], list[str], list[Corners]]:
        """Index, character and shown box of all that is not a line break."""
        box, loose = raw.FS_RECTF(), raw.FPDFText_GetLooseCharBox
        a, b, c, d, e, f = self._affine
        indexes: list[int] = []
        characters: list[str] = []
        boxes: list[Corners] = []
        for index, character in enumerate(_text_of(text_page)):
            if character in DROPPED or not loose(text_page, index, box):
                continue
            left, top, right, bottom = box.left, box.top, box.right, box.bottom
            x0, y0 = a * left + c * top + e, b * left + d * top + f
            x1, y1 = a * right + c * bottom + e, b * right + d * bottom + f
            indexes.append(index)
            characters.append(character)
            boxes.append(
                (x0 if x0 <= x1 else x1, y0 if y0 <= y1 else y1,
                 x1 if x0 <= x1 else x0, y1 if y0 <= y1 else y0)
            )  # fmt: skip
        return indexes, characters, boxes

    def _turn(self, text_page: Any, indexes: list[int]) -> int:
        """Clockwise degrees by which most of the print is turned on the shown page."""
        step = max(1, len(indexes) // ANGLE_SAMPLES)
        turned = math.atan2(self._affine[1], self._affine[0])
        votes: Counter[int] = Counter()
        for index in indexes[::step]:
            angle = raw.FPDFText_GetCharAngle(text_page, index)
            if angle >= 0:
                degrees = round(math.degrees(turned + angle) / 90) * 90 % 360
                votes[degrees] += 1
        return votes.most_common(1)[0][0] if votes else 0

    def _fill(
        self, page: GlyphPage, text_page: Any, characters: list[tuple[int, str, Corners]]
    ) -> list[HiddenText]:
        hidden: list[HiddenText] = []
        apart: list[str] = []
        how_before = ""
        text: list[str] = []
        for index, character, box in characters:
            how = self._hidden_how(text_page, index, box)
            if how != how_before and apart:
                hidden.append(HiddenText(how_before, "".join(apart).strip(), self.number))
                apart = []
            how_before = how
            if how:
                apart.append(character)
            else:
                text.append(character)
                page.boxes.append(box)
        if apart:
            hidden.append(HiddenText(how_before, "".join(apart).strip(), self.number))
        page.text = "".join(text)
        return [found for found in hidden if found.text]

    def _may_hide(self, boxes: list[Corners]) -> bool:
        """Tell whether anything on the page may be hidden; asking of each character is slow."""
        if self.drawn.suspicious or not boxes:
            return bool(boxes)
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        inside = min(rights) >= 0 and min(bottoms) >= 0
        inside = inside and max(lefts) <= self.width and max(tops) <= self.height
        sizes = map(max, map(operator.sub, bottoms, tops), map(operator.sub, rights, lefts))
        return not inside or any(0 < size < TINY_POINTS for size in sizes)

    def _is_off(self, box: Corners) -> bool:
        left, top, right, bottom = box
        outside = right < 0 or bottom < 0 or left > self.width or top > self.height
        return outside and right > left

    def _hidden_how(self, text_page: Any, index: int, box: Corners) -> str:
        """Why a reader of the page would not see the character; empty where he would."""
        if self._is_off(box):
            return "off_page"
        painted = raw.FPDFText_GetTextObject(text_page, index)
        if not painted:
            return ""
        mode = raw.FPDFTextObj_GetTextRenderMode(painted)
        if mode in INVISIBLE_MODES:
            return "invisible"
        if 0 < max(box[3] - box[1], box[2] - box[0]) < TINY_POINTS:
            return "tiny"
        colour = _fill_colour(painted)
        if colour is None or mode in (1, 5):
            return ""
        red, green, blue, alpha = colour
        if alpha <= OPAQUE_ENOUGH:
            return "transparent"
        white = min(red, green, blue) >= WHITE_ENOUGH
        return "white" if white and not self._on_dark(box) else ""

    def _on_dark(self, box: Corners) -> bool:
        """Tell whether something filled or pictured lies behind a white character."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return any(area[0] <= x <= area[2] and area[1] <= y <= area[3] for area in self.drawn.dark)

    def _look_at_objects(self) -> Drawn:
        drawn = Drawn()
        count = min(raw.FPDFPage_CountObjects(self._page.raw), MAX_OBJECTS)
        edges = [ctypes.c_float() for _ in range(4)]
        for place in range(count):
            painted = raw.FPDFPage_GetObject(self._page.raw, place)
            kind = raw.FPDFPageObj_GetType(painted)
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                drawn.suspicious = drawn.suspicious or _looks_hidden(painted)
            elif kind == raw.FPDF_PAGEOBJ_FORM:
                drawn.suspicious = True
            elif raw.FPDFPageObj_GetBounds(painted, *edges):
                self._note_shape(painted, kind, [edge.value for edge in edges], drawn)
        return drawn

    def _note_shape(self, painted: Any, kind: int, bounds: list[float], drawn: Drawn) -> None:
        left, top, right, bottom = self._shown(bounds)
        width, height = right - left, bottom - top
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            drawn.picture_area += width * height
            drawn.dark.append((left, top, right, bottom))
        elif kind == raw.FPDF_PAGEOBJ_PATH:
            drawn.shapes += 1
            if min(width, height) <= SLIVER < max(width, height):
                drawn.rules.append((left, top, right, bottom))
                return
            if min(width, height) > SLIVER:
                drawn.rules.extend(_sides(painted, (left, top, right, bottom)))
            colour = _fill_colour(painted)
            if colour is not None and min(colour[:3]) < WHITE_ENOUGH and _is_filled(painted):
                drawn.dark.append((left, top, right, bottom))

    def _shown(self, bounds: list[float]) -> Corners:
        a, b, c, d, e, f = self._affine
        left, bottom, right, top = bounds
        xs = sorted((a * left + c * bottom + e, a * right + c * top + e))
        ys = sorted((b * left + d * bottom + f, b * right + d * top + f))
        return xs[0], ys[0], xs[1], ys[1]


def _text_of(text_page: Any) -> str | list[str]:
    """The characters of a page, one for each index that pdfium counts.

    They come at once where pdfium leaves none out and none takes two units, else one by one.
    """
    count = raw.FPDFText_CountChars(text_page)
    units = (ctypes.c_ushort * (count + 1))()
    written = raw.FPDFText_GetText(text_page, 0, count, units)
    text = bytes(units)[: 2 * max(written - 1, 0)].decode("utf-16-le", "replace")
    if len(text) == count:
        return text
    codes = (raw.FPDFText_GetUnicode(text_page, index) for index in range(count))
    return [chr(code) if code <= LAST_CODE else "\ufffd" for code in codes]


def _affine(page: Any, width: float, height: float) -> tuple[float, ...]:
    """User space -> points from the top left corner of the page as it is shown."""
    x, y = ctypes.c_int(), ctypes.c_int()

    def at(user_x: float, user_y: float) -> tuple[float, float]:
        size = (int(width * PRECISION), int(height * PRECISION))
        raw.FPDF_PageToDevice(page, 0, 0, *size, 0, user_x, user_y, x, y)
        return x.value / PRECISION, y.value / PRECISION

    origin, right, up = at(0, 0), at(100, 0), at(0, 100)
    a, b = (right[0] - origin[0]) / 100, (right[1] - origin[1]) / 100
    c, d = (up[0] - origin[0]) / 100, (up[1] - origin[1]) / 100
    return a, b, c, d, origin[0], origin[1]


_PARTS = tuple(ctypes.c_uint() for _ in range(4))


def _fill_colour(painted: Any) -> tuple[int, int, int, int] | None:
    """Red, green, blue and opacity (0 to 255) of what fills an object."""
    red, green, blue, alpha = _PARTS
    if not raw.FPDFPageObj_GetFillColor(painted, red, green, blue, alpha):
        return None
    return red.value, green.value, blue.value, alpha.value


def _looks_hidden(painted: Any) -> bool:
    """Tell whether a text object has any property by which text can be hidden."""
    if raw.FPDFTextObj_GetTextRenderMode(painted) in INVISIBLE_MODES:
        return True
    colour = _fill_colour(painted)
    if colour is None:
        return False
    red, green, blue, alpha = colour
    return alpha <= OPAQUE_ENOUGH or min(red, green, blue) >= WHITE_ENOUGH


def _is_filled(painted: Any) -> bool:
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(raw.FPDFPath_GetDrawMode(painted, mode, stroke)) and mode.value != 0


def _sides(painted: Any, box: Corners) -> list[Corners]:
    """The four sides of a stroked rectangle: the frame of a table or of one of its cells."""
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(painted, mode, stroke) or not stroke.value:
        return []
    if raw.FPDFPath_CountSegments(painted) > 6:
        return []
    left, top, right, bottom = box
    return [
        (left, top, right, top),
        (left, bottom, right, bottom),
        (left, top, left, bottom),
        (right, top, right, bottom),
    ]
