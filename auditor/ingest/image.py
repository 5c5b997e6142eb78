"""Pictures (photographs of papers, scans, screenshots): read by character recognition."""

from __future__ import annotations

import io

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from auditor.core.errors import BrokenDocumentError, MissingExtraError, UnsupportedFormatError
from auditor.ingest import pulse
from auditor.ingest.content import Content
from auditor.ingest.glyphs import GlyphPage
from auditor.ingest.paged import content_of

MAX_PIXELS = 120_000_000
MAX_FRAMES = 500
POINTS_PER_INCH = 72.0
ASSUMED_DPI = 150.0
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")


def read_image(data: bytes, name: str) -> Content:
    """Read the text on a picture; each frame of a TIFF is a page.

    Raises:
        BrokenDocumentError: damaged or too large.
        UnsupportedFormatError: character recognition is not installed.
    """
    Image.MAX_IMAGE_PIXELS = None  # the size is checked here, before anything is unpacked
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                size = f"{picture.width}×{picture.height}"
                raise BrokenDocumentError(
                    name, f"图片尺寸过大（{size} 像素）", hint="请缩小后重新提交。"
                )
            pages = _pages(picture, name)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise BrokenDocumentError(
            name, f"图片已损坏（{error}）", hint="请重新导出后提交。"
        ) from error
    return content_of(pages, warnings=("图片，文字由识别读出",))


def _pages(picture: Image.Image, name: str) -> list[GlyphPage]:
    frames = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
    if frames > MAX_FRAMES:
        raise BrokenDocumentError(name, f"页数过多（{frames}）", hint="请拆分后提交。")
    pages = []
    for number, frame in enumerate(ImageSequence.Iterator(picture), start=1):
        if number > frames:
            break
        pages.append(_page(frame, number, name))
        pulse.page_done(number, frames)
    return pages


def _page(frame: Image.Image, number: int, name: str) -> GlyphPage:
    from auditor.ingest.ocr import read_picture

    turned = ImageOps.exif_transpose(frame) or frame
    dots = frame.info.get("dpi", (ASSUMED_DPI, ASSUMED_DPI))[0]
    dpi = float(dots) if 30 <= float(dots) <= 1200 else ASSUMED_DPI
    scale = POINTS_PER_INCH / dpi
    try:
        return read_picture(
            turned, number=number, width=turned.width * scale, height=turned.height * scale
        )
    except MissingExtraError as error:
        raise UnsupportedFormatError(name, "图片需要文字识别才能读取", hint=error.hint) from error
