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
  the characters of the span (for scans: but for two), by the positions that PDFium gives for the
  PDF (glyphs drawn twice count once), or that the corpus stores (OFD, scans).
"""

from __future__ import annotations

import json
import random
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from auditor.core.documents import Document, Span
from auditor.core.layout import Box, boxes_of
from eval.intake_corpus_base import Made
from eval.intake_corpus_glyphs import Glyph, page_glyphs
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
SLACK = 2


def fold(text: str) -> str:
    """Fold a text for comparison (see above)."""
    folded = unicodedata.normalize("NFKC", text.translate(SAME)).translate(SAME)
    return "".join(folded.split())


@dataclass(frozen=True, slots=True)
class Score:
    """How one file was read: edit distance, length, paragraphs found and lost, spans, pages.

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


class Places:
    """Where the characters of a file's pages stand, page by page."""

    def __init__(self, made: Made, folder: Path | None, data: bytes) -> None:
        self._data = data if made.file.endswith(".pdf") and not made.scan else b""
        self._pages: dict[int, list[Glyph]] = {}
        stored = folder / "glyphs" / f"{made.file}.json" if folder else None
        if stored and stored.is_file():
            self._data = b""
            for number, character, x, y in json.loads(stored.read_text(encoding="utf-8")):
                self._pages.setdefault(number, []).append((character, x, y))

    @property
    def known(self) -> bool:
        """Whether positions are known at all."""
        return bool(self._data or self._pages)

    def page(self, number: int) -> list[Glyph]:
        """The characters of a page (numbered from 1)."""
        if number not in self._pages:
            self._pages[number] = page_glyphs(self._data, number) if self._data else []
        return self._pages[number]


def score(made: Made, document: Document, places: Places) -> Score:
    """Compare a document with the truth of its file."""
    distance, length = _distance(made, document)
    lost = lost_items(made, document)
    asked = sum(item.kind != "maybe" for item in made.items)
    spans = right = 0
    if places.known:
        spans, right = check_boxes(document, places, SLACK if made.scan else 0)
    pages = len(document.pages)
    return Score(made, distance, length, tuple(lost), asked, spans, right, pages)


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


def check_boxes(document: Document, places: Places, slack: int = 0) -> tuple[int, int]:
    """Try random spans: how many, and how many had boxes with but ``slack`` wrong characters."""
    if not document.layout:
        return 0, 0
    rng = random.Random(len(document.text))
    blocks = [b for b in document.blocks if b.span.end - b.span.start >= 2]
    right = 0
    for _ in range(SPANS if blocks else 0):
        block = rng.choice(blocks)
        start = rng.randrange(block.span.start, block.span.end - 1)
        span = Span(start, min(block.span.end, start + rng.randint(2, 60)))
        right += wrong_characters(document, span, places) <= slack
    return (SPANS if blocks else 0), right


def wrong_characters(document: Document, span: Span, places: Places) -> int:
    """How many characters the boxes of a span miss, or hold in excess (the larger of the two)."""
    held = _characters(boxes_of(document, span), places)
    wanted = Counter(fold(document.quote(span)))
    return max((held - wanted).total(), (wanted - held).total())


def _characters(boxes: Iterable[Box], places: Places) -> Counter[str]:
    held: set[tuple[int, Glyph]] = set()
    for box in boxes:
        for glyph in places.page(box.page):
            _, x, y = glyph
            if box.left <= x <= box.right and box.top <= y <= box.bottom:
                held.add((box.page, glyph))
    return Counter("".join(fold(glyph[0]) for _, glyph in held))
