"""The order of the stages of one audit, with progress and resume.

files -> documents -> passages -> search records -> coverage -> judgements -> checks -> relations
-> score. ``auditor intake`` stops at the coverage.
Every finished judgement is put into the journal at once, under a key made of everything that it
depends on; a resumed run takes it from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from auditor.checks import Evidence, check_judgement
from auditor.core.claims import ClaimReport, LedgerEvidence
from auditor.core.criteria import Feature, Item, Standard
from auditor.core.documents import Document
from auditor.core.errors import ConfigurationError
from auditor.core.findings import Check, Failure, Finding, Judgement
from auditor.core.intake import Intake, SubdomainCoverage
from auditor.core.passages import Passage
from auditor.core.run import Case, Judge, Progress, Run
from auditor.core.scores import Profile, Score
from auditor.core.search import SearchRecord
from auditor.dossier.coverage import coverage_of
from auditor.ingest.taking import Settings
from auditor.intake.ledgers import all_ledgers
from auditor.intake.overclaim import compare_claims
from auditor.intake.quantity import ledger_evidence, ledger_line, stated_totals
from auditor.passages import CityNames, cut_passages
from auditor.receiving import Reception, Submitted, listed_by_feature, receive
from auditor.relations import apply_relations
from auditor.scoring import score_findings
from auditor.store.journal import Journal
from auditor.store.records import outcome_from, outcome_json


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

    ``screen`` tells what the dossier covers; ``intake`` how its files are read.
    """

    standard: Standard
    profile: Profile
    searcher: Searcher
    judge: Judge | None
    screen: Judge
    intake: Settings
    journal: Journal
    progress: Progress
    manifest: Mapping[str, Any]


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
    """Audit one dossier; raises ``ConfigurationError`` where no document could be read."""
    searched = search_dossier(request, parts)
    findings: tuple[Finding, ...] = ()
    score = None
    if parts.judge is not None:
        cases = cases_of(request.city, searched)
        findings = judge_cases(cases, parts.judge, parts)
        findings = with_ledgers(findings, searched)
        score = score_findings(findings, parts.standard, parts.profile)
    manifest = {**parts.manifest, **_facts(request, searched, findings), **_sent(parts.judge)}
    return Run(
        manifest=manifest,
        documents=searched.documents,
        left_out=searched.reception.left_out,
        records=searched.records,
        findings=findings,
        score=score,
        intake=intake_of(request, searched, manifest),
        claims=_claims(searched.reception, findings, parts.standard, score),
        evidence=searched.reception.evidence,
        problems=searched.reception.problems,
    )


def _sent(judge: Judge | None) -> dict[str, Any]:
    """What left the machine, as the judge's log says; empty where nothing can leave."""
    log = getattr(judge, "sent", None)
    return {"sent": log.facts()} if log is not None else {}


def run_intake(request: Request, parts: Parts) -> Intake:
    """Take one dossier in and say what it covers, without judging it."""
    searched = search_dossier(request, parts)
    return intake_of(request, searched, {**parts.manifest, **_facts(request, searched, ())})


def search_dossier(request: Request, parts: Parts) -> Searched:
    """Receive a dossier, cut it, search it for every feature, and say what it covers."""
    submitted = Submitted(request.dossier, request.city, request.corrections)
    reception = receive(submitted, parts.intake, parts.standard, parts.progress)
    counting = [document for document in reception.documents if document.counts]
    if not counting:
        raise ConfigurationError(
            _nothing_to_read(request.dossier, reception),
            hint="请放入至少一份能读的本市材料 (add a readable paper of the city).",
        )
    passages = cut_all(counting, request.city)
    features = chosen_features(parts.standard, request.only)
    listed = listed_by_feature(reception.evidence, passages, reception.documents)
    found = parts.searcher.search(passages, features, parts.progress, listed)
    unread = sum(len(document.unread_pages) for document in counting)
    records = tuple(replace(record, unread_pages=unread) for record in found)
    as_of = request.as_of or newest_issue(counting)
    searched = Searched(reception, passages, features, records, as_of, ())
    return replace(searched, coverage=_coverage(request.city, searched, parts))


def _nothing_to_read(dossier: Path, reception: Reception) -> str:
    reasons = [f"{left.name}: {left.reason}" for left in reception.left_out]
    reasons += [f"{d.name}: {d.foreign or d.kind.value}" for d in reception.documents]
    said = f"{dossier} 里没有可审核的材料 (no readable document). " + "；".join(reasons[:3])
    return said.rstrip()


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


def judge_cases(cases: Sequence[Case], judge: Judge, parts: Parts) -> tuple[Finding, ...]:
    """Judge item by item, check each judgement, then apply the relations over all of them."""
    parts.progress.begin("judge", len(cases))
    outcomes: dict[str, Judgement | Failure] = {}
    for item in by_item(cases, parts.standard.items):
        for group in [item] if judge.together else [[case] for case in item]:
            for outcome in _judged(group, judge, parts.journal):
                outcomes[outcome.feature_id] = outcome
            parts.progress.advance("judge", len(group), note=group[0].feature.id)
    parts.progress.end("judge")
    return check_and_relate(cases, outcomes, parts.standard)


def with_ledgers(findings: Sequence[Finding], searched: Searched) -> tuple[Finding, ...]:
    """Say at each quantity what the dossier's ledgers count; the verdict stays."""
    ledgers = all_ledgers(searched.documents)
    if not ledgers:
        return tuple(findings)
    totals = stated_totals(d for d in searched.documents if d.counts)
    features = {feature.id: feature for feature in searched.features}
    return tuple(
        _counted(f, ledger_evidence(features[f.feature_id], ledgers, totals)) for f in findings
    )


def _counted(finding: Finding, shown: Sequence[LedgerEvidence]) -> Finding:
    outcome = finding.outcome
    if isinstance(outcome, Failure) or not shown:
        return finding
    checks = tuple(Check("ledger", "noted", ledger_line(evidence)) for evidence in shown)
    return replace(finding, outcome=replace(outcome, checks=(*outcome.checks, *checks)))


def check_and_relate(
    cases: Sequence[Case], outcomes: Mapping[str, Judgement | Failure], standard: Standard
) -> tuple[Finding, ...]:
    """Run the checks on each judgement, then the relations over all findings."""
    by_id = {case.feature.id: case for case in cases}
    findings: list[Finding] = []
    for group in by_item(cases, standard.items):
        shown = tuple(
            {hit.passage.id: hit.passage for case in group for hit in case.record.hits}.values()
        )
        findings.extend(_finding(_checked(c, outcomes[c.feature.id], shown)) for c in group)
    order = {feature_id: place for place, feature_id in enumerate(by_id)}
    findings.sort(key=lambda f: order[f.feature_id])
    return apply_relations(findings, standard.relations)


def by_item(cases: Sequence[Case], items: Sequence[Item]) -> Iterable[list[Case]]:
    """Group cases by the item that their feature belongs to, in the order of the standard."""
    wanted = {case.feature.id: case for case in cases}
    for item in items:
        group = [wanted[f.id] for f in item.features if f.id in wanted]
        if group:
            yield group


def _judged(group: list[Case], judge: Judge, journal: Journal) -> list[Judgement | Failure]:
    keys = [case_key(case, judge) for case in group]
    kept = [journal.get(key) for key in keys]
    missing = [case for case, row in zip(group, kept, strict=True) if row is None]
    fresh = iter(judge.judge(missing) if missing else [])
    outcomes = []
    for key, row in zip(keys, kept, strict=True):
        if row is None:
            outcome = next(fresh)
            row = outcome_json(outcome)
            if isinstance(outcome, Judgement):
                journal.put(key, row)
        outcomes.append(outcome_from(row))
    return outcomes


def case_key(case: Case, judge: Judge) -> str:
    """Hash everything that a judgement depends on: judge, feature, city, date, shown passages."""
    shown = [f"{hit.passage.id}:{hit.passage.text}" for hit in case.record.hits]
    scores = [f"{score:.6f}" for hit in case.record.hits for score in hit.sentence_scores]
    parts = [judge.fingerprint, repr(case.feature), case.city, str(case.as_of), *shown, *scores]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def _checked(
    case: Case, outcome: Judgement | Failure, shown: tuple[Passage, ...]
) -> Judgement | Failure:
    """Check one judgement; ``shown`` are the passages of its whole item (one call shows them)."""
    if isinstance(outcome, Failure):
        return outcome
    return check_judgement(outcome, Evidence(case.feature, shown, case.documents))


def _finding(outcome: Judgement | Failure) -> Finding:
    verdict = outcome.verdict if isinstance(outcome, Judgement) else None
    return Finding(outcome, verdict, verdict)


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
