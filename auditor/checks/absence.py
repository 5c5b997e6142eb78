"""Absence as a claim: what a ``no_evidence`` rests on, and which of three silences it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from auditor.core.criteria import Feature, Means
from auditor.core.documents import Document
from auditor.core.findings import Absence, AbsenceKind, Finding, Rejected, Rejection, Verdict
from auditor.core.intake import SubdomainCoverage
from auditor.core.passages import Modality, Passage, Sentence
from auditor.core.quoting import cite
from auditor.core.search import SearchRecord

THIN_SHARE, THIN_PASSAGES = 0.2, 5
"""A dossier hardly speaks of a sub-domain where fewer of its features are spoken to, by fewer
passages. In the dossiers of real work reports alone these are the sub-domains on which a reader
finds next to nothing (institutions, operations, security, empty space)."""
NEAREST = 3
LEAST_CHARACTERS = 8
BY_MODALITY = {
    Modality.NEGATION: Rejection.NEGATION,
    Modality.PLAN: Rejection.PLAN,
    Modality.DUTY: Rejection.DUTY,
}


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at for one feature: its record, the documents, its sub-domain's coverage.

    ``coverage`` is None where the sub-domain was not searched as a whole.
    """

    feature: Feature
    record: SearchRecord
    documents: Mapping[str, Document]
    coverage: SubdomainCoverage | None = None


def with_absence(finding: Finding, looked: Looked) -> Finding:
    """Fill in the absence of a finding whose direct verdict is ``no_evidence``."""
    if finding.direct_verdict is not Verdict.NO_EVIDENCE:
        return finding
    return replace(finding, absence=absence_of(looked))


def absence_of(looked: Looked) -> Absence:
    """What the silence on one feature rests on."""
    record, coverage = looked.record, looked.coverage
    return Absence(
        kind=kind_of(looked),
        queries=record.queries,
        searched=record.searched,
        looked_at=len(record.hits),
        unread_pages=record.unread_pages,
        rejected=nearest(looked),
        means=tuple(means.value for means in looked.feature.shown_by),
        spoken=coverage.features_spoken if coverage else None,
        features=coverage.features if coverage else None,
        passages=coverage.passages if coverage else None,
    )


def kind_of(looked: Looked) -> AbsenceKind:
    """Tell the three silences apart; what papers cannot show is told first.

    The criteria name the ways in which a feature can be shown, the best first: where that is not
    a paper, the city's papers do not settle it, whatever they say.
    """
    shown_by = looked.feature.shown_by
    if shown_by and shown_by[0] is not Means.PAPER:
        return AbsenceKind.OUTSIDE
    coverage = looked.coverage
    if coverage is not None and is_thin(coverage):
        return AbsenceKind.THIN
    return AbsenceKind.SEARCHED


def is_thin(coverage: SubdomainCoverage) -> bool:
    """Tell whether the dossier hardly speaks of a sub-domain."""
    few = coverage.features_spoken < THIN_SHARE * coverage.features
    return few and coverage.passages < THIN_PASSAGES


def nearest(looked: Looked) -> tuple[Rejected, ...]:
    """The sentences that came nearest to the feature, best first, with what speaks against them."""
    rows = sorted(_ranked(looked.record), key=lambda row: (-row[0], row[1]))
    found: list[Rejected] = []
    for _, rank, passage, sentence in rows:
        document = looked.documents.get(passage.document)
        if document is None or any(_is_same(sentence, r) for r in found):
            continue
        reason, missing = why_not(sentence, passage, looked.feature)
        found.append(Rejected(cite(document, passage, sentence), rank, reason, missing))
        if len(found) == NEAREST:
            break
    return tuple(found)


def _ranked(record: SearchRecord) -> Iterator[tuple[float, int, Passage, Sentence]]:
    """Sentences with relevance and the rank of their passage; headings and scraps are left out."""
    for rank, hit in enumerate(record.hits, start=1):
        scores = hit.sentence_scores or (hit.score,) * len(hit.passage.sentences)
        for sentence, score in zip(hit.passage.sentences, scores, strict=True):
            text = sentence.text.strip()
            is_heading = text in {h.strip() for h in hit.passage.heading_path}
            if sentence.citable and not is_heading and len(text) >= LEAST_CHARACTERS:
                yield score, rank, hit.passage, sentence


def _is_same(sentence: Sentence, rejected: Rejected) -> bool:
    return sentence.text.strip() == rejected.citation.quote


def why_not(
    sentence: Sentence, passage: Passage, feature: Feature
) -> tuple[Rejection, tuple[str, ...]]:
    """What speaks against a sentence as evidence, and which elements it does not name."""
    missing = tuple(e.id for e in feature.elements if not _names(e.terms, sentence, passage))
    named = _names(feature.core, sentence, passage) or len(missing) < len(feature.elements)
    if sentence.foreign:
        return Rejection.FOREIGN, missing
    if not named:
        return Rejection.OTHER_MATTER, missing
    if sentence.modality in BY_MODALITY:
        return BY_MODALITY[sentence.modality], missing
    return (Rejection.PART if missing else Rejection.WEAK), missing


def _names(terms: tuple[str, ...], sentence: Sentence, passage: Passage) -> bool:
    text = sentence.text + sentence.context + "".join(passage.heading_path[-1:])
    return any(term in text for term in terms)
