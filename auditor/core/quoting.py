"""Quotes are cut from stored text by the program, so that they are verbatim by construction."""

from __future__ import annotations

from auditor.core.documents import Document
from auditor.core.findings import Citation
from auditor.core.passages import Passage, Sentence
from auditor.core.spans import Span


def cite(document: Document, passage: Passage, sentence: Sentence) -> Citation:
    """Cut the quote of a sentence: verbatim, without the white space around it."""
    text = document.quote(sentence.span)
    start = sentence.span.start + len(text) - len(text.lstrip())
    span = Span(start, max(start, sentence.span.start + len(text.rstrip())))
    return Citation(
        sentence_id=sentence.id,
        document=passage.document,
        page=document.page_of(span.start),
        span=span,
        quote=document.quote(span),
    )
