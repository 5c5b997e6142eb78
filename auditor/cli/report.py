"""``auditor report OUT``: write reports of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.profiles import DEFAULT_PROFILE, load_profile
from auditor.report import FORMATS, write_report
from auditor.standard import load_standard
from auditor.standing import read_reviewed, result_of


def report(
    out: Annotated[Path, typer.Argument(help="结果文件夹 / output folder of a run")],
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help=f"可重复 / repeatable: {', '.join(FORMATS)}"),
    ] = None,
    profile: Annotated[
        str, typer.Option(help="计分规则 / scoring rule, by name or path")
    ] = DEFAULT_PROFILE,
    lang: Annotated[str, typer.Option(help="报告语言 zh | en")] = "zh",
) -> None:
    """生成报告。Write the report of a finished run."""
    standard = load_standard()
    result = result_of(read_reviewed(out, standard), standard, load_profile(profile))
    for name in formats or ["html"]:
        typer.echo(str(write_report(result, standard, out, name, lang)))
