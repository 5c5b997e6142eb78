"""Automatic numbering: the labels that Word prints before paragraphs (``第一条``, ``（二）``)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from auditor.ingest.docx_counting import counted
from auditor.ingest.docx_markup import CHOICE, Element, W, find, is_on, number, value
from auditor.ingest.docx_styles import Styles
from auditor.ingest.docx_symbols import bullet

LEVELS = 9
PLACEHOLDER = re.compile(r"%([1-9])")
CLOSED = tuple("、，。．：；）】〕》」』—")
"""Behind such signs Chinese print leaves no space."""
MAX_LABEL = 60


@dataclass(slots=True)
class Level:
    """One level of a list: how it counts and what it prints."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    restart: int | None = None
    digits_only: bool = False
    suffix: str = "tab"
    font: str = ""
    style: str = ""
    vanish: bool = False


@dataclass(slots=True)
class List:
    """A list that counts: its levels and how far each of them is."""

    levels: dict[int, Level]
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts the numbered paragraphs of a document in their order; ``root`` is ``w:numbering``."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._abstract: dict[str, Element] = {}
        self._numbers: dict[str, Element] = {}
        self._lists: dict[str, List] = {}
        self._own: dict[str, dict[int, Level]] = {}
        self._starts: dict[str, dict[int, int]] = {}
        self._linked_by: dict[str, Element] = {}
        self._started: set[tuple[str, int]] = set()
        for child in root if root is not None else ():
            if child.tag == f"{W}abstractNum":
                self._abstract[value(child, "abstractNumId")] = child
                self._linked_by.setdefault(value(find(child, "styleLink")), child)
            elif child.tag == f"{W}num":
                self._numbers[value(child, "numId")] = child

    def label(self, properties: Element | None, style: str) -> str:
        """Count one paragraph and give its label with the space behind it, empty for none.

        ``properties`` is the paragraph's own ``w:numPr``; ``style`` its style's id.
        """
        if not self._numbers:
            return ""
        num, depth = self._place(properties, style)
        if num not in self._numbers:
            return ""
        levels, held = self._levels(num)
        if depth not in levels:
            return ""
        self._count(num, depth, levels, held)
        return self._printed(depth, levels, held.counts)

    def _place(self, properties: Element | None, style: str) -> tuple[str, int]:
        """The number and level of a paragraph: its own, else those of its style."""
        own = value(find(properties, "numId"))
        depth = number(find(properties, "ilvl"))
        named = self._styles.numbering_of(style)
        if own:
            return own, self._clamped(depth)
        if named is None:
            return "", 0
        stated, owner = named
        num = value(find(stated, "numId"))
        if depth is None and num in self._numbers:
            levels, _ = self._levels(num)
            linked = [d for d, level in levels.items() if level.style in (style, owner)]
            depth = linked[0] if linked else number(find(stated, "ilvl"))
        return num, self._clamped(depth)

    @staticmethod
    def _clamped(depth: int | None) -> int:
        return min(max(depth or 0, 0), LEVELS - 1)

    def _levels(self, num: str) -> tuple[dict[int, Level], List]:
        """The levels of a number (with its overrides) and the list with which it counts."""
        abstract = value(find(self._numbers[num], "abstractNumId"))
        if abstract not in self._lists:
            self._lists[abstract] = List(self._read_levels(self._linked(abstract)))
        held = self._lists[abstract]
        if num not in self._own:
            own, starts = dict(held.levels), dict[int, int]()
            for override in self._numbers[num].iterchildren(f"{W}lvlOverride"):
                level, depth = find(override, "lvl"), self._clamped(number(override, "ilvl"))
                if level is not None:
                    own[depth] = read_level(level)
                start = number(find(override, "startOverride"))
                if start is not None:
                    starts[depth] = start
            self._own[num], self._starts[num] = own, starts
        return self._own[num], held

    def _linked(self, abstract: str) -> Element | None:
        """The list's definition; a link to a numbering style leads to that style's list."""
        found = self._abstract.get(abstract)
        linked = value(find(found, "numStyleLink"))
        return self._linked_by.get(linked, found) if linked else found

    @staticmethod
    def _read_levels(definition: Element | None) -> dict[int, Level]:
        levels = definition.iterchildren(f"{W}lvl") if definition is not None else ()
        return {number(level, "ilvl") or 0: read_level(level) for level in levels}

    def _count(self, num: str, depth: int, levels: dict[int, Level], held: List) -> None:
        """Count on at ``depth``; deeper levels begin anew unless they say otherwise."""
        counts = held.counts
        first = self._starts[num].get(depth)
        if first is not None and (num, depth) not in self._started:
            counts[depth] = first
        elif depth in counts:
            counts[depth] += 1
        else:
            counts[depth] = levels[depth].start
        self._started.add((num, depth))
        for deeper in range(depth + 1, LEVELS):
            level = levels.get(deeper)
            restart = level.restart if level is not None else None
            if restart is None or (restart and depth < restart):
                counts.pop(deeper, None)

    @staticmethod
    def _printed(depth: int, levels: dict[int, Level], counts: dict[int, int]) -> str:
        level = levels[depth]
        if level.vanish:
            return ""
        if level.form == "bullet":
            return bullet(level.text, level.font)

        def numeral(match: re.Match[str]) -> str:
            place = int(match.group(1)) - 1
            other = levels.get(place, Level())
            digits = level.digits_only and other.form not in ("none", "bullet")
            return counted(counts.get(place, other.start), "decimal" if digits else other.form)

        text = PLACEHOLDER.sub(numeral, level.text)[:MAX_LABEL]
        bare = not text.strip() or text.endswith(CLOSED) or text.endswith((" ", "\u3000"))
        return text if bare or level.suffix == "nothing" else f"{text} "


def read_level(element: Element) -> Level:
    """Read one ``w:lvl``."""
    start = number(find(element, "start"))
    properties = find(element, "rPr")
    fonts = find(properties, "rFonts")
    return Level(
        start=1 if start is None else start,
        form=_form(element),
        text=value(find(element, "lvlText")),
        restart=number(find(element, "lvlRestart")),
        digits_only=is_on(find(element, "isLgl")),
        suffix=value(find(element, "suff")) or "tab",
        font=value(fonts, "ascii") or value(fonts, "hAnsi"),
        style=value(find(element, "pStyle")),
        vanish=is_on(find(properties, "vanish")),
    )


def _form(element: Element) -> str:
    """The number format; newer formats stand in an ``mc:Choice``."""
    found = find(element, "numFmt")
    if found is None:
        chosen = (form for c in element.iter(CHOICE) for form in c.iterchildren(f"{W}numFmt"))
        found = next(chosen, None)
    return value(found) or "decimal"
