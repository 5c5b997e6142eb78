"""What Word's styles say: headings, numbering, and print that no reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.ingest.docx_markup import Element, W, find, is_on, number, value

HEADING_NAME = re.compile(r"^(?:heading|标题)\s*(\d)$", re.I)
TITLE_NAME = "title"
BODY_LEVEL = 9
MAX_CHAIN = 50
LIGHT = 0xF0
"""Colours whose every channel is at least this light count as white."""
TINY_HALF_POINTS = 3
NO_SHADE = ("", "auto")
NO_PATTERN = ("", "clear", "nil")


@dataclass(frozen=True, slots=True)
class Look:
    """How a run is printed; None where it is not said here but by what stands behind."""

    vanish: bool | None = None
    white: bool | None = None
    tiny: bool | None = None
    shaded: bool | None = None

    def over(self, base: Look) -> Look:
        """This look, completed by ``base`` where it says nothing."""
        if self is PLAIN:
            return base
        return Look(
            base.vanish if self.vanish is None else self.vanish,
            base.white if self.white is None else self.white,
            base.tiny if self.tiny is None else self.tiny,
            base.shaded if self.shaded is None else self.shaded,
        )

    def how_hidden(self, shaded: bool) -> str:
        """Why nobody sees it (as in ``HiddenText``), empty where it is seen.

        ``shaded``: something may be painted behind it.
        """
        if self.vanish:
            return "vanish"
        if self.tiny:
            return "tiny"
        return "white" if self.white and not self.shaded and not shaded else ""


PLAIN = Look()


def look_of(properties: Element | None) -> Look:
    """The look that run properties (``w:rPr``) state themselves."""
    if properties is None or not len(properties):
        return PLAIN
    found = {child.tag: child for child in properties}
    vanish, color = found.get(f"{W}vanish"), found.get(f"{W}color")
    size, shade = found.get(f"{W}sz"), found.get(f"{W}shd")
    highlight = found.get(f"{W}highlight")
    if vanish is None and color is None and size is None and shade is None and highlight is None:
        return PLAIN
    shaded = None
    if shade is not None or highlight is not None:
        shaded = is_shaded(shade) or value(highlight) not in ("", "none", "white")
    return Look(
        None if vanish is None else is_on(vanish),
        None if color is None else is_white(value(color)),
        None if size is None else is_tiny(value(size)),
        shaded,
    )


def is_white(color: str) -> bool:
    """Tell white and nearly white from other colours (``RRGGBB``)."""
    try:
        rgb = int(color, 16)
    except ValueError:
        return False
    return len(color) == 6 and min(rgb >> 16, rgb >> 8 & 255, rgb & 255) >= LIGHT


def is_tiny(size: str) -> bool:
    """Tell print of at most 1.5 points; sizes are half points or say their unit (``1pt``)."""
    digits = size.removesuffix("pt")
    try:
        halves = float(digits) * (2 if digits != size else 1)
    except ValueError:
        return False
    return halves <= TINY_HALF_POINTS


def is_shaded(shade: Element | None) -> bool:
    """Tell whether ``w:shd`` paints anything but white."""
    if shade is None:
        return False
    fill = value(shade, "fill").lower()
    painted = fill not in NO_SHADE and not is_white(fill)
    return painted or value(shade) not in NO_PATTERN


class Styles:
    """The styles of a document by their ids; ``root`` is ``w:styles`` or None."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, Element] = {}
        self._looks: dict[str, Look] = {}
        self._levels: dict[str, int] = {}
        self._shades: dict[str, bool] = {}
        self._default = ""
        for style in root.iterchildren(f"{W}style") if root is not None else ():
            self._styles[value(style, "styleId")] = style
            first = value(style, "type") == "paragraph" and value(style, "default") in ("1", "true")
            self._default = value(style, "styleId") if first else self._default
        self._base = look_of(find(root, "docDefaults", "rPrDefault", "rPr"))

    def chain(self, style: str) -> Iterator[Element]:
        """The style and those that it is based on, nearest first."""
        for _ in range(MAX_CHAIN):
            found = self._styles.get(style)
            if found is None:
                return
            yield found
            style = value(find(found, "basedOn"))

    def name_of(self, style: str) -> str:
        """The name of a style, empty for unknown ids."""
        return value(find(self._styles.get(style), "name"))

    def level_of(self, paragraph_style: str) -> int:
        """The depth of the headings that a paragraph style makes (1 = top), 0 for body text."""
        style = paragraph_style or self._default
        if style not in self._levels:
            self._levels[style] = self._level(style)
        return self._levels[style]

    def _level(self, style: str) -> int:
        for found in self.chain(style):
            named = HEADING_NAME.match(value(find(found, "name")).strip())
            if named:
                return int(named.group(1))
            stated = number(find(found, "pPr", "outlineLvl"))
            if stated is not None:
                return heading_level(stated)
            if value(find(found, "name")).lower() == TITLE_NAME:
                return 1
        return 0

    def numbering_of(self, paragraph_style: str) -> tuple[Element, str] | None:
        """The ``w:numPr`` of a paragraph style and the id of the style that states it."""
        for found in self.chain(paragraph_style or self._default):
            properties = find(found, "pPr", "numPr")
            if properties is not None:
                return properties, value(found, "styleId")
        return None

    def look(self, paragraph_style: str, run_style: str = "") -> Look:
        """The look of runs without properties of their own."""
        look = self._style_look(paragraph_style or self._default).over(self._base)
        return self._style_look(run_style).over(look) if run_style else look

    def _style_look(self, style: str) -> Look:
        if style not in self._looks:
            look = PLAIN
            for found in self.chain(style):
                look = look.over(look_of(find(found, "rPr")))
            self._looks[style] = look
        return self._looks[style]

    def shades(self, style: str) -> bool:
        """Tell whether a paragraph or table style paints anything behind its text."""
        if style not in self._shades:
            shades = (s for found in self.chain(style) for s in found.iter(f"{W}shd"))
            self._shades[style] = any(is_shaded(shade) for shade in shades)
        return self._shades[style]


def heading_level(outline_level: int) -> int:
    """The heading depth of an outline level: 0 … 8 are headings, 9 is body text."""
    return outline_level + 1 if 0 <= outline_level < BODY_LEVEL else 0
