"""The twin dossiers: the same matters as facts, as plans, and about other places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from auditor.checking import check_and_relate
from auditor.core.criteria import FeatureType, Standard
from auditor.core.findings import Finding
from auditor.core.run import Case, Judge, Silence
from auditor.pipeline import cut_all, newest_issue
from auditor.receiving import read_documents
from auditor.search.engine import Searcher

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
CITY = "临澜市"


@dataclass(frozen=True, slots=True)
class TwinResult:
    """One twin dossier: how many planted features are green, and which capabilities are."""

    name: str
    planted: int
    green: int
    green_capabilities: tuple[str, ...]


def dossier_cases(folder: Path, standard: Standard, searcher: Searcher) -> list[Case]:
    """Read, cut and search a dossier of the examples; the judge's cases."""
    documents, _ = read_documents(folder, Silence())
    prepared = searcher.prepare(cut_all(documents, CITY), standard.features)
    records = searcher.records(prepared, standard.features)
    by_name, as_of = {d.name: d for d in documents}, newest_issue(documents)
    return [
        Case(feature, record, CITY, as_of, by_name)
        for feature, record in zip(standard.features, records, strict=True)
    ]


def judged(cases: Sequence[Case], judge: Judge, standard: Standard) -> tuple[Finding, ...]:
    """Judge, check and relate, as the pipeline does."""
    outcomes = judge.judge(cases)
    return check_and_relate(cases, {o.feature_id: o for o in outcomes}, standard)


def measure_twins(standard: Standard, searcher: Searcher, judge: Judge) -> list[TwinResult]:
    """Judge all three twins."""
    text = (EXAMPLES / "twins" / "matters.yaml").read_text(encoding="utf-8")
    planted = {row["feature"] for row in yaml.safe_load(text)["matters"]}
    capabilities = {f.id for f in standard.features if FeatureType.CAPABILITY in f.types}
    results = []
    for name in ("facts", "plans", "elsewhere"):
        cases = dossier_cases(EXAMPLES / "twins" / name, standard, searcher)
        findings = judged(cases, judge, standard)
        green = {f.feature_id for f in findings if f.verdict and f.verdict.is_green}
        wrong = tuple(sorted(green & capabilities))
        results.append(TwinResult(name, len(planted), len(green & planted), wrong))
    return results


def twins_json(results: Sequence[TwinResult]) -> dict[str, Any]:
    """The figures as data."""
    return {
        r.name: {
            "planted": r.planted,
            "green": r.green,
            "green_capabilities": list(r.green_capabilities),
        }
        for r in results
    }
