"""PDF: pdfium reads the characters with their boxes, pypdf is tripwire and second reader.

pypdf opens the file first: it refuses encrypted and damaged files and counts the pages (pdfium
believes a false count). Pages without a text layer, or whose text layer cannot be right, are
read from their picture.
"""

from __future__ import annotations

import io
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from auditor.core.documents import HiddenText
from auditor.core.errors import BrokenDocumentError, MissingExtraError
from auditor.ingest import pulse
from auditor.ingest.content import Content
from auditor.ingest.glyphs import GlyphPage
from auditor.ingest.legible import chinese_share, is_garbled, readable_share
from auditor.ingest.paged import content_of
from auditor.ingest.pdf_glyphs import Drawn, PageReader

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its findings are ours to report
MAX_PAGES = 5000
MAX_CHARACTERS = 50_000_000
MAX_PAGE_POINTS = 14_400.0
FEW_CHARACTERS = 30
PICTURED = 0.5
MANY_SHAPES = 60
BEAT_PAGES = 20
WILD = 0.5
ENOUGH_TO_COMPARE = 200
CHECKED_SUSPECTS = 10
SAME_TEXT = 0.6
PIXELS = 2000
NO_TITLES = ("untitled", "(anonymous)", "title", "无标题")
PARSE_ERRORS = (
    PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError,
    AssertionError,
)  # fmt: skip


@dataclass(slots=True)
class Reading:
    """A page as read: its characters, what is hidden on it, what is drawn beside text."""

    page: GlyphPage
    hidden: list[HiddenText]
    drawn: Drawn


def read_pdf(data: bytes, name: str) -> Content:
    """Read a PDF: text layers, and pictures of pages by character recognition.

    Raises:
        BrokenDocumentError: encrypted, damaged, or over the limits.
    """
    second = _open(data, name)
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise _damaged(name, error) from error
    try:
        readings = _read_pages(document, min(len(document), _page_count(second, name)), name)
        recognised = _recognise(document, readings)
    finally:
        document.close()
    pages = [reading.page for reading in readings]
    warnings = [*_page_warnings(pages, recognised), *_second_look(second, pages)]
    hidden = [found for reading in readings for found in reading.hidden]
    return content_of(pages, title=_title(second), warnings=warnings, hidden=hidden)


def read_text_layer(data: bytes, name: str) -> Content:
    """Read the text layers alone: for files that the program made itself, and for measuring.

    No tripwire, no second reader, no character recognition. Raises ``BrokenDocumentError``.
    """
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise _damaged(name, error) from error
    try:
        pages = [reading.page for reading in _read_pages(document, len(document), name)]
    finally:
        document.close()
    return content_of(pages)


def _open(data: bytes, name: str) -> PdfReader:
    """Open with pypdf, the tripwire."""
    try:
        reader = PdfReader(io.BytesIO(data))
        locked = reader.is_encrypted and not reader.decrypt("")
    except PARSE_ERRORS as error:
        raise _damaged(name, error) from error
    if locked:
        raise BrokenDocumentError(name, "PDF 有打开密码", hint="请去掉密码后重新提交。")
    return reader


def _damaged(name: str, error: Exception) -> BrokenDocumentError:
    return BrokenDocumentError(name, f"PDF 已损坏（{error}）", hint="请重新打印为 PDF 后提交。")


def _page_count(reader: PdfReader, name: str) -> int:
    try:
        count = len(reader.pages)
    except PARSE_ERRORS as error:
        raise _damaged(name, error) from error
    if count > MAX_PAGES:
        raise BrokenDocumentError(
            name, f"页数过多（{count} 页，上限 {MAX_PAGES}）", hint="请拆分后提交。"
        )
    return count


def _title(reader: PdfReader) -> str:
    try:
        title = str((reader.metadata.title if reader.metadata else "") or "").strip()
    except PARSE_ERRORS:
        return ""
    return "" if title.lower() in NO_TITLES else title


def _read_pages(document: Any, count: int, name: str) -> list[Reading]:
    readings = []
    total = 0
    for index in range(count):
        reading = _read_page(document, index)
        total += len(reading.page.text)
        if total > MAX_CHARACTERS:
            raise BrokenDocumentError(name, "文字过多", hint="请拆分后提交。")
        readings.append(reading)
        if index % BEAT_PAGES == 0:
            pulse.page_done(0, count)
    return readings


def _read_page(document: Any, index: int) -> Reading:
    try:
        opened = document[index]
    except pdfium.PdfiumError as error:
        blank = GlyphPage(index + 1, 0.0, 0.0, unread=f"此页已损坏（{error}）")
        return Reading(blank, [], Drawn())
    try:
        reader = PageReader(opened, index + 1)
        page, hidden = reader.read()
        return Reading(page, hidden, reader.drawn)
    finally:
        opened.close()


def _recognise(document: Any, readings: Sequence[Reading]) -> dict[str, list[int]]:
    """Read the pictures of pages whose text layer is missing or wrong; says which, and why."""
    garbled = garbled_pages([reading.page for reading in readings])
    done: dict[str, list[int]] = {"scan": [], "garbled": []}
    for index, reading in enumerate(readings):
        why = "garbled" if index in garbled else "scan" if _is_pictured(reading) else ""
        if why and not reading.page.unread:
            reading.page = _from_picture(document, index, reading.page)
            pulse.page_done(index + 1, len(readings))
            reading.hidden = _still_hidden(reading, why)
            done[why].append(index + 1)
    return done


def garbled_pages(pages: Sequence[GlyphPage]) -> set[int]:
    """Indexes of pages whose text layer cannot be right.

    Where a third of the pages is so, pages with text but without Chinese are so too.
    """
    found = {i for i, page in enumerate(pages) if is_garbled(page.text)}
    if len(found) * 3 > len(pages):
        found |= {i for i, p in enumerate(pages) if p.text.strip() and chinese_share(p.text) < 0.2}
    return found


def _is_pictured(reading: Reading) -> bool:
    """Tell a page that is mostly a picture (or outlines) and holds hardly any text."""
    page, drawn = reading.page, reading.drawn
    if len(page.text.split()) and len("".join(page.text.split())) >= FEW_CHARACTERS:
        return False
    area = max(page.width * page.height, 1.0)
    return drawn.picture_area > PICTURED * area or drawn.shapes > MANY_SHAPES


def _from_picture(document: Any, index: int, page: GlyphPage) -> GlyphPage:
    from auditor.ingest.ocr import read_picture

    if max(page.width, page.height) > MAX_PAGE_POINTS or min(page.width, page.height) <= 0:
        return _unread(page, "页面尺寸异常，未识别")
    opened = document[index]
    try:
        scale = PIXELS / max(page.width, page.height)
        picture = opened.render(scale=scale, may_draw_forms=False).to_pil()
        return read_picture(picture, number=page.number, width=page.width, height=page.height)
    except MissingExtraError as error:
        return _unread(page, f"没有可用的文字层；{error.hint}")
    except pdfium.PdfiumError as error:
        return _unread(page, f"此页无法成像（{error}）")
    finally:
        opened.close()


def _unread(page: GlyphPage, why: str) -> GlyphPage:
    return GlyphPage(page.number, page.width, page.height, unread=why)


def _still_hidden(reading: Reading, why: str) -> list[HiddenText]:
    """An invisible text layer that says what the picture says is no hidden text."""
    if why == "garbled":
        return []
    seen = reading.page.text
    return [
        found
        for found in reading.hidden
        if found.how != "invisible" or overlap(found.text, seen) < SAME_TEXT
    ]


def overlap(one: str, other: str) -> float:
    """Share of the characters of ``one`` (with their counts) that ``other`` holds too."""
    wanted = Counter("".join(one.split()))
    if not wanted:
        return 1.0
    return sum((wanted & Counter("".join(other.split()))).values()) / sum(wanted.values())


def _page_warnings(pages: Sequence[GlyphPage], recognised: dict[str, list[int]]) -> list[str]:
    read = {page.number for page in pages if not page.unread}
    warnings = []
    for why, said in (("scan", "是扫描图像"), ("garbled", "的文字层是乱码")):
        numbers = [number for number in recognised[why] if number in read]
        if numbers:
            warnings.append(f"第 {_listed(numbers)} 页{said}，由文字识别读出")
    unread: dict[str, list[int]] = {}
    for page in pages:
        if page.unread:
            unread.setdefault(page.unread, []).append(page.number)
    warnings += [f"第 {_listed(numbers)} 页未读：{why}" for why, numbers in unread.items()]
    return warnings


def _listed(numbers: Sequence[int]) -> str:
    """Page numbers, runs of them shortened: 1-3、7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = "、".join(str(a) if a == b else f"{a}-{b}" for a, b in runs[:10])
    return shown + ("……" if len(runs) > 10 else "")


def _second_look(reader: PdfReader, pages: Sequence[GlyphPage]) -> list[str]:
    """pypdf reads the first, middle, last and suspicious pages; a wild difference is named."""
    odd = []
    for index in _checked_pages(pages):
        page = pages[index]
        if page.reader != "text" or page.unread:
            continue
        try:
            other = reader.pages[index].extract_text() or ""
        except PARSE_ERRORS:
            continue
        if is_garbled(other) or readable_share(other) < 1 - WILD:
            continue
        longest = max(page.text, other, key=len)
        shorter = other if longest is page.text else page.text
        if len(longest) > ENOUGH_TO_COMPARE and overlap(longest, shorter) < WILD:
            odd.append(page.number)
    return [f"第 {_listed(odd)} 页两种引擎读出的文字相差很大，请核对"] if odd else []


def _checked_pages(pages: Sequence[GlyphPage]) -> list[int]:
    if not pages:
        return []
    last = len(pages) - 1
    suspects = [i for i, page in enumerate(pages) if readable_share(page.text) < 0.98]
    return sorted({0, last // 2, last, *suspects[:CHECKED_SUSPECTS]})
