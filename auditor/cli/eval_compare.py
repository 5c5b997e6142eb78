"""``auditor eval-compare A.json B.json``: what flipped between two evaluations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from auditor.cli.eval_view import print_comparison
from auditor.cli.evaluate import read_table
from auditor.core.errors import ConfigurationError
from auditor.evaluation.bootstrap import RESAMPLES
from auditor.evaluation.flips import compare_results, shortfalls
from auditor.evaluation.rows import results_from
from auditor.report.eval_page import render_comparison
from auditor.standard import load_standard

BELOW = 1


def eval_compare(
    before: Annotated[Path, typer.Argument(metavar="A.json", help="先前的结果 / the one before")],
    after: Annotated[Path, typer.Argument(metavar="B.json", help="后来的结果 / the one after")],
    output: Annotated[Path | None, typer.Option("-o", help="JSON 文件 / file")] = None,
    page: Annotated[Path | None, typer.Option(help="网页报告 / page")] = None,
    fail_below: Annotated[
        list[str] | None,
        typer.Option(
            help="指标=增益下限，不足则退出码 1；变好为正，如 qwk=-0.01 "
            "/ METRIC=LEAST GAIN, better is positive, else exit code 1"
        ),
    ] = None,
    resamples: Annotated[int, typer.Option(min=1, help="自助法次数 / bootstrap resamples")] = (
        RESAMPLES
    ),
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / for machines")] = False,
) -> None:
    """比较两次评测：哪些结论变了。List what flipped between two evaluations, with quotes."""
    bounds = dict(bound_of(text) for text in fail_below or ())
    sides = [results_from(read_table(file), str(file)) for file in (before, after)]
    standard = load_standard()
    table = compare_results(sides[0], sides[1], standard, resamples)
    table |= {"before": str(before), "after": str(after)}
    text = json.dumps(table, ensure_ascii=False, sort_keys=True, indent=1)
    _write(output, text + "\n")
    _write(page, render_comparison(table, standard) if page else "")
    console = Console(stderr=as_json)
    if as_json:
        typer.echo(text)
    else:
        print_comparison(console, table)
    end(shortfalls(table, bounds), console)


def bound_of(text: str) -> tuple[str, float]:
    """Read ``METRIC=DELTA``."""
    name, _, bound = text.partition("=")
    try:
        return name.strip(), float(bound)
    except ValueError:
        raise ConfigurationError(
            f"--fail-below {text} 不是 指标=数 (is not METRIC=NUMBER).",
            hint="例如 (for instance): --fail-below qwk=-0.01",
        ) from None


def end(said: Sequence[str], console: Console) -> None:
    """End with code 1 where a measure gained less than was asked."""
    for line in said:
        console.print(f"[red]{line}[/red]")
    if said:
        raise typer.Exit(BELOW)


def _write(file: Path | None, text: str) -> None:
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
