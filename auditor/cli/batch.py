"""``auditor batch``: audit every city of an archive, as jobs that survive whatever dies."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from auditor.archive.engines import Engine
from auditor.archive.passing import Archive, Means, ask_for, begin, plan_of
from auditor.archive.request import ArchiveRequest
from auditor.choice import Choice
from auditor.cli import options
from auditor.cli.batch_view import BatchView, print_outcome, print_plan
from auditor.cli.endpoint_options import NO_CAPS, CapOptions
from auditor.cli.run_command import INTERRUPTED, JUDGES, UNFINISHED
from auditor.core.errors import ConfigurationError
from auditor.core.jobs import JobState, Patience
from auditor.editions import chosen_criteria
from auditor.prices import read_prices

DATABASE_VARIABLE = "AUDITOR_DATABASE"
ADDRESS = "Ray 集群的地址，不给则只用本机 / of a Ray cluster, else this machine alone"
ENGINES = ("local", "ray")
Workers = Annotated[int | None, typer.Option(min=1, help="工作进程数 / worker processes")]
Database = Annotated[
    str | None,
    typer.Option(help="任务记录所在的 PostgreSQL，默认见 AUDITOR_DATABASE / jobs on a server"),
]
EngineName = Annotated[str, typer.Option("--engine", help="local | ray")]
Attempts = Annotated[int, typer.Option(min=1, help="每城至多尝试几次 / tries a city")]
Corrections = Annotated[
    Path | None, typer.Option(help="更正的文件夹，每城一个 城市.yaml / a file a city")
]
Manifest = Annotated[
    Path | None, typer.Option(help="CSV：path,city,period / whose papers are whose")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="不再询问，直接开始 / start without asking")]


def batch(
    archive: Annotated[Path, typer.Argument(help="各城市材料所在的文件夹 / folder of cities")],
    out: Annotated[Path, typer.Option("-o", "--out", help="结果文件夹 / output folder")],
    judge: Annotated[str, typer.Option(help=JUDGES)] = "auto",
    base_url: options.BaseUrl = None,
    embedder: options.Embedder = None,
    profile: Annotated[str, typer.Option(help="计分规则 / scoring rule")] = "ctmm",
    as_of: options.AsOf = None,
    only: options.Only = None,
    per_feature: options.PerFeature = False,
    public: options.Public = False,
    opened_by: options.OpenedBy = "",
    corrections: Corrections = None,
    limits: options.Limits = None,
    criteria: options.Criteria = None,
    samples: options.Samples = 1,
    second: options.Second = None,
    second_look: options.SecondLook = False,
    reply_form: options.ReplyForm = "auto",
    concurrency: options.Concurrency = 8,
    manifest: Manifest = None,
    caps: CapOptions = NO_CAPS,
    workers: Workers = None,
    database: Database = None,
    engine: EngineName = "local",
    address: Annotated[str | None, typer.Option(help=ADDRESS)] = None,
    attempts: Attempts = 3,
    yes: Yes = False,
    as_json: options.AsJson = False,
    lang: options.Lang = "zh",
) -> None:
    """批量审核一个文件夹中的所有城市。Audit every city of an archive; run it again to go on."""
    given = dict(locals())
    means = means_of(database, workers, attempts, engine_of(engine, address))
    asked = asked_by(given, means)
    found = ask_for(out, asked, means)
    console = Console(stderr=as_json)
    plan = plan_of(found, read_prices(caps.prices) if caps.prices else None)
    print_plan(console, plan)
    if plan.due and not yes:
        typer.confirm("开始？start?", abort=True, err=as_json)
    worked(found, lambda view: begin(found, plan, view), len(plan.due), as_json=as_json)


SAME_NAMES = (
    "judge", "embedder", "profile", "as_of", "only", "per_feature", "public",
    "opened_by", "samples", "second", "second_look", "reply_form", "concurrency",
)  # fmt: skip
"""The options that ``Choice`` has by the same names."""


def asked_by(params: Mapping[str, Any], means: Means) -> ArchiveRequest:
    """What the options of the command ask for, by their names."""
    choice = Choice(
        dossier="",
        city="",
        **{name: params[name] for name in SAME_NAMES},
        **params["caps"].given(),
        base_url=options.addresses(params["base_url"]),
        limits=_absolute(params["limits"]),
        criteria=chosen_criteria(params["criteria"]),
    )
    return ArchiveRequest(
        archive=str(params["archive"].resolve()),
        choice=choice,
        manifest=_absolute(params["manifest"]),
        corrections=_absolute(params["corrections"]),
        lang=params["lang"],
        on_server=means.database is not None,
    )


def worked(
    archive: Archive, work: Callable[[BatchView], dict[str, Any]], total: int, *, as_json: bool
) -> None:
    """Do a pass with its progress, print what came of it, end with the right code."""
    console = Console(stderr=as_json)
    view = BatchView(console, total)
    try:
        summary = work(view)
    except KeyboardInterrupt as interrupt:
        view.close()
        console.print(
            "已中断；已完成的都保存了。继续 / interrupted, nothing is lost, go on with:"
            f" auditor jobs resume {archive.out}",
            soft_wrap=True,
        )
        raise typer.Exit(INTERRUPTED) from interrupt
    finally:
        view.close()
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, sort_keys=True))
    else:
        print_outcome(console, summary, view.done, archive.asked.lang)
        console.print(f"结果 results：{archive.out}", soft_wrap=True)
    if summary["counts"][JobState.FAILED] or summary["failed_features"]:
        console.print(
            f"改好后再试 / mend it, then: auditor jobs retry {archive.out}"
            f" && auditor jobs resume {archive.out}",
            soft_wrap=True,
        )
        raise typer.Exit(UNFINISHED)


def means_of(
    database: str | None,
    workers: int | None = None,
    attempts: int = 3,
    engine: Callable[[], Engine] | None = None,
) -> Means:
    """What a pass works with, as the options name it."""
    url = database or os.environ.get(DATABASE_VARIABLE) or None
    return Means(engine or engine_of("local"), url, workers, Patience(attempts=attempts))


def engine_of(name: str, address: str | None = None) -> Callable[[], Engine]:
    """What opens the engine of a name; nothing is started yet.

    Raises:
        ConfigurationError: there is none, it has no address, or it is not installed.
    """
    if name == "ray":
        from auditor.archive.engines.ray_opening import open_ray, require_ray

        require_ray()
        return partial(open_ray, address)
    if name != "local":
        raise ConfigurationError(f"{name!r} is no engine here.", hint=f"Use {', '.join(ENGINES)}.")
    if address is not None:
        raise ConfigurationError("--address 只用于 --engine ray (is of --engine ray alone).")
    return open_local


def open_local() -> Engine:
    """The local engine."""
    from auditor.archive.engines.local import LocalEngine

    return LocalEngine()


def _absolute(path: Path | None) -> str | None:
    return str(path.resolve()) if path else None
