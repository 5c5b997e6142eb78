"""A run whose documents, file names and reasons are markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from auditor.core.documents import Document, Span
from auditor.core.findings import Check, Citation, Finding, Judgement, Verdict
from auditor.core.run import Run
from auditor.ingest.taking import Settings, take_in
from auditor.profiles import load_profile
from auditor.scoring import score_findings
from auditor.store.run_folder import write_run
from tests.web.samples import CITY, STANDARD


def write_hostile_run(folder: Path, dossier: Path, markup: Sequence[str]) -> Path:
    """Write a run that says nothing but markup; gives its folder."""
    documents, _ = take_in(dossier, Settings(processes=1))
    paper = _hostile(documents[0], markup)
    findings = tuple(
        _finding(feature.id, paper, markup[n % len(markup)])
        for n, feature in enumerate(STANDARD.features)
    )
    score = score_findings(findings, STANDARD, load_profile())
    manifest = {
        "city": CITY,
        "as_of": "2026-03-09",
        "judge": {"name": markup[0], "quality": markup[1]},
        "standard": {"id": STANDARD.id, "title": markup[0]},
        "profile": {"id": "ctmm"},
    }
    write_run(folder, Run(manifest, (paper,), (), (), findings, score))
    return folder


def _hostile(document: Document, markup: Sequence[str]) -> Document:
    text = "\n".join(markup)
    whole = Span(0, len(text))
    pages = tuple(replace(page, span=whole) for page in document.pages[:1])
    return replace(
        document, name=f"{markup[1]}.pdf", title=markup[0], text=text, pages=pages, blocks=(),
        layout=b"", marks=(),
    )  # fmt: skip


def _finding(feature_id: str, paper: Document, said: str) -> Finding:
    start = paper.text.index(said)
    span = Span(start, start + len(said))
    cited = Citation("s.1", paper.name, 1, span, said)
    checks = (Check(said, "flagged", said, quotes=(cited,)),)
    judged = Judgement(feature_id, Verdict.PARTLY_MET, (cited,), said, "screen", 0.5, checks=checks)
    return Finding(judged, Verdict.PARTLY_MET, Verdict.PARTLY_MET)
