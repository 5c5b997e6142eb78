"""``auditor run``: audit one dossier.

``AUDITOR_PROGRESS_FILE`` names a file that is kept up to date with the stages while it works.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from auditor.carrying import read_carried, require_judge
from auditor.choice import Choice
from auditor.cli import options
from auditor.cli.console import print_summary, shown_progress
from auditor.cli.endpoint_options import CHANGE_NO_ANSWER, NO_CAPS, CapOptions
from auditor.core.errors import ConfigurationError
from auditor.core.run import Run
from auditor.delivering import deliver
from auditor.editions import chosen_criteria
from auditor.operations.context import bound
from auditor.pipeline import run_audit
from auditor.store.run_folder import REQUEST_FILE, read_json, write_json
from auditor.wiring import build_parts

UNFINISHED, INTERRUPTED = 1, 130
JUDGES = "auto | local | screen | none | provider:model | X.gguf"


def run(
    dossier: Annotated[Path, typer.Argument(help="材料文件夹或压缩包 / folder or archive")],
    city: Annotated[str, typer.Option(help="被评城市，如 杭州市 / the assessed city")],
    out: Annotated[Path, typer.Option("-o", "--out", help="结果文件夹 / output folder")],
    judge: Annotated[str, typer.Option(help=JUDGES)] = "auto",
    base_url: options.BaseUrl = None,
    embedder: options.Embedder = None,
    profile: Annotated[str, typer.Option(help="计分规则 / scoring rule")] = "ctmm",
    as_of: options.AsOf = None,
    only: options.Only = None,
    per_feature: options.PerFeature = False,
    public: options.Public = False,
    opened_by: options.OpenedBy = "",
    corrections: options.Corrections = None,
    limits: options.Limits = None,
    criteria: options.Criteria = None,
    samples: options.Samples = 1,
    second: options.Second = None,
    second_look: options.SecondLook = False,
    reply_form: options.ReplyForm = "auto",
    concurrency: options.Concurrency = 8,
    caps: CapOptions = NO_CAPS,
    as_json: options.AsJson = False,
    lang: options.Lang = "zh",
) -> None:
    """审核一个城市的材料。Audit one city's dossier against all 376 features."""
    choice = Choice(
        dossier=str(dossier.resolve()),
        city=city,
        judge=judge,
        base_url=options.addresses(base_url),
        embedder=embedder,
        profile=profile,
        as_of=as_of,
        only=only,
        per_feature=per_feature,
        public=public,
        opened_by=opened_by,
        corrections=str(corrections.resolve()) if corrections else None,
        samples=samples,
        second=second,
        second_look=second_look,
        reply_form=reply_form,
        concurrency=concurrency,
        limits=str(limits.resolve()) if limits else None,
        criteria=chosen_criteria(criteria),
        **caps.given(),
    )
    finish(execute(choice, out, as_json, lang))


def finish(result: Run) -> None:
    """End the command: with code 1 where the judgement of some features failed."""
    if result.score is not None and result.score.failures:
        raise typer.Exit(UNFINISHED)


def execute(choice: Choice, out: Path, as_json: bool, lang: str) -> Run:
    """Run (or go on with) an audit, write the run folder and report, print the summary."""
    if not Path(choice.dossier).exists():
        raise ConfigurationError(
            f"{choice.dossier} 不存在 (is not there).",
            hint="请给出材料文件夹或压缩包 (name the folder or archive).",
        )
    _claim(choice, out)
    console = Console(stderr=as_json)
    try:
        with shown_progress(console, quiet=as_json) as progress:
            parts = build_parts(choice, out, progress, lambda line: console.log(line))
            with bound(run=out.name):
                result = run_audit(choice.request(), parts)
    except KeyboardInterrupt as interrupt:
        console.print(
            "已中断；已完成的判断都保存了。继续 / interrupted, nothing is lost, go on with:"
            f" auditor resume {out}",
            soft_wrap=True,
        )
        raise typer.Exit(INTERRUPTED) from interrupt
    page = deliver(out, result, parts, lang)
    if as_json:
        typer.echo(json.dumps(machine_summary(result, out), ensure_ascii=False, sort_keys=True))
    else:
        print_summary(console, result, {"报告 report": str(page), "结果 results": str(out)})
    return result


def _claim(choice: Choice, out: Path) -> None:
    """Keep what was asked for; a folder that holds another audit is refused."""
    file = out / REQUEST_FILE
    asked = dataclasses.asdict(choice)
    if file.is_file() and _answers(asked_before(read_json(file))) != _answers(asked):
        raise ConfigurationError(
            f"{out} holds another audit.",
            hint="Choose another -o, or go on with it: auditor resume.",
        )
    if choice.judge == "none":
        require_judge(read_carried(out), None)
    write_json(file, asked)


def _answers(asked: Mapping[str, object]) -> dict[str, object]:
    """What answers depend on: a run may be gone on with under other caps."""
    return {name: value for name, value in asked.items() if name not in CHANGE_NO_ANSWER}


def asked_before(stored: Mapping[str, object]) -> dict[str, object]:
    """A stored request; what an earlier version could not be asked for has its default."""
    fields = dataclasses.fields(Choice)
    defaults = {f.name: f.default for f in fields if f.default is not dataclasses.MISSING}
    return {**defaults, **stored}


def machine_summary(run: Run, out: Path) -> dict[str, object]:
    """The outcome in a few fields, for ``--json``."""
    score = run.score
    return {
        "out": str(out),
        "city": run.manifest["city"],
        "judge": run.manifest["judge"]["name"],
        "level": score.level if score else None,
        "interval": list(score.interval) if score else None,
        "failures": score.failures if score else 0,
        "instructions": len(run.instructions),
        "left_out": [left.name for left in run.left_out],
        "coverage": {
            str(level): None if share is None else float(round(share, 4))
            for level, share in score.nodes[0].coverage.items()
        }
        if score
        else {},
    }
