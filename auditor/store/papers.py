"""Documents <-> plain JSON: the public form of documents.jsonl, with the boxes in files beside."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from auditor.core.documents import (
    Block,
    BlockKind,
    Document,
    DocumentKind,
    HiddenText,
    LeftOut,
    Mark,
    MarkKind,
    Page,
    Span,
)
from auditor.core.identity import Identity, Stated
from auditor.store.numbers import Json, rounded

ANSWERS = (
    "title", "kind", "issuer", "number", "issued_on", "level", "city", "grade", "in_force",
)  # fmt: skip
LAYOUT_FOLDER = "layout"


def document_json(document: Document) -> Json:
    """One line of documents.jsonl."""
    return {
        "name": document.name,
        "sha256": document.sha256,
        "format": document.format,
        "kind": document.kind.value,
        "title": document.title,
        "issued_on": document.issued_on.isoformat() if document.issued_on else None,
        "text": document.text,
        "pages": [[p.number, p.span.start, p.span.end] for p in document.pages],
        "page_quality": [_page_json(page) for page in document.pages],
        "blocks": [
            [b.kind.value, b.span.start, b.span.end, b.level, list(b.header), b.place]
            for b in document.blocks
        ],
        "warnings": list(document.warnings),
        "paged_by": document.paged_by,
        "layout": layout_name(document),
        "identity": identity_json(document.identity),
        "hidden": [{"how": h.how, "page": h.page, "text": h.text} for h in document.hidden],
        "marks": [[m.kind.value, m.span.start, m.span.end] for m in document.marks],
        **flags_json(document),
    }


def flags_json(document: Document) -> Json:
    """What sets a document apart, each key only where it applies."""
    flags: Json = {
        "foreign": document.foreign,
        "duplicate_of": document.duplicate_of,
        "superseded_by_document": document.superseded_by,
        "unread_pages": list(document.unread_pages),
    }
    return {key: value for key, value in flags.items() if value}


def refused_json(left: LeftOut) -> Json:
    """The line of documents.jsonl for a file that was not taken in."""
    return {"name": left.name, "refused": left.reason, "code": left.code, "hint": left.hint}


def layout_name(document: Document) -> str | None:
    """The file of a run folder that holds the boxes of a document, None without boxes."""
    return f"{LAYOUT_FOLDER}/{document.sha256}.boxes" if document.layout else None


def _page_json(page: Page) -> Json:
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "reader": page.reader,
        "readable": page.readable,
        "confidence": page.confidence,
        "rotation": page.rotation,
        "unread": page.unread,
    }


def identity_json(identity: Identity) -> Json:
    """What a document says it is; null where the rules abstain."""
    return {
        **{name: _stated_json(getattr(identity, name)) for name in ANSWERS},
        "speaks_of": [_stated_json(stated) for stated in identity.speaks_of],
    }


def _stated_json(stated: Stated | None) -> Json | None:
    if stated is None:
        return None
    span = [stated.span.start, stated.span.end] if stated.span else None
    confidence = rounded(stated.confidence)
    return {"value": stated.value, "confidence": confidence, "span": span, "source": stated.source}


def _stated_from(row: Json | None) -> Stated | None:
    if row is None:
        return None
    span = Span(*row["span"]) if row["span"] else None
    return Stated(row["value"], row["confidence"], span, row["source"])


def _identity_from(row: Json) -> Identity:
    spoken = (_stated_from(stated) for stated in row["speaks_of"])
    return Identity(
        **{name: _stated_from(row[name]) for name in ANSWERS},
        speaks_of=tuple(stated for stated in spoken if stated is not None),
    )


def _pages_from(row: Json) -> tuple[Page, ...]:
    facts = {page.pop("number"): page for page in map(dict, row["page_quality"])}
    return tuple(Page(n, Span(a, b), **facts.get(n, {})) for n, a, b in row["pages"])


def document_from(row: Json, layout: bytes = b"") -> Document:
    """Read a line of documents.jsonl back; ``layout`` is the content of its file of boxes."""
    return Document(
        name=row["name"],
        sha256=row["sha256"],
        format=row["format"],
        text=row["text"],
        blocks=tuple(
            Block(BlockKind(kind), Span(start, end), level, tuple(header), place)
            for kind, start, end, level, header, place in row["blocks"]
        ),
        pages=_pages_from(row),
        kind=DocumentKind(row["kind"]),
        title=row["title"],
        issued_on=date.fromisoformat(row["issued_on"]) if row["issued_on"] else None,
        warnings=tuple(row["warnings"]),
        paged_by=row["paged_by"],
        layout=layout,
        hidden=tuple(HiddenText(h["how"], h["text"], h["page"]) for h in row["hidden"]),
        marks=tuple(Mark(MarkKind(k), Span(start, end)) for k, start, end in row["marks"]),
        identity=_identity_from(row["identity"]),
        foreign=row.get("foreign", ""),
        duplicate_of=row.get("duplicate_of", ""),
        superseded_by=row.get("superseded_by_document", ""),
    )


def left_out_json(left: LeftOut) -> Json:
    """A file that was left out, as run.json lists it."""
    return {"name": left.name, "code": left.code, "reason": left.reason, "hint": left.hint}


def left_out_from(row: Json) -> LeftOut:
    """Read a left-out file back."""
    return LeftOut(row["name"], row["code"], row["reason"], row["hint"])


def rows_of(documents: Sequence[Document], left_out: Sequence[LeftOut]) -> list[Json]:
    """All lines of documents.jsonl: what was taken in, and what was refused, by name."""
    rows = [*map(document_json, documents), *map(refused_json, left_out)]
    return sorted(rows, key=lambda row: str(row["name"]))


def write_layouts(folder: Path, documents: Iterable[Document]) -> None:
    """Write the boxes of each document that has any, compressed, by the hash of its file."""
    for document in documents:
        name = layout_name(document)
        if name is not None:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(zlib.compress(document.layout, 6))


def read_documents(folder: Path, rows: Iterable[Json]) -> tuple[Document, ...]:
    """Read the documents of a run folder back, with their boxes; refused files are no documents.

    Raises:
        ValueError: a file of boxes is missing or damaged.
    """
    return tuple(
        document_from(row, _layout(folder, row["layout"])) for row in rows if "refused" not in row
    )


def _layout(folder: Path, name: str | None) -> bytes:
    if name is None:
        return b""
    try:
        return zlib.decompress((folder / LAYOUT_FOLDER / Path(name).name).read_bytes())
    except (OSError, zlib.error) as error:
        raise ValueError(f"{name}: {error}") from error
