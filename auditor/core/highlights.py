"""Highlights on the picture of a page: fractions of its width and height, in both directions.

A picture of a page shows the whole page, so a place on it is the same share of its width and
height in any size: 0 is the left or upper edge, 1 the right or lower one. Spans become boxes,
rectangles that a reviewer draws become spans, and the lines of a page say where each of their
characters begins, so that a browser can lay selectable text over the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.core.documents import Document, Page, Span
from auditor.core.layout import Corners, box_at, boxes_of

DIGITS = 5
"""A hundred-thousandth of a page's side: far less than the tenth of a point that boxes keep."""
SAME_LINE = 0.5
WIDEST_GAP = 4.0
OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class PageBox:
    """A rectangle on a page (numbered from 1); edges are fractions of its width and height."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class TextLine:
    """Characters that stand beside each other on a page.

    ``box`` in fractions (left, top, right, bottom). ``direction`` is the clockwise turn of the
    print in degrees. ``edges`` holds one more number than the span has characters: where each
    begins in reading direction and where the last ends, as fractions of the page's width (of its
    height where the print runs down, 90, or up, 270). A character that is printed nowhere
    begins and ends where the one before it ends.
    """

    span: Span
    box: Corners
    edges: tuple[float, ...]
    direction: int = 0


def highlight_boxes(document: Document, span: Span, page: int | None = None) -> tuple[PageBox, ...]:
    """The boxes of a span, one per printed line in text order: on one page, or on all it covers.

    Empty where the document has no layout, or the page no size.
    """
    pages = {p.number: p for p in document.pages if p.width > 0 and p.height > 0}
    if page is not None:
        pages = {page: pages[page]} if page in pages else {}
        span = _within(span, pages.get(page))
    return tuple(
        PageBox(box.page, *_fractions((box.left, box.top, box.right, box.bottom), pages[box.page]))
        for box in boxes_of(document, span)
        if box.page in pages
    )


def _within(span: Span, page: Page | None) -> Span:
    if page is None:
        return Span(span.start, span.start)
    start = min(max(span.start, page.span.start), page.span.end)
    return Span(start, max(start, min(span.end, page.span.end)))


def span_at(document: Document, page: int, rectangles: Iterable[Corners]) -> Span | None:
    """The smallest run of characters that holds all whose centres lie in the rectangles.

    ``rectangles`` in fractions of the page numbered ``page`` from 1, from any corner to the one
    opposite. None where no character lies in them, or there is no such page.
    """
    areas = [_upright(rectangle) for rectangle in rectangles]
    found = _page(document, page)
    if found is None:
        return None
    first = last = -1
    for offset, box in _boxes(document, found):
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if any(a[0] < x < a[2] and a[1] < y < a[3] for a in areas):
            first = offset if first < 0 else first
            last = offset
    return Span(first, last + 1) if first >= 0 else None


def characters_of(document: Document, page: int) -> tuple[TextLine, ...]:
    """The lines of the page numbered ``page`` from 1, in text order, with all their characters.

    A line ends where the next character stands elsewhere than beside the one before it; each
    begins and ends with a character that is printed. Empty without a layout or such a page.
    """
    found = _page(document, page)
    if found is None:
        return ()
    lines: list[TextLine] = []
    held: list[tuple[int, Corners]] = []
    for offset, box in _boxes(document, found):
        if held and not _goes_on(held[-1], (offset, box), found):
            lines.append(_line(held, found.rotation))
            held = []
        held.append((offset, box))
    if held:
        lines.append(_line(held, found.rotation))
    return tuple(lines)


def _page(document: Document, number: int) -> Page | None:
    """The page of a number, None where it has no size or the document no layout."""
    if not document.layout:
        return None
    sized = (p for p in document.pages if p.number == number and p.width > 0 and p.height > 0)
    return next(sized, None)


def _boxes(document: Document, page: Page) -> Iterator[tuple[int, Corners]]:
    """Offset and box, in fractions, of every character that is printed on the page."""
    for offset in range(page.span.start, page.span.end):
        box = box_at(document.layout, offset)
        if box is not None:
            yield offset, _fractions(box, page)


def _fractions(box: Corners, page: Page) -> Corners:
    left, top, right, bottom = box
    return (
        _fraction(left, page.width),
        _fraction(top, page.height),
        _fraction(right, page.width),
        _fraction(bottom, page.height),
    )


def _fraction(length: float, whole: float) -> float:
    return round(min(1.0, max(0.0, length / whole)), DIGITS)


def _upright(rectangle: Corners) -> Corners:
    x0, y0, x1, y1 = rectangle
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _goes_on(last: tuple[int, Corners], following: tuple[int, Corners], page: Page) -> bool:
    """Tell whether a character stands behind the last one on its line (measured in points)."""
    (begin, end), (top, bottom) = _turned(last[1], page)
    (next_begin, next_end), (next_top, next_bottom) = _turned(following[1], page)
    level = min(bottom, next_bottom) - max(top, next_top)
    if level < SAME_LINE * min(bottom - top, next_bottom - next_top):
        return False
    size = max(end - begin, bottom - top, next_end - next_begin, next_bottom - next_top)
    narrower = min(end - begin, next_end - next_begin)
    return -OVERLAP * narrower <= next_begin - end <= WIDEST_GAP * size


def _turned(box: Corners, page: Page) -> tuple[tuple[float, float], tuple[float, float]]:
    """From and to in points: along the direction of reading, and across it."""
    across = (box[0] * page.width, box[2] * page.width)
    down = (box[1] * page.height, box[3] * page.height)
    along, aside = (down, across) if page.rotation in (90, 270) else (across, down)
    return ((-along[1], -along[0]) if page.rotation in (180, 270) else along), aside


def _line(held: list[tuple[int, Corners]], direction: int) -> TextLine:
    start, end = held[0][0], held[-1][0] + 1
    first, last = (1, 3) if direction in (90, 270) else (0, 2)
    if direction in (180, 270):
        first, last = last, first
    boxes = dict(held)
    edges: list[float] = []
    reached = held[0][1][first]
    for offset in range(start, end):
        box = boxes.get(offset)
        edges.append(reached if box is None else box[first])
        reached = reached if box is None else box[last]
    lefts, tops, rights, bottoms = zip(*boxes.values(), strict=True)
    around = (min(lefts), min(tops), max(rights), max(bottoms))
    return TextLine(Span(start, end), around, (*edges, reached), direction)
