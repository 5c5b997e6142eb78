"""``auditor resume OUT``: go on with an audit that was interrupted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from auditor.choice import Choice
from auditor.cli.endpoint_options import NO_CAPS, CapOptions
from auditor.cli.run_command import execute, finish
from auditor.core.errors import RunError
from auditor.store.run_folder import REQUEST_FILE, read_json


def resume(
    out: Annotated[Path, typer.Argument(help="结果文件夹 / output folder of the run")],
    as_json: Annotated[bool, typer.Option("--json", help="机器可读输出 / for machines")] = False,
    lang: Annotated[str, typer.Option(help="报告语言 zh | en")] = "zh",
    caps: CapOptions = NO_CAPS,
) -> None:
    """继续一次中断的审核。Go on: finished judgements are taken from the journal."""
    finish(execute(replace(stored_choice(out), **caps.given()), out, as_json, lang))


def stored_choice(out: Path) -> Choice:
    """What was asked for when the run was begun.

    Raises:
        RunError: there is no request.json, or it was written by another version.
    """
    asked = read_json(out / REQUEST_FILE)
    try:
        return Choice(**asked)
    except TypeError as error:
        raise RunError(
            f"{out / REQUEST_FILE} was written by another version ({error}).",
            hint="Start the audit anew in another folder.",
        ) from error
