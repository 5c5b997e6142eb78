"""``auditor across FOLDER…``: cities side by side; matrix, places, years, copied text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from auditor.across import Asked, survey
from auditor.cli import options
from auditor.core.across import MEASURES, Across
from auditor.core.errors import ConfigurationError
from auditor.report.across.wording import across_words, copied_said
from auditor.report.across.writing import write_across
from auditor.wiring import intake_settings

SHOWN = 20


def across(
    folders: Annotated[
        list[Path], typer.Argument(help="批量结果文件夹，或若干结果文件夹 / archive or run folders")
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="输出文件夹，默认为唯一的 FOLDER / output")
    ] = None,
    national: Annotated[
        Path | None, typer.Option(help="国家、省级文件的文件夹 / national and provincial papers")
    ] = None,
    period: Annotated[str | None, typer.Option(help="只看这一期 / only this period")] = None,
    by: Annotated[str, typer.Option(help="名次按 mean 或 1–5 级覆盖度 / places by")] = "mean",
    profile: options.Rule = None,
    criteria: options.Criteria = None,
    lang: options.Lang = "zh",
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="html | xlsx | csv | json | parquet | png，可多次 / formats"),
    ] = None,
) -> None:
    """多城市横向分析。Cities side by side: matrix, places, years, copied text."""
    if by not in MEASURES:
        raise ConfigurationError(f"--by {by} is unknown.", hint=f"Use {', '.join(MEASURES)}.")
    target = _target(folders, out)
    asked = Asked(
        folders=tuple(folders),
        out=target.resolve(),
        rule=profile,
        criteria=criteria,
        period=period,
        national=national,
        settings=intake_settings(),
    )
    found, standard = survey(asked)
    written, missing = write_across(found, standard, target, lang, tuple(formats or ()))
    console = Console()
    _print(console, found, by, lang)
    for error in missing:
        console.print(f"[yellow]{escape(str(error))}[/yellow]", soft_wrap=True)
    for file in written:
        console.print(escape(str(file)), soft_wrap=True)


def _target(folders: list[Path], out: Path | None) -> Path:
    if out is not None:
        return out
    if len(folders) > 1:
        raise ConfigurationError("Several folders are given.", hint="Say where to write: -o OUT.")
    return folders[0]


def _print(console: Console, found: Across, by: str, lang: str) -> None:
    w = across_words(lang)
    for left in found.left_out:
        console.print(
            f"[yellow]{w['left_out']} {escape(left.name)}：{escape(left.reason)}[/yellow]",
            soft_wrap=True,
        )
    heads = ("band", "rank_range", "key", "coverage", "interval", "level", "decided")
    table = Table(*(Column(w[head], overflow="fold") for head in heads))
    rows, places = found.by_key, found.rankings[by]
    for place in places[:SHOWN]:
        row = rows[place.key]
        low, high = place.interval
        table.add_row(
            str(place.band), f"{place.best}–{place.worst}", escape(place.key),
            f"{place.coverage:.1%}", f"{low:.1%}–{high:.1%}", str(row.shown.level),
            f"{row.decided}/{row.counted}",
        )  # fmt: skip
    console.print(table)
    if len(places) > SHOWN:
        console.print(w["shown_count"].format(n=SHOWN, all=len(places)))
    console.print(copied_said(found.copied, w), soft_wrap=True)
