"""Turn PDF pages into scans: rendered, skewed, noisy, blurred, compressed, without text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from pypdf import PdfReader, PdfWriter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from eval.intake_corpus_layout import Sheet
from eval.intake_corpus_pdf import draw_run, runs_of

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


def scan_pages(source: Path, scanner: Scanner) -> list[Image.Image]:
    """Render all pages of a PDF as a scanner would see them: greyscale pictures."""
    rng = np.random.default_rng(scanner.seed)
    document = pypdfium2.PdfDocument(source)
    pictures = []
    for page in document:
        shown = page.render(scale=scanner.dpi / 72, grayscale=True).to_pil().convert("L")
        pictures.append(_worn(shown, scanner, rng))
    document.close()
    return pictures


def _worn(shown: Image.Image, scanner: Scanner, rng: np.random.Generator) -> Image.Image:
    angle = float(rng.uniform(-scanner.skew, scanner.skew))
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


def write_scan(source: Path, path: Path, scanner: Scanner, layer: Sequence[Sheet] = ()) -> None:
    """Write a PDF of pictures; ``layer`` holds the pages of an invisible text over them."""
    canvas = Canvas(str(path), invariant=1)
    for number, picture in enumerate(scan_pages(source, scanner)):
        width, height = (side * 72 / scanner.dpi for side in picture.size)
        canvas.setPageSize((width, height))
        data = ImageReader(BytesIO(jpeg(picture, scanner.quality)))
        canvas.drawImage(data, 0, 0, width, height)
        for run in runs_of(layer[number]) if layer else ():
            draw_run(canvas, run, height, mode=3)
        canvas.showPage()
    canvas.save()


def mix(text: Path, scan: Path, path: Path, scanned: Sequence[int]) -> None:
    """Take the pages numbered in ``scanned`` (from 0) from the scan, all others from the text."""
    writer = PdfWriter()
    readers = PdfReader(text), PdfReader(scan)
    for number in range(len(readers[0].pages)):
        writer.add_page(readers[number in scanned].pages[number])
    with path.open("wb") as out:
        writer.write(out)
