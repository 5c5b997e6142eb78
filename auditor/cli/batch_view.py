"""What the terminal shows of an archive: the plan, the progress of all cities, the summary."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
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
from auditor.archive.summary import why_said
from auditor.cli.console import STAGE_NAMES
from auditor.core.jobs import Job, JobState

SHOWN = 20
PLAIN_EVERY_S = 10.0
STANDINGS: Mapping[Standing, str] = {
    Standing.NEW: "新 new",
    Standing.CHANGED: "有变 changed",
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
    if plan.gone:
        console.print(
            f"{len(plan.gone)} 个城市已不在材料文件夹中，其结果保留 (gone, results are kept)："
            f"{escape('、'.join(plan.gone[:SHOWN]))}"
        )
    if plan.due:
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

    def __init__(self, console: Console, total: int, done: int = 0) -> None:
        self._console = console
        self._total = total
        self._before = done
        self._done = self._failed = self._judged = self._kept = 0
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
        if told.word is Word.DONE:
            self._done += 1
            self._judged += told.done
            self._kept += told.total
        if told.word is Word.FAILED:
            self._failed += 1
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
            self._bars.update(self._whole, completed=self._done, note=self.rates())
        elif time.monotonic() - self._said >= PLAIN_EVERY_S:
            self._said = time.monotonic()
            at = "、".join(
                f"{k} {STAGE_NAMES.get(t.note, t.note)}" for k, t in self._stages.items()
            )
            self._log(f"{self._done}/{self._total} {self.rates()} {at}")

    def rates(self) -> str:
        """Cities and features an hour in this pass, and what time is left at that rate."""
        spent = time.monotonic() - self._began
        if not self._done or spent <= 0:
            return ""
        hourly = self._done / spent * 3600
        left = (self._total - self._done) / self._done * spent
        features = self._judged / spent * 3600
        return f"{hourly:,.0f}/h, {features:,.0f} 特征 features/h, 剩余 left {span_said(left)}"

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


def print_outcome(console: Console, summary: Mapping[str, Any], lang: str = "zh") -> None:
    """The end of a pass: counts, why features were judged again, every failure by name."""
    counts = summary["counts"]
    parts = [f"{STATES[state]} {counts[state.value]}" for state in JobState if counts[state.value]]
    console.print("　".join(parts))
    again = [row for row in summary["cities"] if row.get("why") and "first" not in row["why"]]
    for row in again[:SHOWN]:
        console.print(f"  {escape(row['key'])}：{escape(why_said(row, lang))}", soft_wrap=True)
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
