"""Audits from the browser: ordered, queued, cancelled, gone on with; what came of them.

An audit is the command line's own (``auditor run``, ``auditor resume``) in a process of its own,
which the server only starts and watches (:mod:`auditor.workbench.supervising`).
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from auditor.carrying import name_of
from auditor.core.access import Account
from auditor.core.errors import ReviewError, RunError
from auditor.core.workspace import Job, JobState
from auditor.judge.local_model import is_installed
from auditor.store.progress import PROGRESS_FILE, StageProgress, read_progress
from auditor.store.run_folder import REQUEST_FILE, STATE_FOLDER
from auditor.workbench.space import Space
from auditor.workbench.uploads import UPLOADS_FOLDER

WORK_FOLDER = "runs-in-work"
JOURNAL, LOG_FILE = "journal.db", "log.txt"
CANCEL = "cancel"
OWN_JUDGES = ("auto", "screen", "local")
LONGEST_NAME = 64
RESUMABLE = (JobState.CANCELLED, JobState.INTERRUPTED, JobState.FAILED)
LOG_LINES, LOG_BYTES = 20, 16_000


@dataclass(frozen=True, slots=True)
class Order:
    """An audit as a person asks for it.

    ``dossier`` and ``corrections`` are paths within the workspace; ``public`` and ``opened_by``
    say whether the papers may go to a hosted judge; ``again`` names the run that is made anew.
    ``later`` are the hashes of papers that came after that run and are taken in. With ``appeal``
    (the number of a matter of that run) the feature ``only`` is judged again, and no run is made.
    """

    city: str
    judge: str
    as_of: str = ""
    public: bool = False
    opened_by: str = ""
    dossier: str = ""
    corrections: str = ""
    again: str = ""
    only: str = ""
    appeal: int = 0
    later: Sequence[str] = ()

    def request(self) -> dict[str, Any]:
        """What the job keeps of it."""
        fields = {name: getattr(self, name) for name in self.__slots__ if name != "city"}
        return fields | {"later": list(self.later)}


def judges_offered() -> tuple[str, ...]:
    """The judges that may be chosen: our own, and the one endpoint that this server is set to."""
    own = [name for name in OWN_JUDGES if name != "local" or is_installed()]
    configured = os.environ.get("AUDITOR_JUDGE", "")
    return (*own, configured) if configured and configured not in OWN_JUDGES else tuple(own)


def new_job_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_hex(8)


def checked(order: Order) -> Order:
    """An order that can be carried out, before anything is uploaded for it.

    Raises:
        ReviewError: no city, a judge that is not offered, a date that is none.
        ConfigurationError: the judge is hosted and the papers are not open to it.
    """
    city = " ".join(order.city.split())
    if not city or len(city) > LONGEST_NAME or not city.isprintable():
        raise ReviewError("请填写被评城市的名称 (no city).", hint="例如：杭州市。")
    if order.judge not in judges_offered():
        raise ReviewError("没有这种判断方式 (no such judge).", hint="请从列出的方式中选择。")
    if order.as_of:
        _require_date(order.as_of)
    _require_open(order)
    return Order(**{**order.request(), "city": city, "opened_by": order.opened_by.strip()})


def _require_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ReviewError(
            f"不是日期 (no date): {text[:20]}", hint="请写成 2026-03-31 的形式，或留空。"
        ) from error


def _require_open(order: Order) -> None:
    """Say at once what the command would say after its start."""
    from auditor.choice import Choice
    from auditor.wiring import refuse_closed  # loads models' libraries: not at start

    opened_by = order.opened_by.strip()
    if len(opened_by) > LONGEST_NAME or not opened_by.isprintable():
        raise ReviewError("批准人姓名过长或有不可见的字符 (name).", hint="请填写姓名。")
    refuse_closed(Choice("", order.city, order.judge, public=order.public, opened_by=opened_by))


def enqueue(space: Space, account: Account, job_id: str, order: Order) -> Job:
    """Put an order whose papers are there into the queue."""
    job = Job(
        id=job_id,
        city=order.city,
        state=JobState.WAITING,
        folder=f"{WORK_FOLDER}/{job_id}",
        request=order.request(),
        pid=0,
        run_id="",
        message="",
        made_by=account.name,
        made_at=space.stamp(),
        ended_at="",
    )
    space.jobs.add(job)
    space.people.note(account.login, "audit", f"{job_id} {order.city}", done=True)
    return job


def cancel(space: Space, account: Account, job: Job) -> None:
    """Take a waiting audit out of the queue, or have a running one end; what it did is kept."""
    space.people.note(account.login, "cancel_audit", job.id, done=True)
    gone = {"state": JobState.CANCELLED, "ended_at": space.stamp()}
    if not space.jobs.move(job.id, [JobState.WAITING], **gone):
        space.jobs.move(job.id, [JobState.RUNNING], asked=CANCEL)


def go_on(space: Space, account: Account, job: Job) -> None:
    """Put an audit that ended early into the queue again.

    Raises:
        ReviewError: its papers are gone, or it is no such audit.
    """
    if not (space.folder / job.request["dossier"]).exists():
        raise ReviewError("上传的材料已不在 (papers are gone).", hint="请重新上传。")
    waiting = {"state": JobState.WAITING, "asked": "", "message": "", "ended_at": "", "pid": 0}
    if not space.jobs.move(job.id, RESUMABLE, **waiting, process_mark=""):
        raise ReviewError("这个任务不能继续 (not to be resumed).", hint="请刷新页面。")
    space.people.note(account.login, "resume_audit", job.id, done=True)


def discard(space: Space, account: Account, job: Job) -> None:
    """Forget an audit that ended without a run, with its papers unless another needs them.

    Raises:
        ReviewError: it is under way, or a run came of it.
    """
    if job.state not in RESUMABLE:
        raise ReviewError("进行中或已完成的任务不能丢弃 (not to be discarded).", hint="请先取消。")
    space.jobs.remove(job.id)
    shutil.rmtree(space.folder / job.folder, ignore_errors=True)
    if not any(_papers_of(other) == _papers_of(job) for other in space.jobs.all()):
        shutil.rmtree(space.folder / UPLOADS_FOLDER / _papers_of(job), ignore_errors=True)
    space.people.note(account.login, "discard_audit", job.id, done=True)


def _papers_of(job: Job) -> str:
    """The upload whose papers a job audits."""
    steps = Path(str(job.request["dossier"])).parts
    return steps[1] if len(steps) > 1 else job.id


def job_of_run(space: Space, run_id: str) -> Job | None:
    """The audit that a run came of; None for a run that was made elsewhere."""
    return next((job for job in space.jobs.all() if job.run_id == run_id), None)


def command_of(space: Space, job: Job) -> list[str]:
    """The command that makes an audit, or goes on with one that was begun.

    Raises:
        RunError: a run is made anew whose edition of the standard is not here.
    """
    out = space.folder / job.folder
    program = [sys.executable, "-m", "auditor.cli.main"]
    if (out / REQUEST_FILE).is_file():
        return [*program, "resume", str(out)]
    asked = order_of_job(job)
    options = {"--city": job.city, "-o": str(out), "--judge": asked.judge}
    options |= {"--as-of": asked.as_of, "--open-to-hosted": asked.opened_by, "--only": asked.only}
    options["--criteria"] = _criteria_of(space, asked)
    if asked.corrections:
        options["--corrections"] = str(space.folder / asked.corrections)
    command = [*program, "run", str(space.folder / asked.dossier)]
    for name, value in options.items():
        if value:
            command += [f"{name}={value}"] if name.startswith("--") else [name, value]
    return [*command, "--public"] if asked.public else command


def _criteria_of(space: Space, asked: Order) -> str:
    """The edition of a run that is made anew, else the one that the server was started with."""
    if asked.again:
        return name_of(space.editions.of(Path(space.entry(asked.again).folder)))
    return space.editions.criteria or ""


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a job is: its stages, how many wait before it, the last lines that it said."""

    job: Job
    stages: Sequence[StageProgress]
    before: int
    log: Sequence[str]


def stand_of(space: Space, job: Job) -> Stand:
    """How far a job is now."""
    state = space.folder / job.folder / STATE_FOLDER
    waiting = [other for other in queue_of(space.jobs.all()) if other.id != job.id]
    before = [other for other in waiting if _turn(other) < _turn(job)]
    running = [other for other in space.jobs.all() if other.state is JobState.RUNNING]
    count = len(before) + len(running) if job.state is JobState.WAITING else 0
    # what waits to go on does not show how far it was before
    stages = () if job.state is JobState.WAITING else read_progress(state / PROGRESS_FILE)
    return Stand(job, stages, count, last_lines(state / LOG_FILE))


def queue_of(jobs: Sequence[Job]) -> list[Job]:
    """The jobs that wait, in the order of their turn."""
    return sorted((job for job in jobs if job.state is JobState.WAITING), key=_turn)


def _turn(job: Job) -> tuple[str, str]:
    return job.made_at, job.id


def last_lines(log: Path, most: int = LOG_LINES) -> tuple[str, ...]:
    """The end of what a command said, without blank lines, ``most`` lines of it."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - LOG_BYTES))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return ()
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return tuple(lines[-most:])


def keep_judgements(space: Space, job: Job, earlier: Job) -> None:
    """Let a new audit begin with what an earlier one judged: equal questions are not asked again.

    Raises:
        RunError: the journal cannot be copied.
    """
    source = space.folder / earlier.folder / STATE_FOLDER
    target = space.folder / job.folder / STATE_FOLDER
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in source.glob(f"{JOURNAL}*"):
            shutil.copyfile(file, target / file.name)
    except OSError as error:
        raise RunError(f"无法复制判断记录: {error.strerror}", hint="请检查磁盘空间。") from error


def order_of_job(job: Job) -> Order:
    """What was asked for with a job."""
    return Order(city=job.city, **job.request)
