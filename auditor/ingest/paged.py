"""Pages of characters -> content: paragraphs and tables, each character with page and box."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low

from auditor.core.documents import BlockKind, HiddenText, Page, Span
from auditor.core.layout import Corners, pack_boxes
from auditor.ingest.columns import Fragment, Line, gutter_of
from auditor.ingest.content import Content, ContentBuilder, names_columns
from auditor.ingest.glyphs import GlyphPage
from auditor.ingest.grids import Grid, grids_of
from auditor.ingest.legible import readable_share
from auditor.ingest.lines import lines_of, upright
from auditor.ingest.paragraphs import (
    NARROW,
    Paragraph,
    ParagraphJoiner,
    Sheet,
    usual_height,
)
from auditor.ingest.running import split_footnotes, without_running_lines


def content_of(
    pages: Sequence[GlyphPage],
    *,
    title: str = "",
    warnings: Sequence[str] = (),
    hidden: Sequence[HiddenText] = (),
) -> Content:
    """Set the pages of a document as paragraphs and table rows; pages tile the text in order."""
    lines, gutters = _lines_of_all(pages)
    heights = [page.width if page.turn in (90, 270) else page.height for page in pages]
    lines = without_running_lines(lines, heights)
    sheets = [Sheet(page.width, gutter) for page, gutter in zip(pages, gutters, strict=True)]
    paragraphs = joined(parted_footnotes(lines, pages, heights), sheets)
    builder = ContentBuilder()
    starts = [0] * len(pages)
    reached = 0
    for paragraph, header in zip(paragraphs, table_heads(paragraphs), strict=True):
        base = builder.length
        for page, offset in paragraph.page_starts:
            for skipped in range(reached, page + 1):
                starts[skipped] = base + offset
            reached = max(reached, page + 1)
        _add(builder, paragraph, header)
    for skipped in range(reached, len(pages)):
        starts[skipped] = builder.length
    for found in hidden:
        builder.hide(found.how, found.text, found.page)
    spans = _spans(starts, builder.length)
    described = tuple(_page(page, span) for page, span in zip(pages, spans, strict=True))
    return builder.build(pages=described, title=title, warnings=tuple(warnings))


def _lines_of_all(
    pages: Sequence[GlyphPage],
) -> tuple[list[list[Line]], list[float | None]]:
    """The lines of every page, and the strip between its columns.

    Pages without clear columns are read as most of the others are.
    """
    lines = [_lines(index, page) for index, page in enumerate(pages)]
    gutters = [_gutter(page_lines) for page_lines in lines]
    known = [g for g in gutters if g is not None]
    if not known or 2 * len(known) < len(pages):
        return lines, gutters
    usual = median_low(known)
    for index, page in enumerate(pages):
        if gutters[index] is None and lines[index]:
            lines[index] = _lines(index, page, usual)
            gutters[index] = usual
    return lines, gutters


def _gutter(lines: Sequence[Line]) -> float | None:
    """The strip between two columns of lines, None where most lines have the page's width."""
    plain = [Fragment([], line.at) for line in lines if not line.row]
    if not plain:
        return None
    width = max(f.at[2] for f in plain) - min(f.at[0] for f in plain)
    narrow = sum(f.at[2] - f.at[0] < NARROW * width for f in plain)
    return gutter_of(plain) if narrow > 0.5 * len(plain) else None


def _lines(index: int, page: GlyphPage, gutter: float | None = None) -> list[Line]:
    lines = lines_of(page, _grids(page), gutter)
    for line in lines:
        line.page = index
        line.by_ocr = page.reader == "ocr"
    return lines


def _grids(page: GlyphPage) -> list[Grid]:
    rules: list[Corners] = page.rules
    if page.turn:
        rules = [upright(rule, page) for rule in rules]
    return grids_of(rules) if len(rules) >= 4 else []


def parted_footnotes(
    lines: Sequence[list[Line]], pages: Sequence[GlyphPage], heights: Sequence[float]
) -> list[tuple[list[Line], list[Line]]]:
    """Part each page's body and footnotes (of a text layer: scans give no sure sizes)."""
    usual = usual_height([line for page in lines for line in page])
    return [
        split_footnotes(page_lines, usual, height) if page.reader == "text" else (page_lines, [])
        for page_lines, page, height in zip(lines, pages, heights, strict=True)
    ]


def joined(
    parted: Sequence[tuple[list[Line], list[Line]]], sheets: Sequence[Sheet]
) -> list[Paragraph]:
    """Join the lines of all pages to paragraphs."""
    joiner = ParagraphJoiner([[*body, *notes] for body, notes in parted], sheets)
    for body, notes in parted:
        joiner.add_page(body, notes)
    return joiner.finish()


def _spans(starts: Sequence[int], length: int) -> list[Span]:
    if not starts:
        return []
    ends = [*starts[1:], length]
    return [Span(start, end) for start, end in zip([0, *starts[1:]], ends, strict=True)]


def _page(page: GlyphPage, span: Span) -> Page:
    return Page(
        page.number,
        span,
        width=round(page.width, 1),
        height=round(page.height, 1),
        reader=page.reader,
        readable=round(readable_share(page.text), 3),
        confidence=None if page.confidence is None else round(page.confidence, 3),
        rotation=page.turn,
        unread=page.unread,
    )


def table_heads(paragraphs: Sequence[Paragraph]) -> list[tuple[str, ...] | None]:
    """The head cells above each table row (its own where it is the head), None elsewhere."""
    heads: list[tuple[str, ...] | None] = []
    current: tuple[str, ...] | None = None
    for place, paragraph in enumerate(paragraphs):
        if not paragraph.row:
            current = None
        elif current is None:
            cells = cells_of(paragraph)
            goes_on = place + 1 < len(paragraphs) and paragraphs[place + 1].row
            current = cells if goes_on and names_columns(cells) else ()
        heads.append(current)
    return heads


def cells_of(paragraph: Paragraph) -> tuple[str, ...]:
    """The cells of a row: those of a ruled table, else the parts between wide gaps."""
    return paragraph.cells or tuple(paragraph.text.split(" "))


def _add(builder: ContentBuilder, paragraph: Paragraph, header: tuple[str, ...] | None) -> None:
    boxes = pack_boxes(paragraph.boxes)
    if paragraph.heading:
        builder.add(BlockKind.HEADING, paragraph.text, level=1, boxes=boxes)
    elif header is None:
        builder.add(BlockKind.PARAGRAPH, paragraph.text, boxes=boxes)
    elif cells_of(paragraph) == header:
        builder.add(BlockKind.TABLE_HEAD, paragraph.text, boxes=boxes)
    else:
        builder.add(BlockKind.TABLE_ROW, paragraph.text, header=header, boxes=boxes)
