"""Turn PDF pages into scans: rendered, skewed, noisy, blurred, compressed, without text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from pypdf import PdfReader, PdfWriter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from eval.intake_corpus_base import HEADER, NARROW, Bench, Made
from eval.intake_corpus_glyphs import PlacedGlyph, moved, page_glyphs, pdf_glyphs
from eval.intake_corpus_layout import Sheet
from eval.intake_corpus_office import Look, convert, write_docx
from eval.intake_corpus_pdf import draw_run, runs_of, spoil_text_layer, write_pdf
from eval.intake_corpus_text import Item

PAPER = 250


@dataclass(frozen=True, slots=True)
class Scanner:
    """Dots an inch, largest skew in degrees, noise (standard deviation of 256 levels), blur
    radius in dots, JPEG quality, and the degrees by which the sheet lies turned clockwise.
    """

    dpi: int = 200
    skew: float = 1.5
    noise: float = 8.0
    blur: float = 0.5
    quality: int = 60
    turn: int = 0
    seed: int = 0


def scan_pages(source: Path, scanner: Scanner) -> list[tuple[Image.Image, float]]:
    """Render all pages of a PDF as a scanner would see them: greyscale pictures and their skew."""
    rng = np.random.default_rng(scanner.seed)
    document = pypdfium2.PdfDocument(source)
    pictures = []
    for page in document:
        shown = page.render(scale=scanner.dpi / 72, grayscale=True).to_pil().convert("L")
        angle = float(rng.uniform(-scanner.skew, scanner.skew))
        pictures.append((_worn(shown, angle, scanner, rng), angle))
    document.close()
    return pictures


def _worn(
    shown: Image.Image, angle: float, scanner: Scanner, rng: np.random.Generator
) -> Image.Image:
    skewed = shown.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    blurred = skewed.filter(ImageFilter.GaussianBlur(scanner.blur))
    levels = np.asarray(blurred, dtype=np.float32) * (PAPER / 255)
    levels = np.clip(levels + rng.normal(0, scanner.noise, levels.shape), 0, 255)
    worn = Image.fromarray(levels.astype(np.uint8), "L")
    turns = {
        90: Image.Transpose.ROTATE_270,
        180: Image.Transpose.ROTATE_180,
        270: Image.Transpose.ROTATE_90,
    }
    return worn.transpose(turns[scanner.turn]) if scanner.turn else worn


def jpeg(picture: Image.Image, quality: int) -> bytes:
    """The picture as JPEG bytes."""
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def write_scan(
    source: Path, path: Path, scanner: Scanner, layer: Sequence[Sheet] = ()
) -> list[PlacedGlyph]:
    """Write a PDF of pictures; ``layer`` holds the pages of an invisible text over them.

    Gives where the characters of the source stand on the scan.
    """
    canvas = Canvas(str(path), invariant=1)
    placed: list[PlacedGlyph] = []
    original = source.read_bytes()
    for number, (picture, angle) in enumerate(scan_pages(source, scanner)):
        width, height = (side * 72 / scanner.dpi for side in picture.size)
        upright = (height, width) if scanner.turn % 180 else (width, height)
        glyphs = moved(page_glyphs(original, number + 1), upright, angle, scanner.turn)
        placed += [(number + 1, c, round(x, 2), round(y, 2)) for c, x, y in glyphs]
        canvas.setPageSize((width, height))
        data = ImageReader(BytesIO(jpeg(picture, scanner.quality)))
        canvas.drawImage(data, 0, 0, width, height)
        for run in runs_of(layer[number]) if layer else ():
            draw_run(canvas, run, height, mode=3)
        canvas.showPage()
    canvas.save()
    return placed


def mix(text: Path, scan: Path, path: Path, scanned: Sequence[int]) -> None:
    """Take the pages numbered in ``scanned`` (from 0) from the scan, all others from the text."""
    writer = PdfWriter()
    readers = PdfReader(text), PdfReader(scan)
    for number in range(len(readers[0].pages)):
        writer.add_page(readers[number in scanned].pages[number])
    with path.open("wb") as out:
        writer.write(out)


def scans(bench: Bench) -> Iterator[Made]:
    """Scanned papers at three resolutions, turned ones, a worn copy, two columns and a table."""
    settings: list[tuple[str, str, Scanner]] = [
        (f"scan_{dpi}", f"{face}{dpi}", Scanner(dpi, quality=quality, seed=dpi))
        for dpi, quality in ((150, 75), (200, 60), (300, 50))
        for face in ("word", "own")
    ]
    settings += [
        ("scan_turned", f"own_turned{turn}", Scanner(200, 1.0, turn=turn, seed=turn))
        for turn in (90, 180)
    ]
    settings += [
        ("scan_worn", "word_worn", Scanner(150, noise=16.0, blur=0.8, quality=35, seed=6)),
        ("scan_redhead", "red", Scanner(200, 1.0, seed=1)),
        ("scan_columns", "columns", Scanner(200, 0.7, seed=2)),
        ("scan_table", "table", Scanner(200, 0.7, seed=3)),
    ]
    for kind, name, scanner in settings[1::4] if bench.quick else settings:
        items = _scanned_paper(bench, name)
        source = _source(bench, name, items)
        path = bench.files / f"scan_{name}.pdf"
        bench.keep_glyphs(path.name, write_scan(source, path, scanner))
        yield Made(path.name, kind, True, tuple(items))


def _scanned_paper(bench: Bench, name: str) -> list[Item]:
    if name == "red":
        return bench.writer.red_head(500)
    items = bench.writer.paper(1100 if name == "columns" else 700)
    if name == "table":
        items[2:2] = bench.writer.table(10)
    return items


def _source(bench: Bench, name: str, items: list[Item]) -> Path:
    """A text PDF of the paper that is then scanned."""
    if name.startswith("word"):
        draft = bench.drafts / f"scan_{name}.docx"
        write_docx(items, draft, Look(HEADER))
        convert([draft], "pdf", bench.drafts)
        return draft.with_suffix(".pdf")
    source = bench.drafts / f"scan_{name}.pdf"
    write_pdf(bench.set_pages(items, NARROW if name == "columns" else None), source)
    return source


def layered(bench: Bench) -> Iterator[Made]:
    """Text and scanned pages in one file; garbage text layers; scans with a good text layer."""
    items = bench.writer.paper(2200)
    source, scan = bench.drafts / "mixed_text.pdf", bench.drafts / "mixed_scan.pdf"
    write_pdf(bench.set_pages(items), source)
    placed = write_scan(source, scan, Scanner(200, 1.0, seed=4))
    mix(source, scan, bench.files / "mixed.pdf", (1, 3))
    both = [g for g in pdf_glyphs(source) if g[0] not in (2, 4)]
    bench.keep_glyphs("mixed.pdf", both + [g for g in placed if g[0] in (2, 4)])
    yield Made("mixed.pdf", "pdf_mixed", True, tuple(items))
    for name in ("garbage_private", "garbage_rare", "garbage_over_scan", "searchable_scan"):
        items = bench.writer.paper(700)
        sheets = bench.set_pages(items)
        source, path = bench.drafts / f"{name}.pdf", bench.files / f"{name}.pdf"
        write_pdf(sheets, source)
        placed = pdf_glyphs(source)
        if name.endswith("scan"):
            placed = write_scan(source, path, Scanner(200, 0.3, seed=5), sheets)
            source = path
        bench.keep_glyphs(path.name, placed)
        data = source.read_bytes()
        if name.startswith("garbage"):
            data = spoil_text_layer(data, private=name != "garbage_rare")
        path.write_bytes(data)
        kind = "pdf_garbage" if name.startswith("garbage") else "pdf_searchable"
        yield Made(path.name, kind, True, tuple(items))
