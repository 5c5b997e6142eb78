"""What ``auditor doctor --deep`` shows: a row a part, with its time and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from auditor.diagnosis.probing import Probe, State, probed

SHOWN = {
    State.GOOD: "[green]好 ok[/green]",
    State.FAILED: "[red]坏 failed[/red]",
    State.SKIPPED: "[yellow]略 skipped[/yellow]",
}


def show_deep(console: Console, probes: Iterator[Probe]) -> bool:
    """Probe every part and print the table; tells whether one of them failed."""
    table = Table(
        "部件 part", "状态", Column("秒 s", justify="right"), Column("说明", overflow="fold")
    )
    failed = False
    for result in probed(probes):
        failed = failed or result.state is State.FAILED
        remedy = f"\n→ {result.remedy}" if result.remedy else ""
        told = escape(f"{result.said}{remedy}")
        table.add_row(result.part, SHOWN[result.state], f"{result.seconds:.1f}", told)
    console.print(table)
    return failed
