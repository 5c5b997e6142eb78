"""``auditor review`` and ``auditor log``: people's decisions in and out of a run folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from auditor.cli.console import VERDICT_NAMES
from auditor.cli.options import AsJson, Criteria
from auditor.core.errors import RunError
from auditor.core.events import EventKind, ReviewEvent, Step
from auditor.deciding import standing_decisions
from auditor.editions import open_run
from auditor.labelling import write_labels
from auditor.offline import Filling, read_working_paper
from auditor.reviewing import Placed, read_rows, take_decisions
from auditor.standing import Reviewed
from auditor.store.events import EVENTS_FILE, chain_faults, event_json, parse_events, read_events
from auditor.store.run_folder import write_lines

app = typer.Typer(help="复核记录。Review events of a run.", no_args_is_help=True)
log_app = typer.Typer(help="复核记录是否完整。Is the log whole?", no_args_is_help=True)
Out = Annotated[Path, typer.Argument(help="结果文件夹 / output folder of a run")]
KINDS = {
    EventKind.DECISION: "结论",
    EventKind.WITHDRAWAL: "撤回",
    EventKind.EVIDENCE: "现场证据",
    EventKind.COMMENT: "备注",
    EventKind.BLIND: "盲评意见",
    EventKind.SIGN_OFF: "签署",
    EventKind.REOPENING: "重新打开",
    EventKind.DECLARATION: "回避声明",
}
STEP_NAMES = {Step.COMPILED: "编制", Step.REVIEWED: "审核", Step.APPROVED: "批准"}
REFUSED = 1


@app.command("list")
def list_events(out: Out, criteria: Criteria = None, as_json: AsJson = False) -> None:
    """列出复核记录。List the decisions of people, in order."""
    events = read_events(out)
    if as_json:
        typer.echo(json.dumps([event_json(e) for e in events], ensure_ascii=False, indent=2))
        return
    table = Table("时间", "特征", "记录", "结论", "复核人", "理由", "记录号")
    for event in events:
        said = event.content
        table.add_row(
            *map(escape, (said.time, said.feature_id or said.node, kind_name(event))),
            verdict_name(event),
            *map(escape, (said.author, said.reason, event.id)),
        )  # fmt: skip
    console = Console()
    console.print(table)
    reviewed = open_run(out, criteria).reviewed
    console.print(
        f"已复核 {reviewed.decided.reviewed}/{len(reviewed.findings)} 条"
        + (f"，{len(reviewed.decided.stale)} 条须重新确认" if reviewed.decided.stale else "")
    )
    if events:
        console.print(f"末条散列值 head {events[-1].hash}", soft_wrap=True)


def kind_name(event: ReviewEvent) -> str:
    """The kind of an event in words; of a signature also the step."""
    said = event.content
    return f"{KINDS[said.kind]}（{STEP_NAMES[said.step]}）" if said.step else KINDS[said.kind]


def verdict_name(event: ReviewEvent) -> str:
    """The verdict of an event in words."""
    said = event.content
    if said.not_applicable:
        return "不适用"
    return VERDICT_NAMES[said.verdict] if said.verdict else ""


@app.command("export")
def export(
    out: Out,
    file: Annotated[Path, typer.Option("-o", "--output", help="写到 .jsonl / the file to write")],
) -> None:
    """导出复核记录。Write the decisions to a file that another copy can import."""
    events = read_events(out)
    write_lines(file, [event_json(event) for event in events])
    typer.echo(f"{file}　{len(events)} 条")


@app.command("import")
def take(
    out: Out,
    file: Annotated[Path, typer.Argument(help="填好的底稿 .xlsx，或 .jsonl / filled-in papers")],
    criteria: Criteria = None,
) -> None:
    """导入填好的底稿或复核记录，可重复。Take decisions in; what is known is left out."""
    opened = open_run(out, criteria)
    rows = read_rows(file) if file.suffix == ".jsonl" else _from_paper(file, opened.reviewed)
    taken = take_decisions(out, rows, opened.standard)
    console = Console()
    console.print(f"新增 {len(taken.events)} 条，已有 {taken.known} 条")
    for line in taken.refused:
        console.print(f"[red]未导入[/red] {escape(line)}", highlight=False, soft_wrap=True)
    if taken.refused:
        raise typer.Exit(REFUSED)


@app.command("labels")
def labels(
    out: Out,
    target: Annotated[Path, typer.Option("-o", "--out", help="标注集文件夹 / folder of gold sets")],
    criteria: Criteria = None,
) -> None:
    """把复核结论写成标注集，供评测和拟合。Write the decisions as a labelled city."""
    written = write_labels(open_run(out, criteria).reviewed, target)
    typer.echo(f"{written.folder}　{written.labels}/{written.features} 条")
    if not written.whole:
        typer.echo("可用于 auditor eval；全部特征都复核后才能用于拟合。", err=True)


def _from_paper(file: Path, reviewed: Reviewed) -> Iterator[Placed]:
    """What an auditor changed in a working paper; a decision without a time is of now."""
    lapsed = {event.id for event in reviewed.decided.stale}
    standing = standing_decisions(reviewed.events)
    filling = Filling(
        {f.feature_id: f for f in reviewed.run.findings},
        {key: event for key, event in standing.items() if event.id not in lapsed},
        lambda: datetime.now().astimezone().isoformat(timespec="seconds"),
        reviewed.events,
    )
    return read_working_paper(file, filling)


@log_app.command("verify")
def verify(
    out: Out,
    head: Annotated[str, typer.Option(help="应有的末条散列值 / the hash of the last event")] = "",
) -> None:
    """查验复核记录：任何改动都能查出，给出末条散列值时还能查出截尾。Verify the chain of events."""
    file = out / EVENTS_FILE
    events = parse_events(file) if file.is_file() else ()
    faults = chain_faults(events, head)
    for fault in faults:
        typer.echo(f"第 {fault.place} 条：{fault.message}")
    if faults:
        raise RunError(f"{file}: {len(faults)} 处不可信。", hint="请用备份恢复该文件。")
    last = events[-1].hash if events else "—"
    typer.echo(f"{len(events)} 条复核记录，前后相接，内容未改。末条散列值 {last}")
