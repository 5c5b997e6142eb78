"""The order of the stages of one audit, with progress and resume.

files -> documents -> passages -> search records -> coverage -> judgements -> checks -> relations
-> score. ``auditor intake`` stops at the coverage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from auditor.carrying import Carried, require_judge, with_note
from auditor.checking import Material, check_and_relate, contradictions_in, with_ledgers
from auditor.core.claims import ClaimReport
from auditor.core.criteria import Feature, Standard
from auditor.core.documents import Document
from auditor.core.errors import ConfigurationError
from auditor.core.findings import Failure, Finding, Judgement
from auditor.core.intake import Intake, SubdomainCoverage
from auditor.core.limits import CheckLimits
from auditor.core.passages import Passage
from auditor.core.run import Case, Judge, Progress, Run
from auditor.core.scores import Profile, Score
from auditor.core.search import SearchRecord
from auditor.dossier.coverage import coverage_of
from auditor.ingest.taking import Settings
from auditor.instructions import instructions_of
from auditor.intake.overclaim import compare_claims
from auditor.judging import Memory, judge_cases
from auditor.operations.context import bound
from auditor.operations.stages import stage, whole_run
from auditor.passages import CityNames, cut_passages
from auditor.receiving import Reception, Submitted, listed_by_feature, receive
from auditor.scoring import score_findings


class Searcher(Protocol):
    """The search stage: passages and features in, one record per feature out."""

    def search(
        self,
        passages: Sequence[Passage],
        features: Sequence[Feature],
        progress: Progress,
        listed: Mapping[str, frozenset[str]] = ...,
    ) -> tuple[SearchRecord, ...]:
        """Search the whole dossier for every feature; listed passages come first."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be audited: the dossier folder, the city, the date and the part."""

    dossier: Path
    city: str
    as_of: date | None = None
    only: str | None = None
    corrections: Path | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The real parts of an audit, put together by wiring; ``judge`` None means search only.

    ``screen`` tells what the dossier covers; ``intake`` how its files are read; ``rules`` are all
    of the edition; ``carried`` are findings of another edition that hold: their features are not
    judged again.
    """

    standard: Standard
    profile: Profile
    searcher: Searcher
    judge: Judge | None
    screen: Judge
    intake: Settings
    journal: Memory
    progress: Progress
    manifest: Mapping[str, Any]
    limits: CheckLimits = field(default_factory=CheckLimits)
    rules: tuple[Profile, ...] = ()
    carried: Carried | None = None

    @property
    def held(self) -> frozenset[str]:
        """The features that are not judged again."""
        return self.carried.ids if self.carried else frozenset()


@dataclass(frozen=True, slots=True)
class Searched:
    """A dossier that was received and searched: all that judging needs."""

    reception: Reception
    passages: tuple[Passage, ...]
    features: tuple[Feature, ...]
    records: tuple[SearchRecord, ...]
    as_of: date | None
    coverage: tuple[SubdomainCoverage, ...]

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents of the dossier."""
        return self.reception.documents


def run_audit(request: Request, parts: Parts) -> Run:
    """Audit one dossier.

    Raises:
        ConfigurationError: no document could be read, or nothing judges the rest of a carried run.
        RunError: the run was carried for another city, edition or dossier.
    """
    with bound(city=request.city), whole_run():
        return _audited(request, parts)


def _audited(request: Request, parts: Parts) -> Run:
    require_judge(parts.carried, parts.judge)
    searched = search_dossier(request, parts)
    findings: tuple[Finding, ...] = ()
    score = None
    if parts.judge is not None:
        findings = _findings(request, searched, parts, parts.judge)
        with stage("score"):
            score = score_findings(findings, parts.standard, parts.profile)
    found = instructions_of(searched.documents, searched.passages)
    manifest = {**parts.manifest, **_facts(request, searched, findings), **_sent(parts.judge)}
    manifest["instructions"] = len(found)
    if parts.carried:
        manifest["carried_from"] = parts.carried.facts(findings)
    return Run(
        manifest=with_note(manifest),
        documents=searched.documents,
        left_out=searched.reception.left_out,
        records=tuple(r for r in searched.records if r.feature_id not in parts.held),
        findings=findings,
        score=score,
        intake=intake_of(request, searched, manifest),
        claims=_claims(searched.reception, findings, parts.standard, score),
        evidence=searched.reception.evidence,
        problems=searched.reception.problems,
        instructions=found,
        contradictions=contradictions_in(searched.passages, searched.documents, request.city),
    )


def _findings(
    request: Request, searched: Searched, parts: Parts, judge: Judge
) -> tuple[Finding, ...]:
    """Judge and check what is to be judged, and put it beside what was carried over."""
    if parts.carried:
        parts.carried.require_fit(parts.standard, request.city, searched.documents)
    every = cases_of(request.city, searched)
    cases = [case for case in every if case.feature.id not in parts.held]
    with stage("judge"):
        outcomes = judge_cases(cases, judge, parts.standard.items, parts.journal, parts.progress)
    held = {f.feature_id: f for f in parts.carried.findings} if parts.carried else {}
    beside = tuple((case, held[case.feature.id]) for case in every if case.feature.id in held)
    material = Material(searched.passages, searched.coverage, parts.limits, beside)
    with stage("check"):
        judged = check_and_relate(cases, outcomes, parts.standard, material)
        judged = with_ledgers(judged, searched.documents, searched.features)
    return parts.carried.joined(judged, parts.standard) if parts.carried else judged


def _sent(judge: Judge | None) -> dict[str, Any]:
    """What left the machine and what was used of a model; empty where no model was asked."""
    log, usage = getattr(judge, "sent", None), getattr(judge, "usage", None)
    standing = getattr(judge, "standing", None)
    facts: dict[str, Any] = {"sent": log.facts()} if log is not None else {}
    answered = getattr(judge, "answered", {})
    facts |= {"usage": {**usage.as_dict(), **answered}} if usage is not None else {}
    return facts | ({"batch": asdict(standing)} if standing is not None else {})


def run_intake(request: Request, parts: Parts) -> Intake:
    """Take one dossier in and say what it covers, without judging it."""
    searched = search_dossier(request, parts)
    return intake_of(request, searched, {**parts.manifest, **_facts(request, searched, ())})


def search_dossier(request: Request, parts: Parts) -> Searched:
    """Receive a dossier, cut it, search it for every feature, and say what it covers."""
    submitted = Submitted(request.dossier, request.city, request.corrections)
    with stage("read"):
        reception = receive(submitted, parts.intake, parts.standard, parts.progress)
    counting = [document for document in reception.documents if document.counts]
    if not counting:
        raise ConfigurationError(
            _nothing_to_read(request.dossier, reception),
            hint="请放入至少一份能读的本市材料 (add a readable paper of the city).",
        )
    with stage("cut"):
        passages = cut_all(counting, request.city)
    features = chosen_features(parts.standard, request.only)
    listed = listed_by_feature(reception.evidence, passages, reception.documents)
    with stage("search"):
        found = parts.searcher.search(passages, features, parts.progress, listed)
    unread = sum(len(document.unread_pages) for document in counting)
    records = tuple(replace(record, unread_pages=unread) for record in found)
    as_of = request.as_of or newest_issue(counting)
    searched = Searched(reception, passages, features, records, as_of, ())
    with stage("coverage"):
        return replace(searched, coverage=_coverage(request.city, searched, parts))


def _nothing_to_read(dossier: Path, reception: Reception) -> str:
    reasons = [f"{left.name}: {left.reason}" for left in reception.left_out]
    reasons += [f"{d.name}: {d.foreign or d.kind.value}" for d in reception.documents]
    said = f"{dossier} 里没有可审核的材料 (no readable document)."
    return f"{said} {'；'.join(reasons[:3])}。" if reasons else said


def _coverage(city: str, searched: Searched, parts: Parts) -> tuple[SubdomainCoverage, ...]:
    judged = parts.screen.judge(cases_of(city, searched))
    spoken = [outcome for outcome in judged if isinstance(outcome, Judgement)]
    by_id = {record.feature_id: record for record in searched.records}
    return coverage_of(spoken, searched.documents, parts.standard, by_id)


def intake_of(request: Request, searched: Searched, manifest: Mapping[str, Any]) -> Intake:
    """What came of taking the dossier in."""
    reception = searched.reception
    return Intake(
        request.city, reception.documents, reception.left_out, searched.coverage, manifest
    )


def _claims(
    reception: Reception,
    findings: Sequence[Finding],
    standard: Standard,
    score: Score | None,
) -> ClaimReport | None:
    """The city's claims beside the findings, None without a self-assessment or a judgement."""
    if reception.assessment is None or not findings:
        return None
    return compare_claims(reception.assessment, findings, standard, reception.evidence, score)


def cut_all(documents: Iterable[Document], city: str) -> tuple[Passage, ...]:
    """Cut the documents that count for a city into passages, in document order."""
    names = CityNames(city)
    return tuple(p for d in documents if d.counts for p in cut_passages(d, names))


def chosen_features(standard: Standard, only: str | None) -> tuple[Feature, ...]:
    """The features of the node ``only`` (``8.2``, ``8.2.4.1``, a feature id), or all of them."""
    if not only:
        return standard.features
    chosen = tuple(
        f for f in standard.features if f.id == only or f.id.startswith((f"{only}.", f"{only}-"))
    )
    if not chosen:
        raise ConfigurationError(
            f"The standard has no node {only}.", hint="Use an id such as 8.2, 8.2.4 or 8.2.4.1."
        )
    return chosen


def newest_issue(documents: Iterable[Document]) -> date | None:
    """The newest date of issue in the dossier: the default date of the audit, never today."""
    return max((d.issued_on for d in documents if d.issued_on), default=None)


def cases_of(city: str, searched: Searched) -> list[Case]:
    """One case per feature: what a judge gets."""
    by_name = {document.name: document for document in searched.documents}
    by_id = {record.feature_id: record for record in searched.records}
    return [Case(f, by_id[f.id], city, searched.as_of, by_name) for f in searched.features]


def _facts(request: Request, searched: Searched, findings: Sequence[Finding]) -> dict[str, Any]:
    as_of = searched.as_of
    return {
        "city": request.city,
        "as_of": as_of.isoformat() if as_of else None,
        "as_of_given": request.as_of is not None,
        "only": request.only,
        "corrections": corrections_digest(request.corrections),
        "documents": [document_facts(document) for document in searched.documents],
        "passages": len(searched.passages),
        "features": len(findings),
        "failures": sum(isinstance(f.outcome, Failure) for f in findings),
    }


def corrections_digest(file: Path | None) -> str | None:
    """Hash of the reviewer's corrections, None without any."""
    return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}" if file else None


def document_facts(d: Document) -> dict[str, Any]:
    """What the manifest says of a document."""
    return {
        "name": d.name,
        "sha256": d.sha256,
        "format": d.format,
        "kind": d.kind.value,
        "title": d.title,
        "characters": len(d.text),
        "pages": len(d.pages) or None,
        "paged_by": d.paged_by,
        "issued_on": d.issued_on.isoformat() if d.issued_on else None,
        "counts": d.counts,
        "warnings": list(d.warnings),
    }
