"""``auditor across FOLDER…``: cities side by side; matrix, places, years, copied text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from auditor.across import Asked, survey
from auditor.across.noting import note_runs
from auditor.cli import options
from auditor.core.across import MEASURES, Across
from auditor.core.errors import ConfigurationError
from auditor.report.across.pairs import Pair, pairs_of, sample_of
from auditor.report.across.wording import across_words, copied_said
from auditor.report.across.writing import write_across
from auditor.report.language import Words
from auditor.sheets.texts import printable
from auditor.wiring import intake_settings

SHOWN = 20
Note = Annotated[
    bool, typer.Option("--note", help="把雷同写到各结果旁，供复核 / tell reviewers of each run")
]
Workspace = Annotated[
    Path | None,
    typer.Option(help="--note，并写入工作区中的同一批结果 / and its copies of these runs"),
]
Pairs = Annotated[
    int, typer.Option(min=0, help="列出随机抽取的 N 对雷同句，供核对 / show N pairs to check")
]


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
    note: Note = False,
    workspace: Workspace = None,
    pairs: Pairs = 0,
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
    _print_pairs(console, found, pairs, lang)
    for error in missing:
        console.print(f"[yellow]{escape(str(error))}[/yellow]", soft_wrap=True)
    for file in written:
        console.print(escape(str(file)), soft_wrap=True)
    if note or workspace:
        noted = note_runs(found, asked, workspace)
        console.print(across_words(lang)["noted"].format(n=len(noted)), soft_wrap=True)


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


def _print_pairs(console: Console, found: Across, count: int, lang: str) -> None:
    """So many pairs one under the other, to be read by a person."""
    if not count:
        return
    w, every = across_words(lang), pairs_of(found)
    drawn = sample_of(every, count)
    console.print(w["pairs_said"].format(n=len(drawn), all=len(every)), soft_wrap=True)
    for number, pair in enumerate(drawn, start=1):
        for line in _pair_lines(number, pair, w):
            console.print(escape(line), soft_wrap=True, highlight=False)


def _pair_lines(number: int, pair: Pair, w: Words) -> tuple[str, ...]:
    own, like = pair.row.sentence, pair.like
    page = "" if own.citation.page is None else f" {w['page'].format(n=own.citation.page)}"
    mark = w["own_figures"] if like.own_figures else w["verbatim"]
    other = " ".join(part for part in (like.city, like.document) if part)
    return (
        "",
        f"{number}. {w['likeness']} {like.jaccard:.0%}　{mark}　"
        f"{w['used_for']} {w['list_comma'].join(own.feature_ids)}",
        f"   {own.key} {own.citation.document}{page}：{_flat(own.citation.quote)}",
        f"   {other}：{_flat(like.quote)}",
    )


def _flat(text: str) -> str:
    return " ".join(printable(text).split())
