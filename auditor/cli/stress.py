"""``auditor stress OUT``: how far a score hangs on its rule, thresholds and single verdicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from auditor.assumptions import read_assumptions
from auditor.cli import options
from auditor.cli.options import AsJson
from auditor.core.scores import Profile
from auditor.core.stress import Flips, Stress
from auditor.editions import open_run
from auditor.scoring.stress import DRAWS, Dice, stress
from auditor.scoring.tree import CITY
from auditor.store.run_folder import write_json
from auditor.store.stress import STRESS_FILE, stress_json

NAMED = 6


def stress_command(
    out: Annotated[Path, typer.Argument(help="结果文件夹 / output folder of a run")],
    profile: options.Rule = None,
    criteria: options.Criteria = None,
    draws: Annotated[int, typer.Option(help="抽样次数，0 为不抽 / draws, 0: none")] = DRAWS,
    seed: Annotated[int, typer.Option(help="随机种子 / seed")] = 1,
    assume: Annotated[
        Path | None, typer.Option(help="没有概率的结论所用假定（YAML）/ assumed chances")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """压力测试：换规则、换阈值、改结论，等级如何变。Stress-test the level of a run."""
    opened = open_run(out, criteria)
    findings, chosen = opened.reviewed.findings, opened.rule(profile)
    assumed = read_assumptions(assume) if assume else None
    dice = Dice(draws, seed, assumed) if draws else None
    found = stress(findings, opened.standard, chosen, opened.rules(), dice)
    content = stress_json(found, str(assume) if assume else None)
    if as_json:
        typer.echo(json.dumps(content, ensure_ascii=False, sort_keys=True, indent=2))
        return
    write_json(out / STRESS_FILE, content)
    print_stress(Console(), found, chosen)


def print_stress(console: Console, found: Stress, profile: Profile) -> None:
    """Tables of rules, thresholds, draws and smallest flips of the city and its domains."""
    heads = ("规则 rule", "名称", "城市等级", "升一级最少改动", "失一级最少改动")
    rules = Table(*(Column(head, overflow="fold") for head in heads))
    for row in found.profiles:
        up, down = _sizes(found.city_flips[row.rule])
        rules.add_row(row.rule, row.title, str(row.levels[CITY]), up, down)
    console.print(rules)
    shares = "　".join(f"τ={t}：{levels[CITY]}" for t, levels in found.thresholds.items())
    console.print(f"阈值（{profile.id}） {shares}")
    for flips in (f for f in found.flips if f.node_id == CITY):
        console.print(_flips_line(flips))
    if found.drawn is not None:
        console.print(_drawn_line(found.drawn.levels[CITY], found.drawn.draws, found.drawn.seed))
    order = found.order
    if order.reproducibility is not None:
        console.print(
            f"等级次序：{len(order.anomalies)} 处高级成立而低级不成立，"
            f"可复制系数 {order.reproducibility:.2f}（0.90 以上为宜）"
        )
    console.print(f"单条结论即可改变所在能力项等级的特征 {len(found.deciding)} 条")


def _sizes(flips: tuple[Flips, ...]) -> tuple[str, str]:
    sizes: Mapping[bool, str] = {f.up: str(len(f.feature_ids)) for f in flips}
    return sizes.get(True, "—"), sizes.get(False, "—")


def _flips_line(flips: Flips) -> str:
    names = "、".join(flips.feature_ids[:NAMED])
    rest = len(flips.feature_ids) - NAMED
    more = f" 等，另 {rest} 条见 {STRESS_FILE}" if rest > 0 else ""
    what = f"升到 {flips.level} 级至少还须满足" if flips.up else f"失去 {flips.level} 级至少要否定"
    return f"{what} {len(flips.feature_ids)} 条：{names}{more}"


def _drawn_line(shares: tuple[float, ...], draws: int, seed: int) -> str:
    levels = "　".join(f"{n} 级 {share:.1%}" for n, share in enumerate(shares) if share > 0)
    return f"按结论概率抽样 {draws} 次（种子 {seed}）：{levels}"
