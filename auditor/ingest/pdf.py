"""PDF with a text layer: pdfium reads the characters, pypdf is tripwire and cross-check.

pypdf opens the file first: it refuses encrypted and damaged files and counts the pages. pdfium
then gives each page's lines with their boxes; running heads and page numbers are dropped, wrapped
lines are joined to paragraphs (also across pages), and every character knows its page.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence

import pypdfium2 as pdfium
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from auditor.core.documents import BlockKind, Page, Span
from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content, ContentBuilder, names_columns
from auditor.ingest.pdf_lines import (
    Line,
    Paragraph,
    lines_of,
    paragraphs_of,
    without_running_lines,
)

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its findings are ours to report
MAX_PAGES = 5000
MAX_CHARACTERS = 50_000_000
SAMPLED_PAGES = 5
WILD = 0.5
NO_TITLES = ("untitled", "(anonymous)", "title", "无标题")


def read_pdf(data: bytes, name: str) -> Content:
    """Read the text layer of a PDF.

    Raises:
        BrokenDocumentError: encrypted, damaged, or over the limits.
    """
    title, lengths = _tripwire(data, name)
    pages, warnings = _pages_of(data, name)
    warnings += _cross_check(pages, lengths)
    return _content(without_running_lines(pages), title, tuple(warnings))


def _tripwire(data: bytes, name: str) -> tuple[str, dict[int, int]]:
    """Open with pypdf: the title, and the text length of a few pages (by index)."""
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise BrokenDocumentError(
                name, "the PDF is encrypted", hint="Remove the password and submit it again."
            )
        count = len(reader.pages)
        if count > MAX_PAGES:
            raise BrokenDocumentError(name, f"{count} pages are too many", hint="Split the file.")
        step = max(1, count // SAMPLED_PAGES)
        lengths = {i: len(reader.pages[i].extract_text() or "") for i in range(0, count, step)}
        title = str((reader.metadata.title if reader.metadata else "") or "")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenDocumentError(
            name, f"the PDF is damaged ({error})", hint="Print it to PDF again and submit that."
        ) from error
    return "" if title.strip().lower() in NO_TITLES else title.strip(), lengths


def _pages_of(data: bytes, name: str) -> tuple[list[list[Line]], list[str]]:
    """The lines of every page by pdfium; pages without or with a broken text layer are named."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise BrokenDocumentError(
            name, f"the PDF is damaged ({error})", hint="Print it to PDF again and submit that."
        ) from error
    pages: list[list[Line]] = []
    silent, garbled, total = [], [], 0
    try:
        for number in range(1, len(document) + 1):
            lines = lines_of(document[number - 1])
            text = "".join(line.text for line in lines)
            total += len(text)
            if total > MAX_CHARACTERS:
                raise BrokenDocumentError(name, "too much text", hint="Split the file.")
            if not text.strip():
                silent.append(number)
            elif is_garbled(text):
                garbled.append(number)
                lines = []
            pages.append(lines)
    finally:
        document.close()
    if len(garbled) * 3 > len(pages):
        garbled = _also_garbled(pages, silent, garbled)
    return pages, _page_warnings(silent, garbled)


def _also_garbled(pages: list[list[Line]], silent: list[int], garbled: list[int]) -> list[int]:
    """Where a third of the pages is garbled, pages without Chinese are so too; empties them."""
    found = list(garbled)
    for number, lines in enumerate(pages, start=1):
        text = "".join(line.text for line in lines)
        chinese = sum("\u3400" <= c <= "\u9fff" for c in text)
        if number not in (*silent, *garbled) and chinese < 0.2 * len(text):
            found.append(number)
            lines.clear()
    return sorted(found)


def _page_warnings(silent: list[int], garbled: list[int]) -> list[str]:
    warnings = []
    if silent:
        warnings.append(f"第 {_listed(silent)} 页没有文字层，未读")
    if garbled:
        warnings.append(f"第 {_listed(garbled)} 页的文字层是乱码，未读")
    return warnings


def _listed(numbers: list[int]) -> str:
    shown = "、".join(map(str, numbers[:10]))
    return shown + ("……" if len(numbers) > 10 else "")


def is_garbled(text: str) -> bool:
    """Tell a text layer that cannot be right: glyph codes, or characters that nobody writes."""
    dense = [c for c in text if not c.isspace()]
    if len(dense) < 20:
        return False
    odd = sum(0xE000 <= ord(c) <= 0xF8FF or c == "\ufffd" or ord(c) < 32 for c in dense)
    symbols = sum(c in SYMBOLS for c in dense)
    accented = sum(0x80 <= ord(c) <= 0x24F for c in dense)
    chinese = [c for c in dense if "\u3400" <= c <= "\u9fff"]
    common = sum(c in COMMON for c in chinese)
    strange = len(chinese) >= 20 and common < 0.04 * len(chinese)
    foreign = max(odd, symbols) > 0.2 * len(dense) or accented > 0.1 * len(dense)
    return foreign or strange or "(cid:" in text


SYMBOLS = frozenset("!\"#$&'*+;<=>?@[\\]^_`{|}~")


COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后"
    "多定行学法所民得经市政府区建设数据标准城信息技术第章条件表格目录管理应规本开业全及"
)


def _cross_check(pages: list[list[Line]], lengths: dict[int, int]) -> list[str]:
    """Name pages on which the two engines disagree wildly about how much text there is."""
    odd = []
    for index, expected in lengths.items():
        found = sum(len(line.text) for line in pages[index]) if index < len(pages) else 0
        if min(found, expected) < WILD * max(found, expected) and max(found, expected) > 200:
            odd.append(index + 1)
    return [f"第 {_listed(odd)} 页两种引擎读出的字数相差很大，请核对"] if odd else []


def _content(pages: list[list[Line]], title: str, warnings: tuple[str, ...]) -> Content:
    """Build text, blocks and page spans; a paragraph across pages is one block."""
    builder = ContentBuilder()
    starts: list[int] = [0] * len(pages)
    reached = 0
    paragraphs = paragraphs_of(pages)
    for paragraph, header in zip(paragraphs, table_heads(paragraphs), strict=True):
        base = builder.length
        for page, offset in paragraph.page_starts:
            for skipped in range(reached, page + 1):
                starts[skipped] = base + offset
            reached = page + 1
        _add(builder, paragraph, header)
    for skipped in range(reached, len(pages)):
        starts[skipped] = builder.length
    ends = [*starts[1:], builder.length]
    spans = zip(starts, ends, strict=True) if pages else ()
    numbered = tuple(Page(n, Span(a, b)) for n, (a, b) in enumerate(spans, start=1))
    return builder.build(pages=numbered, title=title, warnings=warnings)


def table_heads(paragraphs: Sequence[Paragraph]) -> list[tuple[str, ...] | None]:
    """The head cells above each table row (its own where it is the head), None elsewhere."""
    heads: list[tuple[str, ...] | None] = []
    current: tuple[str, ...] | None = None
    for place, paragraph in enumerate(paragraphs):
        if not paragraph.row:
            current = None
        elif current is None:
            cells = tuple(paragraph.text.split(" "))
            goes_on = place + 1 < len(paragraphs) and paragraphs[place + 1].row
            current = cells if goes_on and names_columns(cells) else ()
        heads.append(current)
    return heads


def _add(builder: ContentBuilder, paragraph: Paragraph, header: tuple[str, ...] | None) -> None:
    if paragraph.heading:
        builder.heading(paragraph.text, 1)
    elif header is None:
        builder.paragraph(paragraph.text)
    elif tuple(paragraph.text.split(" ")) == header:
        builder.add(BlockKind.TABLE_HEAD, paragraph.text)
    else:
        builder.add(BlockKind.TABLE_ROW, paragraph.text, header=header)
