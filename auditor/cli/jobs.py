"""``auditor jobs``: look at the jobs of an archive, go on with them, retry, cancel."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from auditor.archive.passing import begun, cancel, resume, retry
from auditor.archive.summary import summary_of
from auditor.cli import options
from auditor.cli.batch import (
    ADDRESS,
    Attempts,
    Database,
    EngineName,
    Workers,
    engine_of,
    means_of,
    worked,
)
from auditor.cli.batch_view import print_status

app = typer.Typer(
    help="批量审核的任务。The jobs of an archive.", no_args_is_help=True, rich_markup_mode=None
)
Out = Annotated[Path, typer.Argument(help="auditor batch 的结果文件夹 / its output folder")]
Cities = Annotated[
    list[str] | None, typer.Argument(help="城市（或 城市@时期），默认全部 / cities, default all")
]


@app.command("status")
def status(out: Out, database: Database = None, as_json: options.AsJson = False) -> None:
    """各城市进行到哪一步。Where every city stands."""
    archive = begun(out, means_of(database))
    store = archive.store()
    jobs, attempts = store.all(), store.attempts()
    store.close()
    if as_json:
        content = {**summary_of(jobs), "attempts": [asdict(attempt) for attempt in attempts]}
        typer.echo(json.dumps(content, ensure_ascii=False, sort_keys=True))
    else:
        print_status(Console(), jobs)


@app.command("resume")
def resume_command(
    out: Out,
    workers: Workers = None,
    database: Database = None,
    engine: EngineName = "local",
    address: Annotated[str | None, typer.Option(help=ADDRESS)] = None,
    attempts: Attempts = 3,
    as_json: options.AsJson = False,
) -> None:
    """继续未完成的批量审核，不重新查看材料文件夹。Go on as planned, without a new look."""
    archive = begun(out, means_of(database, workers, attempts, engine_of(engine, address)))
    open_jobs = sum(job.state.is_open for job in archive.known())
    worked(archive, lambda view: resume(archive, view), open_jobs, as_json=as_json)


@app.command("retry")
def retry_command(out: Out, cities: Cities = None, database: Database = None) -> None:
    """重新排队：失败的、已取消的、有特征判断失败的城市。Have cities tried again; then resume."""
    archive = begun(out, means_of(database))
    typer.echo(
        f"{retry(archive, cities or ())} 个城市重新排队 (wait again): auditor jobs resume {out}"
    )


@app.command("cancel")
def cancel_command(out: Out, cities: Cities = None, database: Database = None) -> None:
    """取消等待中和进行中的城市；已保存的判断不丢。Take open cities out of the queue."""
    archive = begun(out, means_of(database))
    typer.echo(f"{cancel(archive, cities or ())} 个城市已取消 (cancelled)")
