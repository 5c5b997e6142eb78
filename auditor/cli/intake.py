"""``auditor intake``: take a dossier in, say what it holds, and what is missing."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from auditor.choice import Choice
from auditor.cli import options
from auditor.cli.console import RichProgress
from auditor.cli.intake_view import print_intake
from auditor.core.criteria import Standard
from auditor.core.intake import Intake
from auditor.core.run import Silence
from auditor.editions import chosen_criteria
from auditor.pipeline import run_intake
from auditor.report.intake_files import write_intake
from auditor.report.intake_json import intake_json
from auditor.store.run_folder import write_documents
from auditor.wiring import build_parts

INTERRUPTED = 130


def intake(
    dossier: Annotated[Path, typer.Argument(help="材料文件夹或压缩包 / folder or archive")],
    city: Annotated[str, typer.Option(help="被评城市，如 杭州市 / the assessed city")],
    out: Annotated[Path, typer.Option("-o", "--out", help="结果文件夹 / output folder")],
    embedder: Annotated[
        str | None, typer.Option(help="e5 或 sentence-transformers 模型 / embedding model")
    ] = None,
    corrections: Annotated[
        Path | None, typer.Option(help="对材料识别结果的更正（YAML）/ corrections of documents")
    ] = None,
    criteria: options.Criteria = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读输出 / for machines")] = False,
    lang: Annotated[str, typer.Option(help="报告语言 zh | en")] = "zh",
) -> None:
    """接收一个城市的材料：读了什么、拒了什么、缺什么。Take a dossier in, without judging it."""
    choice = Choice(
        dossier=str(dossier.resolve()),
        city=city,
        judge="none",
        embedder=embedder,
        corrections=str(corrections.resolve()) if corrections else None,
        criteria=chosen_criteria(criteria),
    )
    console = Console(stderr=as_json)
    progress = Silence() if as_json else RichProgress(console)
    try:
        parts = build_parts(choice, out, progress, lambda line: console.log(line))
        result = run_intake(choice.request(), dataclasses.replace(parts, judge=None))
    except KeyboardInterrupt as interrupt:
        console.print("已中断；读过的文件不会再读，重新运行即可 / interrupted: run it again")
        raise typer.Exit(INTERRUPTED) from interrupt
    finally:
        if isinstance(progress, RichProgress):
            progress.close()
    files = write_all(result, parts.standard, out, lang)
    if as_json:
        typer.echo(json.dumps(intake_json(result), ensure_ascii=False, sort_keys=True))
        return
    print_intake(console, result)
    for file in files:
        console.print(str(file), soft_wrap=True)


def write_all(result: Intake, standard: Standard, out: Path, lang: str) -> tuple[Path, ...]:
    """Write documents.jsonl, intake.json, intake.html and the list of papers to add."""
    out.mkdir(parents=True, exist_ok=True)
    write_documents(out, result.documents, result.left_out)
    return write_intake(result, standard, out, lang)
