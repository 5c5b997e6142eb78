"""Build a document's text block by block, so that every block knows its span."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from auditor.core.documents import Block, BlockKind, HiddenText, Page, Span
from auditor.core.layout import BOX_BYTES, NO_BOX


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader takes out of a file: final text, blocks, pages, title, warnings.

    ``layout`` holds eight bytes per character (``core.layout``) or is empty; ``paged_by`` is
    ``conversion`` where the pages are those of a conversion to PDF.
    """

    text: str
    blocks: tuple[Block, ...]
    pages: tuple[Page, ...] = ()
    title: str = ""
    warnings: tuple[str, ...] = ()
    layout: bytes = b""
    hidden: tuple[HiddenText, ...] = ()
    paged_by: str = ""


HEAD_CELL = 24
CLAUSE = re.compile(r"[。；;！]")
FIGURE = re.compile(r"[\d.,%％+\-—\s]+")
BROKEN = re.compile(
    r"(?<=[\u3400-\u9fff，、；（“])[ \t]*[\r\n]+[ \t]*(?=[\u3400-\u9fff，、。；）”])"
)
Reader = Callable[[bytes, str], Content]
"""A reader takes the file's bytes and its name (for messages) and may raise DocumentError."""


def names_columns(cells: Sequence[str]) -> bool:
    """Tell whether a table's first row names its columns: short words, no figures, no clauses."""
    filled = [cell for cell in cells if cell]
    short = all(len(cell) <= HEAD_CELL and not CLAUSE.search(cell) for cell in filled)
    figures = sum(bool(FIGURE.fullmatch(cell)) for cell in filled)
    return len(filled) > 1 and short and figures == 0


def cell_text(cell: str) -> str:
    """A cell on one line: a break inside Chinese text leaves no space."""
    return " ".join(BROKEN.sub("", cell).split())


class ContentBuilder:
    """Joins blocks with line breaks and records the span of each."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._boxes: list[bytes] = []
        self._hidden: list[HiddenText] = []
        self._length = 0

    @property
    def length(self) -> int:
        """Characters written so far."""
        return self._length

    def add(
        self,
        kind: BlockKind,
        text: str,
        *,
        level: int = 0,
        header: tuple[str, ...] = (),
        place: str = "",
        boxes: bytes = b"",
    ) -> None:
        """Append one block; text of white space only is passed over.

        ``boxes`` packs one box per character of ``text``, or is empty.
        """
        clean = text.strip()
        if not clean:
            return
        start = self._length
        self._parts.append(clean + "\n")
        self._length += len(clean) + 1
        self._blocks.append(Block(kind, Span(start, start + len(clean)), level, header, place))
        skipped = (len(text) - len(text.lstrip())) * BOX_BYTES
        kept = boxes[skipped : skipped + len(clean) * BOX_BYTES] if boxes else b""
        self._boxes.append((kept or NO_BOX * len(clean)) + NO_BOX)

    def hide(self, how: str, text: str, page: int | None = None) -> None:
        """Keep text that no reader of the page sees apart, as a finding of its own."""
        if text.strip():
            self._hidden.append(HiddenText(how, text.strip(), page))

    def heading(self, text: str, level: int) -> None:
        """Append a heading of the given depth (1 = top)."""
        self.add(BlockKind.HEADING, text, level=level)

    def paragraph(self, text: str) -> None:
        """Append a paragraph."""
        self.add(BlockKind.PARAGRAPH, text)

    def table(self, rows: list[list[str]]) -> None:
        """Append a table row by row; a first row that names the columns is their header."""
        cleaned = [[cell_text(cell) for cell in row] for row in rows]
        cleaned = [row for row in cleaned if any(row)]
        header = tuple(cleaned[0]) if len(cleaned) > 1 and names_columns(cleaned[0]) else ()
        for row in cleaned:
            if header and tuple(row) == header:
                self.add(BlockKind.TABLE_HEAD, " | ".join(row))
            else:
                self.add(BlockKind.TABLE_ROW, " | ".join(row), header=header)

    def build(
        self, *, pages: tuple[Page, ...] = (), title: str = "", warnings: tuple[str, ...] = ()
    ) -> Content:
        """Give the finished content; the text ends with a line break."""
        layout = b"".join(self._boxes)
        return Content(
            text="".join(self._parts),
            blocks=tuple(self._blocks),
            pages=pages,
            title=title,
            warnings=warnings,
            layout=layout if any(layout) else b"",
            hidden=tuple(self._hidden),
        )
