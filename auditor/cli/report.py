"""``auditor report OUT``: write reports of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.report import FORMATS, write_report
from auditor.standard import load_standard
from auditor.store.run_folder import read_run


def report(
    out: Annotated[Path, typer.Argument(help="结果文件夹 / output folder of a run")],
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help=f"可重复 / repeatable: {', '.join(FORMATS)}"),
    ] = None,
    lang: Annotated[str, typer.Option(help="报告语言 zh | en")] = "zh",
) -> None:
    """生成报告。Write the report of a finished run."""
    run = read_run(out)
    standard = load_standard()
    for name in formats or ["html"]:
        typer.echo(str(write_report(run, standard, out, name, lang)))
