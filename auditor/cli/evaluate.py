"""``auditor eval GOLD_DIR``: measure the auditor on labelled cities."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from auditor.cli.console import RichProgress
from auditor.core.run import Silence
from auditor.evaluation.compare import CityResult, compare, pass_agreement, summary
from auditor.evaluation.gold import GoldCity, gold_cities
from auditor.pipeline import Parts, Request, run_audit
from auditor.store.journal import Journal
from auditor.wiring import Choice, build_parts

SHOWN = (
    "qwk", "green_f1", "green_precision", "green_recall", "fact_f1", "false_green",
    "planned_as_green", "exact", "recall@10", "recall@20", "citation_precision", "failures",
)  # fmt: skip


def evaluate(
    gold_dir: Annotated[Path, typer.Argument(help="标注集文件夹 / folder of labelled cities")],
    judge: Annotated[str, typer.Option(help="同 auditor run / as in auditor run")] = "screen",
    base_url: Annotated[str | None, typer.Option(help="OpenAI 兼容地址 / endpoint URL")] = None,
    embedder: Annotated[str | None, typer.Option(help="向量模型 / embedding model")] = None,
    public: Annotated[
        bool, typer.Option("--public", help="材料均已公开 / every paper is public")
    ] = False,
    output: Annotated[Path | None, typer.Option("-o", help="JSON 文件 / file")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / for machines")] = False,
) -> None:
    """在标注城市上测量。Measure verdicts, retrieval and citations against gold labels."""
    cities = gold_cities(gold_dir)
    console = Console(stderr=as_json)
    with tempfile.TemporaryDirectory(prefix="auditor-eval-") as folder:
        choice = Choice(
            dossier="", city="", judge=judge, base_url=base_url, embedder=embedder, public=public
        )
        parts = build_parts(choice, Path(folder), Silence(), lambda line: console.log(line))
        results = [_measured(city, parts, Path(folder), console) for city in cities]
    table = summary(results)
    table["agreement_of_passes"] = pass_agreement(cities)
    fitted = parts.manifest["search"]["exemplars_from"]
    table["in_sample"] = sorted(c.name for c in cities if c.name in fitted)
    table["judge"] = parts.manifest["judge"]["name"]
    text = json.dumps(table, ensure_ascii=False, sort_keys=True, indent=2)
    if output is not None:
        output.write_text(text + "\n", encoding="utf-8")
    if as_json:
        typer.echo(text)
    else:
        print_measures(console, table)


def _measured(city: GoldCity, parts: Parts, folder: Path, console: Console) -> CityResult:
    progress = RichProgress(console)
    journal = Journal(folder / f"{city.name}.db")
    try:
        own = replace(parts, journal=journal, progress=progress)
        run = run_audit(Request(city.documents, city.name), own)
    finally:
        progress.close()
        journal.close()
    return compare(city, run.records, run.findings)


def print_measures(console: Console, table: dict[str, Any]) -> None:
    """Print the measures: one column a city, baselines and annotators beside."""
    grid = Table("", "合计 pooled", *table["cities"], "全判未见", "标注A↔B")
    baseline = table["baselines"]["always_no_evidence"]
    passes = table.get("agreement_of_passes") or {}
    for name in SHOWN:
        cells = [table["pooled"].get(name), *(c.get(name) for c in table["cities"].values())]
        cells += [baseline.get(name), passes.get(name)]
        grid.add_row(name, *("—" if v is None else f"{v:.3f}" for v in cells))
    console.print(grid)
    if table.get("in_sample"):
        names = "、".join(table["in_sample"])
        console.print(
            f"[yellow]样本内：内置权重用过 {names}；其数字偏高（折外数字见 make eval）。[/yellow]"
        )
