"""What a submitted file becomes: final text, with pages and blocks as spans of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of Unicode code points of one document's text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def contains(self, other: Span) -> bool:
        """Tell whether ``other`` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two spans share at least one character."""
        return self.start < other.end and other.start < self.end


class BlockKind(StrEnum):
    """What a stretch of text is in the layout of its document."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    TABLE_HEAD = "table_head"
    TABLE_ROW = "table_row"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph or table row; blocks are in text order and do not overlap.

    ``level`` is the depth that the format itself states for a heading (1 = top), 0 where it
    states none. ``header`` holds the header cells above a table row: context, never text.
    """

    kind: BlockKind
    span: Span
    level: int = 0
    header: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A physical page (numbered from 1) and the characters printed on it."""

    number: int
    span: Span


class DocumentKind(StrEnum):
    """What sort of paper a document is, as far as its section roles and age depend on it."""

    WORK_REPORT = "work_report"
    REGULATION = "regulation"
    PLAN = "plan"
    STATISTICS = "statistics"
    NOTICE = "notice"
    NEWS = "news"
    DRAFT = "draft"
    SUMMARY = "summary"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the dossier after ingest; ``text`` never changes from here on.

    ``name`` is the path relative to the dossier folder, with ``/``; ``sha256`` is of the file's
    bytes; ``pages`` is empty where the format has no physical pages.
    """

    name: str
    sha256: str
    format: str
    text: str
    blocks: tuple[Block, ...]
    pages: tuple[Page, ...] = ()
    kind: DocumentKind = DocumentKind.OTHER
    title: str = ""
    issued_on: date | None = None
    warnings: tuple[str, ...] = ()

    def page_of(self, offset: int) -> int | None:
        """Give the 1-based page that holds the character at ``offset``, None without pages."""
        for page in self.pages:
            if page.span.start <= offset < page.span.end:
                return page.number
        return self.pages[-1].number if self.pages and offset >= len(self.text) else None

    def quote(self, span: Span) -> str:
        """Cut the verbatim characters of ``span`` out of the text."""
        return self.text[span.start : span.end]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not part of the audit, and why; ``code`` is stable, ``hint`` the remedy."""

    name: str
    code: str
    reason: str
    hint: str = ""


def text_digest(text: str) -> str:
    """Hash a text for content-derived ids: lower-case hex sha256 of its UTF-8 bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
