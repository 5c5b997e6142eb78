"""``auditor gap`` and ``auditor what-if``: what stands in the way, and what if it were not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from auditor.assumptions import read_what_if
from auditor.cli.console import VERDICT_NAMES, coverage_table
from auditor.cli.options import AsJson, Criteria
from auditor.core.criteria import Standard
from auditor.core.findings import Finding, Verdict
from auditor.core.gap import Gap, GapKind, GapRow
from auditor.core.scores import Score
from auditor.editions import open_run
from auditor.relations import apply_relations
from auditor.report.letters import MEANS
from auditor.report.supplement import PAPERS
from auditor.scoring import score_findings
from auditor.scoring.gap import gap_to
from auditor.scoring.tree import CITY
from auditor.standing import assumed_finding
from auditor.store.scores import score_json

Out = Annotated[Path, typer.Argument(help="结果文件夹 / output folder of a run")]
Rule = Annotated[
    str | None, typer.Option("--profile", help="计分规则 / scoring rule, name or path")
]
SHOWN = 15
HEADS = ("特征", "现结论", "所缺", "可据以认定的证据")
DEGREE = "要素均有涉及，程度或范围不足"
KIND_NAMES: Mapping[GapKind, str] = {
    GapKind.PAPER: "补充材料",
    GapKind.ON_SITE: "现场核查（书面材料难以证明）",
    GapKind.WORK: "尚未做到（材料说的是计划，或写明未达）",
}


def gap(
    out: Out,
    to: Annotated[int, typer.Option(min=1, max=5, help="目标等级 / target level")],
    node: Annotated[
        str, typer.Option("--domain", "--node", help="能力域、子域或能力项 / node, like 8.3")
    ] = CITY,
    rule: Rule = None,
    criteria: Criteria = None,
    every: Annotated[bool, typer.Option("--all", help="全部列出 / list all")] = False,
    as_json: AsJson = False,
) -> None:
    """离目标等级还差什么，先易后难。What stands in the way of a level, cheapest first."""
    opened = open_run(out, criteria)
    found = gap_to(opened.reviewed.findings, opened.standard, opened.rule(rule), to, node)
    if as_json:
        typer.echo(json.dumps(gap_json(found), ensure_ascii=False, sort_keys=True, indent=2))
        return
    print_gap(Console(), found, every)


def gap_json(found: Gap) -> dict[str, Any]:
    """A gap as plain values."""
    return {
        "node": found.node_id,
        "level": found.level,
        "target": found.target,
        "smallest": found.smallest,
        "proved": found.proved,
        "rows": [_row_json(row) for row in found.rows],
    }


def _row_json(row: GapRow) -> dict[str, Any]:
    return {
        "feature_id": row.feature.id,
        "level": row.feature.level,
        "text": row.feature.text,
        "verdict": row.verdict.value,
        "kind": row.kind.value,
        "lacking": list(row.lacking),
        "evidence": evidence_for(row),
        "smallest": row.smallest,
    }


def evidence_for(row: GapRow) -> str:
    """What would settle a feature, by the type of what it lacks."""
    if row.kind is GapKind.ON_SITE:
        return "、".join(MEANS[m] for m in row.feature.shown_by)
    types = [e.type for e in row.feature.elements if e.text in row.lacking] or row.feature.types
    return "；".join(dict.fromkeys(PAPERS[t] for t in types))


def print_gap(console: Console, found: Gap, every: bool) -> None:
    """One table for each kind of gap, features of a smallest set marked."""
    console.print(gap_line(found))
    for kind, name in KIND_NAMES.items():
        rows = [row for row in found.rows if row.kind is kind]
        if not rows:
            continue
        shown = rows if every else rows[:SHOWN]
        heads = (Column(head, overflow="fold") for head in HEADS)
        table = Table(*heads, title=f"{name}：{len(rows)} 条", show_lines=True)
        for row in shown:
            mark = "★ " if row.smallest else ""
            table.add_row(
                f"{mark}{row.feature.id}\n{row.feature.text}", VERDICT_NAMES[row.verdict],
                "\n".join(row.lacking) or DEGREE, evidence_for(row),
            )  # fmt: skip
        console.print(table)
        if len(rows) > len(shown):
            console.print(f"  另 {len(rows) - len(shown)} 条，用 --all 全部列出")


def gap_line(found: Gap) -> str:
    """Where the node stands and how much is needed at least."""
    where = "城市" if found.node_id == CITY else found.node_id
    if found.level >= found.target:
        return f"{where} 现为 {found.level} 级，已达 {found.target} 级。"
    if not found.proved:
        return (
            f"{where} 现为 {found.level} 级，未达 {found.target} 级，"
            f"有 {len(found.rows)} 条尚未满足；此规则下无法精确求出最少的一组。"
        )
    if found.smallest is None:
        return f"{where} 现为 {found.level} 级；按此规则，特征全部满足也到不了 {found.target} 级。"
    return (
        f"{where} 现为 {found.level} 级；到 {found.target} 级至少还须 {found.smallest} 条特征满足"
        f"（标 ★ 的是其中一组），共有 {len(found.rows)} 条尚未满足。"
    )


def what_if(
    out: Out,
    file: Annotated[Path, typer.Argument(help="假定的结论（YAML）/ assumed verdicts")],
    rule: Rule = None,
    criteria: Criteria = None,
    as_json: AsJson = False,
) -> None:
    """假定若干结论，看等级如何变。Score a run under assumed verdicts, beside the present one."""
    opened = open_run(out, criteria)
    standard, findings, profile = opened.standard, opened.reviewed.findings, opened.rule(rule)
    assumed = read_what_if(file, {f.feature_id for f in findings})
    before = score_findings(findings, standard, profile)
    after = score_findings(under(findings, assumed, standard), standard, profile)
    if as_json:
        both = {"assumed": {k: v.value for k, v in assumed.items()}}
        content = {**both, "before": score_json(before), "after": score_json(after)}
        typer.echo(json.dumps(content, ensure_ascii=False, sort_keys=True, indent=2))
        return
    print_what_if(Console(), before, after, len(assumed))


def under(
    findings: tuple[Finding, ...], assumed: Mapping[str, Verdict], standard: Standard
) -> list[Finding]:
    """The findings with some verdicts assumed; relations lift neither these nor decisions."""
    bare = [
        assumed_finding(f.feature_id, assumed[f.feature_id])
        if f.feature_id in assumed
        else replace(f, verdict=f.direct_verdict, credited_by=(), credit_reason="")
        for f in findings
    ]
    related = apply_relations(bare, standard.relations)
    return [
        before if before.feature_id in assumed or before.decision is not None else after
        for before, after in zip(bare, related, strict=True)
    ]


def print_what_if(console: Console, before: Score, after: Score, assumed: int) -> None:
    """Coverage under the assumptions, and every node whose level they change."""
    console.print(f"假定 {assumed} 条结论之后（假设推演，不是审核结论）：")
    console.print(coverage_table(after.nodes))
    levels = {node.id: node.level for node in before.nodes}
    changed = [node for node in after.nodes if node.level != levels.get(node.id, 0)]
    for node in changed:
        name = "城市" if node.id == CITY else f"{node.id} {node.name}"
        console.print(f"{name}：{levels.get(node.id, 0)} 级 → {node.level} 级")
    if not changed:
        console.print("没有节点的等级因此改变。")
