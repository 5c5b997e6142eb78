"""Drawing the page of a file as a PNG: PDF and OFD by pdfium, pictures by Pillow.

For hostile files this runs in a limited child only (:mod:`auditor.ingest.pictures`).
"""

from __future__ import annotations

import io

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError

from auditor.core.errors import BrokenDocumentError, DocumentError, UnsupportedFormatError
from auditor.ingest import image as pictures
from auditor.ingest.ofd_picture import page_as_pdf

MAX_SIDE_POINTS = 14_400.0
"""The largest page that PDF knows: 200 inches."""
MAX_PIXELS = 40_000_000
FAST = 1
ORIENTATION, LYING = 0x0112, (5, 6, 7, 8)
"""The EXIF tag that tells how a camera was held, and its values for a quarter turn."""
RESUBMIT = "请核对页码，或重新导出文件。"


def draw_page(data: bytes, name: str, kind: str, page: int, width_px: int) -> bytes:
    """Draw the page numbered ``page`` from 1 as it is shown, ``width_px`` pixels wide, as a PNG.

    ``kind``: ``pdf``, ``ofd`` or ``image``. The height follows from the page's own sides, so that
    a fraction of the page is the same fraction of the picture.

    Raises:
        BrokenDocumentError: the file is damaged, has no such page, or its size is absurd.
        UnsupportedFormatError: the format has no pages that can be drawn.
    """
    try:
        if kind == "pdf":
            image = _pdf_page(data, name, page - 1, width_px)
        elif kind == "ofd":
            paper = page_as_pdf(data, name, page, width_px)
            image = _pdf_page(_there(paper, name, page), name, 0, width_px)
        elif kind == "image":
            image = _frame(data, name, page - 1, width_px)
        else:
            raise UnsupportedFormatError(name, "此格式没有页面图像", hint="请查看其文字。")
    except (DocumentError, MemoryError):
        raise
    except Exception as error:  # whatever a hostile file makes a library raise
        said = f"此页无法成像（{type(error).__name__}: {error}）"[:200]
        raise BrokenDocumentError(name, said, hint=RESUBMIT) from error
    return _png(image)


def _there(paper: bytes | None, name: str, page: int) -> bytes:
    if paper is None:
        raise BrokenDocumentError(name, f"没有第 {page} 页", hint=RESUBMIT)
    return paper


def _pdf_page(data: bytes, name: str, index: int, width_px: int) -> Image.Image:
    document = pdfium.PdfDocument(data)
    try:
        if not 0 <= index < len(document):
            raise BrokenDocumentError(name, f"没有第 {index + 1} 页", hint=RESUBMIT)
        document.init_forms()
        page = document[index]
        width, height = page.get_size()
        size = _size_px((width, height), width_px, name)
        bitmap = pdfium.PdfBitmap.new_native(*size, raw.FPDFBitmap_BGRx)
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, *size)
        # the sides are given apart: the page fills the picture to the last pixel in both
        place = (0, 0, *size, 0, raw.FPDF_ANNOT)
        raw.FPDF_RenderPageBitmap(bitmap, page, *place)
        if document.formenv:
            raw.FPDF_FFLDraw(document.formenv, bitmap, page, *place)
        image: Image.Image = bitmap.to_pil()
        return image.convert("RGB")
    finally:
        document.close()


def _frame(data: bytes, name: str, index: int, width_px: int) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # the size is checked here, before anything is unpacked
    try:
        with Image.open(io.BytesIO(data), formats=pictures.FORMATS) as picture:
            frames = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
            if not 0 <= index < frames:
                raise BrokenDocumentError(name, f"没有第 {index + 1} 页", hint=RESUBMIT)
            if index:
                picture.seek(index)
            if picture.width * picture.height > pictures.MAX_PIXELS:
                raise _too_large(name, picture.width, picture.height)
            sides = picture.size
            if picture.getexif().get(ORIENTATION, 1) in LYING:
                sides = sides[1], sides[0]
            size = _size_px(sides, width_px, name, MAX_PIXELS)
            if picture.format == "JPEG":
                # decoded at a half, a quarter or an eighth where that is still large enough
                picture.draft(None, (width_px, width_px))
            shown = ImageOps.exif_transpose(picture) or picture
            return _plain(shown).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    except UnidentifiedImageError as error:
        raise BrokenDocumentError(name, f"图片已损坏（{error}）", hint=RESUBMIT) from error


def _plain(image: Image.Image) -> Image.Image:
    """Grey or colours without transparency, which shows white."""
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        shown = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown).convert("RGB")
    if image.mode in ("1", "L"):
        return image.convert("L")
    return image.convert("RGB")


def _size_px(
    sides: tuple[float, float], width_px: int, name: str, largest: float = MAX_SIDE_POINTS
) -> tuple[int, int]:
    """The picture's sides; raises ``BrokenDocumentError`` for a page that nobody could print."""
    width, height = sides
    if not (0 < width <= largest and 0 < height <= largest):
        raise _too_large(name, width, height)
    height_px = max(1, round(width_px * height / width))
    if width_px * height_px > MAX_PIXELS:
        raise _too_large(name, width, height)
    return width_px, height_px


def _too_large(name: str, width: float, height: float) -> BrokenDocumentError:
    said = f"页面尺寸异常（{width:.0f}×{height:.0f}），不成像"
    return BrokenDocumentError(name, said, hint="请查看其文字，或按常用纸张重新导出。")


def _png(image: Image.Image) -> bytes:
    """Pack the picture; one without colours as grey, which is a third of the work."""
    if image.mode == "RGB":
        red, green, blue = image.split()
        grey = not ImageChops.difference(red, green).getbbox()
        if grey and not ImageChops.difference(red, blue).getbbox():
            image = red
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=FAST)
    return out.getvalue()
