"""``auditor``: the commands, and how errors become messages and exit codes.

Exit codes: 0 done; 1 done, but the judgement of some features or the audit of some cities failed
(``eval-compare``: a measure fell below its bound); 2 wrong use or configuration; 3 broken data
(criteria, run folder); 4 the judge's endpoint failed; 130 interrupted (``auditor resume``,
``auditor jobs resume`` go on).
"""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.markup import escape

from auditor.cli import (
    across,
    appeal,
    batch,
    batch_export,
    batch_import,
    claims,
    compare,
    criteria,
    doctor,
    eval_compare,
    evaluate,
    gap,
    intake,
    jobs,
    observing,
    profile,
    report,
    resume,
    review,
    run_command,
    score,
    serve,
    stress,
    workspace,
)
from auditor.cli.endpoint_options import grouped
from auditor.core.errors import AuditorError, CriteriaError, JudgeError, RunError

app = typer.Typer(
    name="auditor",
    help="城市全域数字化转型成熟度（CTMM）材料审核助手。Audits city documents against CTMM.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.callback()(observing.observe)
app.command("run")(grouped(run_command.run))
app.command("intake")(intake.intake)
app.command("resume")(grouped(resume.resume))
app.command("score")(score.score)
app.command("appeal")(appeal.appeal)
app.command("compare")(compare.compare)
app.command("across")(across.across)
app.command("stress")(stress.stress_command)
app.command("gap")(gap.gap)
app.command("what-if")(gap.what_if)
app.command("batch")(grouped(batch.batch))
app.command("batch-export")(batch_export.batch_export)
app.command("batch-import")(batch_import.batch_import)
app.command("report")(report.report)
app.command("doctor")(doctor.doctor)
app.command("eval")(evaluate.evaluate)
app.command("eval-compare")(eval_compare.eval_compare)
app.command("templates")(claims.templates)
app.command("claims")(claims.claims)
app.command("receipt")(claims.receipt)
app.command("notices")(claims.notices)
app.command("rounds")(claims.rounds)
app.command("serve")(serve.serve)
app.add_typer(jobs.app, name="jobs")
app.add_typer(workspace.app, name="workspace")
app.add_typer(criteria.app, name="criteria")
app.add_typer(profile.app, name="profile")
app.add_typer(review.app, name="review")
app.add_typer(review.log_app, name="log")

EXIT_CODES: tuple[tuple[type[AuditorError], int], ...] = (
    (JudgeError, 4),
    (CriteriaError, 3),
    (RunError, 3),
    (AuditorError, 2),
)


def run() -> None:
    """Entry point: run a command, turn known errors into one line and an exit code."""
    errors = Console(stderr=True)
    try:
        app()
    except AuditorError as error:
        code = next(code for kind, code in EXIT_CODES if isinstance(error, kind))
        errors.print(
            f"[red]错误 / error:[/red] {escape(str(error))}", highlight=False, soft_wrap=True
        )
        sys.exit(code)


if __name__ == "__main__":
    run()
