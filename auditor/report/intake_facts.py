"""What the reports of an intake say alike: counts, and text of documents made fit to be shown.

Names, titles, quotes and hidden text come from files that anyone may have written: characters that
nobody sees are shown by their number, and personal data is masked.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.core.documents import Document, Page
from auditor.core.identity import Grade
from auditor.core.intake import Intake
from auditor.core.masking import mask, mask_found
from auditor.core.spans import Span

LONGEST_SHOWN = 300
"""The most characters of one piece of a document's text that a report shows."""
MARGIN = 40
"""So much more is looked at for personal data, so that the cut divides no number unseen."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of an intake, of files except ``unread_pages`` and ``hidden`` (pieces)."""

    submitted: int
    accepted: int
    judged: int
    refused: int
    duplicates: int
    foreign: int
    superseded: int
    marked: int
    unread_pages: int
    hidden: int


def counts_of(intake: Intake) -> Counts:
    """Count what was submitted and what came of it; a file is submitted once by its name."""
    papers, refused = intake.documents, intake.left_out
    return Counts(
        submitted=len({d.name for d in papers} | {left.name for left in refused}),
        accepted=len(papers),
        judged=sum(d.counts for d in papers),
        refused=len(refused),
        duplicates=sum(bool(d.duplicate_of) for d in papers),
        foreign=sum(bool(d.foreign) for d in papers),
        superseded=sum(bool(d.superseded_by) for d in papers),
        marked=sum(bool(d.marks) for d in papers),
        unread_pages=sum(len(d.unread_pages) for d in papers),
        hidden=sum(len(d.hidden) for d in papers),
    )


def visible(text: str) -> str:
    """Show what nobody sees: control, format and private characters as ``⟨U+200B⟩``.

    White space becomes single spaces, so that a name stays on its line.
    """
    plain = " ".join(text.split())
    return "".join(
        f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c).startswith("C") else c for c in plain
    )


def shown(text: str, longest: int = LONGEST_SHOWN) -> str:
    """Text of a document as a report shows it: visible, without personal data, cut to length."""
    masked = mask_found(text[: longest + MARGIN])
    return visible(masked[:longest]) + ("…" if len(text) > longest else "")


def quoted(document: Document, span: Span) -> str:
    """The words of a document in ``span`` as a report shows them."""
    masked = mask(document.quote(span), span.start, document.marks)
    return shown(masked)


def mark_counts(document: Document) -> Mapping[str, int]:
    """How many marks of which kind; what they mark is never repeated."""
    return dict(sorted(Counter(mark.kind.value for mark in document.marks).items()))


def grade_name(document: Document) -> str:
    """The grade that a document states of itself, ``unknown`` where the rules abstain."""
    grade = document.identity.grade
    return grade.value if grade is not None else Grade.UNKNOWN.value


def page_ranges(numbers: Iterable[int]) -> str:
    """Write page numbers shortly: ``1–3、7``."""
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return "、".join(str(a) if a == b else f"{a}–{b}" for a, b in parts)


def unread_by_reason(pages: Sequence[Page]) -> Mapping[str, tuple[int, ...]]:
    """The pages that could not be read, by the reason, in page order."""
    found: dict[str, list[int]] = {}
    for page in pages:
        if page.unread:
            found.setdefault(page.unread, []).append(page.number)
    return {reason: tuple(numbers) for reason, numbers in found.items()}


def foreign_said(document: Document) -> str:
    """Why a paper is not the city's, in the fullest words that its warnings have for it."""
    whole = (warning for warning in document.warnings if document.foreign in warning)
    return next(whole, document.foreign) if document.foreign else ""


def other_warnings(document: Document) -> tuple[str, ...]:
    """The warnings without the one that says why the paper is not the city's."""
    foreign = foreign_said(document)
    return tuple(warning for warning in document.warnings if warning != foreign)
