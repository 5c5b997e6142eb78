"""``auditor batch-export RUN``: write the judge's requests as batch files of a provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from auditor.archive.asking import home_of
from auditor.archive.request import ARCHIVE_FILE, read_request
from auditor.batching import (
    Batch,
    chosen_calls,
    keep_batch,
    open_imported,
    read_batch,
    survey,
    write_requests,
)
from auditor.choice import Choice
from auditor.cli import options
from auditor.cli.batch_archive import export_archive
from auditor.cli.console import shown_progress
from auditor.cli.resume import stored_choice
from auditor.cli.searching import cases_again, print_total
from auditor.core.errors import ConfigurationError, RunError
from auditor.core.run import Case
from auditor.judge.batch import Limits
from auditor.judge.imported import Standing, digest_of
from auditor.voices import Hosting
from auditor.wiring import build_parts

PER = ("item", "feature")


def batch_export(
    run: Annotated[
        Path,
        typer.Argument(
            help="--judge none 的结果文件夹，或批量审核的 / run without judge, or archive"
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="请求文件 / request file (.jsonl)")],
    model: Annotated[str | None, typer.Option(help="模型 / model, [provider:]name")] = None,
    per: Annotated[str, typer.Option(help="每次判 item 一个能力项 | feature 一条特征")] = "item",
    remaining: Annotated[
        bool, typer.Option("--remaining", help="只写未答、无效和再看的 / only what is still open")
    ] = False,
    samples: options.Samples = 1,
    second: options.Second = None,
    second_look: options.SecondLook = False,
    reply_form: options.ReplyForm = "auto",
    public: options.Public = False,
    opened_by: options.OpenedBy = "",
) -> None:
    """导出批量请求文件。Write OpenAI Batch API requests of a run made with --judge none."""
    hosting = _hosting(
        model, per, Hosting("", None, False, samples, second, second_look, reply_form)
    )
    is_archive = (run / ARCHIVE_FILE).is_file()
    choice = read_request(run).choice if is_archive else stored_choice(run)
    opened = replace(
        choice, public=public or choice.public, opened_by=opened_by or choice.opened_by
    )
    batch = _batch(home_of(run) if is_archive else run, hosting, opened, remaining)
    if is_archive:
        export_archive(run, batch, out, remaining=remaining)
        return
    open_imported(run, batch)  # refuses a dossier that nobody opened before anything is searched
    console = Console()
    cases = searched_cases(run, choice, console)
    batch = replace(batch, dossier=digest_of(cases[0].documents.values()))
    keep_batch(run, batch)
    judge = open_imported(run, batch)
    standing = survey(judge, cases, choice.edition().standard.items)
    wanted = chosen_calls(judge, remaining)
    files = write_requests(wanted, out, Limits())
    for file in files:
        console.print(f"{file}", soft_wrap=True)
    console.print(f"请求 requests：{len(wanted)}　文件 files：{len(files)}")
    print_standing(console, standing, run)


def _hosting(model: str | None, per: str, settings: Hosting) -> Hosting | None:
    """The settings as given, None where no model is named (then those of the last export hold)."""
    if per not in PER:
        raise ConfigurationError(f"--per {per} is unknown.", hint="Use item or feature.")
    if model is None:
        return None
    hosting = replace(settings, model=_named(model), per_feature=per == "feature")
    return replace(hosting, second=_named(hosting.second) if hosting.second else None)


def _named(model: str) -> str:
    """A model's name with its provider; batch files are those of OpenAI's form."""
    return model if ":" in model else f"openai:{model}"


def _batch(run: Path, hosting: Hosting | None, opened: Choice, remaining: bool) -> Batch:
    """What is exported: what was asked for, with ``--remaining`` what was exported before."""
    before = read_batch(run)
    if remaining and before is None:
        raise RunError(f"Nothing was exported from {run}.", hint="Export without --remaining.")
    if remaining and before is not None:
        if hosting is not None and hosting.model != before.hosting.model:
            raise ConfigurationError(
                f"{run} was exported for {before.hosting.model}.", hint="Leave --model out."
            )
        return before
    if hosting is None:
        raise ConfigurationError("No model is named.", hint="Give --model, e.g. gpt-5-mini.")
    return Batch(hosting, opened.disclosure())


def searched_cases(run: Path, choice: Choice, console: Console) -> list[Case]:
    """Search the dossier of a run without judge again.

    Raises:
        RunError: the run was judged, is not finished, or its dossier is another one by now.
    """
    if choice.judge != "none":
        raise RunError(f"{run} was judged by {choice.judge}.", hint="Make a run with --judge none.")
    with shown_progress(console, quiet=not console.is_terminal) as progress:
        return cases_again(run, choice, build_parts(choice, run, progress, lambda _: None))


def print_standing(console: Console, standing: Standing, run: Path) -> None:
    """Say what was answered and what is open."""
    print_total(console, standing)
    if standing.unused:
        console.print(f"[yellow]不属于本次请求的答复 not asked for：{standing.unused}[/yellow]")
    if standing.open and standing.answered:
        console.print(f"补发 next：auditor batch-export {run} --remaining -o FILE", soft_wrap=True)


def shown_errors(errors: Sequence[tuple[str, int]]) -> str:
    """Errors of an answer file by code."""
    return "、".join(f"{code} {count}" for code, count in errors)
