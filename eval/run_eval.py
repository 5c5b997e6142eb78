"""``make eval``: everything that is claimed about quality, measured anew, baselines beside.

With the labelled cities (AUDITOR_SHARED/gold): each city by weights fitted on the others, search
and ``screen`` and ``local`` (where readings are kept, see eval/fit_local.py), simple baselines,
the agreement of two annotation passes; ``--beside`` adds results of others (the naive pipeline:
``python -m eval.baselines.naive``). Always: the sample dossier and the twin dossiers. The files are
of the form that ``auditor eval -o`` writes, so ``auditor eval-compare`` reads them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from auditor.cli.eval_view import print_evaluation
from auditor.cli.evaluate import read_beside
from auditor.core.criteria import Standard
from auditor.core.findings import Finding, Verdict
from auditor.evaluation.gold import quote_warnings
from auditor.evaluation.metrics import measure
from auditor.evaluation.rows import results_from
from auditor.evaluation.whole import whole_table
from auditor.judge.screen import ScreenJudge
from auditor.report.eval_page import render_evaluation
from auditor.standard import load_standard
from auditor.wiring import build_embedder, build_searcher, screen_model
from eval.base import unfitted_searcher
from eval.baselines import baseline_recall
from eval.cities import City, load_cities, require_enough, shared_gold
from eval.fit_all import measure_all
from eval.fit_local import measure_local
from eval.twins import EXAMPLES, dossier_cases, judged, measure_twins, twins_json


def measure_examples(standard: Standard) -> dict[str, Any]:
    """The shipped weights on the sample dossier and the twins: nothing was fitted on these."""
    embedder = build_embedder(None)
    searcher, judge = build_searcher(embedder), ScreenJudge(screen_model(embedder))
    findings = judged(dossier_cases(EXAMPLES / "dossier", standard, searcher), judge, standard)
    return {
        "sample": measure_sample(findings),
        "twins": twins_json(measure_twins(standard, searcher, judge)),
    }


def measure_sample(findings: tuple[Finding, ...]) -> dict[str, float]:
    """The verdicts on the sample dossier against the ones that it was written for."""
    text = (EXAMPLES / "expected.yaml").read_text(encoding="utf-8")
    expected: Mapping[str, list[Any]] = yaml.safe_load(text)["features"]
    found = {f.feature_id: f.verdict or Verdict.NO_EVIDENCE for f in findings}
    return measure([(Verdict(row[0]), found[key]) for key, row in expected.items()]).as_dict()


def measure_cities(
    folder: Path, standard: Standard, console: Console, beside: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Leave one city out, and everything that stands beside it: one table by judge."""
    begun = perf_counter()
    base = unfitted_searcher()
    cities = load_cities(folder, standard, base)
    require_enough(cities)
    recall = baseline_recall(cities, standard)
    print_recall(console, recall)
    folds = measure_all(cities, standard, base, exemplars=True)
    table = whole_of(folds, "screen", cities, standard, beside)
    table["recall_baselines"] = recall
    table["cost"] = {"seconds": round(perf_counter() - begun, 1)}
    print_evaluation(console, table)
    local = measure_local(cities, standard, base)
    if local is None:
        return {"screen": table}
    table["local"] = {
        judge: {key: local[judge][key] for key in ("pooled", "cities")}
        for judge in ("local", "screen")
    }
    console.print("local（小模型读句），同样逐城留出，仅含已读的城市：")
    read = whole_of(local["local"], "local", cities, standard, {"screen": local["screen"]})
    print_evaluation(console, read)
    return {"screen": table, "local": read}


def whole_of(
    folds: Mapping[str, Any],
    judge: str,
    cities: Sequence[City],
    standard: Standard,
    beside: Mapping[str, Any],
) -> dict[str, Any]:
    """The table that ``auditor eval`` would write, from the rows of the folds."""
    results = results_from(folds, judge)
    names = {result.city for result in results}
    golds = [city.gold for city in cities if city.name in names]
    table = whole_table(results, golds, standard, beside)
    texts = {city.name: {d.name: d.text for d in city.documents} for city in cities}
    warnings = [line for gold in golds for line in quote_warnings(gold, texts[gold.name])]
    facts = {"judge": judge, "judged": True, "weights": "leave_one_city_out", "in_sample": []}
    return {**table, **facts, "warnings": warnings}


def print_recall(console: Console, recall: Mapping[str, Mapping[str, float]]) -> None:
    """One row per simple way to search."""
    names = list(next(iter(recall.values())))
    grid = Table("recall@10", *names)
    for way, row in recall.items():
        grid.add_row(way, *(f"{row[name]:.3f}" for name in names))
    console.print(grid)


def print_examples(console: Console, table: Mapping[str, Any]) -> None:
    """The sample and the twins."""
    sample = table["sample"]
    console.print(
        f"sample: {sample['n']:.0f} expected features, QWK {sample['qwk']:.3f}, "
        f"green F1 {sample['green_f1']:.3f}, false green {sample['false_green']:.3f}"
    )
    grid = Table("twins", "planted", "green", "green capabilities")
    for name, row in table["twins"].items():
        grid.add_row(
            name, str(row["planted"]), str(row["green"]), str(len(row["green_capabilities"]))
        )
    console.print(grid)


def main() -> None:
    """Measure, print, and keep the figures as JSON and as a page, one of each by judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=Path, default=shared_gold())
    parser.add_argument("--output", type=Path, default=Path("out/eval.json"))
    parser.add_argument(
        "--beside", action="append", default=[], help="[NAME=]FILE: another way to judge"
    )
    arguments = parser.parse_args()
    console, standard = Console(width=190), load_standard()
    examples = measure_examples(standard)
    print_examples(console, examples)
    if not arguments.gold.is_dir():
        console.print(f"{arguments.gold} is not there: the examples alone were measured.")
        write_table({"examples": examples}, arguments.output, console)
        return
    beside = read_beside(arguments.beside)
    for judge, table in measure_cities(arguments.gold, standard, console, beside).items():
        file = arguments.output
        if judge != "screen":
            file = file.with_name(f"{file.stem}-{judge}.json")
        write_table({**table, "examples": examples}, file, console)
        page = render_evaluation(table, standard)
        file.with_suffix(".html").write_text(page, encoding="utf-8")
        console.print(f"page: {file.with_suffix('.html')}")


def write_table(table: Mapping[str, Any], file: Path, console: Console) -> None:
    """Write the figures; ``auditor eval-compare`` reads them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(table, ensure_ascii=False, indent=1, sort_keys=True)
    file.write_text(text + "\n", encoding="utf-8")
    console.print(f"figures: {file}")


if __name__ == "__main__":
    main()
