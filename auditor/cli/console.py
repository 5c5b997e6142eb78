"""What the terminal shows: progress while a run works, and its summary."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from auditor.core.criteria import LEVELS
from auditor.core.findings import VERDICTS, Failure, Finding, Verdict
from auditor.core.review import flagged_findings
from auditor.core.run import Progress as Listener
from auditor.core.run import Run, Silence
from auditor.core.scores import NodeScore
from auditor.report.first_look import rule_name
from auditor.report.language import words
from auditor.store.progress import PROGRESS_VARIABLE, FileProgress

STAGE_NAMES = {
    "read": "读取文件 read",
    "embed": "向量化 embed",
    "search": "检索特征 search",
    "judge": "判断特征 judge",
}
VERDICT_NAMES: Mapping[Verdict, str] = {
    Verdict.MET: "满足",
    Verdict.MOSTLY_MET: "大部分满足",
    Verdict.PARTLY_MET: "部分满足",
    Verdict.PLANNED: "仅规划",
    Verdict.NOT_MET: "不满足",
    Verdict.NO_EVIDENCE: "未见证据",
}
SHADES = ((0.8, "bold green"), (0.5, "green"), (0.2, "yellow"), (0.0, "dim"))


class RichProgress:
    """Shows one bar a stage with counts, time passed and time left."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._bars.start()

    def begin(self, stage: str, total: int) -> None:
        """Open the bar of a stage, or raise its total."""
        if stage in self._tasks:
            self._bars.update(self._tasks[stage], total=total)
            return
        name = STAGE_NAMES.get(stage, stage)
        self._tasks[stage] = self._bars.add_task(name, total=total, note="")

    def advance(self, stage: str, steps: int = 1, note: str = "") -> None:
        """Move the bar of a stage."""
        self._bars.update(self._tasks[stage], advance=steps, note=note[:24])

    def end(self, stage: str) -> None:
        """Leave the bar full, without a note."""
        self._bars.update(self._tasks[stage], note="")

    def close(self) -> None:
        """Stop drawing."""
        self._bars.stop()


class BothProgress:
    """Tells two listeners."""

    def __init__(self, first: Listener, second: Listener) -> None:
        self._both = (first, second)

    def begin(self, stage: str, total: int) -> None:
        """Tell both that a stage begins."""
        for listener in self._both:
            listener.begin(stage, total)

    def advance(self, stage: str, steps: int = 1, note: str = "") -> None:
        """Tell both that steps are done."""
        for listener in self._both:
            listener.advance(stage, steps, note)

    def end(self, stage: str) -> None:
        """Tell both that a stage is over."""
        for listener in self._both:
            listener.end(stage)


@contextmanager
def shown_progress(console: Console, *, quiet: bool) -> Iterator[Listener]:
    """Show progress on the terminal (not where ``quiet``), and in a file where one is asked for."""
    bars = None if quiet else RichProgress(console)
    shown: Listener = bars or Silence()
    file = os.environ.get(PROGRESS_VARIABLE)
    try:
        yield BothProgress(shown, FileProgress(Path(file))) if file else shown
    finally:
        if bars is not None:
            bars.close()


def print_summary(console: Console, run: Run, names: Mapping[str, str]) -> None:
    """Print a finished run: failures first, then coverage, level, verdicts, what was left out."""
    if run.instructions:
        console.print(instructions_line(run))
    if run.score is None:
        console.print("仅检索，未作判断，无计分（--judge none）。")
        print_left_out(console, run)
        return
    if run.score.failures:
        console.print(
            f"[bold red]注意：{run.score.failures} 条特征判断失败，结果不完整。[/bold red]"
        )
    manifest = run.manifest
    console.print(f"判断方式：{manifest['judge']['name']}。{manifest['judge']['quality']}")
    as_of = manifest["as_of"] or "未知（材料无成文日期）"
    console.print(f"城市：{manifest['city']}　评估日期：{as_of}")
    console.print(coverage_table(run.score.nodes))
    console.print(
        f"初判等级（材料支撑）：[bold]{run.score.level}[/bold]（{run.score.city_class}）"
        f"　规则：{run.score.profile}"
    )
    for note in run.score.floor_notes:
        console.print(f"  下限约束：{note}")
    console.print(verdict_line(run.findings))
    console.print(review_line(run.findings))
    print_left_out(console, run)
    for label, path in names.items():
        console.print(f"{label}：{path}", soft_wrap=True)


def instructions_line(run: Run) -> str:
    """How many passages of the documents talk to the judge, and in which documents."""
    papers = "、".join(dict.fromkeys(escape(found.document) for found in run.instructions))
    return (
        f"[bold red]注意：材料中有 {len(run.instructions)} 处不当指令（对审核者下指令的文字），"
        f"已隐去，未作证据：{papers}[/bold red]"
    )


def coverage_table(nodes: Sequence[NodeScore]) -> Table:
    """Coverage per level of the city and its domains."""
    table = Table("覆盖度 coverage")
    for heading in (*(f"{level}级" for level in LEVELS), "初判等级"):
        table.add_column(heading, justify="right", no_wrap=True)
    for node in nodes:
        if node.kind in ("city", "domain"):
            shares = [node.coverage[level] for level in LEVELS]
            cells = ["—" if share is None else _shade(float(share)) for share in shares]
            name = "全市 city" if node.kind == "city" else f"{node.id} {node.name}"
            table.add_row(name, *cells, str(node.level))
    return table


def _shade(share: float) -> str:
    """A share in per cent, the brighter the higher."""
    colour = next(name for limit, name in SHADES if share >= limit)
    return f"[{colour}]{share:.0%}[/{colour}]"


def verdict_line(findings: Sequence[Finding]) -> str:
    """Count the verdicts in one line."""
    counts = Counter(f.verdict for f in findings if f.verdict is not None)
    parts = [f"{VERDICT_NAMES[v]} {counts[v]}" for v in reversed(VERDICTS)]
    failed = sum(isinstance(f.outcome, Failure) for f in findings)
    credited = sum(bool(f.credited_by) for f in findings)
    return "　".join(parts) + f"　失败 {failed}　其中由关联认定 {credited}"


def review_line(findings: Sequence[Finding]) -> str:
    """How many findings are to be reviewed first, by rule."""
    first = flagged_findings(findings)
    counts = Counter(row.rule for row in first)
    named = words("zh")
    parts = [f"{rule_name(rule, named)} {n}" for rule, n in counts.items()]
    return f"优先复核 {len(first)}" + (f"（{'，'.join(parts)}）" if parts else "")


def print_left_out(console: Console, run: Run) -> None:
    """List the files that were not audited, and the warnings about those that were."""
    for left in run.left_out:
        console.print(f"[yellow]未纳入[/yellow] {left.name}：{left.reason} {left.hint}")
    for document in run.documents:
        for warning in document.warnings:
            console.print(f"[yellow]提示[/yellow] {document.name}：{warning}")
