"""``auditor appeal OLD NEW --feature … -o OUT``: reopen contested features only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from auditor.appealing import appeal as make_appeal
from auditor.appealing import version_of
from auditor.cli import options
from auditor.cli.compare import print_comparison
from auditor.comparing import compare_runs
from auditor.editions import edition_of_run, open_run
from auditor.report import write_report
from auditor.report.writer import APPEAL
from auditor.standing import read_reviewed, rule_of_run
from auditor.store.run_folder import read_run


def appeal(
    old: Annotated[Path, typer.Argument(help="原结果文件夹 / the earlier run")],
    new: Annotated[Path, typer.Argument(help="加入新材料后的结果 / the run with new papers")],
    feature: Annotated[list[str], typer.Option(help="申诉的特征，可重复 / contested, repeatable")],
    out: Annotated[Path, typer.Option("-o", "--out", help="新版结果文件夹 / the next version")],
    profile: options.Rule = None,
    criteria: options.Criteria = None,
    lang: Annotated[str, typer.Option(help="报告语言 zh | en")] = "zh",
) -> None:
    """申诉：只重审所列特征，写成新版，旧版保留。Reopen contested features as a new version."""
    edition = edition_of_run(old, criteria)
    standard, rule = edition.standard, rule_of_run(read_run(old), profile, edition)
    run = make_appeal(old, new, frozenset(feature), out, standard, rule)
    before, after = read_reviewed(old, standard), read_reviewed(out, standard)
    console = Console()
    console.print(f"第 {version_of(run)} 版：{out}　重审 {len(set(feature))} 条，其余沿用原结论")
    print_comparison(console, compare_runs(before, after, standard, rule), every=True)
    result = open_run(out, criteria).result(profile)
    for name in (APPEAL, "html"):
        console.print(str(write_report(result, standard, out, name, lang)), soft_wrap=True)
