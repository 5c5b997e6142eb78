"""Where the characters of a page stand, by PDFium, and where a scanner moves them."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterable
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium_c

Glyph = tuple[str, float, float]
"""A character and its centre in points from the top left of the page as shown."""
PlacedGlyph = tuple[int, str, float, float]
"""The number of the page (from 1), then as in ``Glyph``."""


def pdf_glyphs(path: Path) -> list[PlacedGlyph]:
    """The visible characters of all pages of a PDF."""
    document = pypdfium2.PdfDocument(path)
    found = []
    for number in range(1, len(document) + 1):
        found += [(number, c, round(x, 2), round(y, 2)) for c, x, y in _glyphs(document, number)]
    document.close()
    return found


def moved(
    glyphs: Iterable[Glyph], size: tuple[float, float], angle: float, turn: int
) -> list[Glyph]:
    """Where glyphs stand on a page of ``size`` (width, height) after a scan.

    ``angle``: anticlockwise degrees about the page's middle; ``turn``: clockwise, 0 to 270.
    """
    width, height = size
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    found = []
    for character, x, y in glyphs:
        across, down = x - width / 2, y - height / 2
        x = width / 2 + across * cosine + down * sine
        y = height / 2 - across * sine + down * cosine
        turned = {0: (x, y), 90: (height - y, x), 180: (width - x, height - y), 270: (y, width - x)}
        found.append((character, *turned[turn]))
    return found


def page_glyphs(data: bytes, number: int) -> list[Glyph]:
    """The visible characters of a PDF page by PDFium, those drawn twice (within 1 pt) once."""
    document = pypdfium2.PdfDocument(data)
    found = _glyphs(document, number)
    document.close()
    return found


def _glyphs(document: pypdfium2.PdfDocument, number: int) -> list[Glyph]:
    page = document[number - 1]
    layer = page.get_textpage()
    width, height = page.get_size()
    found: dict[tuple[str, int, int], Glyph] = {}
    for index in range(layer.count_chars()):
        character = chr(pdfium_c.FPDFText_GetUnicode(layer, index))
        if not character.isprintable() or character.isspace():
            continue
        left, bottom, right, top = layer.get_charbox(index, loose=True)
        x, y = _shown(page, ((left + right) / 2, (bottom + top) / 2), (width, height))
        cell = (round(x / 2), round(y / 2))
        near = [(character, cell[0] + i, cell[1] + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        if not any(_is_same(found.get(key), x, y) for key in near):
            found[character, *cell] = (character, x, y)
    return list(found.values())


def _is_same(glyph: Glyph | None, x: float, y: float) -> bool:
    return glyph is not None and abs(glyph[1] - x) < 1 and abs(glyph[2] - y) < 1


def _shown(
    page: pypdfium2.PdfPage, point: tuple[float, float], size: tuple[float, float]
) -> tuple[float, float]:
    """Where a point of the page's own coordinates is shown, in points from the top left."""
    x, y = ctypes.c_int(), ctypes.c_int()
    wide, high = round(size[0] * 100), round(size[1] * 100)
    pdfium_c.FPDF_PageToDevice(page, 0, 0, wide, high, 0, *point, x, y)
    return x.value / 100, y.value / 100
