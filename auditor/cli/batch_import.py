"""``auditor batch-import RUN FILE …``: take answers in, judge the run by them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from auditor.batching import read_batch, take_in
from auditor.cli.batch_export import print_standing, shown_errors
from auditor.cli.resume import stored_choice
from auditor.cli.run_command import execute, finish
from auditor.core.errors import RunError
from auditor.judge.imported import Standing


def batch_import(
    run: Annotated[Path, typer.Argument(help="导出请求的结果文件夹 / the run exported from")],
    responses: Annotated[list[Path], typer.Argument(help="答复文件 / answer or error files")],
    as_json: Annotated[bool, typer.Option("--json", help="机器可读输出 / for machines")] = False,
    lang: Annotated[str, typer.Option(help="报告语言 zh | en")] = "zh",
) -> None:
    """导入批量答复并据此判断。Take answers in (partial, unordered, repeated) and judge by them."""
    if read_batch(run) is None:
        raise RunError(
            f"Nothing was exported from {run}.", hint="First: auditor batch-export RUN --model M."
        )
    choice = stored_choice(run)
    console = Console(stderr=as_json)
    taken = take_in(run, responses)
    result = execute(choice, run, as_json, lang)
    console.print(
        f"新答复 new：{taken.new}　重复 known：{taken.known}　不可读 unreadable：{taken.unreadable}"
    )
    if taken.errors:
        console.print(
            f"[yellow]接口报错 errors：{shown_errors(list(taken.errors.items()))}[/yellow]"
        )
    print_standing(console, Standing(**result.manifest["batch"]), run)
    finish(result)
