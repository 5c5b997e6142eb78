"""What findings rest on <-> plain JSON: citations, absence, backing."""

from __future__ import annotations

from auditor.core.documents import Span
from auditor.core.findings import Absence, AbsenceKind, Backing, Citation, Rejected, Rejection
from auditor.store.numbers import Json


def citation_json(citation: Citation) -> Json:
    """A citation as findings.jsonl holds it."""
    return {
        "sentence_id": citation.sentence_id,
        "document": citation.document,
        "page": citation.page,
        "start": citation.span.start,
        "end": citation.span.end,
        "quote": citation.quote,
    }


def citation_from(row: Json) -> Citation:
    """Read a citation back."""
    span = Span(row["start"], row["end"])
    return Citation(row["sentence_id"], row["document"], row["page"], span, row["quote"])


def absence_json(absence: Absence) -> Json:
    """What a ``no_evidence`` rests on; passages are named by their rank in the search record."""
    return {
        "kind": absence.kind.value,
        "queries": list(absence.queries),
        "searched": absence.searched,
        "looked_at": absence.looked_at,
        "unread_pages": absence.unread_pages,
        "means": list(absence.means),
        "spoken": absence.spoken,
        "features": absence.features,
        "passages": absence.passages,
        "rejected": [
            {
                **citation_json(rejected.citation),
                "rank": rejected.rank,
                "reason": rejected.reason.value,
                "missing": list(rejected.missing),
            }
            for rejected in absence.rejected
        ],
    }


def absence_from(row: Json) -> Absence:
    """Read an absence back."""
    rejected = tuple(
        Rejected(citation_from(r), r["rank"], Rejection(r["reason"]), tuple(r["missing"]))
        for r in row["rejected"]
    )
    return Absence(
        kind=AbsenceKind(row["kind"]),
        queries=tuple(row["queries"]),
        searched=row["searched"],
        looked_at=row["looked_at"],
        unread_pages=row["unread_pages"],
        rejected=rejected,
        means=tuple(row["means"]),
        spoken=row["spoken"],
        features=row["features"],
        passages=row["passages"],
    )


def backing_json(backing: Backing) -> Json:
    """Who bears a finding out."""
    return {
        "documents": list(backing.documents),
        "issuers": list(backing.issuers),
        "kinds": list(backing.kinds),
        "grades": list(backing.grades),
        "unnamed": backing.unnamed,
    }


def backing_from(row: Json) -> Backing:
    """Read a backing back."""
    return Backing(
        documents=tuple(row["documents"]),
        issuers=tuple(row["issuers"]),
        kinds=tuple(row["kinds"]),
        grades=tuple(row["grades"]),
        unnamed=row["unnamed"],
    )
