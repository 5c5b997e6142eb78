"""From content to document: what the paper is, what it carries, how it was read."""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

from auditor.core.documents import Document, DocumentKind
from auditor.core.identity import Stated
from auditor.ingest.content import Content
from auditor.ingest.identity import identify
from auditor.ingest.marks import marks_in_name, marks_of


def describe(name: str, sha256: str, kind: str, content: Content) -> Document:
    """Make the document of a file that was read; ``kind`` is its format."""
    identity = identify(name, content)
    return Document(
        name=name,
        sha256=sha256,
        format=kind,
        text=content.text,
        blocks=content.blocks,
        pages=content.pages,
        kind=DocumentKind(identity.kind.value) if identity.kind else DocumentKind.OTHER,
        title=identity.title.value if identity.title else PurePosixPath(name).stem,
        issued_on=_day(identity.issued_on),
        warnings=content.warnings,
        paged_by=content.paged_by,
        layout=content.layout,
        hidden=content.hidden,
        marks=(*marks_in_name(name), *marks_of(content)),
        identity=identity,
    )


def _day(stated: Stated | None) -> date | None:
    return date.fromisoformat(stated.value) if stated else None
