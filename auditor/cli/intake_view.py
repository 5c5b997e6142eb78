"""What the terminal shows of an intake: counts, coverage, what was refused, what stands apart."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.core.documents import Document
from auditor.core.intake import Intake, SubdomainCoverage
from auditor.report.intake_facts import (
    counts_of,
    foreign_said,
    mark_counts,
    other_warnings,
    page_ranges,
    shown,
    unread_by_reason,
)

BAR_WIDTH = 10
FULL, PARTS = "█", " ▏▎▍▌▋▊▉"
MARK_NAMES = {
    "secret": "密级标志",
    "internal": "内部标志",
    "id_card": "身份证号",
    "phone": "手机号",
    "bank_card": "银行卡号",
}


def print_intake(console: Console, intake: Intake) -> None:
    """Print an intake; text of documents is never read as markup of the terminal."""
    console.print(_counts_line(intake))
    console.print(_coverage_table(intake.coverage) if intake.coverage else "没有覆盖情况。")
    for left in sorted(intake.left_out, key=lambda left: left.name):
        console.print(
            _line("拒收", "red", left.name, f"{left.reason}　{left.hint}".rstrip()), soft_wrap=True
        )
    for document in sorted(intake.documents, key=lambda d: d.name):
        for label, detail in _flags(document):
            console.print(_line(label, "yellow", document.name, detail), soft_wrap=True)


def _counts_line(intake: Intake) -> Text:
    n = counts_of(intake)
    text = Text(f"{shown(intake.city)}　", style="bold")
    text.append(
        f"提交 {n.submitted} 个文件，接收 {n.accepted}，其中参与审核 {n.judged}", "not bold"
    )
    rest = (
        ("拒收", n.refused),
        ("重复", n.duplicates),
        ("外地或区县", n.foreign),
        ("旧版", n.superseded),
        ("带标志", n.marked),
        ("未读出的页", n.unread_pages),
        ("隐藏文字", n.hidden),
    )
    for label, count in rest:
        text.append(f"　{label} {count}", "yellow" if count else "dim")
    return text


def _coverage_table(coverage: tuple[SubdomainCoverage, ...]) -> Table:
    table = Table("能力子域", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("涉及特征", no_wrap=True)
    for heading in ("片段", "文件"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("缺少", overflow="fold")
    for row in coverage:
        share = row.features_spoken / row.features if row.features else 0.0
        bar = Text(_bar(share), style=_colour(share))
        bar.append(f" {row.features_spoken:>2}/{row.features:<2}", "default")
        phrases = "；".join(phrase.removeprefix("缺少") for phrase in row.lacking)
        lacking = Text(phrases or "—", style="" if phrases else "dim")
        name = Text(f"{row.subdomain_id} {row.name}")
        table.add_row(name, bar, str(row.passages), str(len(row.documents)), lacking)
    return table


def _bar(share: float) -> str:
    eighths = round(min(max(share, 0.0), 1.0) * BAR_WIDTH * 8)
    whole, rest = divmod(eighths, 8)
    bar = FULL * whole + (PARTS[rest] if rest else "")
    return bar.ljust(BAR_WIDTH)


def _colour(share: float) -> str:
    return "green" if share >= 0.5 else "yellow" if share >= 0.2 else "red"


def _flags(document: Document) -> Iterator[tuple[str, str]]:
    if document.foreign:
        yield "非本市", foreign_said(document)
    if document.duplicate_of:
        yield "重复", f"与 {document.duplicate_of} 相同"
    if document.superseded_by:
        yield "旧版", f"新版是 {document.superseded_by}"
    if document.marks:
        counts = mark_counts(document)
        yield "标志", "、".join(f"{MARK_NAMES[kind]} {n} 处" for kind, n in counts.items())
    if document.hidden:
        yield "隐藏文字", f"{len(document.hidden)} 处，未参与审核，见报告"
    for reason, pages in unread_by_reason(document.pages).items():
        yield "未读出", f"第 {page_ranges(pages)} 页：{reason}"
    for warning in other_warnings(document):
        yield "提示", warning


def _line(label: str, colour: str, name: str, detail: str) -> Text:
    return Text.assemble((label, colour), f" {shown(name)}：{shown(detail)}")
