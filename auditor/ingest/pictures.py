"""Pictures of pages: drawn in warm child processes with limits, lent to threads one at a time.

A hostile file is opened by nobody but such a child, as when it is read
(:mod:`auditor.ingest.isolation`). Office papers are drawn from the PDF that LibreOffice makes of
them: the caller makes it once (:func:`printed`) and keeps it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from auditor.core.documents import Document
from auditor.core.errors import BrokenDocumentError, UnsupportedFormatError
from auditor.core.layout import BOX_BYTES, NO_BOX
from auditor.ingest.align import with_pages_of
from auditor.ingest.content import Content
from auditor.ingest.isolation import Limits, ReadingPool
from auditor.ingest.office import convert
from auditor.ingest.reading import CONVERTED, PAGED_BY_CONVERSION

WORKER = "auditor.ingest.drawing_worker"
DRAWN = ("image", "ofd", "pdf")
MIN_WIDTH_PX, MAX_WIDTH_PX = 64, 3000
LIMITS = Limits(page_s=20.0, total_s=30.0)
CONVERSION_S = 60.0
PNG_MARK = b"\x89PNG\r\n\x1a\n"
SAME_SETTING = 0.98
NO_PAGES = "此格式没有页面图像"
READ_TEXT = "请查看其文字。"


def is_printed(kind: str) -> bool:
    """Tell whether the pages of a format are those of its conversion to PDF."""
    return CONVERTED.get(kind, kind) in PAGED_BY_CONVERSION


def has_pictures(kind: str) -> bool:
    """Tell whether pages of a format (``Document.format``) can be drawn."""
    return kind in DRAWN or is_printed(kind)


def printed(data: bytes, name: str, kind: str) -> bytes:
    """The PDF of an office paper, made as the intake makes it; takes seconds.

    Raises:
        DocumentError: LibreOffice is not here or cannot open the file, or the format has no pages.
    """
    if not is_printed(kind):
        raise UnsupportedFormatError(name, NO_PAGES, hint=READ_TEXT)
    steps = [CONVERTED[kind]] if kind in CONVERTED else []
    for target in (*steps, "pdf"):
        made = convert({name: data}, target, timeout_s=CONVERSION_S)[name]
        if not isinstance(made, bytes):
            raise made
        data = made
    return data


class PicturePool(ReadingPool):
    """A few drawing processes, started when first needed and kept warm; for many threads."""

    def __init__(self, size: int = 2, limits: Limits = LIMITS) -> None:
        super().__init__(size, limits, WORKER)

    def page_picture(self, data: bytes, name: str, kind: str, page: int, width_px: int) -> bytes:
        """The page numbered ``page`` from 1 as a PNG, as wide as asked for (64 to 3000 pixels).

        ``kind`` is ``pdf``, ``image`` or ``ofd``; an office paper comes as its PDF
        (:func:`printed`). The picture's sides are to each other as the page's are.

        Raises:
            DocumentError: the file is damaged, has no such page or no pages at all, its size is
                absurd, or drawing it went over a limit.
        """
        if kind not in DRAWN:
            raise UnsupportedFormatError(name, NO_PAGES, hint=READ_TEXT)
        width_px = min(MAX_WIDTH_PX, max(MIN_WIDTH_PX, width_px))
        asked = json.dumps({"kind": kind, "page": page, "width_px": width_px}).encode()
        picture = self.read(asked + b"\n" + data, name).layout
        # what a child sends is checked, it may no longer be our code
        if not picture.startswith(PNG_MARK):
            raise BrokenDocumentError(name, "此页无法成像", hint=READ_TEXT)
        return picture

    def same_setting(self, document: Document, paper: bytes) -> bool:
        """Tell whether the PDF of an office paper is set as the one that gave its boxes.

        Another LibreOffice, or other fonts, break lines elsewhere: highlights would be wrong.
        """
        converted = self.read(paper, document.name, own=True)
        plain = Content(text=document.text, blocks=document.blocks)
        made = with_pages_of(plain, converted)
        if len(made.pages) != len(document.pages):
            return False
        before, now = document.layout, made.layout
        places = range(0, len(before), BOX_BYTES)
        known = [at for at in places if before[at : at + BOX_BYTES] != NO_BOX]
        same = sum(before[at : at + BOX_BYTES] == now[at : at + BOX_BYTES] for at in known)
        return same >= SAME_SETTING * len(known)


@contextmanager
def picture_pool(size: int = 2, limits: Limits = LIMITS) -> Iterator[PicturePool]:
    """A pool that is closed at the end, whatever happens."""
    pool = PicturePool(size, limits)
    try:
        yield pool
    finally:
        pool.close()
