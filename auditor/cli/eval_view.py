"""What the terminal shows of an evaluation, and of the comparison of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from auditor.cli.console import VERDICT_NAMES
from auditor.core.findings import Verdict

SHOWN = (
    "qwk", "ac2", "green_f1", "green_precision", "green_recall", "green_kappa", "green_ac1",
    "fact_f1", "exact", "false_green", "false_red", "planned_as_green", "abstention", "failures",
    "recall@5", "recall@10", "recall@20", "recall_all@10", "ndcg@10", "citation_precision",
    "citation_recall", "ece_green", "ece_top", "brier", "coverage_item_mae",
    "coverage_item_mae_zero", "coverage_domain_mae", "coverage_domain_mae_zero", "level_kappa",
    "level_exact", "level_exact_zero",
)  # fmt: skip
RETRIEVAL = tuple(name for name in SHOWN if name.startswith(("recall", "ndcg")))
CITY_HEADS = {
    "qwk": "QWK", "green_f1": "绿F1", "green_precision": "绿精确", "false_green": "误绿",
    "citation_precision": "引证", "recall@10": "召回@10", "ece_green": "校准",
}  # fmt: skip
SEARCH_HEADS = {"recall@5": "召回@5", "recall@10": "@10", "recall@20": "@20", "ndcg@10": "nDCG"}
MOST_WARNINGS, MOST_FLIPS = 10, 40
CHANGES = {"better": "[green]变好[/green]", "worse": "[red]变差[/red]", "other": "持平"}


def print_evaluation(console: Console, table: Mapping[str, Any]) -> None:
    """Print the measures, failures, in-sample cities, what is wrong with the gold, the cost."""
    print_measures(console, table)
    failures = table["pooled"].get("failures")
    if failures:
        console.print(f"[bold red]注意：{failures} 条特征判断失败，按未见证据计。[/bold red]")
    for line in table.get("warnings", [])[:MOST_WARNINGS]:
        console.print(f"[yellow]标注提示[/yellow] {escape(line)}", soft_wrap=True)
    more = len(table.get("warnings", [])) - MOST_WARNINGS
    if more > 0:
        console.print(f"[yellow]标注提示[/yellow] 另有 {more} 条，见 JSON 的 warnings。")
    for city, count in (table.get("unlabelled") or {}).items():
        console.print(f"[yellow]标注不全[/yellow] {city}：{count} 条特征没有标注，未计入。")
    cost = table.get("cost")
    if cost:
        console.print(cost_line(cost))


def cost_line(cost: Mapping[str, Any]) -> str:
    """Calls, tokens and seconds in one line."""
    words = (
        ("calls", "调用"),
        ("prompt_tokens", "输入 token"),
        ("completion_tokens", "输出 token"),
    )
    parts = [f"{word} {cost[name]:,.0f}" for name, word in words if cost.get(name) is not None]
    return "　".join(["用量 cost：", *parts, f"{cost['seconds']:.0f} 秒"])


def print_measures(console: Console, table: Mapping[str, Any]) -> None:
    """Print every measure with its interval and what stands beside it, then the cities."""
    judged = table.get("judged", True)
    console.print(_measures_grid(table, SHOWN if judged else RETRIEVAL))
    console.print(_cities_grid(table, CITY_HEADS if judged else SEARCH_HEADS))
    fitted = sorted(table.get("in_sample") or ())
    if fitted:
        console.print(
            f"[yellow]* 样本内 in-sample：内置权重用过 {'、'.join(fitted)}；"
            "其数字偏高（折外数字见 make eval）。[/yellow]",
            soft_wrap=True,
        )


def _measures_grid(table: Mapping[str, Any], names: Sequence[str]) -> Table:
    beside = {"全判未见": table["baselines"]["always_no_evidence"]}
    beside |= {name: other["pooled"] for name, other in (table.get("beside") or {}).items()}
    beside["标注A↔B"] = table.get("agreement_of_passes") or {}
    grid = Table("")
    for head in ("合计", "95 %", *beside):
        grid.add_column(head, justify="right", no_wrap=True)
    ends = (table.get("intervals") or {}).get("pooled") or {}
    for name in names:
        spread = _ends(ends.get(name))
        others = (_cell(name, column.get(name)) for column in beside.values())
        grid.add_row(name, _cell(name, table["pooled"].get(name)), spread, *others)
    return grid


def _cities_grid(table: Mapping[str, Any], heads: Mapping[str, str]) -> Table:
    """The cities with a few measures; those that the weights were fitted on bear a star."""
    fitted = frozenset(table.get("in_sample") or ())
    grid = Table("")
    for head in heads.values():
        grid.add_column(head, justify="right", no_wrap=True)
    for city, row in table["cities"].items():
        cells = (_cell(name, row.get(name)) for name in heads)
        grid.add_row(f"{city}*" if city in fitted else city, *cells)
    return grid


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.0f}" if name == "failures" else f"{value:.3f}"


def _ends(ends: Sequence[float] | None) -> str:
    return f"{ends[0]:.3f}–{ends[1]:.3f}" if ends else ""


def print_comparison(console: Console, table: Mapping[str, Any]) -> None:
    """Print the measures before and after, then the flips with what was cited."""
    grid = Table("", "A", "B", "增益 gain", "95 %")
    for name in SHOWN:
        row = table["measures"].get(name)
        if row is None or row["gain"] is None:
            continue
        ends = row["interval"]
        sure = ends and (ends[0] > 0 or ends[1] < 0)
        style = ("green" if row["gain"] > 0 else "red") if sure else ""
        spread = f"{ends[0]:+.3f} … {ends[1]:+.3f}" if ends else "—"
        values = (_cell(name, row["before"]), _cell(name, row["after"]))
        gain = f"{row['gain']:+.0f}" if name == "failures" else f"{row['gain']:+.3f}"
        grid.add_row(name, *values, gain, spread, style=style)
    console.print(grid)
    counts = table["counts"]
    console.print(
        f"比较 {table['compared']} 条；结论改变 {len(table['flips'])}："
        f"变好 {counts['better']}，变差 {counts['worse']}，持平 {counts['other']}。"
    )
    left = table["left_out"]
    if any(left.values()):
        console.print(
            f"[yellow]未比较[/yellow] 只在 A 中 {left['only_before']} 条，"
            f"只在 B 中 {left['only_after']} 条，标注不同 {left['gold_differs']} 条。"
        )
    for flip in table["flips"][:MOST_FLIPS]:
        print_flip(console, flip)
    if len(table["flips"]) > MOST_FLIPS:
        more = len(table["flips"]) - MOST_FLIPS
        console.print(f"另有 {more} 条，见 -o 的 JSON 或 --page 的网页。")


def print_flip(console: Console, flip: Mapping[str, Any]) -> None:
    """One flipped feature: verdicts, then what each side cited."""
    names = [_verdict(flip[side]) for side in ("gold", "before", "after")]
    console.print(
        f"{CHANGES[flip['change']]} {flip['city']} {flip['feature']}："
        f"标注 {names[0]}，A {names[1]} → B {names[2]}"
    )
    for side, key in (("标注", "gold_quotes"), ("A", "cited_before"), ("B", "cited_after")):
        for quote in flip[key][:2]:
            mark = {True: "✓", False: "✗"}.get(quote.get("hit"), "")
            console.print(f"    {side}{mark}「{escape(quote['text'])}」", soft_wrap=True)


def _verdict(word: str | None) -> str:
    return VERDICT_NAMES[Verdict(word)] if word else "失败"
