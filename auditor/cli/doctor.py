"""``auditor doctor``: what is installed, what will be used, what to do about what is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from auditor.cli.doctor_deep import show_deep
from auditor.core.errors import AuditorError
from auditor.diagnosis import judging, machine, reading
from auditor.diagnosis.probing import Probe
from auditor.editions import chosen_edition
from auditor.ingest.foreign import is_confined
from auditor.ingest.netless import netless_prefix, runs
from auditor.ingest.ocr import is_installed as ocr_is_installed
from auditor.ingest.office import find_office
from auditor.manifest import PACKAGES
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
NOT_HERE, PARTLY = "[yellow]未装 not installed[/yellow]", "[yellow]部分 partly[/yellow]"
SCRIPT = "sh scripts/install-system.sh"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
FONT_MARKS = ("cjk", "gbsn", "gkai", "wqy", "sourcehan", "simsun", "simhei", "fangsong", "uming")
LEAVES_NETWORK = (
    "from auditor.ingest.netless import enter_netless as leave; raise SystemExit(not leave())"
)
Row = tuple[str, str, str]
"""Part, state, what it says; the last may hold brackets, it is escaped when it is shown."""


def doctor(
    prepare: Annotated[
        bool, typer.Option("--prepare", help="现在就备好模型文件 / prepare model files now")
    ] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="每个部件都实际运行一次 / let every part work once")
    ] = False,
    database: Annotated[
        str | None, typer.Option(envvar="AUDITOR_DATABASE", help="--deep 一并查此 PostgreSQL")
    ] = None,
) -> None:
    """检查安装。Say what is installed, which judge and embedder will be used."""
    console = Console()
    table = Table("部件 part", "状态", Column("说明", overflow="fold"))
    table.add_row("Python", GOOD, sys.version.split()[0])
    for name in PACKAGES:
        table.add_row(name, *_package(name))
    broken = _add_standard(table)
    table.add_row("缓存 cache", GOOD, escape(str(cache_dir())))
    broken = _add_embedder(table, console) or broken
    for part, state, said in optional_parts():
        table.add_row(part, state, escape(said))
    table.add_row("将用的判断方式 judge", GOOD, f"auto → {resolved_judge('auto')}")
    if prepare and local_is_installed():
        prepare_local(lambda line: console.log(line))
    console.print(table)
    if deep:
        broken = show_deep(console, _deep_probes(database)) or broken
    raise typer.Exit(2 if broken else 0)


def _deep_probes(database: str | None) -> Iterator[Probe]:
    yield from reading.probes()
    yield from judging.Instruments().probes()
    yield from machine.probes(database, has_chinese_font)


def _package(name: str) -> tuple[str, str]:
    try:
        return GOOD, version(name)
    except PackageNotFoundError:
        return MISSING, f"pip install {name}"


def _add_standard(table: Table) -> bool:
    try:
        standard = chosen_edition().standard
    except AuditorError as error:
        table.add_row("标准 standard", MISSING, escape(str(error)))
        return True
    table.add_row("标准 standard", GOOD, f"{standard.id}：{len(standard.features)} 条特征")
    return False


def _add_embedder(table: Table, console: Console) -> bool:
    try:
        embedder = build_embedder(say=lambda line: console.log(line))
        model = screen_model(embedder)
    except AuditorError as error:
        table.add_row("向量模型 embedder", MISSING, escape(str(error)))
        return True
    weights = f"{embedder.name}（{embedder.dimension} 维），权重 {family_of(embedder)}"
    table.add_row("向量模型 embedder", GOOD, weights)
    table.add_row("初筛 screen", GOOD, model.quality)
    return False


def optional_parts() -> Iterator[Row]:
    """The optional parts: what is here, else what goes without it and how to install it.

    None of them changes the exit code: the files concerned say so themselves.
    """
    yield _extra("本地大模型 local", "local", local_is_installed(), "--judge local 不可用")
    yield _extra("文字识别 OCR", "ocr", ocr_is_installed(), "扫描页、乱码页和图片不能读出")
    yield _office()
    yield _unpackers()
    yield _fonts()
    yield _confinement()
    yield _network()


def _extra(part: str, extra: str, here: bool, without: str) -> Row:
    if here:
        return part, GOOD, ""
    return part, NOT_HERE, f"{without}；pip install 'ctmm-auditor[{extra}]'"


def _office() -> Row:
    program = find_office()
    if program is not None:
        return "LibreOffice", GOOD, str(program)
    without = "DOC、WPS、RTF、PPT 不能读出，DOCX 没有页码和版面位置"
    return "LibreOffice", NOT_HERE, f"{without}；{SCRIPT}"


def _unpackers() -> Row:
    """RAR needs lsar and unar; 7Z either these or bsdtar, which is faster."""
    part = "解压 7Z/RAR unpackers"
    here = [name for name in ("bsdtar", "lsar", "unar") if shutil.which(name)]
    if len(here) == 3:
        return part, GOOD, "、".join(here)
    if {"lsar", "unar"} <= set(here):
        return part, PARTLY, f"没有 bsdtar，解压较慢；{SCRIPT}"
    if "bsdtar" in here:
        return part, PARTLY, f"RAR 不能读出，7Z 的部分压缩方法不能解开；{SCRIPT}"
    return part, NOT_HERE, f"7Z、RAR 不能读出；{SCRIPT}"


def _fonts() -> Row:
    part = "中文字体 fonts"
    if has_chinese_font():
        return part, GOOD, ""
    return part, NOT_HERE, f"转换得到的页码和版面位置不准；{SCRIPT}"


def has_chinese_font() -> bool:
    """Tell whether a font with Chinese characters is here: ask fontconfig, else look at files."""
    if shutil.which("fc-list"):
        done = subprocess.run(
            ["fc-list", ":lang=zh-cn", "family"], capture_output=True, check=False, timeout=60
        )
        return bool(done.stdout.strip())
    folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
    files = (file for folder in folders if folder.is_dir() for file in folder.rglob("*.tt[cf]"))
    return any(mark in file.name.lower() for file in files for mark in FONT_MARKS)


def _confinement() -> Row:
    part = "隔离 confinement"
    if is_confined():
        return part, GOOD, "转换和解压程序只能看到所处理的文件（bubblewrap）"
    state = PARTLY if shutil.which("bwrap") else NOT_HERE
    why = "本系统不允许 bubblewrap" if state is PARTLY else f"没有 bubblewrap；{SCRIPT}"
    return part, state, f"转换和解压程序能看到其他文件：{why}"


def _network() -> Row:
    """Reading processes leave the network by themselves; programs are started without it."""
    readers = runs((sys.executable, "-c", LEAVES_NETWORK))
    programs = is_confined() or bool(netless_prefix())
    part = "断网 no network"
    if readers and programs:
        return part, GOOD, "读取文件的进程和外部程序都不能联网"
    who = "、".join(
        name for name, off in (("读取文件的进程", readers), ("外部程序", programs)) if not off
    )
    return part, PARTLY, f"本系统不允许为{who}断网；请在没有网络的机器或容器里接收不可信的材料"
