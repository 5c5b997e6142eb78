"""Character recognition of page pictures by rapidocr (PP-OCR models that ship in its wheel).

The engine finds the lines of a page turned by 90, 180 or 270 degrees and reads each line right,
but gives the lines in a wrong order and the boxes of flipped lines mirrored. So the direction of
the print is decided first (tall lines; lines that its classifier calls upside down) and a turned
picture is read again upright; boxes are turned back to the page as it is shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from auditor.core.errors import MissingExtraError
from auditor.core.layout import Corners
from auditor.ingest.columns import is_wide
from auditor.ingest.glyphs import GlyphPage

LONG_SIDE = 2000
"""Pixels of the longer side at which pages are read; the engine shrinks larger pictures to it."""
TALL = 1.5
FEW_LETTERS = 3
UPSIDE_DOWN = 0.5
LONG_LINE = 4.0
LEAST_CONFIDENCE = 0.6
ENGINE_THREADS = 1
TIGHT = 0.12
"""The detector widens lines; characters are this share of the box's height smaller at each side."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One line as read: its text, its score, a box per character in pixels of the read picture."""

    text: str
    score: float
    boxes: list[Corners]
    angle: float
    length: float


@lru_cache(maxsize=1)
def engine() -> Any:
    """Load the engine once per process; raises ``MissingExtraError`` where it is not installed."""
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise MissingExtraError("Character recognition (rapidocr)", "ocr") from error
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.return_word_box": True,
            "Global.return_single_char_box": True,
            "Global.max_side_len": LONG_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": ENGINE_THREADS,
            "EngineConfig.onnxruntime.inter_op_num_threads": ENGINE_THREADS,
        }
    )


def is_installed() -> bool:
    """Tell whether the extra ``ocr`` is there."""
    from importlib.util import find_spec

    return find_spec("rapidocr") is not None


def read_picture(image: Image.Image, *, number: int, width: float, height: float) -> GlyphPage:
    """Read the picture of a page that is shown ``width`` x ``height`` points large.

    A page that is read with little confidence has ``unread`` set and no text.
    """
    pixels = np.asarray(_fitted(image).convert("RGB"))[:, :, ::-1]
    turn, readings = _read_upright(np.ascontiguousarray(pixels))
    page = GlyphPage(number, width, height, turn=turn, reader="ocr")
    scale = (width / pixels.shape[1], height / pixels.shape[0])
    for reading in readings:
        shown = (_turned_back(box, turn, pixels.shape) for box in reading.boxes)
        page.add(reading.text, [_scaled(box, scale) for box in shown])
    page.skew = _skew(readings)
    page.confidence = _confidence(readings)
    if page.confidence is not None and page.confidence < LEAST_CONFIDENCE:
        page.unread = f"文字识别把握过低（{page.confidence:.0%}）"
        page.text, page.boxes, page.breaks = "", [], set()
    return page


def _fitted(image: Image.Image) -> Image.Image:
    """Shrink a picture that is larger than the engine reads."""
    longest = max(image.size)
    if longest <= LONG_SIDE:
        return image
    scale = LONG_SIDE / longest
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _read_upright(pixels: np.ndarray[Any, Any]) -> tuple[int, list[Reading]]:
    """Read the picture; where its print is turned, read it again upright.

    The detector is asked once for the direction of the print.
    """
    turn, readings = _read_once(pixels)
    if turn:
        upright = np.ascontiguousarray(np.rot90(pixels, turn // 90))
        again, better = _read_once(upright)
        if again == 0:
            return turn, better
        return 0, readings
    return turn, readings


def _read_once(pixels: np.ndarray[Any, Any]) -> tuple[int, list[Reading]]:
    """The direction of the print and the lines as they lie in the picture."""
    reader = engine()
    picture, record = reader.preprocess_img(pixels)
    found, classes, read, crops = reader.run_ocr_steps(picture, record)
    if found.boxes is None or read.txts is None:
        return 0, []
    turn = _direction(found.boxes, classes.cls_res or [], read.txts)
    result = reader.build_final_output(pixels, found, classes, read, crops, record)
    if not result.txts or result.word_results is None:
        return 0, []
    rows = zip(result.boxes, result.word_results, result.scores, result.txts, strict=False)
    return turn, [r for r in (_reading(*row) for row in rows) if r is not None]


def _direction(boxes: Any, classes: Sequence[tuple[str, float]], texts: Sequence[str]) -> int:
    """Clockwise degrees by which the print is turned, by the vote of its longer lines."""
    tall = wide = flipped = counted = 0
    for box, (label, _), text in zip(boxes, classes, texts, strict=False):
        if len(text) < FEW_LETTERS:
            continue
        across, along = _sides(box)
        tall += along > TALL * across
        wide += across > TALL * along
        flipped += "180" in label
        counted += 1
    if not counted:
        return 0
    upside_down = flipped > UPSIDE_DOWN * counted
    if tall > wide:
        return 270 if upside_down else 90
    return 180 if upside_down else 0


def _sides(box: Any) -> tuple[float, float]:
    (x0, y0), (x1, y1), _, (x3, y3) = ((float(x), float(y)) for x, y in box)
    return math.hypot(x1 - x0, y1 - y0), math.hypot(x3 - x0, y3 - y0)


def _reading(box: Any, words: Any, score: float, text: str) -> Reading | None:
    """A line with one box per character, neighbours of Chinese text without gaps between them."""
    characters, boxes = _characters(words)
    if not characters:
        return None
    (x0, y0), (x1, y1) = ((float(x), float(y)) for x, y in box[:2])
    angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
    length = math.hypot(x1 - x0, y1 - y0) / max(boxes[0][3] - boxes[0][1], 1.0)
    closed = _closed(characters, boxes, (x0, max(float(p[0]) for p in box)))
    spaced, spread = _with_spaces(text, characters, closed)
    return Reading(spaced, float(score), spread, angle, length)


def _characters(words: Any) -> tuple[list[str], list[Corners]]:
    """Single characters and their boxes; the engine's words are cut into even parts."""
    characters: list[str] = []
    boxes: list[Corners] = []
    for text, _, quad in words:
        if quad is None:
            continue
        xs, ys = [float(p[0]) for p in quad], [float(p[1]) for p in quad]
        left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
        pad = TIGHT * (bottom - top)
        for place, character in enumerate(text):
            step = (right - left) / len(text)
            start = left + place * step
            characters.append(character)
            boxes.append((start, top + pad, start + step, bottom - pad))
    return characters, boxes


def _with_spaces(
    text: str, characters: Sequence[str], boxes: list[Corners]
) -> tuple[str, list[Corners]]:
    """Put the spaces of the read line back, which have no boxes of their own."""
    if "".join(text.split()) != "".join(characters):
        return "".join(characters), boxes
    spread: list[Corners] = []
    rest = iter(boxes)
    for character in text.strip():
        last = spread[-1] if spread else boxes[0]
        spread.append((last[2], last[1], last[2], last[3]) if character.isspace() else next(rest))
    return text.strip(), spread


def _closed(
    characters: Sequence[str], boxes: list[Corners], ends: tuple[float, float]
) -> list[Corners]:
    """Close the gaps that the engine leaves between characters of one line of Chinese."""
    edges = [[box[0], box[2]] for box in boxes]
    for place in range(1, len(edges)):
        if is_wide(characters[place - 1]) or is_wide(characters[place]):
            middle = (edges[place - 1][1] + edges[place][0]) / 2
            edges[place - 1][1] = edges[place][0] = middle
    edges[0][0] = min(edges[0][0], max(ends[0], edges[0][0] - (boxes[0][3] - boxes[0][1]) / 2))
    pairs = zip(edges, boxes, strict=True)
    return [(left, top, max(left, right), bottom) for (left, right), (_, top, _, bottom) in pairs]


def _turned_back(box: Corners, turn: int, shape: tuple[int, ...]) -> Corners:
    """From the upright picture back to the picture as it was given (``shape``: rows, columns)."""
    left, top, right, bottom = box
    rows, columns = shape[0], shape[1]
    if turn == 90:
        return columns - bottom, left, columns - top, right
    if turn == 180:
        return columns - right, rows - bottom, columns - left, rows - top
    if turn == 270:
        return top, rows - right, bottom, rows - left
    return box


def _scaled(box: Corners, scale: tuple[float, float]) -> Corners:
    left, top, right, bottom = box
    return left * scale[0], top * scale[1], right * scale[0], bottom * scale[1]


def _skew(readings: Sequence[Reading]) -> float:
    """Degrees by which the long lines slope down to the right in the upright page."""
    angles = [r.angle for r in readings if r.length >= LONG_LINE and abs(r.angle) < 20]
    return median(angles) if angles else 0.0


def _confidence(readings: Sequence[Reading]) -> float | None:
    letters = sum(len(r.text) for r in readings)
    if not letters:
        return None
    return sum(r.score * len(r.text) for r in readings) / letters
