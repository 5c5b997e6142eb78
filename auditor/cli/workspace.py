"""``auditor workspace``: runs and people of a workspace, from the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import options
from auditor.cli.serve import require_web
from auditor.core.access import EVERY_CITY, Grant, Role
from auditor.core.errors import ConfigurationError, RunError
from auditor.core.workspace import RunEntry
from auditor.store.run_folder import REQUEST_FILE, read_json
from auditor.store.workspace.chains import record_faults

if TYPE_CHECKING:
    from auditor.workbench.space import Space

app = typer.Typer(help="工作区：登记审核、建立用户、导出复核记录 / runs and people of a workspace")
Folder = Annotated[Path, typer.Argument(help="工作区文件夹 / folder of the workspace")]
Database = Annotated[
    str | None, typer.Option(envvar="AUDITOR_DATABASE", help="postgresql://… ，默认 SQLite")
]


@app.command("add")
def add(
    workspace: Folder,
    out: Annotated[Path, typer.Argument(help="结果文件夹 / output folder of a run")],
    papers: Annotated[
        Path | None, typer.Option(help="所审材料的文件夹或压缩包 / the dossier that was audited")
    ] = None,
    database: Database = None,
    criteria: options.Criteria = None,
) -> None:
    """登记一次已完成的审核。Register a finished run with its papers and its review events."""
    require_web()
    from auditor.workbench.space import add_run, open_space

    space = open_space(workspace, database, criteria=criteria)
    try:
        dossier = papers or _dossier_of(out)
        entry = add_run(space, out, "auditor workspace add", dossier)
        typer.echo(f"{entry.id}　{entry.title}　{entry.features} 条特征，{entry.events} 条复核记录")
        if dossier is None:
            typer.echo("没有找到原件，页面只显示文字；可用 --papers 指明。", err=True)
    finally:
        space.close()


def _dossier_of(out: Path) -> Path | None:
    """The dossier that a run was made from, where it is still there."""
    file = out / REQUEST_FILE
    dossier = Path(read_json(file)["dossier"]) if file.is_file() else None
    return dossier if dossier is not None and dossier.exists() else None


@app.command("user")
def user(
    workspace: Folder,
    login: Annotated[str, typer.Argument(help="登录名 / login")],
    name: Annotated[str, typer.Option(help="签署用的姓名 / name that signs")],
    role: Annotated[list[str], typer.Option(help="角色，可重复，可限城市：reviewer@杭州市")],
    database: Database = None,
) -> None:
    """建立用户；密码从标准输入读取。Add a person; the password is read from standard input."""
    require_web()
    from auditor.workbench.space import open_space

    grants = [grant_of(text) for text in role]
    asked = typer.prompt("密码 / password", hide_input=True) if sys.stdin.isatty() else ""
    password = asked or sys.stdin.readline().rstrip("\n")
    space = open_space(workspace, database)
    try:
        account = space.people.add(login, name, password, grants)
        typer.echo(f"{account.login}　{account.name}　{'、'.join(g.role.value for g in grants)}")
    finally:
        space.close()


def grant_of(text: str) -> Grant:
    """Read ``role`` or ``role@city``; raises ``ConfigurationError``."""
    role, _, city = text.partition("@")
    if role not in {r.value for r in Role}:
        raise ConfigurationError(
            f"没有角色 {role} (no such role).", hint="、".join(r.value for r in Role)
        )
    return Grant(Role(role), city or EVERY_CITY)


@app.command("export")
def export(workspace: Folder, database: Database = None) -> None:
    """把复核记录写到各审核文件夹的 events.jsonl。Write every run's events.jsonl anew."""
    require_web()
    from auditor.workbench.space import export_events, open_space

    space = open_space(workspace, database)
    try:
        for entry in space.entries():
            typer.echo(f"{export_events(space, entry.id)}　{entry.events} 条")
    finally:
        space.close()


@app.command("verify")
def verify(
    workspace: Folder,
    run: Annotated[str | None, typer.Option(help="只查一次审核 / one run by its id")] = None,
    head: Annotated[str, typer.Option(help="应有的末条散列值，与 --run 同用 / head of --run")] = "",
    database: Database = None,
) -> None:
    """查验复核记录：任何改动都能查出，给出末条散列值时还能查出截尾。Verify the chains of events."""
    require_web()
    from auditor.workbench.space import open_space

    if head and not run:
        raise ConfigurationError("--head 须与 --run 同用 (of which run?).", hint="加上 --run ID。")
    space = open_space(workspace, database)
    try:
        entries = [space.entry(run)] if run else list(space.entries())
        faults = [line for entry in entries for line in _checked(space, entry, head)]
    finally:
        space.close()
    if faults:
        raise RunError(f"{len(faults)} 处不可信 (not to be trusted).", hint="请用备份恢复。")


def _checked(space: Space, entry: RunEntry, head: str) -> list[str]:
    """Print how a run's chain stands; gives its faults."""
    payloads = space.runs.payloads(entry.id)
    faults = record_faults(entry, payloads, head)
    for fault in faults:
        typer.echo(f"{entry.id} {fault}")
    if not faults:
        said = f"{len(payloads)} 条，前后相接，内容未改。末条散列值 {entry.head or '—'}"
        typer.echo(f"{entry.id} {said}")
    return faults


@app.command("backup")
def backup(
    workspace: Folder,
    out: Annotated[Path, typer.Option("-o", "--out", help="FILE.tar.zst 或 FILE.tar.gz")],
    database: Database = None,
) -> None:
    """备份工作区，服务可照常运行。Save a workspace in one file, while its server runs."""
    require_web()
    from auditor.workbench.backup.saving import save_workspace
    from auditor.workbench.clock import own_clock

    saved = save_workspace(workspace, database, out, own_clock)
    typer.echo(f"{out}　{saved.runs} 次审核，{saved.events} 条复核记录，{saved.files} 个文件")
    typer.echo(f"清单 manifest SHA-256 {saved.sha256}")
    for path in saved.gone:
        typer.echo(f"备份时已不在 (gone meanwhile): {path}", err=True)
    for run_id, faults in saved.faults.items():
        typer.echo(f"备份前已不可信 (not to be trusted before): {run_id} {faults[0]}", err=True)


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="备份文件 / the backup")],
    workspace: Folder,
    manifest: Annotated[
        str, typer.Option("--manifest", help="备份时所示的清单 SHA-256 / told by backup")
    ] = "",
    database: Database = None,
) -> None:
    """由备份恢复工作区，先核验，不覆盖。Restore a workspace: verified first, never over another."""
    require_web()
    from auditor.workbench.backup.restoring import restore_workspace
    from auditor.workbench.clock import own_clock

    back = restore_workspace(file, workspace, database, own_clock, manifest)
    typer.echo(
        f"{workspace}　备份于 {back.made_at}：{back.runs} 次审核，{back.events} 条复核记录，"
        f"{back.files} 个文件，均已核验。登录和一次性链接不在备份中，请重新进入。"
    )
    for fault in back.known_faults:
        typer.echo(f"备份前已不可信 (not to be trusted before): {fault}", err=True)
