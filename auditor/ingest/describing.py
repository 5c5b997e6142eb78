"""From content to document: what the paper is, what it carries, how it was read."""

from __future__ import annotations

from auditor.core.documents import Document
from auditor.ingest.content import Content
from auditor.ingest.identity import issued_on, kind_of, title_of
from auditor.ingest.marks import marks_of


def describe(name: str, sha256: str, kind: str, content: Content) -> Document:
    """Make the document of a file that was read; ``kind`` is its format."""
    title = title_of(name, content)
    return Document(
        name=name,
        sha256=sha256,
        format=kind,
        text=content.text,
        blocks=content.blocks,
        pages=content.pages,
        kind=kind_of(name, title, content.text),
        title=title,
        issued_on=issued_on(name, content.text),
        warnings=content.warnings,
        paged_by=content.paged_by,
        layout=content.layout,
        hidden=content.hidden,
        marks=marks_of(content),
    )
