"""Compare what was read with what was printed: characters, paragraphs, boxes.

Folding, on both sides: NFKC; white space, zero-width characters and the bar between table cells
removed; quotes of every shape made one, dashes too.

- **Character accuracy** is 1 - (edit distance / length), over the whole text: the folded truth
  in reading order against the folded ``Document.text``; errors of order count. Over a kind:
  distances and lengths added up. A footnote may stand anywhere, but must be there.
- **Paragraphs found**: share of the truth's titles, headings, paragraphs, footnotes and table
  rows for which a block has the same folded text (for scans: normalised edit similarity >= .95).
  Lines of forms (issuing body, number, annexes) need only stand in the text.
- **Boxes**: share of random spans within a block whose ``boxes_of`` hold the centres of exactly
  the characters of the span, by the glyph positions that PDFium gives (glyphs drawn twice count
  once); only where the file has a text layer.
"""

from __future__ import annotations

import ctypes
import random
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium_c
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from auditor.core.documents import Document, Span
from auditor.core.layout import Box, boxes_of
from eval.intake_corpus import Made
from eval.intake_corpus_text import Item

SIMILAR = 0.95
SPANS = 40
FREE = ("note", "maybe")
SAME = str.maketrans(
    {
        **dict.fromkeys("“”„‟「」『』〝〞＂«»", '"'),
        **dict.fromkeys("‘’‚‛`´", "'"),
        **dict.fromkeys("—–―‐‑‒−─", "-"),
        **dict.fromkeys("|\u200b\u200c\u200d\u2060\ufeff\u00ad", None),
    }
)
Glyph = tuple[str, float, float]
"""A character and its centre in points from the top left of the page as shown."""


def fold(text: str) -> str:
    """Fold a text for comparison (see above)."""
    folded = unicodedata.normalize("NFKC", text.translate(SAME)).translate(SAME)
    return "".join(folded.split())


@dataclass(frozen=True, slots=True)
class Score:
    """How one file was read: edit distance, length, paragraphs found and lost, spans, seconds.

    ``spans`` counts the random spans, ``right`` those whose boxes were right; both are 0 where
    positions are not known. ``unread`` is the reason why the file was not read.
    """

    made: Made
    distance: int
    length: int
    lost: tuple[Item, ...] = ()
    asked: int = 0
    spans: int = 0
    right: int = 0
    pages: int = 0
    seconds: float = 0.0
    unread: str = ""

    @property
    def accuracy(self) -> float:
        """Character accuracy of the file, 0 at worst."""
        return max(0.0, 1 - self.distance / max(1, self.length))


def unread(made: Made, why: str) -> Score:
    """The score of a file that was not read."""
    asked = [i for i in made.items if i.kind != "maybe"]
    length = sum(len(fold(item.text)) for item in asked)
    return Score(made, length, length, tuple(asked), len(asked), unread=why or "not read")


def score(made: Made, document: Document, data: bytes, seconds: float) -> Score:
    """Compare a document with the truth of its file."""
    distance, length = _distance(made, document)
    lost = lost_items(made, document)
    asked = sum(item.kind != "maybe" for item in made.items)
    spans = right = 0
    if made.file.endswith(".pdf") and not made.scan:
        spans, right = check_boxes(document, data)
    pages = len(document.pages)
    return Score(made, distance, length, tuple(lost), asked, spans, right, pages, seconds)


def compared(made: Made, document: Document) -> tuple[str, str]:
    """The folded truth and the folded text that are compared."""
    truth = "".join(fold(item.text) for item in made.items if item.kind not in FREE)
    read = fold(document.text)
    for item in made.items:
        if item.kind in FREE:
            shown = fold(item.text)
            if shown in read:
                read = read.replace(shown, "", 1)
            elif item.kind == "note":
                truth += shown
    return truth, read


def _distance(made: Made, document: Document) -> tuple[int, int]:
    truth, read = compared(made, document)
    length = sum(len(fold(item.text)) for item in made.items if item.kind != "maybe")
    return Levenshtein.distance(truth, read), length


def lost_items(made: Made, document: Document) -> list[Item]:
    """The truth's items for which there is no block."""
    blocks = [fold(document.quote(block.span)) for block in document.blocks]
    exact, whole = set(blocks), fold(document.text)
    return [
        item
        for item in made.items
        if item.kind != "maybe" and not _is_found(item, made.scan, (exact, blocks, whole))
    ]


def _is_found(item: Item, scan: bool, read: tuple[set[str], list[str], str]) -> bool:
    exact, blocks, whole = read
    wanted = fold(item.text)
    if wanted in exact or (item.kind == "form" and wanted in whole):
        return True
    if not scan:
        return False
    choices: Sequence[str] = blocks
    if item.kind == "form":  # its limits are free: compare it with every stretch of its length
        choices = [whole[i : i + len(wanted)] for i in range(len(whole) - len(wanted) + 1)]
    scorer = Levenshtein.normalized_similarity
    return process.extractOne(wanted, choices, scorer=scorer, score_cutoff=SIMILAR) is not None


def check_boxes(document: Document, data: bytes) -> tuple[int, int]:
    """Try random spans of a PDF's document: how many, and how many had the right boxes."""
    if not document.layout:
        return 0, 0
    rng = random.Random(len(data))
    blocks = [b for b in document.blocks if b.span.end - b.span.start >= 2]
    pages: dict[int, list[Glyph]] = {}
    right = 0
    for _ in range(SPANS if blocks else 0):
        block = rng.choice(blocks)
        start = rng.randrange(block.span.start, block.span.end - 1)
        span = Span(start, min(block.span.end, start + rng.randint(2, 60)))
        boxes = boxes_of(document, span)
        for box in boxes:
            if box.page not in pages:
                pages[box.page] = page_glyphs(data, box.page)
        right += _characters(boxes, pages) == sorted(fold(document.quote(span)))
    return (SPANS if blocks else 0), right


def _characters(boxes: Iterable[Box], pages: dict[int, list[Glyph]]) -> list[str]:
    held: set[tuple[int, Glyph]] = set()
    for box in boxes:
        for glyph in pages[box.page]:
            _, x, y = glyph
            if box.left <= x <= box.right and box.top <= y <= box.bottom:
                held.add((box.page, glyph))
    return sorted("".join(fold(glyph[0]) for _, glyph in held))


def page_glyphs(data: bytes, number: int) -> list[Glyph]:
    """The visible characters of a PDF page by PDFium, those drawn twice (within 1 pt) once."""
    document = pypdfium2.PdfDocument(data)
    page = document[number - 1]
    layer = page.get_textpage()
    width, height = page.get_size()
    found: dict[tuple[str, int, int], Glyph] = {}
    for index in range(layer.count_chars()):
        character = chr(pdfium_c.FPDFText_GetUnicode(layer, index))
        if not character.isprintable() or character.isspace():
            continue
        left, bottom, right, top = layer.get_charbox(index, loose=True)
        x, y = _shown(page, ((left + right) / 2, (bottom + top) / 2), (width, height))
        cell = (round(x / 2), round(y / 2))
        near = [(character, cell[0] + i, cell[1] + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        if not any(_is_same(found.get(key), x, y) for key in near):
            found[character, *cell] = (character, x, y)
    document.close()
    return list(found.values())


def _is_same(glyph: Glyph | None, x: float, y: float) -> bool:
    return glyph is not None and abs(glyph[1] - x) < 1 and abs(glyph[2] - y) < 1


def _shown(
    page: pypdfium2.PdfPage, point: tuple[float, float], size: tuple[float, float]
) -> tuple[float, float]:
    """Where a point of the page's own coordinates is shown, in points from the top left."""
    x, y = ctypes.c_int(), ctypes.c_int()
    wide, high = round(size[0] * 100), round(size[1] * 100)
    pdfium_c.FPDF_PageToDevice(page, 0, 0, wide, high, 0, *point, x, y)
    return x.value / 100, y.value / 100
