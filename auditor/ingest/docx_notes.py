"""Footnotes and endnotes of Word documents, with the numbers that are printed before them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from auditor.ingest.docx_body import BodyReader, Found
from auditor.ingest.docx_counting import counted
from auditor.ingest.docx_markup import Element, W, find, number, value
from auditor.ingest.docx_numbering import Numbering
from auditor.ingest.docx_package import related
from auditor.ingest.docx_styles import Styles
from auditor.ingest.docx_tables import Piece

USUAL_FORM = {"footnote": "decimal", "endnote": "lowerRoman"}
CONTINUOUS = ("", "continuous")


class Notes:
    """The notes of a document; each is read once, when it is referred to."""

    def __init__(
        self, word: Any, styles: Styles, numbering: Numbering, found: Found, name: str
    ) -> None:
        self._found = found
        self._counts: Counter[str] = Counter()
        self._notes: dict[tuple[str, str], Element] = {}
        self._readers: dict[str, BodyReader] = {}
        self._labels: dict[str, tuple[str, int] | None] = {}
        self._endnotes: list[Piece] = []
        for kind in USUAL_FORM:
            self._labels[kind] = _labelling(word, kind, name)
            root = related(word.part, f"/{kind}s", name)
            if root is None:
                continue
            self._readers[kind] = BodyReader(*root, styles, numbering, found)
            for note in root[0].iterchildren(f"{W}{kind}"):
                self._notes[kind, value(note, "id")] = note

    def flush(self, pieces: list[Piece]) -> None:
        """Add the footnotes that were referred to since; endnotes wait for the end."""
        while self._found.notes:
            kind, key, counts = self._found.notes.popleft()
            read = self._read(kind, key, counts)
            if kind == "endnote":
                self._endnotes += read
            else:
                pieces += read

    def finish(self, pieces: list[Piece]) -> None:
        """Add the endnotes."""
        self.flush(pieces)
        pieces += self._endnotes
        self._endnotes = []

    def _read(self, kind: str, key: str, counts: bool) -> list[Piece]:
        note = self._notes.pop((kind, key), None)
        if note is None:
            return []
        pieces = self._readers[kind].pieces(note)
        labelling = self._labels[kind]
        if counts and labelling is not None:
            form, start = labelling
            label = counted(start + self._counts[kind], form)
            self._counts[kind] += 1
            first = next((piece for piece in pieces if piece.text.strip()), None)
            if first is not None and label:
                first.text = f"{label} {first.text.lstrip()}"
        return pieces


def _labelling(word: Any, kind: str, name: str) -> tuple[str, int] | None:
    """Format and first number of the notes; None where they begin anew on every page."""
    form, start = USUAL_FORM[kind], 1
    settings = related(word.part, "/settings", name)
    stated = [settings[0]] if settings else []
    for holder in (*stated, *word.element.iter(f"{W}sectPr")):
        properties = find(holder, f"{kind}Pr")
        if value(find(properties, "numRestart")) not in CONTINUOUS:
            return None
        form = value(find(properties, "numFmt")) or form
        first = number(find(properties, "numStart"))
        start = start if first is None else first
    return form, start
