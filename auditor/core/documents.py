"""What a submitted file becomes: final text, with pages and blocks as spans of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from auditor.core.identity import Identity
from auditor.core.spans import Span as Span


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
    ``place`` says where it stands in a format without pages (``Sheet1!A5:F5``).
    """

    kind: BlockKind
    span: Span
    level: int = 0
    header: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A physical page (numbered from 1), the characters printed on it, and how well it was read.

    ``width`` and ``height`` in points as the page is shown; ``reader`` is ``text`` (text layer) or
    ``ocr``; ``readable`` the share of its characters that anyone writes; ``confidence`` the mean
    of the character recognition, None for a text layer; ``rotation`` the degrees (clockwise) by
    which the print is turned; ``unread`` the reason why the page could not be read, else empty.
    """

    number: int
    span: Span
    width: float = 0.0
    height: float = 0.0
    reader: str = "text"
    readable: float = 1.0
    confidence: float | None = None
    rotation: int = 0
    unread: str = ""


@dataclass(frozen=True, slots=True)
class HiddenText:
    """Text that a reader of the page would not see; never judged, shown to the reviewer.

    ``how``: ``white``, ``tiny``, ``off_page``, ``invisible``, ``transparent``, ``vanish``,
    ``zero_width``, ``bidi``, ``tag`` (Unicode tag characters) or ``style`` (hidden by a web
    page's style). ``page`` is None where the format has no pages.
    """

    how: str
    text: str
    page: int | None = None


class MarkKind(StrEnum):
    """What must not leave the machine, or must not be taken in at all."""

    SECRET = "secret"
    INTERNAL = "internal"
    ID_CARD = "id_card"
    PHONE = "phone"
    BANK_CARD = "bank_card"

    @property
    def is_personal(self) -> bool:
        """Personal data: masked wherever text leaves the machine."""
        return self in (MarkKind.ID_CARD, MarkKind.PHONE, MarkKind.BANK_CARD)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of secrecy or a piece of personal data, by its span of the text."""

    kind: MarkKind
    span: Span


class DocumentKind(StrEnum):
    """What sort of paper a document is.

    Beside the papers that governments publish, those that applicants send as proof: acceptance
    report 验收报告, contract or award 合同/中标, staffing 三定, minutes 会议纪要, ledger 台账,
    screenshot 系统截图, security test 等保/密评, audit report 审计报告, survey 满意度调查, drill or
    training record 演练/培训记录, certificate or announcement 证书/公告.
    """

    WORK_REPORT = "work_report"
    REGULATION = "regulation"
    PLAN = "plan"
    STATISTICS = "statistics"
    NOTICE = "notice"
    NEWS = "news"
    INTERPRETATION = "interpretation"
    DRAFT = "draft"
    SUMMARY = "summary"
    EVIDENCE_LIST = "evidence_list"
    SELF_ASSESSMENT = "self_assessment"
    ACCEPTANCE = "acceptance"
    CONTRACT = "contract"
    STAFFING = "staffing"
    MINUTES = "minutes"
    LEDGER = "ledger"
    SCREENSHOT = "screenshot"
    SECURITY_TEST = "security_test"
    AUDIT_REPORT = "audit_report"
    SURVEY = "survey"
    TRAINING = "training"
    CERTIFICATE = "certificate"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the dossier after ingest; ``text`` never changes from here on.

    ``name`` is the path relative to the dossier folder, with ``/`` (members of an archive after
    ``!/``); ``sha256`` is of the file's bytes; ``pages`` is empty where the format has no physical
    pages and no conversion gave any (``paged_by`` is ``conversion`` where one did). ``layout``
    holds the box of each character (``core.layout``), empty where none is known. ``foreign`` says
    whose paper it is where that is not the city's, ``duplicate_of`` and ``superseded_by`` name
    the document that stands in its stead: such papers keep their text and are not judged.
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
    paged_by: str = ""
    layout: bytes = field(default=b"", repr=False)
    hidden: tuple[HiddenText, ...] = ()
    marks: tuple[Mark, ...] = ()
    identity: Identity = field(default_factory=Identity)
    foreign: str = ""
    duplicate_of: str = ""
    superseded_by: str = ""

    @property
    def counts(self) -> bool:
        """Whether its passages are searched and judged.

        Not so for what is foreign, double or superseded, nor for what the city claims of itself
        in the forms of the assessment.
        """
        claimed = self.kind in (DocumentKind.SELF_ASSESSMENT, DocumentKind.EVIDENCE_LIST)
        return not (self.foreign or self.duplicate_of or self.superseded_by or claimed)

    @property
    def unread_pages(self) -> tuple[int, ...]:
        """Numbers of the pages that could not be read."""
        return tuple(page.number for page in self.pages if page.unread)

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
