"""``auditor batch-import RUN FILE …``: take answers in, judge the run by them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from auditor.archive.request import ARCHIVE_FILE
from auditor.batching import Taken, read_batch, take_in
from auditor.cli.batch_archive import import_archive, next_pass
from auditor.cli.batch_export import print_standing, shown_errors
from auditor.cli.resume import stored_choice
from auditor.cli.run_command import UNFINISHED, execute, finish
from auditor.cli.searching import print_total
from auditor.core.errors import RunError
from auditor.judge.imported import Standing


def batch_import(
    run: Annotated[Path, typer.Argument(help="导出请求的结果文件夹 / the run or archive")],
    responses: Annotated[list[Path], typer.Argument(help="答复文件 / answer or error files")],
    as_json: Annotated[bool, typer.Option("--json", help="机器可读输出 / for machines")] = False,
    lang: Annotated[str, typer.Option(help="报告语言 zh | en")] = "zh",
) -> None:
    """导入批量答复并据此判断。Take answers in (partial, unordered, repeated) and judge by them."""
    if (run / ARCHIVE_FILE).is_file():
        _import_archive(run, responses, as_json=as_json)
        return
    if read_batch(run) is None:
        raise RunError(
            f"Nothing was exported from {run}.", hint="First: auditor batch-export RUN --model M."
        )
    choice = stored_choice(run)
    console = Console(stderr=as_json)
    taken = take_in(run, responses)
    result = execute(choice, run, as_json, lang)
    _print_taken(console, taken)
    print_standing(console, Standing(**result.manifest["batch"]), run)
    finish(result)


def _import_archive(out: Path, responses: list[Path], *, as_json: bool) -> None:
    """Keep what was answered about the cities of an archive; say which pass takes it from there."""
    taken, standing, kept = import_archive(out, responses)
    if as_json:
        facts = {"taken": asdict(taken), "standing": asdict(standing), "kept": kept}
        typer.echo(json.dumps(facts, ensure_ascii=False, sort_keys=True))
    else:
        console = Console()
        _print_taken(console, taken)
        print_total(console, standing)
        console.print(f"新入库的判断 judgements kept：{kept}")
        if standing.open:
            more = f"auditor batch-export {out} --remaining -o FILE"
            console.print(f"补发 what is open：{more}", soft_wrap=True)
        console.print(f"然后 then：{next_pass(out)}", soft_wrap=True)
    if standing.open:
        raise typer.Exit(UNFINISHED)


def _print_taken(console: Console, taken: Taken) -> None:
    console.print(
        f"新答复 new：{taken.new}　重复 known：{taken.known}　不可读 unreadable：{taken.unreadable}"
    )
    if taken.errors:
        console.print(
            f"[yellow]接口报错 errors：{shown_errors(list(taken.errors.items()))}[/yellow]"
        )
