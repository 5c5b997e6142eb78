"""What other programs see under the boxes of a quote: the measure of highlights."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.etree import ElementTree

import numpy as np
import pdfplumber
from PIL import Image
from rapidfuzz.fuzz import ratio

from auditor.core.documents import Document, Span
from auditor.core.highlights import PageBox, highlight_boxes
from auditor.core.layout import box_at
from auditor.passages.tiling import pieces_of

HANGING = frozenset("。；！？，、：")
"""LibreOffice leaves these out where they would hang over a line's end: the page lacks them."""
GRAIN = 0.0002
"""Less than a tenth of a point on a page: what boxes are rounded to."""
LEAST_CHARACTERS = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """A character as another program sees it: page, and centre as fractions of the page."""

    character: str
    page: int
    x: float
    y: float


def folded(written: str) -> str:
    """Without white space and cell borders, in compatible forms."""
    return "".join(unicodedata.normalize("NFKC", written.replace("|", "")).split())


def seen_in_pdf(data: bytes) -> list[Seen]:
    """The characters of a PDF as pdfplumber (pdfminer) places them."""
    found = []
    with pdfplumber.open(io.BytesIO(data)) as paper:
        for sheet in paper.pages:
            width, height = float(sheet.width), float(sheet.height)
            for char in sheet.chars:
                x, y = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
                found.append(Seen(char["text"], sheet.page_number, x / width, y / height))
    return [seen for seen in found if not seen.character.isspace()]


def seen_in_ofd(data: bytes) -> list[Seen]:
    """The characters of the pages of a plain OFD: no matrices, no templates."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        root = ElementTree.fromstring(package.read("Doc_0/Document.xml"))
        for number, leaf in enumerate(root.findall("./{*}Pages/{*}Page"), start=1):
            sheet = ElementTree.fromstring(package.read(f"Doc_0/{leaf.get('BaseLoc')}"))
            box = sheet.find("./{*}Area/{*}PhysicalBox")
            box = root.find(".//{*}PhysicalBox") if box is None else box
            assert box is not None and box.text
            *_, width, height = (float(part) for part in box.text.split())
            for item in sheet.findall(".//{*}TextObject"):
                for character, x, y in _placed(item):
                    found.append(Seen(character, number, x / width, y / height))
    return [seen for seen in found if not seen.character.isspace()]


def _placed(item: ElementTree.Element) -> Iterator[tuple[str, float, float]]:
    """Characters and their middles in millimetres."""
    left, top = (float(part) for part in item.get("Boundary", "").split()[:2])
    size = float(item.get("Size", "0"))
    wide = size * float(item.get("HScale", "1"))
    for code in item.findall("{*}TextCode"):
        x, y = left + float(code.get("X", "0")), top + float(code.get("Y", "0"))
        yield from _walked(code, _steps(code.get("DeltaX", "")), (x, y), (wide, size))


def _steps(written: str) -> list[float]:
    """The steps between characters; ``g 3 5`` stands for three of five millimetres."""
    parts = iter(written.split())
    steps: list[float] = []
    for part in parts:
        times = int(next(parts)) if part == "g" else 1
        steps += [float(next(parts) if part == "g" else part)] * times
    return steps


def _walked(
    code: ElementTree.Element,
    steps: list[float],
    start: tuple[float, float],
    sides: tuple[float, float],
) -> Iterator[tuple[str, float, float]]:
    x, y = start
    wide, size = sides
    for index, character in enumerate(code.text or ""):
        step = steps[min(index, len(steps) - 1)] if steps else wide
        yield character, x + min(step, wide) / 2, y - 0.35 * size
        x += step


def under(boxes: Sequence[PageBox], page: Sequence[Seen]) -> str:
    """The characters whose middles lie in the boxes: box by box, from left to right."""
    taken: set[int] = set()
    said = ""
    for box in boxes:
        inside = [
            (seen.x, index)
            for index, seen in enumerate(page)
            if index not in taken
            and seen.page == box.page
            and box.left + GRAIN < seen.x < box.right - GRAIN
            and box.top < seen.y < box.bottom
        ]
        taken |= {index for _, index in inside}
        said += "".join(page[index].character for _, index in sorted(inside))
    return folded(said)


def exactness(document: Document, span: Span, seen: Sequence[Seen]) -> str:
    """How the text under the boxes of a span compares with its quote.

    ``exact``; ``order``: the same characters, otherwise sorted (in tables); ``hanging``: exact but
    for marks that the page itself leaves out at line ends; ``parted``: exact but for what stands
    on the page before or behind, as the end of a cell does that goes on there; else ``wrong``.
    """
    quote = folded(document.quote(span))
    boxes = highlight_boxes(document, span)
    said = under(boxes, seen)
    if said == quote:
        return "exact"
    if sorted(said) == sorted(quote):
        return "order"
    shown = folded("".join(document.text[i] for i in offsets_in(document, span, boxed=True)))
    if said != shown:
        return "wrong"
    lacking = [
        i for i in offsets_in(document, span, boxed=False) if document.text[i] not in HANGING
    ]
    if not lacking:
        return "hanging"
    pages = {box.page + step for box in boxes for step in (-1, 1)}
    beside = folded("".join(s.character for s in seen if s.page in pages))
    parts = [
        folded("".join(document.text[i] for _, i in part))
        for _, part in groupby(enumerate(lacking), key=lambda one: one[1] - one[0])
    ]
    return "parted" if all(part in beside for part in parts) else "wrong"


def offsets_in(document: Document, span: Span, *, boxed: bool) -> list[int]:
    """The characters of a span that have boxes, or those that have none; no cell borders."""
    return [
        i
        for i in range(span.start, span.end)
        if not document.text[i].isspace()
        and document.text[i] != "|"
        and (box_at(document.layout, i) is not None) == boxed
    ]


def sentences_of(document: Document) -> list[Span]:
    """The sentences that are long enough to be cited."""
    spans = [piece.span for piece in pieces_of(document)]
    return [s for s in spans if len(folded(document.quote(s))) >= LEAST_CHARACTERS]


def likeness(document: Document, span: Span, pictures: dict[int, Image.Image]) -> float:
    """How alike (0 to 100) a quote is to what the character recognition reads in its boxes."""
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "critical"})
    said = ""
    for box in highlight_boxes(document, span):
        image = pictures[box.page].convert("RGB")
        across, down = image.size
        more = 0.1 * (box.bottom - box.top) * down
        edges = (
            int(box.left * across - more),
            int(box.top * down - more),
            int(box.right * across + more) + 1,
            int(box.bottom * down + more) + 1,
        )
        pixels = np.asarray(image.crop(edges))[:, :, ::-1]
        found = engine(pixels, use_det=False, use_cls=False, use_rec=True)
        said += "".join(found.txts or ())
    return float(ratio(folded(document.quote(span)), folded(said)))
