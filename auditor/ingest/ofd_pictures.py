"""Pages of an OFD that are pictures: put together and handed to the character recognition."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise

from PIL import Image

from auditor.core.documents import HiddenText
from auditor.core.errors import BrokenDocumentError, MissingExtraError
from auditor.ingest.glyphs import GlyphPage
from auditor.ingest.ofd_geometry import Matrix
from auditor.ingest.ofd_page import Drawing, Picture

FEW_CHARACTERS = 30
MOST_OF_PAGE = 0.5
SMALL_PICTURE = 0.04
OUTLINED = 40
MAX_DPI = 300.0
LEAST_DPI = 72.0
MAX_PIXELS = 60_000_000
MAX_CANVAS = 26_000_000
ALIKE = 0.5
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "GIF", "JPEG2000", "WEBP")
UNREADABLE = (ValueError, OSError, SyntaxError, MemoryError, BrokenDocumentError,
              Image.DecompressionBombError)  # fmt: skip
NO_OCR = "图像页，未安装文字识别组件，请运行 pip install 'ctmm-auditor[ocr]'"


def is_picture_page(drawing: Drawing, characters: int) -> bool:
    """Tell whether the text of a page is to be sought in its pictures."""
    share = drawing.picture_share
    if not characters:
        return share >= SMALL_PICTURE
    return characters <= FEW_CHARACTERS and share >= MOST_OF_PAGE


def read_pictures(drawing: Drawing, page: GlyphPage, read: Callable[[str], bytes]) -> GlyphPage:
    """Read the page from its pictures; where that cannot be done ``unread`` says why.

    ``read`` gives the bytes of a part. Characters of the text layer are kept behind those read.
    """
    try:
        canvas = canvas_of(drawing, read)
        found = _recognised(canvas, drawing)
    except MissingExtraError:
        page.unread = NO_OCR
        return page
    except UNREADABLE as error:
        page.unread = f"页面图像无法读取（{error}）"[:200]
        return page
    if page.text and not found.turn:
        found.add(page.text, page.boxes)
    found.rules = [*found.rules, *page.rules]
    return found


def _recognised(canvas: Image.Image, drawing: Drawing) -> GlyphPage:
    try:
        from auditor.ingest.ocr import read_picture
    except ImportError as error:
        raise MissingExtraError("Character recognition", "ocr") from error
    return read_picture(canvas, number=drawing.number, width=drawing.width, height=drawing.height)


def canvas_of(drawing: Drawing, read: Callable[[str], bytes]) -> Image.Image:
    """The whole page as a picture, in the finest resolution of its pictures.

    Raises:
        ValueError, OSError: a picture is too large, damaged or of an unknown format.
    """
    opened = [(picture, _opened(read(picture.path))) for picture in drawing.pictures]
    dpi = max(LEAST_DPI, *(_dpi(picture, image) for picture, image in opened))
    dpi = min(dpi, MAX_DPI)
    pixels = drawing.width * drawing.height * (dpi / 72) ** 2
    scale = dpi / 72 * min(1.0, (MAX_CANVAS / max(pixels, 1.0)) ** 0.5)
    size = max(1, round(drawing.width * scale)), max(1, round(drawing.height * scale))
    canvas = Image.new("RGB", size, "white")
    for picture, image in opened:
        _put(canvas, image, picture.matrix, scale)
    return canvas


def _opened(data: bytes) -> Image.Image:
    """Open a picture of a format that no other program is run for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise ValueError("图像过大")
    if image.mode in ("RGBA", "LA", "P", "PA"):
        shown = image.convert("RGBA")
        ground = Image.new("RGBA", shown.size, "white")
        return Image.alpha_composite(ground, shown).convert("RGB")
    return image.convert("RGB")


def _dpi(picture: Picture, image: Image.Image) -> float:
    a, b, c, d, _, _ = picture.matrix
    across, down = math.hypot(a, b), math.hypot(c, d)
    return 72 * max(image.width / max(across, 1.0), image.height / max(down, 1.0))


def _put(canvas: Image.Image, image: Image.Image, matrix: Matrix, scale: float) -> None:
    """Paste a picture where its matrix (unit square to points) puts it."""
    a, b, c, d, e, f = (value * scale for value in matrix)
    whole = a * d - b * c
    if abs(whole) < 1e-9:
        return
    w, h = image.size
    inverse = (
        d / whole * w, -c / whole * w, (c * f - d * e) / whole * w,
        -b / whole * h, a / whole * h, (b * e - a * f) / whole * h,
    )  # fmt: skip
    how = Image.Transform.AFFINE
    shown = image.transform(canvas.size, how, inverse, Image.Resampling.BILINEAR)
    covered = Image.new("L", image.size, 255).transform(canvas.size, how, inverse)
    canvas.paste(shown, (0, 0), covered)


def without_text_layer(hidden: Sequence[HiddenText], read: str) -> list[HiddenText]:
    """Drop hidden text that the recognition found printed too: the text layer of a scan."""
    printed = set(pairwise(read))
    kept = []
    for item in hidden:
        pairs = list(pairwise("".join(item.text.split())))
        alike = sum(pair in printed for pair in pairs)
        if item.how not in ("transparent", "invisible") or alike < ALIKE * max(len(pairs), 1):
            kept.append(item)
    return kept
