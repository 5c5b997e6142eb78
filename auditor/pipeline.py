"""The order of the stages of one audit, with progress and resume.

files -> documents -> passages -> search records -> judgements -> checks -> relations -> score.
Every finished judgement is put into the journal at once, under a key made of everything that it
depends on; a resumed run takes it from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from auditor.checks import Evidence, check_judgement
from auditor.core.criteria import Feature, Item, Standard
from auditor.core.documents import Document, LeftOut
from auditor.core.errors import ConfigurationError
from auditor.core.findings import Failure, Finding, Judgement
from auditor.core.passages import Passage
from auditor.core.run import Case, Judge, Progress, Run
from auditor.core.scores import Profile
from auditor.core.search import SearchRecord
from auditor.ingest.dispatch import dossier_files, read_file
from auditor.passages import CityNames, cut_passages
from auditor.relations import apply_relations
from auditor.scoring import score_findings
from auditor.store.journal import Journal
from auditor.store.records import outcome_from, outcome_json


class Searcher(Protocol):
    """The search stage: passages and features in, one record per feature out."""

    def search(
        self, passages: Sequence[Passage], features: Sequence[Feature], progress: Progress
    ) -> tuple[SearchRecord, ...]:
        """Search the whole dossier for every feature."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be audited: the dossier folder, the city, the date and the part."""

    dossier: Path
    city: str
    as_of: date | None = None
    only: str | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The real parts of an audit, put together by wiring; ``judge`` None means search only."""

    standard: Standard
    profile: Profile
    searcher: Searcher
    judge: Judge | None
    journal: Journal
    progress: Progress
    manifest: Mapping[str, Any]


def run_audit(request: Request, parts: Parts) -> Run:
    """Audit one dossier; raises ``ConfigurationError`` where no document could be read."""
    documents, left_out = read_documents(request.dossier, parts.progress)
    if not documents:
        raise ConfigurationError(
            f"No readable document in {request.dossier}.",
            hint="; ".join(f"{left.name}: {left.reason}" for left in left_out[:3]),
        )
    passages = cut_all(documents, request.city)
    features = chosen_features(parts.standard, request.only)
    records = parts.searcher.search(passages, features, parts.progress)
    as_of = request.as_of or newest_issue(documents)
    findings: tuple[Finding, ...] = ()
    score = None
    if parts.judge is not None:
        cases = _cases(request.city, as_of, features, records, documents)
        findings = judge_cases(cases, parts.judge, parts)
        score = score_findings(findings, parts.standard, parts.profile)
    manifest = {**parts.manifest, **_facts(request, as_of, documents, passages, findings)}
    return Run(manifest, documents, left_out, records, findings, score)


def read_documents(
    folder: Path, progress: Progress
) -> tuple[tuple[Document, ...], tuple[LeftOut, ...]]:
    """Read every file of the dossier; what cannot be used is listed with its reason."""
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is not a folder.", hint="Name the dossier's folder.")
    files = dossier_files(folder)
    documents: list[Document] = []
    left_out: list[LeftOut] = []
    progress.begin("read", len(files))
    for path in files:
        outcome = read_file(path, path.relative_to(folder).as_posix())
        if isinstance(outcome, Document):
            documents.append(outcome)
        else:
            left_out.append(outcome)
        progress.advance("read", note=path.name)
    progress.end("read")
    return tuple(documents), tuple(left_out)


def cut_all(documents: Iterable[Document], city: str) -> tuple[Passage, ...]:
    """Cut all documents of a city into passages, in document order."""
    names = CityNames(city)
    return tuple(p for document in documents for p in cut_passages(document, names))


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


def _cases(
    city: str,
    as_of: date | None,
    features: Sequence[Feature],
    records: Sequence[SearchRecord],
    documents: Sequence[Document],
) -> list[Case]:
    by_name = {document.name: document for document in documents}
    by_id = {record.feature_id: record for record in records}
    return [Case(f, by_id[f.id], city, as_of, by_name) for f in features]


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


def _facts(
    request: Request,
    as_of: date | None,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    findings: Sequence[Finding],
) -> dict[str, Any]:
    return {
        "city": request.city,
        "as_of": as_of.isoformat() if as_of else None,
        "as_of_given": request.as_of is not None,
        "only": request.only,
        "documents": [
            {
                "name": d.name,
                "sha256": d.sha256,
                "format": d.format,
                "kind": d.kind.value,
                "title": d.title,
                "characters": len(d.text),
                "pages": len(d.pages) or None,
                "issued_on": d.issued_on.isoformat() if d.issued_on else None,
                "warnings": list(d.warnings),
            }
            for d in documents
        ],
        "passages": len(passages),
        "features": len(findings),
        "failures": sum(isinstance(f.outcome, Failure) for f in findings),
    }
