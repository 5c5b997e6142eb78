"""``auditor compare OLD NEW``: two runs of one city; carry decisions over on reconfirmation."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from auditor.cli import options
from auditor.cli.console import VERDICT_NAMES
from auditor.cli.options import AsJson
from auditor.comparing import compare_runs, reconfirmed
from auditor.core.comparison import Cause, Change, Comparison, Side
from auditor.core.criteria import Standard
from auditor.core.errors import ConfigurationError
from auditor.editions import open_run
from auditor.standing import Reviewed
from auditor.store.events import append_events
from auditor.store.evidence import citation_json

CAUSES = {
    Cause.REVIEW: "复核",
    Cause.STANDARD: "标准条文",
    Cause.SCOPE: "所审部分",
    Cause.EVIDENCE: "证据",
    Cause.RELATION: "关联",
    Cause.MODEL: "模型或核验",
}
SETTING_NAMES = {
    "standard": "标准", "profile": "计分规则", "judge": "判断模型", "search": "检索权重",
    "embedder": "向量模型", "checks": "核验限值", "as_of": "评估日期", "only": "所审部分",
}  # fmt: skip
DOCUMENTS = {"added": "新增材料", "removed": "不再提交", "changed": "内容有变"}
SHOWN = 30


def compare(
    old: Annotated[Path, typer.Argument(help="原结果文件夹 / the earlier run")],
    new: Annotated[Path, typer.Argument(help="新结果文件夹 / the later run")],
    profile: options.Rule = None,
    reconfirm: Annotated[
        str, typer.Option(help="复核人：重新确认结论未变的原复核 / who reconfirms decisions")
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="全部列出 / list all")] = False,
    criteria: options.Criteria = None,
    as_json: AsJson = False,
) -> None:
    """同一城市两次审核有何不同、为什么。What changed between two runs of a city, and why."""
    one, two = open_run(old, criteria), open_run(new, criteria)
    before, after, standard = one.reviewed, two.reviewed, two.standard
    found = compare_runs(before, after, standard, two.rule(profile), one.standard)
    if as_json:
        text = json.dumps(comparison_json(found), ensure_ascii=False, sort_keys=True, indent=2)
        typer.echo(text)
    else:
        print_comparison(Console(), found, every)
    if reconfirm:
        _reconfirm(found, before, after, reconfirm, standard)


def _reconfirm(
    found: Comparison, old: Reviewed, new: Reviewed, author: str, standard: Standard
) -> None:
    if not author.strip():
        raise ConfigurationError("No name is given.", hint="Say who reconfirms: --reconfirm 甲.")
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    again = reconfirmed(found, old, new, (author, now), standard)
    added = append_events(new.folder, again.contents)
    typer.echo(
        f"已重新确认 {len(added)} 条；结论有变的 {len(found.reopened)} 条须逐条复核", err=True
    )
    if again.unsound:
        typer.echo(
            f"另 {len(again.unsound)} 条依据不足（如认定具备能力而仅凭访谈或理由），"
            f"未予确认，须重新复核：{'、'.join(again.unsound)}",
            err=True,
        )


def comparison_json(found: Comparison) -> dict[str, Any]:
    """A comparison as plain values."""
    return {
        "city": found.city,
        "documents": {what: list(names) for what, names in found.documents.items()},
        "settings": {name: list(both) for name, both in found.settings.items()},
        "changes": [_change_json(change) for change in found.changes],
        "levels": [
            {"node": x.node_id, "name": x.name, "before": x.before, "after": x.after}
            for x in found.levels
        ],
        "kept": [event.feature_id for event in found.kept],
        "reopened": [event.feature_id for event in found.reopened],
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "feature_id": change.feature_id,
        "was": change.was or change.feature_id,
        "before": _side_json(change.before),
        "after": _side_json(change.after),
        "causes": [cause.value for cause in change.causes],
    }


def _side_json(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    verdict = side.verdict.value if side.verdict else None
    return {
        "verdict": "not_applicable" if side.excused else verdict,
        "citations": [citation_json(c) for c in side.citations],
        "reason": side.reason,
    }


def print_comparison(console: Console, found: Comparison, every: bool) -> None:
    """Documents and settings first, then levels, then features with both sides' evidence."""
    for what, names in found.documents.items():
        if names:
            console.print(
                f"{DOCUMENTS[what]} {len(names)}：{escape('、'.join(names))}", soft_wrap=True
            )
    if found.settings:
        differing = "、".join(SETTING_NAMES[name] for name in found.settings)
        console.print(f"两次审核所用不同：{differing}")
    for level in found.levels:
        console.print(f"{level.node_id} {level.name}：{level.before} 级 → {level.after} 级")
    shown = found.changes if every else found.changes[:SHOWN]
    heads = ("特征", "原结论", "新结论", "因何而变", "原引证", "新引证")
    table = Table(*(Column(head, overflow="fold") for head in heads), show_lines=True)
    for change in shown:
        causes = "、".join(CAUSES[cause] for cause in change.causes)
        table.add_row(
            _number(change), _verdict(change.before), _verdict(change.after), causes,
            _quotes(change.before), _quotes(change.after),
        )  # fmt: skip
    if found.changes:
        console.print(table)
    else:
        console.print("结论没有变化。")
    if len(found.changes) > len(shown):
        console.print(f"另 {len(found.changes) - len(shown)} 条，用 --all 全部列出")
    if found.kept or found.reopened:
        console.print(
            f"原复核 {len(found.kept) + len(found.reopened)} 条：{len(found.kept)} 条所据结论未变"
            f"（--reconfirm 姓名 可重新确认），{len(found.reopened)} 条须重新复核"
        )


def _number(change: Change) -> str:
    return f"{change.feature_id}\n（旧版 {change.was}）" if change.was else change.feature_id


def _verdict(side: Side | None) -> str:
    if side is None:
        return "—"
    if side.excused:
        return "不适用"
    return VERDICT_NAMES[side.verdict] if side.verdict else "判断失败"


def _quotes(side: Side | None) -> str:
    citations = side.citations if side else ()
    return escape("\n".join(f"{c.quote.strip()}（{c.document}）" for c in citations))
