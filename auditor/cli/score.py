"""``auditor score OUT``: score stored findings again, without any model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from auditor.cli.console import coverage_table
from auditor.core.errors import RunError
from auditor.profiles import load_profile
from auditor.scoring import score_findings
from auditor.standard import load_standard
from auditor.store.run_folder import read_run, write_score
from auditor.store.scores import score_json


def score(
    out: Annotated[Path, typer.Argument(help="结果文件夹 / output folder of a run")],
    profile: Annotated[str, typer.Option(help="计分规则 / scoring rule")] = "ctmm",
    as_json: Annotated[bool, typer.Option("--json", help="只输出 JSON，不改文件")] = False,
) -> None:
    """对已有结论重新计分。Score stored findings: the same bytes every time."""
    run = read_run(out)
    if run.score is None:
        raise RunError(f"{out} holds no findings.", hint="Run it with a judge.")
    result = score_findings(run.findings, load_standard(), load_profile(profile))
    if as_json:
        typer.echo(json.dumps(score_json(result), ensure_ascii=False, sort_keys=True, indent=2))
        return
    write_score(out, result)
    console = Console()
    console.print(coverage_table(result.nodes))
    low, high = result.interval
    console.print(
        f"初判等级 {result.level}（{result.city_class}）　区间 {low}–{high}　{result.profile}"
    )
