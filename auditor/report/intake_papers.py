"""The rows of the intake's tables: what documents say they are, hide, and how they were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.core.documents import Document
from auditor.core.identity import Stated
from auditor.report.intake_facts import page_ranges, quoted, shown, unread_by_reason

DOUBTFUL = 0.7
"""Answers less sure than this are underlined."""
MOST_HIDDEN = 20
"""So many pieces of hidden text are shown of one document; the others are counted."""
NAMED = {"kind": "kind_", "level": "level_", "grade": "grade_", "in_force": "in_force_"}
"""Answers whose values are words of ours."""
ANSWERS = ("kind", "issuer", "number", "issued_on", "level", "city", "grade", "in_force")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as a cell: its words, whether it is doubtful, and what it rests on."""

    text: str
    doubtful: bool = False
    basis: str = ""


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One accepted document: its name, its title, its answers by name, and how it stands."""

    name: str
    title: Answer
    answers: Mapping[str, Answer]
    format: str
    set_aside: str


@dataclass(frozen=True, slots=True)
class HiddenRow:
    """A piece of text that a reader would not see; ``more`` counts those that are left out."""

    name: str
    how: str
    page: str
    text: str
    more: int = 0


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """Pages of a document that could not be read for one reason."""

    name: str
    pages: str
    reason: str


@dataclass(frozen=True, slots=True)
class QualityRow:
    """How well the pages of a document were read; shares as printed per cents."""

    name: str
    pages: int
    converted: bool
    by_text: int
    by_ocr: int
    unread: int
    readable: str
    confidence: str
    rotated: str
    poor: bool


def paper_row(document: Document, w: Mapping[str, str]) -> PaperRow:
    """The row of an accepted document."""
    identity = document.identity
    answers = {name: answer_of(document, name, w) for name in ANSWERS}
    if identity.kind is None or identity.kind.value != document.kind:
        answers["kind"] = Answer(w[f"kind_{document.kind.value}"])
    if identity.issued_on is None and document.issued_on is not None:
        answers["issued_on"] = Answer(document.issued_on.isoformat())
    title = answer_of(document, "title", w)
    if not title.text and document.title:
        title = Answer(shown(document.title))
    return PaperRow(
        name=shown(document.name),
        title=title,
        answers=answers,
        format=document.format.upper(),
        set_aside="" if document.counts else _why_aside(document, w),
    )


def _why_aside(document: Document, w: Mapping[str, str]) -> str:
    flags = (
        (document.duplicate_of, "intake_duplicates"),
        (document.superseded_by, "intake_superseded"),
        (document.foreign, "intake_foreign"),
    )
    why = next((w[key] for flag, key in flags if flag), w[f"kind_{document.kind.value}"])
    return f"{why} · {w['intake_set_aside']}"


def answer_of(document: Document, name: str, w: Mapping[str, str]) -> Answer:
    """One answer of a document; empty where the rules abstain."""
    stated: Stated | None = getattr(document.identity, name)
    if stated is None:
        return Answer("")
    if name in NAMED:
        text = w.get(NAMED[name] + stated.value) or shown(stated.value)
    else:
        text = shown(stated.value)
    return Answer(text, stated.confidence < DOUBTFUL, _basis(document, stated, w))


def _basis(document: Document, stated: Stated, w: Mapping[str, str]) -> str:
    sure = w["intake_confidence"].format(share=f"{stated.confidence:.0%}")
    parts = [sure]
    if stated.source != "text":
        parts.append(w.get(f"intake_source_{stated.source}") or shown(stated.source))
    if stated.span is not None:
        colon = w["intake_separator"]
        parts.append(f"{w['intake_basis']}{colon}{quoted(document, stated.span)}")
    return "；".join(parts)


def hidden_rows(papers: Sequence[Document], w: Mapping[str, str]) -> tuple[HiddenRow, ...]:
    """Hidden text of all documents, in the order of each; the first pieces of many."""
    rows = []
    for document in papers:
        more = len(document.hidden) - MOST_HIDDEN
        for place, piece in enumerate(document.hidden[:MOST_HIDDEN], 1):
            rows.append(
                HiddenRow(
                    name=shown(document.name),
                    how=w.get(f"hidden_{piece.how}") or shown(piece.how),
                    page=str(piece.page) if piece.page else "—",
                    text=shown(piece.text),
                    more=max(more, 0) if place == MOST_HIDDEN else 0,
                )
            )
    return tuple(rows)


def unread_rows(papers: Sequence[Document]) -> tuple[UnreadRow, ...]:
    """Unread pages of all documents, those of one reason together."""
    return tuple(
        UnreadRow(shown(document.name), page_ranges(numbers), shown(reason))
        for document in papers
        for reason, numbers in unread_by_reason(document.pages).items()
    )


def quality_rows(papers: Sequence[Document]) -> tuple[QualityRow, ...]:
    """Page quality of the documents that have pages."""
    return tuple(_quality(document) for document in papers if document.pages)


def _quality(document: Document) -> QualityRow:
    read = [page for page in document.pages if not page.unread]
    sure = [page.confidence for page in read if page.confidence is not None]
    share = sum(page.readable for page in read) / len(read) if read else None
    least = min(sure, default=None)
    mean = sum(sure) / len(sure) if sure else None
    unread = len(document.pages) - len(read)
    return QualityRow(
        name=shown(document.name),
        pages=len(document.pages),
        converted=document.paged_by == "conversion",
        by_text=sum(page.reader != "ocr" for page in read),
        by_ocr=sum(page.reader == "ocr" for page in read),
        unread=unread,
        readable="—" if share is None else f"{share:.1%}",
        confidence="—" if least is None or mean is None else f"{least:.0%} / {mean:.0%}",
        rotated=page_ranges(page.number for page in document.pages if page.rotation) or "—",
        poor=bool(unread) or (least is not None and least < DOUBTFUL),
    )
