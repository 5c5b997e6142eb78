"""The machine form of an intake: counts, documents without their text, refusals, coverage.

Keys of the object:

- ``city``; ``as_of`` (ISO date or null); ``manifest``: versions, hashes and models of the run
- ``counts``: ``submitted``, ``accepted``, ``judged`` (searched and judged), ``refused``,
  ``duplicates``, ``foreign``, ``superseded``, ``marked`` in files; ``unread_pages``; ``hidden`` in
  pieces of text
- ``documents``, by name: ``name``, ``sha256``, ``format``, ``kind``, ``title``, ``issued_on``,
  ``characters``, ``pages``, ``paged_by``, ``counts`` (whether it is judged), ``identity`` (each
  answer with ``value``, ``confidence``, ``span`` and ``source``, or null), ``quality`` (pages by
  reader, mean ``readable``, least and mean ``confidence`` of recognition, ``rotated`` pages),
  ``marks`` (number by kind), ``hidden`` (``how``, ``page``, ``characters``, masked ``text`` of at
  most 300 characters), ``warnings``; and where they apply ``foreign``, ``duplicate_of``,
  ``superseded_by_document``, ``unread_pages`` (``page``, ``reason``)
- ``left_out``, by name: ``name``, ``code``, ``refused`` (the reason), ``hint``
- ``coverage``, one row a sub-domain in the order of the standard: the fields of
  ``core.intake.SubdomainCoverage``
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

from auditor.core.documents import Document, LeftOut, Page
from auditor.core.identity import Identity, Stated
from auditor.core.intake import Intake, SubdomainCoverage
from auditor.core.masking import mask_found
from auditor.report.intake_facts import LONGEST_SHOWN, counts_of, mark_counts

Json = dict[str, Any]
ANSWERS = (
    "title", "kind", "issuer", "number", "issued_on", "level", "city", "grade", "in_force",
)  # fmt: skip


def intake_json(intake: Intake) -> Json:
    """The machine form, the same for the same intake; every string can be written as UTF-8."""
    documents = sorted(intake.documents, key=lambda d: d.name)
    left_out = sorted(intake.left_out, key=lambda left: (left.name, left.code, left.reason))
    manifest = {key: intake.manifest[key] for key in intake.manifest if key != "documents"}
    row = {
        "city": intake.city,
        "as_of": intake.manifest.get("as_of"),
        "counts": dataclasses.asdict(counts_of(intake)),
        "documents": [_document_json(document) for document in documents],
        "left_out": [_left_out_json(left) for left in left_out],
        "coverage": [_coverage_json(covered) for covered in intake.coverage],
        "manifest": manifest,
    }
    written: Json = _writable(row)
    return written


def _document_json(document: Document) -> Json:
    return {
        "name": document.name,
        "sha256": document.sha256,
        "format": document.format,
        "kind": document.kind.value,
        "title": mask_found(document.title),
        "issued_on": document.issued_on.isoformat() if document.issued_on else None,
        "characters": len(document.text),
        "pages": len(document.pages) or None,
        "paged_by": document.paged_by,
        "counts": document.counts,
        "identity": _identity_json(document.identity),
        "quality": quality_json(document.pages),
        "marks": mark_counts(document),
        "hidden": [
            {
                "how": piece.how,
                "page": piece.page,
                "characters": len(piece.text),
                "text": mask_found(piece.text[:LONGEST_SHOWN]),
            }
            for piece in document.hidden
        ],
        "warnings": [mask_found(warning) for warning in document.warnings],
        **_flags(document),
    }


def _flags(document: Document) -> Json:
    unread = [{"page": p.number, "reason": p.unread} for p in document.pages if p.unread]
    flags: Json = {
        "foreign": document.foreign,
        "duplicate_of": document.duplicate_of,
        "superseded_by_document": document.superseded_by,
        "unread_pages": unread,
    }
    return {key: value for key, value in flags.items() if value}


def _identity_json(identity: Identity) -> Json:
    return {
        **{name: _stated_json(getattr(identity, name)) for name in ANSWERS},
        "speaks_of": [_stated_json(stated) for stated in identity.speaks_of],
    }


def _stated_json(stated: Stated | None) -> Json | None:
    if stated is None:
        return None
    return {
        "value": mask_found(stated.value),
        "confidence": round(stated.confidence, 4),
        "span": [stated.span.start, stated.span.end] if stated.span else None,
        "source": stated.source,
    }


def quality_json(pages: tuple[Page, ...]) -> Json | None:
    """How well the pages were read, None without pages; unread ones have no share of characters."""
    if not pages:
        return None
    read = [page for page in pages if not page.unread]
    sure = [page.confidence for page in read if page.confidence is not None]
    readers = Counter("unread" if page.unread else page.reader for page in pages)
    return {
        "readers": dict(sorted(readers.items())),
        "readable": round(sum(p.readable for p in read) / len(read), 4) if read else None,
        "least_confidence": round(min(sure), 4) if sure else None,
        "mean_confidence": round(sum(sure) / len(sure), 4) if sure else None,
        "rotated": [page.number for page in pages if page.rotation],
    }


def _left_out_json(left: LeftOut) -> Json:
    return {"name": left.name, "code": left.code, "refused": left.reason, "hint": left.hint}


def _coverage_json(covered: SubdomainCoverage) -> Json:
    return {
        "subdomain_id": covered.subdomain_id,
        "name": covered.name,
        "domain_id": covered.domain_id,
        "features": covered.features,
        "features_spoken": covered.features_spoken,
        "passages": covered.passages,
        "documents": list(covered.documents),
        "kinds": dict(sorted(covered.kinds.items())),
        "grades": dict(sorted(covered.grades.items())),
        "lacking": list(covered.lacking),
        "silent_features": list(covered.silent_features),
    }


def _writable(value: Any) -> Any:
    """Lone surrogates (names of files in other encodings) become ``\\udcXX``: UTF-8 has none."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_writable(key): _writable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(inner) for inner in value]
    return value
