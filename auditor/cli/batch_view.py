"""What the terminal shows of an archive: the plan, the progress of all cities, the summary."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from auditor.archive.engines import Told, Word
from auditor.archive.planning import Estimate, Plan, PlannedCity, Standing
from auditor.archive.summary import refused_said, why_said
from auditor.cli.console import STAGE_NAMES
from auditor.core.jobs import Job, JobState

SHOWN = 20
PLAIN_EVERY_S = 10.0
STANDINGS: Mapping[Standing, str] = {
    Standing.NEW: "新 new",
    Standing.CHANGED: "有变 changed",
    Standing.RESCORED: "仅换计分规则 another rule alone",
    Standing.UNFINISHED: "未完成 unfinished",
    Standing.UNCHANGED: "无变化 unchanged",
    Standing.FAILED: "曾失败 failed (auditor jobs retry)",
}
PARTS: Mapping[str, str] = {
    "corrections": "更正 corrections", "embedder": "向量模型 embedder", "judge": "判断方式 judge",
    "limits": "核验限值 limits", "options": "选项 options", "profile": "计分规则 profile",
    "program": "程序 program", "search": "检索权重 weights", "standard": "标准 standard",
}  # fmt: skip
STATES: Mapping[JobState, str] = {
    JobState.WAITING: "等待 waiting",
    JobState.LEASED: "进行中 at work",
    JobState.DONE: "完成 done",
    JobState.FAILED: "失败 failed",
    JobState.CANCELLED: "已取消 cancelled",
}


def print_plan(console: Console, plan: Plan) -> None:
    """Cities by standing, what changed in them, and the estimate."""
    table = Table("城市 cities", title=None)
    table.add_column("数量 count", justify="right")
    for standing, name in STANDINGS.items():
        if plan.count(standing):
            table.add_row(name, str(plan.count(standing)))
    console.print(table)
    changed = [city for city in plan.cities if city.standing is Standing.CHANGED]
    for city in changed[:SHOWN]:
        console.print(f"  {escape(city.job.subject)}：{escape(changed_said(city))}", soft_wrap=True)
    if len(changed) > SHOWN:
        console.print(f"  …… 另有 {len(changed) - SHOWN} 个 (and more)")
    new, gone = (
        sum(len(getattr(city.papers, which)) for city in plan.due) for which in ("new", "gone")
    )
    kept = sum(city.papers.unchanged for city in plan.due)
    altered = sum(len(city.papers.changed) for city in plan.due)
    console.print(
        f"材料 papers：新 new {new}　有变 changed {altered}　"
        f"无变化 unchanged {kept}　已撤 gone {gone}"
    )
    if plan.empty:
        console.print(
            f"{len(plan.empty)} 个文件夹里没有材料，不审核 (folders without papers, left out)："
            f"{escape('、'.join(plan.empty[:SHOWN]))}",
            soft_wrap=True,
        )
    if plan.gone:
        console.print(
            f"{len(plan.gone)} 个城市已不在材料文件夹中，其结果保留 (gone, results are kept)："
            f"{escape('、'.join(plan.gone[:SHOWN]))}"
        )
    if plan.count(Standing.RESCORED):
        console.print(
            "只换计分规则的城市仅重新计分，不检索、不判断"
            " (another rule alone: scored anew, not searched, not judged)",
            soft_wrap=True,
        )
    if any(city.is_audited for city in plan.cities):
        for line in estimate_lines(plan.estimate):
            console.print(line, soft_wrap=True)


def changed_said(city: PlannedCity) -> str:
    """What changed in a city."""
    papers = city.papers
    parts = [
        f"{name} {len(rows)}"
        for name, rows in (
            ("新材料 new", papers.new),
            ("改动 changed", papers.changed),
            ("撤下 gone", papers.gone),
        )
        if rows
    ]  # fmt: skip
    return "；".join([*parts, *(PARTS.get(part, part) for part in city.parts)])


def estimate_lines(estimate: Estimate) -> list[str]:
    """Calls, tokens, cost and time, as far as they were measured."""
    lines = []
    if estimate.calls:
        lines.append(
            f"首次调用至多 first calls at most：{estimate.calls:,}"
            "（已有判断的不再问 known judgements are not asked again）"
        )
        source = "此前各次 earlier passes" if estimate.of_pass else "标注城市均值 docs/hosted.md"
        prompt = f"输入约 prompt {estimate.prompt_tokens:,}"
        reply = (
            f"，输出约 completion {estimate.completion_tokens:,}"
            if estimate.completion_tokens is not None
            else "，输出未测 completion not measured"
        )
        lines.append(f"词元 tokens：{prompt}{reply}（据 from {source}）")
        lines.append(
            f"费用约 cost：{estimate.cost:,.2f} {estimate.currency}"
            if estimate.cost is not None
            else "费用 cost：不估算，缺价目表或已测的用量 (no price table, or no measured usage)"
        )
    lines.append(
        f"时间约 time：{span_said(estimate.seconds)}（单个进程 one worker）"
        if estimate.seconds is not None
        else "时间 time：尚无实测 (not measured yet)"
    )
    return lines


def span_said(seconds: float) -> str:
    """A span of time as hours, minutes and seconds."""
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}"


class BatchView:
    """Progress over all cities: bars on a terminal, a plain line now and then elsewhere."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._judged = 0
        self._is_ready = False
        self._failed: set[str] = set()
        self.done: set[str] = set()
        """The cities that were done in this pass."""
        self._began = self._said = time.monotonic()
        self._stages: dict[str, Told] = {}
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        if console.is_terminal:
            self._bars = Progress(
                TextColumn("{task.description:<18}"), BarColumn(bar_width=28),
                MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[note]}"),
                console=console,
            )  # fmt: skip
            self._whole = self._bars.add_task("城市 cities", total=total, note="")
            self._bars.start()

    def hear(self, told: Told) -> None:
        """Take in what a worker told."""
        self._is_ready |= told.word is Word.READY
        if told.word is Word.BEGUN:
            self._failed.discard(told.subject)
        if told.word is Word.DONE:
            self.done.add(told.subject)
            self._judged += told.done
        if told.word is Word.FAILED:
            self._failed.add(told.subject)
            self._log(f"[red]失败 failed[/red] {escape(told.subject)}：{escape(told.note)}")
        if told.word is Word.GONE and told.note:
            self._log(f"[yellow]进程结束 worker gone[/yellow] {escape(told.worker)}：{told.note}")
        if told.word is Word.STAGE:
            self._stages[told.subject] = told
        elif told.subject:
            self._stages.pop(told.subject, None)
        self._show(told.subject)

    def tick(self) -> None:
        """Say in a plain line how far it is, where there are no bars."""
        if self._bars is not None:
            self._bars.update(self._whole, completed=len(self.done), note=self.rates())
        elif time.monotonic() - self._said >= PLAIN_EVERY_S:
            self._said = time.monotonic()
            self._log(self.line())

    def line(self) -> str:
        """How far the pass is, in one line."""
        at = "、".join(
            f"{city} {STAGE_NAMES.get(told.note, told.note)} {told.done}/{told.total}"
            for city, told in self._stages.items()
        )
        failed = f"失败 failed {len(self._failed)}" if self._failed else ""
        waiting = "" if self._is_ready else "载入模型 loading models"
        parts = [f"城市 cities {len(self.done)}/{self._total}", failed, self.rates(), at or waiting]
        return "　".join(part for part in parts if part)

    def rates(self) -> str:
        """Cities and features an hour in this pass, and what time is left at that rate."""
        spent, over = time.monotonic() - self._began, len(self.done | self._failed)
        if not over or spent <= 0:
            return ""
        left = max(self._total - over, 0) / over * spent
        said = f"每小时 per hour：{over / spent * 3600:,.0f} 城市 cities"
        if self._judged:
            said += f"、{self._judged / spent * 3600:,.0f} 特征 features"
        return f"{said}　剩余约 left {span_said(left)}"

    def close(self) -> None:
        """Stop drawing."""
        if self._bars is not None:
            self._bars.stop()

    def _log(self, line: str) -> None:
        where = self._bars.console if self._bars is not None else self._console
        where.print(line, soft_wrap=True)

    def _show(self, subject: str) -> None:
        """Keep one bar for each city that is at work."""
        if self._bars is None or not subject:
            return
        told = self._stages.get(subject)
        if told is None:
            if subject in self._tasks:
                self._bars.remove_task(self._tasks.pop(subject))
            return
        if subject not in self._tasks:
            self._tasks[subject] = self._bars.add_task(subject, total=1, note="")
        note = STAGE_NAMES.get(told.note, told.note)
        self._bars.update(
            self._tasks[subject], completed=told.done, total=max(told.total, 1), note=note
        )


def print_outcome(
    console: Console, summary: Mapping[str, Any], done: Collection[str], lang: str = "zh"
) -> None:
    """The end of a pass: counts, why features were judged again, every failure by name.

    ``done``: the cities that this pass has done; the others' reasons were told before.
    """
    counts = summary["counts"]
    parts = [f"{STATES[state]} {counts[state.value]}" for state in JobState if counts[state.value]]
    console.print("　".join(parts))
    told = [row for row in summary["cities"] if row["key"] in done]
    again = [row for row in told if "first" not in (row.get("why") or {}) and why_said(row, lang)]
    for row in again[:SHOWN]:
        console.print(f"  {escape(row['key'])}：{escape(why_said(row, lang))}", soft_wrap=True)
    if len(again) > SHOWN:
        console.print(f"  …… 另有 {len(again) - SHOWN} 个 (and more, see summary.html)")
    _print_refused(console, told)
    for row in summary["cities"]:
        if row["state"] == JobState.FAILED:
            reason = row["error"].split("\n")[0]
            console.print(
                f"[bold red]失败 failed[/bold red] {escape(row['key'])}：{escape(reason)}",
                soft_wrap=True,
            )
        elif row.get("failures"):
            console.print(
                f"[red]{escape(row['key'])}：{row['failures']} 条特征判断失败 (features)[/red]"
            )


def _print_refused(console: Console, cities: Sequence[Mapping[str, Any]]) -> None:
    """The papers that were not taken, each with its city, the reason and the remedy."""
    lines = [f"{row['key']}　{said}" for row in cities for said in refused_said(row)]
    if lines:
        console.print(f"[yellow]未采用的材料 papers not taken：{len(lines)}[/yellow]")
    for line in lines[:SHOWN]:
        console.print(f"  {escape(line)}", soft_wrap=True)
    if len(lines) > SHOWN:
        console.print(f"  …… 另有 {len(lines) - SHOWN} 份 (and more, see summary.html)")


def print_status(console: Console, jobs: Sequence[Job]) -> None:
    """Where every city stands that is not simply done."""
    wanted = [job for job in jobs if job.is_wanted]
    for state in JobState:
        count = sum(job.state is state for job in wanted)
        if count:
            console.print(f"{STATES[state]} {count}")
    table = Table("城市 city", "状态 state", "次数 tries", "进度 / 错误")
    rows = [j for j in wanted if j.state in (JobState.LEASED, JobState.FAILED)]
    for job in rows:
        said = job.note if job.state is JobState.LEASED else job.message.split("\n")[0]
        table.add_row(escape(job.subject), STATES[job.state], str(job.attempts), escape(said))
    if rows:
        console.print(table)
