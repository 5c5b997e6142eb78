"""The sentences of papers, city by city, and those of a folder of national or provincial papers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from auditor.across.copied.finding import PaperSentence
from auditor.across.copied.masking import LEAST
from auditor.core.documents import Document, LeftOut
from auditor.core.errors import ConfigurationError
from auditor.core.spans import Span
from auditor.ingest.taking import Settings, take_in
from auditor.passages.tiling import sentence_spans


def sentences_of(documents: Iterable[Document], city: str) -> Iterator[PaperSentence]:
    """The sentences of a city's papers that count; those of foreign papers as papers of others."""
    for document in documents:
        if document.counts:
            yield from _sentences(document, city)
        elif document.foreign:
            yield from _sentences(document, "")


def _sentences(document: Document, city: str) -> Iterator[PaperSentence]:
    text = document.text
    for span in sentence_spans(text, Span(0, len(text))):
        said = text[span.start : span.end].strip()
        if len(said) >= LEAST:
            yield PaperSentence(city, document.name, said)


def national_sentences(
    folder: Path, settings: Settings
) -> tuple[tuple[PaperSentence, ...], tuple[LeftOut, ...]]:
    """Read a folder of national and provincial papers; what could not be read is left out.

    Raises:
        ConfigurationError: there is no such folder, or nothing in it can be read.
    """
    if not folder.exists():
        raise ConfigurationError(
            f"{folder} does not exist.", hint="Name a folder of national or provincial papers."
        )
    documents, left = take_in(folder, settings)
    if not documents:
        raise ConfigurationError(
            f"{folder} holds no paper that can be read.", hint="PDF, DOCX, TXT, HTML … are read."
        )
    return tuple(_all_sentences(documents)), left


def _all_sentences(documents: Sequence[Document]) -> Iterator[PaperSentence]:
    for document in documents:
        yield from _sentences(document, "")
