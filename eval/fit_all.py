"""Measure ``screen`` leave-one-city-out, then fit it on all labelled cities and write its weights.

``python -m eval.fit_all`` measures; with ``--write`` the weights in auditor/*/weights/ are made
anew. Each city is judged by weights that never saw it, thresholds and priors included.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from auditor.checking import check_and_relate
from auditor.core.criteria import Standard
from auditor.core.findings import Finding
from auditor.core.run import Case, Judge
from auditor.evaluation.compare import CityResult, compare, pass_agreement, summary
from auditor.judge.screen import ScreenJudge, screen_from
from auditor.search.adapter import pack_adapter
from auditor.search.engine import Searcher
from auditor.search.exemplars import pack
from auditor.standard import load_standard
from eval.base import unfitted_searcher
from eval.cities import City, load_cities, require_enough, shared_gold
from eval.fit_relevance import relevance_json
from eval.fit_screen import cases_of, fit_screen, fold_searcher

ROOT = Path(__file__).resolve().parents[1] / "auditor"


def judged(cases: Sequence[Case], judge: Judge, standard: Standard) -> tuple[Finding, ...]:
    """Judge, check and relate, as the pipeline does."""
    outcomes = judge.judge(cases)
    return check_and_relate(cases, {o.feature_id: o for o in outcomes}, standard)


def measure_fold(
    city: City, others: Sequence[City], standard: Standard, base: Searcher, exemplars: bool
) -> CityResult:
    """Judge one city by weights fitted on the others."""
    model = screen_from(fit_screen(others, standard, base, exemplars), "fold")
    searcher = fold_searcher(base, others, exemplars)
    cases = cases_of(city, standard, searcher)
    findings = judged(cases, ScreenJudge(model), standard)
    return compare(city.gold, [case.record for case in cases], findings)


def measure_all(
    cities: Sequence[City], standard: Standard, base: Searcher, exemplars: bool
) -> dict[str, Any]:
    """Measure every fold and pool them."""
    results = []
    for city in cities:
        others = [c for c in cities if c is not city]
        results.append(measure_fold(city, others, standard, base, exemplars))
        print(f"{city.name}: {summary(results[-1:])['pooled']}", flush=True)
    table = summary(results)
    table["agreement_of_passes"] = pass_agreement([c.gold for c in cities])
    return table


def quality_line(table: dict[str, Any], cities: Sequence[City]) -> str:
    """One sentence on the measured quality, for the first line of every output."""
    pooled = table["pooled"]
    return (
        f"初筛模型，未经大模型判读；{len(cities)} 个标注城市逐城留出测得：QWK {pooled['qwk']:.2f}，"
        f"绿色 F1 {pooled['green_f1']:.2f}，误绿占特征 {pooled['false_green']:.1%}"
    )


def write_weights(
    cities: Sequence[City], standard: Standard, base: Searcher, table: dict[str, Any], name: str
) -> None:
    """Fit on all cities and write the weights of one family (``e5`` or ``generic``)."""
    own = name == "e5"
    searcher = fold_searcher(base, cities, own)
    model = fit_screen(cities, standard, base, own)
    model["quality"] = quality_line(table, cities)
    names = [c.name for c in cities]
    _dump(
        ROOT / "search/weights" / f"relevance-{name}.json",
        relevance_json(searcher.relevance, names),
    )
    _dump(ROOT / "judge/weights" / f"screen-{name}.json", model)
    if own:
        (ROOT / "search/weights" / "exemplars-e5.npz").write_bytes(pack(searcher.exemplars))
        assert searcher.adapter is not None
        adapter = pack_adapter(searcher.adapter)
        (ROOT / "search/weights" / "adapter-e5.npz").write_bytes(adapter)


def _dump(file: Path, value: dict[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    file.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Measure and, with --write, fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=Path, default=shared_gold())
    parser.add_argument("--family", choices=("e5", "generic"), default="e5")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    standard = load_standard()
    base = replace(unfitted_searcher())
    cities = load_cities(arguments.gold, standard, base)
    require_enough(cities)
    table = measure_all(cities, standard, base, arguments.family == "e5")
    text = json.dumps(table, ensure_ascii=False, indent=2, sort_keys=True)
    print(json.dumps(table["pooled"], ensure_ascii=False, indent=2))
    if arguments.output:
        arguments.output.write_text(text + "\n", encoding="utf-8")
    if arguments.write:
        write_weights(cities, standard, base, table, arguments.family)


if __name__ == "__main__":
    main()
