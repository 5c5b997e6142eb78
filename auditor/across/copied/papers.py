"""The sentences of papers, city by city, and those of a folder of national or provincial papers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from auditor.across.copied.finding import PaperSentence
from auditor.across.copied.masking import LEAST
from auditor.core.documents import Document, LeftOut
from auditor.core.errors import ConfigurationError
from auditor.core.identity import AdministrativeLevel
from auditor.core.spans import Span
from auditor.ingest.taking import Settings, take_in
from auditor.passages.tiling import sentence_spans

HIGHER = (AdministrativeLevel.NATION.value, AdministrativeLevel.PROVINCE.value)


def sentences_of(documents: Iterable[Document], city: str) -> Iterator[PaperSentence]:
    """The sentences of a city's papers that count, and of national and provincial ones among them.

    Papers of other cities, districts and enterprises that lie there are left out: they are not
    everybody's to read. A higher paper goes by its file's name alone: in which folder it lies is
    the city's affair.
    """
    for document in documents:
        if document.counts:
            yield from _sentences(document, document.name, city)
        elif document.foreign and _is_higher(document):
            yield from _sentences(document, PurePosixPath(document.name).name, "")


def _is_higher(document: Document) -> bool:
    level = document.identity.level
    return level is not None and level.value in HIGHER and document.identity.city is None


def _sentences(document: Document, name: str, city: str) -> Iterator[PaperSentence]:
    text = document.text
    for span in sentence_spans(text, Span(0, len(text))):
        said = text[span.start : span.end].strip()
        if len(said) >= LEAST:
            yield PaperSentence(city, name, said)


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
        yield from _sentences(document, document.name, "")
