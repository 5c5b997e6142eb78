"""``auditor templates``, ``claims``, ``receipt``, ``notices``, ``rounds``: the city's own word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from auditor.cli.options import Criteria
from auditor.core.claims import (
    ClaimReport,
    EvidenceList,
    MatchedEvidence,
    RowProblem,
    SelfAssessment,
)
from auditor.core.criteria import Standard
from auditor.core.errors import ConfigurationError
from auditor.core.run import Run
from auditor.editions import chosen_edition, edition_of_run
from auditor.intake.claims import read_evidence_list, read_self_assessment
from auditor.intake.matching import match_listings
from auditor.intake.notices import Submission, by_department, corrections, notice_file_names
from auditor.intake.overclaim import claim_line, claims_json, compare_claims
from auditor.intake.papers import notice_paper, receipt_paper, rounds_table
from auditor.intake.rounds import (
    CHANGE_NAMES,
    ChangeKind,
    Receipt,
    ReceivedFile,
    compare_rounds,
    comparison_json,
    make_receipt,
    receipt_from,
    receipt_json,
)
from auditor.intake.templates import templates as forms
from auditor.intake.words import LEVEL_WORDS
from auditor.store.run_folder import read_json, read_lines, read_run, write_json

RECEIPT_FILE, RECEIPT_PAPER = "接收回执.json", "接收回执.docx"
CLAIMS_FILE, CORRECTIONS_FILE = "claims.json", "补正事项.json"
ROUNDS_FILE, ROUNDS_TABLE = "轮次对照.json", "轮次对照.xlsx"
SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})

Out = Annotated[Path, typer.Option("--out", "-o", help="写到哪个文件夹 / folder to write to")]
Assessment = Annotated[
    Path | None, typer.Option("--assessment", help="填好的自评表 / filled self-assessment")
]
Evidence = Annotated[
    Path | None, typer.Option("--evidence", help="填好的证明材料清单 / filled evidence list")
]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]


def templates(out: Out, criteria: Criteria = None) -> None:
    """写出自评表和证明材料清单的模板。Write the forms that a city fills in."""
    out.mkdir(parents=True, exist_ok=True)
    for name, data in forms(chosen_edition(criteria).standard).items():
        (out / name).write_bytes(data)
        typer.echo(str(out / name))


def claims(
    run: Annotated[Path, typer.Argument(help="审核结果文件夹 / output folder of a run")],
    assessment: Annotated[
        Path, typer.Option("--assessment", help="填好的自评表 / filled self-assessment")
    ],
    evidence: Evidence = None,
    criteria: Criteria = None,
    as_json: Json = False,
) -> None:
    """自评与初判对照。Compare the self-assessment with a run; writes claims.json."""
    result, standard = read_run(run), edition_of_run(run, criteria).standard
    papers = _papers(assessment, evidence, [d.name for d in result.documents], standard)
    report = _compare(papers, result, standard)
    data = claims_json(report, papers.problems, papers.evidence)
    write_json(run / CLAIMS_FILE, data)
    if as_json:
        typer.echo(json.dumps(data, ensure_ascii=False, sort_keys=True))
        return
    _print_claims(Console(markup=False), report, papers.problems)
    typer.echo(str(run / CLAIMS_FILE))


def receipt(
    dossier: Annotated[Path, typer.Argument(help="材料文件夹 / folder of the dossier")],
    city: Annotated[str, typer.Option(help="城市 / city")],
    received: Annotated[str, typer.Option(help="收到日期 YYYY-MM-DD / date of receipt")],
    out: Out,
    cutoff: Annotated[str, typer.Option(help="截止日期 YYYY-MM-DD / cut-off date")] = "",
    intake: Annotated[
        Path | None, typer.Option(help="接收或审核结果文件夹：退回的文件 / intake or run folder")
    ] = None,
) -> None:
    """写接收回执（含哈希）。Write the receipt of a round with the hash of every file."""
    if not dossier.is_dir():
        raise ConfigurationError(f"{dossier} 不是文件夹。", hint="请给出材料文件夹。")
    files = _with_refusals(list(_hashed(dossier)), _taken_in(intake).refused)
    last_day = _day(cutoff) if cutoff else None
    made = make_receipt(city, _day(received), files, last_day)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / RECEIPT_FILE, receipt_json(made))
    (out / RECEIPT_PAPER).write_bytes(receipt_paper(made))
    typer.echo(
        f"{made.city}：{len(made.files)} 个文件，未能接收 {len(made.refused)} 个。{made.timing}"
    )
    typer.echo(str(out / RECEIPT_PAPER))


def notices(
    receipt_file: Annotated[Path, typer.Argument(help="接收回执.json / receipt of the round")],
    out: Out,
    assessment: Assessment = None,
    evidence: Evidence = None,
    intake: Annotated[
        Path | None, typer.Option(help="接收或审核结果文件夹：未读出的页 / intake or run folder")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="审核结果文件夹：与初判对照 / finished run to compare with")
    ] = None,
    made: Annotated[str, typer.Option("--date", help="通知日期，默认收到日期")] = "",
    due: Annotated[str, typer.Option(help="补正期限 YYYY-MM-DD / date due")] = "",
    criteria: Criteria = None,
) -> None:
    """按责任部门写补正通知。Write what is to be put right, one paper per department."""
    taken = _receipt(receipt_file)
    taken_in = _taken_in(intake)
    received = [file.name for file in taken.files]
    edition = edition_of_run(run, criteria) if run is not None else chosen_edition(criteria)
    standard = edition.standard
    papers = _papers(assessment, evidence, [*received, *taken_in.names], standard)
    judged = read_run(run) if run is not None else None
    found = corrections(
        Submission(
            taken.files,
            papers.assessment,
            papers.evidence,
            papers.problems,
            taken_in.unread,
            _compare(papers, judged, standard) if judged is not None else None,
        )
    )
    groups = by_department(found)
    names = notice_file_names(list(groups))
    day = _day(made) if made else taken.received
    out.mkdir(parents=True, exist_ok=True)
    rows = [{**_slots(c), "kind": c.kind.value, "paper": names[c.department]} for c in found]
    write_json(out / CORRECTIONS_FILE, rows)
    for department, group in groups.items():
        paper = notice_paper(department, taken.city, group, day, _day(due) if due else None)
        (out / names[department]).write_bytes(paper)
        typer.echo(f"{department}：{len(group)} 项　{out / names[department]}")
    if not found:
        typer.echo("没有需要补正的事项。")


def rounds(
    last: Annotated[Path, typer.Argument(help="上轮接收回执.json / last round's receipt")],
    this: Annotated[Path, typer.Argument(help="本轮接收回执.json / this round's receipt")],
    out: Out,
    as_json: Json = False,
) -> None:
    """本轮材料与上轮对照。Compare two rounds by name and hash; writes JSON and a table."""
    comparison = compare_rounds(_receipt(last), _receipt(this))
    data = comparison_json(comparison)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / ROUNDS_FILE, data)
    (out / ROUNDS_TABLE).write_bytes(rounds_table(comparison))
    if as_json:
        typer.echo(json.dumps(data, ensure_ascii=False, sort_keys=True))
        return
    table = Table("变化", "文件名", "说明")
    for change in comparison.changes:
        if change.kind is not ChangeKind.SAME:
            table.add_row(CHANGE_NAMES[change.kind], change.name, change.remark)
    Console(markup=False).print(table)
    counts = (f"{CHANGE_NAMES[k]} {comparison.count(k)}" for k in ChangeKind)
    typer.echo("　".join(counts))
    typer.echo(str(out / ROUNDS_TABLE))


@dataclass(frozen=True, slots=True)
class _Papers:
    """The city's own tables, read, with the listed files held against the names received."""

    assessment: SelfAssessment
    evidence: MatchedEvidence
    problems: tuple[RowProblem, ...]


def _papers(
    assessment: Path | None, evidence: Path | None, names: list[str], standard: Standard
) -> _Papers:
    claimed, listed = SelfAssessment(()), EvidenceList(())
    if assessment is not None:
        claimed = read_self_assessment(_bytes(assessment), assessment.name, standard)
    if evidence is not None:
        listed = read_evidence_list(_bytes(evidence), evidence.name, standard)
    matched = match_listings(listed.listings, names)
    return _Papers(claimed, matched, claimed.problems + listed.problems)


def _compare(papers: _Papers, result: Run, standard: Standard) -> ClaimReport:
    return compare_claims(
        papers.assessment, result.findings, standard, papers.evidence, result.score
    )


@dataclass(frozen=True, slots=True)
class _TakenIn:
    """What an intake or run folder says of files: refused (reason, remedy), unread pages, names.

    ``names`` are those of all documents, members of archives included.
    """

    refused: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    unread: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    names: tuple[str, ...] = ()


def _taken_in(folder: Path | None) -> _TakenIn:
    if folder is None:
        return _TakenIn()
    refused: dict[str, tuple[str, str]] = {}
    unread: dict[str, tuple[int, ...]] = {}
    names = []
    for row in read_lines(folder / "documents.jsonl"):
        names.append(row["name"])
        if row.get("refused"):
            refused[row["name"]] = (str(row["refused"]), str(row.get("hint", "")))
        if row.get("unread_pages"):
            unread[row["name"]] = tuple(int(page) for page in row["unread_pages"])
    manifest = folder / "run.json"
    if manifest.is_file():
        for row in read_json(manifest).get("left_out", ()):
            refused.setdefault(row["name"], (row["reason"], row.get("hint", "")))
    return _TakenIn(refused, unread, tuple(names))


def _hashed(dossier: Path) -> Iterator[ReceivedFile]:
    """Hash every file of a folder; links are not followed."""
    for path in sorted(dossier.rglob("*")):
        name = path.relative_to(dossier).as_posix()
        if path.is_symlink():
            yield ReceivedFile(name, "", 0, False, "是链接，不是文件。", "请提交文件本身。")
        elif path.is_file() and not _is_system_file(path.name):
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            yield ReceivedFile(name, digest, path.stat().st_size)


def _is_system_file(name: str) -> bool:
    return name.lower() in SYSTEM_FILES or name.startswith("~$")


def _with_refusals(
    files: Sequence[ReceivedFile], refused: Mapping[str, tuple[str, str]]
) -> list[ReceivedFile]:
    """Mark the refused files; refused members of archives become lines of their own."""
    known = {file.name: file for file in files}
    marked = dict(known)
    for name, (reason, hint) in refused.items():
        file = known.get(name, ReceivedFile(name, "", 0))
        marked[name] = ReceivedFile(name, file.sha256, file.size, False, reason, hint)
    return list(marked.values())


def _receipt(file: Path) -> Receipt:
    return receipt_from(_json(file), str(file))


def _json(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(_bytes(file).decode("utf-8"))
    except ValueError as error:
        raise ConfigurationError(f"{file} 不是 JSON。", hint="请检查文件。") from error
    return data if isinstance(data, dict) else {}


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"不能读取 {file}。", hint="请检查路径。") from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"“{text}”不是日期。", hint="请写成 2026-11-20 的样子。"
        ) from error


def _slots(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _print_claims(console: Console, report: ClaimReport, problems: tuple[RowProblem, ...]) -> None:
    names = [
        "未知" if level is None else LEVEL_WORDS[level]
        for level in (report.claimed_level, report.level)
    ]
    console.print(f"自评等级：{names[0]}　初判等级（材料支撑）：{names[1]}")
    console.print(report.note)
    table = Table("", "已填", "自评满足*", "高于初判", "其中未见证据", "比例", "低于初判", "不适用")
    for tally in report.tallies:
        rate = "—" if tally.rate is None else f"{tally.rate:.1%}"
        counts = (tally.claimed, tally.green, tally.over, tally.over_unseen)
        ends = (tally.under, tally.not_applicable)
        table.add_row(tally.name, *map(str, counts), rate, *map(str, ends))
    console.print(table)
    console.print("* 自评为满足或大部分满足、且机器已作判断的特征。")
    for row in report.compared:
        if row.remark:
            console.print(claim_line(row), soft_wrap=True)
    for problem in problems:
        console.print(f"填表问题　{problem}", soft_wrap=True)
