"""Receiving a dossier: files -> documents, how they stand to each other, what the city claims.

The first part of every audit, and all of ``auditor intake`` but the search for coverage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from auditor.core.claims import Listing, MatchedEvidence, RowProblem, SelfAssessment
from auditor.core.criteria import Standard
from auditor.core.documents import Document, DocumentKind, LeftOut
from auditor.core.errors import ConfigurationError, DocumentError
from auditor.core.passages import Passage
from auditor.core.run import Progress
from auditor.dossier import settle
from auditor.dossier.corrections import read_corrections, with_answers, with_flags
from auditor.ingest.taking import Settings, Source, dossier_files, take_in
from auditor.intake.claims import claims_kind_of_file, read_evidence_list, read_self_assessment
from auditor.intake.matching import listed_passages, match_listings

TABLES = ("xlsx", "xls", "csv")
MAX_TABLE_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reception:
    """A dossier as received: documents, what was left out, and what the city says of itself."""

    documents: tuple[Document, ...]
    left_out: tuple[LeftOut, ...]
    assessment: SelfAssessment | None = None
    evidence: MatchedEvidence = field(default_factory=MatchedEvidence)
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Submitted:
    """What was submitted for which city, and a file of a reviewer's corrections if there is one."""

    dossier: Path
    city: str
    corrections: Path | None = None


def receive(
    submitted: Submitted, settings: Settings, standard: Standard, progress: Progress
) -> Reception:
    """Read every file of a dossier (folder or archive); what cannot be used is listed with why.

    Raises:
        ConfigurationError: there is no such folder or file.
    """
    dossier = submitted.dossier
    corrections = read_corrections(submitted.corrections) if submitted.corrections else {}
    if not dossier.exists():
        raise ConfigurationError(
            f"{dossier} 不存在 (is not there).", hint="请给出材料文件夹或压缩包 (name the dossier)."
        )
    tables = _Tables()
    total = len(dossier_files(dossier)) if dossier.is_dir() else 1
    progress.begin("read", total)
    documents, left_out = take_in(dossier, settings, _Counter(progress, total).note, tables.keep)
    progress.end("read")
    settled = settle(with_answers(documents, corrections), submitted.city)
    settled = with_flags(settled, corrections)
    claimed = tables.claims(standard)
    return Reception(
        documents=_with_claimed_kinds(settled, tables.kinds),
        left_out=(*left_out, *claimed.left_out),
        assessment=claimed.assessment,
        evidence=match_listings(claimed.listings, [d.name for d in settled]),
        problems=claimed.problems,
    )


def read_documents(
    dossier: Path, progress: Progress, city: str = "", settings: Settings | None = None
) -> tuple[tuple[Document, ...], tuple[LeftOut, ...]]:
    """Read and settle a dossier without the forms of the city: for evaluation and tests."""
    total = len(dossier_files(dossier))
    progress.begin("read", total)
    note = _Counter(progress, total).note
    documents, left_out = take_in(dossier, settings or Settings(), note)
    progress.end("read")
    return settle(documents, city), left_out


def listed_by_feature(
    evidence: MatchedEvidence, passages: Sequence[Passage], documents: Sequence[Document]
) -> dict[str, frozenset[str]]:
    """By feature, the ids of the passages on the pages that the evidence list names for it."""
    by_name = {document.name: document for document in documents}
    ids = sorted({match.listing.feature_id for match in evidence.matched})
    found = {
        feature_id: frozenset(listed_passages(passages, evidence.of_feature(feature_id), by_name))
        for feature_id in ids
    }
    return {feature_id: passages_of for feature_id, passages_of in found.items() if passages_of}


class _Counter:
    """Turns the notes of the intake into progress; members of archives raise the total."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def note(self, name: str, done: bool) -> None:
        """Hear what is at work."""
        self._done += done
        if self._done > self._total:
            self._total = self._done
            self._progress.begin("read", self._total)
        self._progress.advance("read", int(done), note=PurePosixPath(name).name)


@dataclass(slots=True)
class _Claimed:
    """What the forms in a dossier say."""

    assessment: SelfAssessment | None = None
    listings: tuple[Listing, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class _Tables:
    """Keeps the spreadsheets of a dossier that are the city's own forms."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self.kinds: dict[str, str] = {}

    def keep(self, source: Source) -> None:
        """Look at a file on its way in; nothing but filled forms is kept."""
        table = source.kind in TABLES and len(source.data) <= MAX_TABLE_BYTES
        if not table:
            return
        kind = claims_kind_of_file(source.data, source.name)
        if kind is not None:
            self._files[source.name] = source.data
            self.kinds[source.name] = kind

    def claims(self, standard: Standard) -> _Claimed:
        """Read the forms; a second self-assessment is listed as left out, never mixed in."""
        claimed = _Claimed()
        for name in sorted(self._files):
            try:
                self._read(name, standard, claimed)
            except DocumentError as error:
                claimed.left_out += (LeftOut(name, error.code, error.reason, error.hint),)
        return claimed

    def _read(self, name: str, standard: Standard, claimed: _Claimed) -> None:
        data = self._files[name]
        if self.kinds[name] == DocumentKind.EVIDENCE_LIST:
            listed = read_evidence_list(data, name, standard)
            claimed.listings += listed.listings
            claimed.problems += listed.problems
        elif claimed.assessment is None:
            claimed.assessment = read_self_assessment(data, name, standard)
            claimed.problems += claimed.assessment.problems
        else:
            why = "材料里已有一份自评表，本份未采用"
            claimed.left_out += (LeftOut(name, "second_form", why, "请只提交一份自评表。"),)


def _with_claimed_kinds(
    documents: Sequence[Document], kinds: Mapping[str, str]
) -> tuple[Document, ...]:
    """The forms are what the city claims, whatever their text looks like: never evidence."""
    return tuple(
        replace(d, kind=DocumentKind(kinds[d.name])) if d.name in kinds else d for d in documents
    )
