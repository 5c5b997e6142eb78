"""``make eval``: everything that is claimed about quality, measured anew, baselines beside.

With the labelled cities (AUDITOR_SHARED/gold): each city by weights fitted on the others, search
and ``screen`` and ``local`` (where readings are kept, see eval/fit_local.py), simple baselines,
the agreement of two annotation passes. Always: the sample dossier and the twin dossiers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from auditor.cli.evaluate import print_measures
from auditor.core.criteria import Standard
from auditor.core.findings import Finding, Verdict
from auditor.evaluation.metrics import measure
from auditor.judge.screen import ScreenJudge
from auditor.standard import load_standard
from auditor.wiring import build_embedder, build_searcher, screen_model
from eval.base import unfitted_searcher
from eval.baselines import baseline_recall
from eval.cities import load_cities, shared_gold
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


def measure_cities(folder: Path, standard: Standard, console: Console) -> dict[str, Any]:
    """Leave one city out, and everything that stands beside it."""
    base = unfitted_searcher()
    cities = load_cities(folder, standard, base)
    recall = baseline_recall(cities, standard)
    print_recall(console, recall)
    table = measure_all(cities, standard, base, exemplars=True)
    table["recall_baselines"] = recall
    print_measures(console, table)
    local = measure_local(cities, standard, base)
    if local is not None:
        table["local"] = local
        console.print("local（小模型读句），同样逐城留出，仅含已读的城市：")
        print_measures(console, local["local"])
        console.print("screen，同一些城市：")
        print_measures(console, local["screen"])
    return table


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
    """Measure, print, and keep the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=Path, default=shared_gold())
    parser.add_argument("--output", type=Path, default=Path("out/eval.json"))
    arguments = parser.parse_args()
    console, standard = Console(width=150), load_standard()
    table: dict[str, Any] = {"examples": measure_examples(standard)}
    print_examples(console, table["examples"])
    if arguments.gold.is_dir():
        table |= measure_cities(arguments.gold, standard, console)
    else:
        console.print(f"{arguments.gold} is not there: the examples alone were measured.")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(table, ensure_ascii=False, indent=2, sort_keys=True)
    arguments.output.write_text(text + "\n", encoding="utf-8")
    console.print(f"figures: {arguments.output}")


if __name__ == "__main__":
    main()
