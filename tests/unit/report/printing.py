"""Reports printed by the real programs, and what is wrong with a printed paper.

A fault is a character without a glyph, one that stands outside the printable area or that is not
to be seen, one that looks like the box that stands for a missing glyph, a line or a cell outside
the area, a font that the file does not carry.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from pypdf import PdfReader

from auditor.ingest.office import convert
from auditor.report.printed import inked

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None,
    reason="Chromium is not here (sh scripts/install-system.sh --tests); CI installs it",
)
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-pdf-header-footer",
)  # fmt: skip
TIMEOUT_S = 180
PT_PER_MM = 72 / 25.4
COARSE, FINE = 2.0, 4.0
"""Dots a point: enough to see that there is ink, enough to tell shapes apart."""
SLACK_PT = 1.5
"""Side bearings and half a line's width may reach over the edge of the area."""
FAINT = 24
"""A character whose box has less contrast than this (of 255) is not to be seen."""
SIZE, ALIKE = 24, 16.0
"""Shapes of one box are up to 12 apart (of 255, on the mean), of a box and 门 27, of 口 37."""
NO_GLYPH = "\ue000"
"""A character of private use that no font here has."""
UNMAPPED = frozenset("\0\ufffd\ufffe\uffff")
Shape = NDArray[np.float32]
Cut = NDArray[np.uint8]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Margins:
    """The margins that text keeps, in millimetres; the foot holds the page number."""

    left: float
    top: float
    right: float
    bottom: float


def printed_page(html: Path) -> bytes:
    """Print a page to PDF by Chromium, as a browser's print dialogue does."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page.pdf"
        command = [CHROMIUM, *QUIET, f"--user-data-dir={folder}/profile"]
        command += [f"--print-to-pdf={target}", html.resolve().as_uri()]
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)
        assert target.is_file(), done.stderr.decode("utf-8", "replace")
        return target.read_bytes()


def printed_paper(file: Path) -> bytes:
    """Print a DOCX or XLSX to PDF by LibreOffice."""
    done = convert({file.name: file.read_bytes()}, "pdf", timeout_s=TIMEOUT_S)[file.name]
    assert isinstance(done, bytes), done
    return done


def text_of(pdf: bytes) -> str:
    """All text of a PDF."""
    return "\n".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(pdf))


def not_printed(expected: str, pdf: bytes) -> Counter[str]:
    """The characters that should be in the print and are not."""
    return inked(expected) - inked(text_of(pdf))


@dataclass(frozen=True)
class Sign:
    """A character on a page: its box in points from the lower left, its cut of the picture."""

    page: int
    character: str
    box: Box
    cut: Cut


def signs_of(pdf: bytes, zoom: float) -> Iterator[Sign]:
    """Every character that a page holds, with its picture at ``zoom`` dots a point."""
    for number, page in enumerate(pypdfium2.PdfDocument(pdf), 1):
        picture = np.asarray(page.render(scale=zoom, grayscale=True).to_pil())
        text, height = page.get_textpage(), page.get_height()
        for place in range(text.count_chars()):
            character = chr(pdfium.FPDFText_GetUnicode(text, place))
            made_up = pdfium.FPDFText_IsGenerated(text, place) == 1
            if not made_up and not character.isspace():
                left, bottom, right, top = box = text.get_charbox(place)
                rows = max(0, int((height - top) * zoom) - 1), int((height - bottom) * zoom) + 2
                columns = max(0, int(left * zoom) - 1), int(right * zoom) + 2
                yield Sign(number, character, box, picture[slice(*rows), slice(*columns)])


def shape_of(cut: Cut) -> Shape | None:
    """The ink of a cut, thickened, at one size, blurred; None for a mere dot or stroke."""
    if not _is_seen(cut):
        return None
    rim = np.concatenate((cut[0], cut[-1], cut[:, 0], cut[:, -1]))
    ink = np.abs(cut.astype(np.int16) - int(np.median(rim)))
    dark = ink > 0.4 * max(1, int(ink.max()))
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    if len(rows) < 10 or len(columns) < 6:
        return None
    tight = dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.uint8) * 255
    thick = Image.fromarray(tight).filter(ImageFilter.MaxFilter(3)).resize((SIZE, SIZE))
    shape = np.asarray(thick.filter(ImageFilter.GaussianBlur(1.5)), dtype=np.float32)
    return shape * (255 / max(1.0, float(shape.max())))


def _is_seen(cut: Cut) -> bool:
    return bool(cut.size) and int(cut.max()) - int(cut.min()) >= FAINT


def shapes_of_missing(probe: bytes) -> tuple[Shape, ...]:
    """How missing glyphs look in a print that holds ``NO_GLYPH``."""
    signs = (sign for sign in signs_of(probe, FINE) if sign.character == NO_GLYPH)
    return tuple(shape for sign in signs if (shape := shape_of(sign.cut)) is not None)


def faults(pdf: bytes, margins: Margins, missing: Sequence[Shape] = ()) -> list[str]:
    """What is wrong with a print, one line a fault; ``missing``: how missing glyphs look."""
    areas = [_area(page, margins) for page in pypdfium2.PdfDocument(pdf)]
    found = [*_font_faults(pdf), *_line_faults(pdf, areas)]
    looked_at: set[tuple[str, int]] = set()
    for sign in signs_of(pdf, FINE if missing else COARSE):
        what = f"page {sign.page}: {sign.character!r} at {[round(x) for x in sign.box]}"
        if sign.character in UNMAPPED:
            found.append(f"{what} has no glyph")
        if not _inside(sign.box, areas[sign.page - 1]):
            found.append(f"{what} is outside the printable area")
        if not _is_seen(sign.cut):
            found.append(f"{what} is not to be seen")
        key = (sign.character, round(sign.box[3] - sign.box[1]))
        if missing and key not in looked_at:
            looked_at.add(key)
            shape = shape_of(sign.cut)
            if shape is not None and any(np.abs(shape - m).mean() < ALIKE for m in missing):
                found.append(f"{what} looks like a missing glyph")
    return found


def _area(page: Any, margins: Margins) -> Box:
    width, height = page.get_size()
    return (
        margins.left * PT_PER_MM - SLACK_PT,
        margins.bottom * PT_PER_MM - SLACK_PT,
        width - margins.right * PT_PER_MM + SLACK_PT,
        height - margins.top * PT_PER_MM + SLACK_PT,
    )


def _inside(box: Box, area: Box) -> bool:
    low, high = box[0] >= area[0] and box[1] >= area[1], box[2] <= area[2] and box[3] <= area[3]
    return low and high


def _line_faults(pdf: bytes, areas: Sequence[Box]) -> Iterator[str]:
    for number, page in enumerate(pypdfium2.PdfDocument(pdf), 1):
        for item in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE)):
            box = item.get_bounds()
            if not _inside(box, areas[number - 1]):
                yield f"page {number}: a line or a cell at {[round(x) for x in box]} is outside"


def _font_faults(pdf: bytes) -> Iterator[str]:
    for number, page in enumerate(PdfReader(BytesIO(pdf)).pages, 1):
        fonts = page["/Resources"].get_object().get("/Font", {}).get_object()
        for reference in fonts.values():
            font = reference.get_object()
            if not _carried(font):
                yield f"page {number}: the font {font.get('/BaseFont')} is not in the file"


def _carried(font: Any) -> bool:
    if font["/Subtype"] == "/Type3":
        return True
    if font["/Subtype"] == "/Type0":
        return all(_carried(d.get_object()) for d in font["/DescendantFonts"].get_object())
    described = font.get("/FontDescriptor")
    return described is not None and any(
        key in described.get_object() for key in ("/FontFile", "/FontFile2", "/FontFile3")
    )
