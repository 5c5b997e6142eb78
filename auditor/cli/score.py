"""``auditor score OUT``: score stored findings and people's decisions, without any model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from auditor.carrying import carried_line
from auditor.cli import options
from auditor.cli.console import coverage_table
from auditor.core.standing import Standing
from auditor.editions import open_run
from auditor.standing import standing_of
from auditor.store.run_folder import write_json, write_score
from auditor.store.scores import score_json

STANDING_FILE = "standing.json"


def score(
    out: Annotated[Path, typer.Argument(help="结果文件夹 / output folder of a run")],
    profile: options.Rule = None,
    criteria: options.Criteria = None,
    as_json: Annotated[bool, typer.Option("--json", help="只输出 JSON，不改文件")] = False,
) -> None:
    """对已有结论和复核记录计分。Score findings and decisions: the same bytes every time."""
    opened = open_run(out, criteria)
    manifest = opened.reviewed.run.manifest
    standing = standing_of(opened.reviewed, opened.standard, opened.rule(profile))
    content = {**standing_json(standing), "carried_from": manifest.get("carried_from")}
    if as_json:
        typer.echo(json.dumps(content, ensure_ascii=False, sort_keys=True, indent=2))
        return
    write_score(out, standing.machine)
    write_json(out / STANDING_FILE, content)
    console = Console()
    if line := carried_line(manifest):
        console.print(line)
    print_standing(console, standing)


def standing_json(standing: Standing) -> dict[str, Any]:
    """The content of standing.json: score.json's, and beside it what people and the city say."""
    return {
        **score_json(standing.machine),
        "reviewed": score_json(standing.reviewed) if standing.reviewed else None,
        "confirmed": score_json(standing.confirmed),
        "claimed": score_json(standing.claimed) if standing.claimed else None,
        "claimed_level": standing.claimed_level,
        "decided": standing.decided,
        "counted": standing.counted,
        "stale": list(standing.stale),
    }


def print_standing(console: Console, standing: Standing) -> None:
    """Coverage first; then what the papers show, what people confirmed, what the city claims."""
    shown = standing.shown
    console.print(coverage_table(shown.nodes))
    for note in shown.floor_notes:
        console.print(f"  下限约束：{note}")
    rule = f"规则 {shown.profile} v{shown.profile_version}"
    console.print(f"初判等级（材料支撑） {standing.machine.level}　{rule}")
    if standing.reviewed is not None:
        console.print(f"计入复核后 {standing.reviewed.level}")
    console.print(
        f"确认等级（仅凭复核记录） {standing.confirmed.level}　"
        f"已复核 {standing.decided}/{standing.counted}（{standing.share_decided:.0%}）"
    )
    if standing.claimed_level is not None or standing.claimed is not None:
        console.print(_claimed(standing))
    if standing.stale:
        names = "、".join(standing.stale[:5])
        console.print(f"[bold]{len(standing.stale)} 条复核所据结论已变，须重新确认：{names}[/bold]")


def _claimed(standing: Standing) -> str:
    """What the city says of itself: its level, and what its own verdicts would give."""
    said = "未填" if standing.claimed_level is None else str(standing.claimed_level)
    computed = "" if standing.claimed is None else f"，按自评结论计分为 {standing.claimed.level}"
    return f"自评等级（潜力，未经核实） {said}{computed}"
