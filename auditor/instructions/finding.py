"""All instructions of a dossier as findings: in sentences, and beside the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from auditor.core.documents import BlockKind, Document
from auditor.core.instructions import Family, Instruction, Place
from auditor.core.passages import Passage
from auditor.core.spans import Span
from auditor.instructions.detecting import family_in, marks_of

LINE = re.compile(r"[^。！？；!?;\n]+[。！？；!?;]*")
NAME_SIGNS = re.compile(r"[_\-—+＿]+")
TABLE = (BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW)


def instructions_of(
    documents: Sequence[Document], passages: Sequence[Passage]
) -> tuple[Instruction, ...]:
    """Every instruction of a dossier, by document: beside its text first, then in text order.

    Documents that do not count are not cut into passages; their text is looked at as well.
    """
    by_document: dict[str, list[Passage]] = {}
    for passage in passages:
        by_document.setdefault(passage.document, []).append(passage)
    found: list[Instruction] = []
    for document in documents:
        found += beside_text(document)
        cut = by_document.get(document.name)
        found += in_passages(document, cut) if cut is not None else _in_lines(document)
    return tuple(found)


def beside_text(document: Document) -> Iterator[Instruction]:
    """Instructions in the file's name, the title of its metadata, and text that nobody sees."""
    for part in PurePosixPath(document.name).with_suffix("").parts:
        family = family_in(part) or family_in(NAME_SIGNS.sub(" ", part))
        if family is not None:
            yield Instruction(document.name, family, Place.FILE_NAME, part)
    family = family_in(document.title) if document.title else None
    if family is not None:
        yield Instruction(document.name, family, Place.TITLE, document.title)
    for hidden in document.hidden:
        family = _family_of(hidden.text)
        if family is not None:
            quote = hidden.text.strip()
            yield Instruction(document.name, family, Place.HIDDEN, quote, None, hidden.page)


def in_passages(document: Document, passages: Iterable[Passage]) -> Iterator[Instruction]:
    """The marked sentences of a document that was cut."""
    tables = [block.span for block in document.blocks if block.kind in TABLE]
    headings = [b.span for b in document.blocks if b.kind is BlockKind.HEADING]
    for passage in passages:
        for sentence in passage.sentences:
            if not sentence.instruction:
                continue
            span = sentence.span
            place = Place.TEXT
            if _meets(span, tables):
                place = Place.TABLE
            elif _meets(span, headings):
                place = Place.HEADING
            yield _at(document, span, Family(sentence.instruction), place)


def _in_lines(document: Document) -> Iterator[Instruction]:
    spans = [Span(*match.span()) for match in LINE.finditer(document.text)]
    marks = marks_of([document.quote(span) for span in spans])
    for span, family in zip(spans, marks, strict=True):
        if family is not None:
            yield _at(document, span, family, Place.TEXT)


def _at(document: Document, span: Span, family: Family, place: Place) -> Instruction:
    text = document.quote(span)
    start = span.start + len(text) - len(text.lstrip())
    shown = Span(start, max(start, span.start + len(text.rstrip())))
    page = document.page_of(start)
    return Instruction(document.name, family, place, document.quote(shown), shown, page)


def _meets(span: Span, others: Sequence[Span]) -> bool:
    return any(o.start < span.end and span.start < o.end for o in others)


def _family_of(text: str) -> Family | None:
    marks = marks_of([match.group() for match in LINE.finditer(text)])
    return next((mark for mark in marks if mark is not None), None)
