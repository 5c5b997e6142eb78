"""Write set pages as PDF the many ways in which real PDFs hold the same print (reportlab)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from eval.intake_corpus_layout import Sheet

FONT_FOLDER = Path("/usr/share/fonts/truetype")
FONTS = {
    "song": "arphic-gbsn00lp/gbsn00lp.ttf",
    "hei": "wqy/wqy-zenhei.ttc",
    "kai": "arphic-gkai00mp/gkai00mp.ttf",
}
FONT_PACKAGES = "fonts-arphic-gbsn00lp fonts-arphic-gkai00mp fonts-wqy-zenhei"
COLOURS = {"black": (0.0, 0.0, 0.0), "red": (0.8, 0.0, 0.0)}


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that are shown by one operator."""

    text: str
    x: float
    y: float
    gap: float
    face: tuple[str, float]
    colour: str = "black"


Arrange = Callable[[list[Run], random.Random], list[Run]]
"""Says in which order, in which pieces and how often the runs of a page are drawn."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How sheets become pages: arrangement, angle of the text matrix (anticlockwise), /Rotate."""

    arrange: Arrange | None = None
    angle: int = 0
    rotate: int = 0
    seed: int = 0


def load_fonts() -> None:
    """Register the TrueType fonts; a missing one is a ``SystemExit`` with the install line."""
    for name, file in FONTS.items():
        path = FONT_FOLDER / file
        if not path.is_file():
            raise SystemExit(f"{path} is missing: apt-get install {FONT_PACKAGES}")
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(path)))


def measure(character: str, font: str, size: float) -> float:
    """Width in points of a character in one of the registered fonts."""
    return float(pdfmetrics.getFont(font).face.getCharWidth(ord(character))) * size / 1000


def runs_of(sheet: Sheet) -> list[Run]:
    """One run for each line of a sheet."""
    found = []
    for line in sheet.lines:
        face = (line.font, line.size)
        gap = 0.0
        if len(line.text) > 1:
            natural = sum(measure(c, *face) for c in line.text[:-1])
            gap = (line.xs[-1] - line.xs[0] - natural) / (len(line.text) - 1)
        found.append(Run(line.text, line.xs[0], line.y, gap, face, line.colour))
    return found


def split_run(run: Run, lengths: Sequence[int]) -> list[Run]:
    """Cut a run into pieces of the given lengths."""
    pieces, start, x = [], 0, run.x
    for length in lengths:
        text = run.text[start : start + length]
        pieces.append(replace(run, text=text, x=x))
        x += sum(measure(c, *run.face) + run.gap for c in text)
        start += length
    return [piece for piece in pieces if piece.text]


def shuffled_lines(runs: list[Run], rng: random.Random) -> list[Run]:
    """Whole lines in random order."""
    return rng.sample(runs, len(runs))


def shuffled_runs(runs: list[Run], rng: random.Random) -> list[Run]:
    """Lines cut into runs of one to nine characters, all in random order."""
    pieces = []
    for run in runs:
        lengths: list[int] = []
        while sum(lengths) < len(run.text):
            lengths.append(rng.randint(1, 9))
        pieces.extend(split_run(run, lengths))
    return rng.sample(pieces, len(pieces))


def typeset_order(runs: list[Run], _rng: random.Random) -> list[Run]:
    """As some typesetting systems write: font by font, figures apart, from the page's foot up."""
    pieces = []
    for run in runs:
        lengths = [len(m) for m in re.findall(r"[0-9A-Za-z.%]+|[^0-9A-Za-z.%]+", run.text)]
        pieces.extend(split_run(run, lengths))
    return sorted(pieces, key=lambda r: (r.face, not r.text.isascii(), -r.y, r.x))


def row_order(runs: list[Run], _rng: random.Random) -> list[Run]:
    """By height and then from the left: columns interleaved line by line."""
    return sorted(runs, key=lambda r: (round(r.y), r.x))


def bold_lines(runs: list[Run], _rng: random.Random) -> list[Run]:
    """Every line drawn twice, 0.3 points apart."""
    return [replace(r, x=r.x + dx) for r in runs for dx in (0.0, 0.3)]


def bold_glyphs(runs: list[Run], _rng: random.Random) -> list[Run]:
    """Every glyph drawn four times in a square of 0.4 points."""
    corners = ((0.0, 0.0), (0.4, 0.0), (0.0, 0.4), (0.4, 0.4))
    return [
        replace(piece, x=piece.x + dx, y=piece.y + dy)
        for run in runs
        for piece in split_run(run, [1] * len(run.text))
        for dx, dy in corners
    ]


def bold_page(runs: list[Run], _rng: random.Random) -> list[Run]:
    """The whole page drawn a second time, 0.5 points to the right."""
    return runs + [replace(r, x=r.x + 0.5) for r in runs]


def write_pdf(sheets: Sequence[Sheet], path: Path, drawing: Drawing | None = None) -> None:
    """Write sheets as a PDF with embedded fonts and /ToUnicode."""
    drawing = drawing or Drawing()
    rng = random.Random(drawing.seed)
    canvas = Canvas(str(path), invariant=1)
    for sheet in sheets:
        _begin_page(canvas, sheet, drawing)
        for x0, y0, x1, y1 in sheet.strokes:
            canvas.setLineWidth(0.7)
            canvas.line(x0, sheet.height - y0, x1, sheet.height - y1)
        runs = runs_of(sheet)
        for run in drawing.arrange(runs, rng) if drawing.arrange else runs:
            draw_run(canvas, run, sheet.height)
        canvas.showPage()
    canvas.save()


def _begin_page(canvas: Canvas, sheet: Sheet, drawing: Drawing) -> None:
    width, height = sheet.width, sheet.height
    swapped = bool(drawing.angle % 180) != bool(drawing.rotate % 180)  # /Rotate swaps them back
    canvas.setPageSize((height, width) if swapped else (width, height))
    canvas.setPageRotation(drawing.rotate)
    origin = {0: (0.0, 0.0), 90: (height, 0.0), 180: (width, height), 270: (0.0, width)}
    if drawing.angle:
        canvas.translate(*origin[drawing.angle])
        canvas.rotate(drawing.angle)


def draw_run(canvas: Canvas, run: Run, height: float, mode: int = 0) -> None:
    """Draw a run on a page of the given height in a render mode (3: invisible)."""
    text = canvas.beginText(run.x, height - run.y)
    text.setFont(*run.face)
    text.setCharSpace(run.gap)
    text.setTextRenderMode(mode)
    text.setFillColorRGB(*COLOURS[run.colour])
    text.textOut(run.text)
    canvas.drawText(text)


def spoil_text_layer(data: bytes, private: bool) -> bytes:
    """Give every font a wrong /ToUnicode: the print stays, the text layer becomes garbage.

    ``private``: private use characters, else rare characters of plane 0.
    """
    writer = PdfWriter(clone_from=PdfReader(BytesIO(data)))
    for page in writer.pages:
        fonts = page["/Resources"]["/Font"].get_object()  # type: ignore[index]
        for name in fonts:
            font = fonts[name].get_object()
            if "/ToUnicode" in font:
                _spoil_font(writer, font, private)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _spoil_font(writer: PdfWriter, font: DictionaryObject, private: bool) -> None:
    def wrong(match: re.Match[str]) -> str:
        base = 0xE000 if private else 0x3400
        return f"<{base + int(match[0][1:-1], 16) * 7 % 0x1800:04X}>"

    if font.get("/Spoilt"):
        return
    mapping = font["/ToUnicode"].get_object()
    if not isinstance(mapping, StreamObject):
        return
    old = mapping.get_data().decode("latin-1")
    head, mark, body = old.partition("endcodespacerange")
    stream = StreamObject()
    stream.set_data((head + mark + re.sub(r"<[0-9A-Fa-f]{4}>", wrong, body)).encode("latin-1"))
    font[NameObject("/ToUnicode")] = writer._add_object(stream)
    font[NameObject("/Spoilt")] = NameObject("/Yes")
