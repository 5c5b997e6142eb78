"""Where characters stand on their pages: one box per character, packed, and boxes of a span.

A document's layout is a byte string with eight bytes for each character of its text: left, top,
right, bottom as little-endian unsigned 16-bit numbers in tenths of a point, counted from the top
left corner of the page as it is shown. A character that is printed nowhere (a line break between
blocks) has the empty box of eight zero bytes.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.core.documents import Document, Page, Span

BOX_BYTES = 8
NO_BOX = bytes(BOX_BYTES)
UNITS_PER_POINT = 10
LARGEST = 0xFFFF
SAME_LINE = 0.5
WIDEST_GAP = 4.0
TURNED_GAP = 0.3
_NOWHERE = (0, 0, 0, 0)
_PACKED = struct.Struct("<4H")

Corners = tuple[float, float, float, float]
"""Left, top, right, bottom in points from the top left corner of the page."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page (numbered from 1), in points from the page's top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


def pack_boxes(boxes: Iterable[Corners | None]) -> bytes:
    """Pack one box per character; None stands for a character that is printed nowhere.

    Coordinates outside the page's upper left quarter-plane are clipped to it.
    """
    flat: list[int] = []
    extend = flat.extend
    for box in boxes:
        if box is None:
            extend(_NOWHERE)
        else:
            left, top, right, bottom = box
            extend(
                (
                    int(left * UNITS_PER_POINT + 0.5),
                    int(top * UNITS_PER_POINT + 0.5),
                    int(right * UNITS_PER_POINT + 0.5),
                    int(bottom * UNITS_PER_POINT + 0.5),
                )
            )
    try:
        packed = array("H", flat)
    except OverflowError:
        packed = array("H", (min(LARGEST, max(0, value)) for value in flat))
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def pack_box(box: Corners) -> bytes:
    """Pack one box."""
    return pack_boxes([box])


def box_at(layout: bytes, offset: int) -> Corners | None:
    """The box of the character at ``offset``, None where it has none."""
    raw = layout[offset * BOX_BYTES : (offset + 1) * BOX_BYTES]
    if len(raw) < BOX_BYTES or raw == NO_BOX:
        return None
    left, top, right, bottom = _PACKED.unpack(raw)
    return (
        left / UNITS_PER_POINT,
        top / UNITS_PER_POINT,
        right / UNITS_PER_POINT,
        bottom / UNITS_PER_POINT,
    )


def boxes_of(document: Document, span: Span) -> tuple[Box, ...]:
    """The boxes of a span: one per printed line, in text order; empty without a layout.

    Joined from the boxes of its characters; a line break, a new page or a jump begins a new box.
    """
    if not document.layout:
        return ()
    joined: list[Box] = []
    last: tuple[int, Corners] | None = None
    for page, corners in _printed(document, span):
        upright = _upright(corners, page.rotation)
        if last is not None and last[0] == page.number and _goes_on(last[1], upright):
            joined[-1] = _union(joined[-1], corners)
        else:
            joined.append(Box(page.number, *corners))
        last = page.number, upright
    return tuple(joined)


def _printed(document: Document, span: Span) -> Iterator[tuple[Page, Corners]]:
    for page in document.pages:
        start, end = max(page.span.start, span.start), min(page.span.end, span.end)
        for offset in range(start, end):
            corners = box_at(document.layout, offset)
            if corners is not None:
                yield page, corners


def _upright(corners: Corners, rotation: int) -> Corners:
    """Swap the axes of print that runs down or up the page."""
    left, top, right, bottom = corners
    return (top, left, bottom, right) if rotation in (90, 270) else corners


def _goes_on(last: Corners, corners: Corners) -> bool:
    """Tell whether a character stands beside the last one, or below or above it (turned print)."""
    left, top, right, bottom = corners
    size = max(right - left, bottom - top, last[2] - last[0], last[3] - last[1])
    level = min(last[3], bottom) - max(last[1], top)
    if level >= SAME_LINE * min(bottom - top, last[3] - last[1]):
        return max(left - last[2], last[0] - right) <= WIDEST_GAP * size
    plumb = min(last[2], right) - max(last[0], left)
    if plumb >= SAME_LINE * min(right - left, last[2] - last[0]):
        return max(top - last[3], last[1] - bottom) <= TURNED_GAP * size
    return False


def _union(box: Box, corners: Corners) -> Box:
    left, top, right, bottom = corners
    return Box(
        box.page,
        min(box.left, left),
        min(box.top, top),
        max(box.right, right),
        max(box.bottom, bottom),
    )
