"""Pictures in Word documents: those of scanned papers are read, others are counted."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from PIL import Image

from auditor.core.documents import Page
from auditor.core.errors import MissingExtraError
from auditor.ingest import pulse
from auditor.ingest.docx_tables import Piece
from auditor.ingest.glyphs import GlyphPage
from auditor.ingest.paged import content_of

PAGE_LONG, PAGE_SHORT = 1000, 700
NOTED_LONG, NOTED_SHORT = 600, 300
"""Pixels of pictures that may be pages, and of those large enough to say something."""
FEW_CHARACTERS = 200
MAX_PIXELS = 60_000_000
MAX_PICTURES = 500
POINTS_PER_PIXEL = 72 / 150
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
DAMAGED = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)


def with_pictures_read(pieces: Sequence[Piece]) -> tuple[list[Piece], list[str]]:
    """Put the text of scanned pages in their place; drop other pictures. Gives warnings too.

    Pictures count as scanned pages where a document holds hardly anything else.
    """
    numbers = _numbered(pieces)
    sizes = {part: _size(part) for part in numbers}
    pages = [part for part in numbers if _is_at_least(sizes[part], PAGE_LONG, PAGE_SHORT)]
    noted = [part for part in numbers if _is_at_least(sizes[part], NOTED_LONG, NOTED_SHORT)]
    characters = sum(len(piece.text) for piece in pieces)
    if not pages or characters >= FEW_CHARACTERS * len(pages):
        told = [f"有 {len(noted)} 张插图未识别"] if noted else []
        return [piece for piece in pieces if piece.picture is None], told
    try:
        read = {part: _read(part, numbers[part], len(pages)) for part in pages[:MAX_PICTURES]}
    except MissingExtraError:
        told = [f"有 {len(pages)} 张图片未识别"]
        return [piece for piece in pieces if piece.picture is None], told
    return _placed(pieces, read), _told(read, numbers, len(pages))


def _numbered(pieces: Sequence[Piece]) -> dict[Any, int]:
    """The parts of the pictures in their order, each once, numbered from 1."""
    parts = dict.fromkeys(piece.picture for piece in pieces if piece.picture is not None)
    return {part: place for place, part in enumerate(parts, start=1)}


def _size(part: Any) -> tuple[int, int]:
    """Width and height in pixels, zero for what is no readable picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(part.blob), formats=FORMATS) as image:
                size: tuple[int, int] = image.size
    except DAMAGED:
        return 0, 0
    return size if size[0] * size[1] <= MAX_PIXELS else (0, 0)


def _is_at_least(size: tuple[int, int], long: int, short: int) -> bool:
    return max(size) >= long and min(size) >= short


def _read(part: Any, number: int, total: int) -> GlyphPage:
    """Read one picture; raises ``MissingExtraError`` where recognition is not installed."""
    try:
        from auditor.ingest.ocr import read_picture
    except ImportError as error:
        raise MissingExtraError("Character recognition", "ocr") from error
    try:
        with Image.open(io.BytesIO(part.blob), formats=FORMATS) as image:
            shown = _on_white(image)
        size = shown.width * POINTS_PER_PIXEL, shown.height * POINTS_PER_PIXEL
        page = read_picture(shown, number=number, width=size[0], height=size[1])
    except DAMAGED as error:
        page = GlyphPage(number, 0.0, 0.0, unread=f"图片已损坏（{error}）"[:100])
    pulse.page_done(number, max(total, number))
    return page


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode not in ("RGBA", "LA", "P", "PA"):
        return image.convert("RGB")
    shown = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown).convert("RGB")


def _placed(pieces: Sequence[Piece], read: dict[Any, GlyphPage]) -> list[Piece]:
    """The pieces with the blocks of each read picture where it stands first."""
    content = content_of(list(read.values()))
    blocks: dict[int, list[Piece]] = {}
    for block in content.blocks:
        text = content.text[block.span.start : block.span.end]
        number = _page_at(content.pages, block.span.start)
        piece = Piece(block.kind, text, block.level, block.header)
        blocks.setdefault(number, []).append(piece)
    placed: list[Piece] = []
    for piece in pieces:
        if piece.picture is None:
            placed.append(piece)
        elif piece.picture in read:
            placed += blocks.pop(read[piece.picture].number, [])
    return placed


def _page_at(pages: Sequence[Page], offset: int) -> int:
    return next((p.number for p in pages if p.span.start <= offset < p.span.end), 0)


def _told(read: dict[Any, GlyphPage], numbers: dict[Any, int], pages: int) -> list[str]:
    good = [numbers[part] for part, page in read.items() if not page.unread]
    bad = [(numbers[part], page.unread) for part, page in read.items() if page.unread]
    told = [f"第 {ranges(good)} 张图片由文字识别读出"] if good else []
    told += [f"第 {number} 张图片未能识别：{why}" for number, why in bad]
    if pages > len(read):
        told.append(f"有 {pages - len(read)} 张图片未识别（图片过多）")
    return told


def ranges(numbers: Sequence[int]) -> str:
    """Numbers in order with runs drawn together: ``1、3—5``."""
    runs: list[list[int]] = [[numbers[0]]] if numbers else []
    for before, after in pairwise(numbers):
        if after == before + 1:
            runs[-1].append(after)
        else:
            runs.append([after])
    return "、".join(f"{run[0]}—{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
