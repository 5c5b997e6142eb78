"""``auditor report OUT``: write reports of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.carrying import carried_line
from auditor.cli import options
from auditor.core.errors import ConfigurationError, DocumentError
from auditor.editions import open_run
from auditor.ingest.office import convert
from auditor.report import FORMATS, write_public, write_report
from auditor.report.printed import lost_in_print
from auditor.report.writer import APPEAL

PDF, EVERY = "pdf", "all"
KNOWN = (*FORMATS, APPEAL, PDF, EVERY)
PRINT_TIMEOUT_S = 180.0
LOST = "注意：LibreOffice 打印的 PDF 比 {name} 少 {n} 个字，请改用 Word 或 WPS 打印该文件。"


def report(
    out: Annotated[Path, typer.Argument(help="结果文件夹 / output folder of a run")],
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help=f"可重复 / repeatable: {', '.join(KNOWN)}"),
    ] = None,
    profile: options.Rule = None,
    criteria: options.Criteria = None,
    lang: Annotated[str, typer.Option(help="报告语言 zh | en")] = "zh",
    public: Annotated[
        bool, typer.Option("--public", help="另写公示版 / the redacted version as well")
    ] = False,
) -> None:
    """生成报告：网页、底稿、评估报告、函件、现场清单。Write the reports of a finished run."""
    wanted = tuple(formats or ["html"])
    opened = open_run(out, criteria)
    result = opened.result(profile)
    if EVERY in wanted:
        wanted = (*FORMATS, *([APPEAL] if result.appeal else []), PDF)
    if line := carried_line(result.run.manifest):
        typer.echo(line, err=True)
    for write in (write_report, write_public)[: 1 + public]:
        for name in wanted:
            file = write(result, opened.standard, out, "docx" if name == PDF else name, lang)
            typer.echo(str(as_pdf(file) if name == PDF else file))


def as_pdf(file: Path) -> Path:
    """A report as PDF beside the DOCX, converted by LibreOffice.

    Raises:
        ConfigurationError: LibreOffice is not here, or it failed.
    """
    paper = file.read_bytes()
    done = convert({file.name: paper}, PDF, timeout_s=PRINT_TIMEOUT_S)[file.name]
    if isinstance(done, DocumentError):
        raise ConfigurationError(
            f"{file.name} could not be printed to PDF: {done}",
            hint="Install LibreOffice (sh scripts/install-system.sh), or print the DOCX yourself.",
        )
    if lost := lost_in_print(paper, done):
        typer.echo(LOST.format(n=lost.total(), name=file.name), err=True)
    target = file.with_suffix(".pdf")
    target.write_bytes(done)
    return target
