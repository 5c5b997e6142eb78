"""Cut a document into passages that tile it, and each passage into sentences that tile it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.core.documents import Block, BlockKind, Document, Span, text_digest
from auditor.core.instructions import Family
from auditor.core.passages import PASSAGE_LIMIT, Passage, SectionRole, Sentence
from auditor.instructions import family_in, marks_of
from auditor.passages.headings import HeadingPath, heading_of
from auditor.passages.modality import is_ceremony, modality_of
from auditor.passages.roles import RoleTracker
from auditor.passages.scope import CityNames, ScopeTracker

SENTENCE = re.compile(r"[^。！？；!?;\n]*(?:[。！？；!?;]+[”』」》）)\]]*|\n|$)\s*")
ARTICLE = re.compile(r"^第[一二三四五六七八九十百]+条[\s　]")
TARGET = 280
WHOLE_PAPER = 1500
LOST_BREAK = re.compile(
    r"(?<=[。！？：\s])(?=[一二三四五六七八九十]{1,2}、|[（(][一二三四五六七八九十]{1,2}[）)]"
    r"|20\d\d年(?:工作回顾|工作总结|工作安排|主要任务|重点工作|主要工作))"
)
SOFT_CUTS = ("，", ",", "、", "：", " ")


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence before it has its passage: span, block kind and the section it stands in."""

    span: Span
    path: tuple[str, ...]
    role: SectionRole
    starts_block: bool
    is_heading: bool
    context: str
    citable: bool = True
    instruction: Family | None = None


def cut_passages(document: Document, city: CityNames) -> tuple[Passage, ...]:
    """Cut ``document`` into passages of at most 400 characters.

    Every character of the text lies in exactly one passage and in exactly one sentence; sentences
    that talk to the judge are marked.
    """
    prefix = text_digest(f"{document.name}\n{document.sha256}")[:10]
    scope = ScopeTracker(city, document.title)
    passages = []
    pieces = marked(list(pieces_of(document)), document)
    for number, group in enumerate(group_pieces(pieces, document), start=1):
        passages.append(_passage(document, f"{prefix}.{number}", group, scope))
    return tuple(passages)


def pieces_of(document: Document) -> Iterator[Piece]:
    """Yield sentence pieces in order; together they cover the whole text.

    A heading or table head that talks to the judge is none, and tells nothing of the section.
    """
    path, roles = HeadingPath(), RoleTracker(document)
    for block, span in _stretched(document):
        text = document.quote(span)
        heading = heading_of(document, block)
        orders = family_in(text) is not None
        if heading is not None:
            path.enter(replace(heading, text="") if orders else heading)
        role = roles.role(path.texts, _without_orders(text) if orders else text.strip())
        context = " | ".join(block.header)
        context = "" if context and family_in(context) else context
        whole = heading is not None or block.kind in (BlockKind.TABLE_HEAD, BlockKind.TABLE_ROW)
        citable = block.kind is not BlockKind.TABLE_HEAD
        spans = split_long(span, document.text) if whole else sentence_spans(document.text, span)
        for index, part in enumerate(spans):
            is_heading = heading is not None
            yield Piece(part, path.texts, role, index == 0, is_heading, context, citable)


def _without_orders(text: str) -> str:
    parts = [text[span.start : span.end] for span in sentence_spans(text, Span(0, len(text)))]
    return "".join(part for part in parts if family_in(part) is None).strip()


def marked(pieces: list[Piece], document: Document) -> list[Piece]:
    """Mark the pieces that talk to the judge."""
    marks = marks_of([document.quote(piece.span) for piece in pieces])
    return [
        replace(piece, instruction=mark) if mark is not None else piece
        for piece, mark in zip(pieces, marks, strict=True)
    ]


def _stretched(document: Document) -> Iterator[tuple[Block, Span]]:
    """Stretch the blocks so that they tile the text (white space goes to the block before)."""
    blocks = document.blocks or (Block(BlockKind.PARAGRAPH, Span(0, len(document.text))),)
    for index, block in enumerate(blocks):
        start = 0 if index == 0 else block.span.start
        last = index + 1 == len(blocks)
        end = len(document.text) if last else blocks[index + 1].span.start
        if end > start:
            yield from _parts(block, Span(start, end), document.text)


def _parts(block: Block, span: Span, text: str) -> Iterator[tuple[Block, Span]]:
    """Cut a block that holds a whole paper (all line breaks lost) before its numbered headings."""
    starts = [span.start]
    if len(span) > WHOLE_PAPER:
        starts += [m.start() for m in LOST_BREAK.finditer(text, span.start + 1, span.end)]
    for start, end in zip(starts, [*starts[1:], span.end], strict=True):
        yield replace(block, span=Span(start, end)), Span(start, end)


def sentence_spans(text: str, span: Span) -> list[Span]:
    """Split a paragraph into sentences that tile it; none is longer than a passage."""
    spans: list[Span] = []
    for match in SENTENCE.finditer(text, span.start, span.end):
        if match.end() > match.start():
            spans.extend(split_long(Span(match.start(), match.end()), text))
    return spans


def split_long(span: Span, text: str = "") -> list[Span]:
    """Cut a span that is longer than a passage, at the last comma where there is one."""
    parts = []
    start = span.start
    while span.end - start > PASSAGE_LIMIT:
        window = text[start : start + PASSAGE_LIMIT]
        cut = max((window.rfind(mark) for mark in SOFT_CUTS), default=-1)
        end = start + (cut + 1 if cut > PASSAGE_LIMIT // 2 else PASSAGE_LIMIT)
        parts.append(Span(start, end))
        start = end
    parts.append(Span(start, span.end))
    return parts


def group_pieces(pieces: list[Piece], document: Document) -> Iterator[list[Piece]]:
    """Group pieces into passages: one section and role each, about 280, at most 400 characters."""
    group: list[Piece] = []
    for piece in pieces:
        if group and _starts_passage(group, piece, document):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _starts_passage(group: list[Piece], piece: Piece, document: Document) -> bool:
    length = piece.span.end - group[0].span.start
    if length > PASSAGE_LIMIT:
        return True
    only_headings = all(p.is_heading for p in group)
    if piece.is_heading:
        return not only_headings
    if only_headings:
        return False
    if piece.role is not group[-1].role or piece.path != group[-1].path:
        return True
    if piece.starts_block:
        grown = group[-1].span.end - group[0].span.start
        starts_article = bool(ARTICLE.match(document.quote(piece.span)))
        return starts_article or grown >= TARGET // 2 or length > TARGET
    return False


def _passage(document: Document, key: str, group: list[Piece], scope: ScopeTracker) -> Passage:
    span = Span(group[0].span.start, group[-1].span.end)
    last = group[-1]
    sentences = []
    for number, piece in enumerate(group, start=1):
        if piece.starts_block:
            scope.enter_block(piece.path)
        text = document.quote(piece.span)
        sentence = Sentence(
            id=f"{key}.{number}",
            span=piece.span,
            text=text,
            modality=modality_of(text.strip(), piece.role),
            context=piece.context,
            citable=piece.citable and not is_ceremony(text) and piece.instruction is None,
            instruction=piece.instruction.value if piece.instruction else "",
        )
        foreign = scope.is_foreign(text) if piece.instruction is None else False
        sentences.append(replace(sentence, foreign=foreign))
    return Passage(
        id=key,
        document=document.name,
        span=span,
        text=document.quote(span),
        heading_path=last.path,
        role=last.role,
        sentences=tuple(sentences),
        page=document.page_of(span.start),
    )
