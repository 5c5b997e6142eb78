"""A paper as the rules of identity look at it: lines and white-space-free text with offsets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from auditor.core.identity import Stated
from auditor.core.spans import Span
from auditor.ingest.content import Content

HEAD_CHARACTERS = 3000
TAIL_CHARACTERS = 1500
LINE_CHARACTERS = 160
OPENING = 300
SEEN_CHARACTERS = 200_000
"""Nothing beyond this many characters is looked at: no paper signs later."""
FOLDED = str.maketrans("０１２３４５６７８９（）［］：／－", "0123456789()[]:/-")
WHITE = re.compile(r"\s+")
NAME_DATE = re.compile(r"[(（]((?:19|20)\d{2}-\d{1,2}-\d{1,2})[)）]")
CODE = re.compile(r"^(?:[A-Z]{1,4}\d{1,6}|\d{1,4})[_\-\s.、](?:\d{4}-\d{2}-\d{2}_)?")
LEADING_YEAR = re.compile(r"^(?:19|20)\d{2}_")
FILE_NOTE = re.compile(
    r"[(（][^()（）]{0,20}(?:扩展名|副本|扫描|终稿|定稿|盖章|最终|docx?|pdf|wps)[^()（）]{0,20}[)）]"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line without white space (at most 160 characters of it), and where it stands."""

    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """The line as it stands in the text."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Flat:
    """A stretch of text without white space; ``offsets`` lead back to the text."""

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """The span of the document's text that flat characters ``start`` to ``end`` cover."""
        return Span(self.offsets[start], self.offsets[end - 1] + 1)

    def of(self, match: re.Match[str], group: int | str = 0) -> Span:
        """The span of a match, or of one of its groups."""
        return self.span(match.start(group), match.end(group))


def flatten(text: str, start: int, end: int) -> Flat:
    """Cut ``start`` to ``end`` out of the text, without white space, full-width signs folded."""
    offsets = tuple(i for i in range(start, min(end, len(text))) if not text[i].isspace())
    return Flat("".join(text[i] for i in offsets).translate(FOLDED), offsets)


def fold(text: str) -> str:
    """A string without white space, its full-width digits and brackets folded."""
    return WHITE.sub("", text).translate(FOLDED)


class Paper:
    """The name and the text of one document, cut up for the rules."""

    def __init__(self, name: str, content: Content) -> None:
        self.name = name
        self.text = content.text
        self.title_property = content.title.strip()
        self.stem = PurePosixPath(name).stem

    @cached_property
    def head(self) -> Flat:
        """The first 3,000 characters."""
        return flatten(self.text, 0, HEAD_CHARACTERS)

    @cached_property
    def tail(self) -> Flat:
        """The last 1,500 characters."""
        return flatten(self.text, max(0, len(self.text) - TAIL_CHARACTERS), len(self.text))

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All lines that hold anything, from the start of the text."""
        found, at = [], 0
        for raw in self.text[:SEEN_CHARACTERS].splitlines(keepends=True):
            clean = raw.strip()
            if clean:
                start = at + len(raw) - len(raw.lstrip())
                found.append(Line(fold(clean[:LINE_CHARACTERS]), start, start + len(clean)))
            at += len(raw)
        return tuple(found)

    @cached_property
    def preamble(self) -> Flat:
        """The head up to the first article or chapter: where a statute tells its history."""
        stop = re.search("第一章|第一条", self.head.text)
        end = stop.start() if stop else len(self.head.text)
        return Flat(self.head.text[:end], self.head.offsets[:end])

    @cached_property
    def title_in_name(self) -> str:
        """What the file's name holds beside codes, dates and notes on the file itself."""
        stem = FILE_NOTE.sub("", NAME_DATE.sub("", self.stem))
        return LEADING_YEAR.sub("", CODE.sub("", stem)).strip(" _-")

    @cached_property
    def named_for_its_words(self) -> bool:
        """Whether the file's name holds the first words of the text instead of a title."""
        words = fold(self.title_in_name)
        return len(words) >= 8 and words[:24] in self.head.text[:OPENING]


def stated_by_name(value: str, confidence: float) -> Stated:
    """An answer that the file's name gives."""
    return Stated(value, confidence, None, "name")
