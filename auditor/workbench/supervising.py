"""Starts the audits that wait, watches those that run, settles those that have ended.

It keeps no state of its own but what can be lost: after a restart of the server it finds the
processes again by what the database says of them, and an audit that ended meanwhile is settled by
what it wrote. Of several servers over one workspace one does this.
"""

from __future__ import annotations

import logging
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from auditor.core.errors import AuditorError
from auditor.core.workspace import Job, JobState
from auditor.operations.context import bound
from auditor.operations.handing import APART, COUNTS_FILE, COUNTS_VARIABLE, take_over
from auditor.store.progress import PROGRESS_FILE, PROGRESS_VARIABLE
from auditor.store.run_folder import MANIFEST_FILE, STATE_FOLDER, read_run
from auditor.workbench.auditing import (
    CANCEL,
    JOURNAL,
    LOG_FILE,
    command_of,
    last_lines,
    order_of_job,
    queue_of,
)
from auditor.workbench.papers_kept import forget_secret_papers
from auditor.workbench.processes import ProcessRef, is_alive, mark_of, signal_group, start_apart
from auditor.workbench.space import Space, add_run, run_id_of
from auditor.workbench.uploads import UPLOADS_FOLDER, remove_leftovers

LOCK_FILE = "supervisor.lock"
REPORT_FILE = "report.html"
TICK_S = 0.5
BLOWS = ((0.0, signal.SIGINT), (15.0, signal.SIGTERM), (25.0, signal.SIGKILL))
"""What an audit gets that is to end, and how many seconds after the first."""
ERROR = "错误 / error:"
CRASH = "Traceback (most recent call last)"
LONGEST_MESSAGE = 2000
MOST_LINES = 400
GONE = "审核的进程已不在（服务器或机器停过，或被系统终止）；已完成的判断都保存了，可以继续。"
LOGGER = logging.getLogger(__name__)


@dataclass(slots=True)
class _Ending:
    """An audit that is told to end: since when, and how many blows it got."""

    since: float
    blows: int = 0


class Supervisor:
    """Looks after the audits of a workspace, in a thread of its own or one ``step`` at a time.

    ``at_once`` audits run side by side, the others wait.
    """

    def __init__(
        self, space: Space, at_once: int = 1, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._space = space
        self._at_once = at_once
        self._clock = clock
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._ending: dict[str, _Ending] = {}
        self._lock = FileLock(space.folder / LOCK_FILE)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look after the audits."""
        self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; the audits go on."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self._lock.release()

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                self.step()
            except Exception:  # the next look may find the database or the disk well again
                LOGGER.exception("The audits could not be looked after.")
            self._stopped.wait(TICK_S)

    def step(self) -> bool:
        """Look once at every job; False where another server looks after them."""
        if not self._lock.is_locked:
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                return False
            uploads = self._space.folder / UPLOADS_FOLDER
            remove_leftovers(uploads, lambda job_id: self._space.jobs.get(job_id) is not None)
        jobs = self._space.jobs.all()
        running = [job for job in jobs if job.state is JobState.RUNNING]
        alive = sum(self._look_at(job) for job in running)
        for job in queue_of(jobs)[: max(0, self._at_once - alive)]:
            self._begin(job)
        return True

    def _begin(self, job: Job) -> None:
        space, state = self._space, self._space.folder / job.folder / STATE_FOLDER
        begun = {"state": JobState.RUNNING, "asked": "", "begun_at": space.stamp()}
        (state / PROGRESS_FILE).unlink(missing_ok=True)
        if not space.jobs.move(job.id, [JobState.WAITING], **begun):
            return
        try:
            environment = {PROGRESS_VARIABLE: str(state / PROGRESS_FILE), "NO_COLOR": "1"}
            environment |= {**APART, COUNTS_VARIABLE: str(state / COUNTS_FILE)}
            child = start_apart(command_of(space, job), state / LOG_FILE, environment)
        except OSError as error:
            why = f"无法启动审核 (cannot be started): {error.strerror}"
            self._end(job, JobState.FAILED, message=f"{why}。请管理员检查磁盘空间和权限。")
            return
        except AuditorError as error:
            self._end(job, JobState.FAILED, message=str(error))
            return
        _tell("audit started", job)
        self._children[job.id] = child
        space.jobs.change(job.id, pid=child.pid, process_mark=mark_of(child.pid))

    def _look_at(self, job: Job) -> bool:
        """Follow a running audit; tells whether it still runs."""
        process = ProcessRef(job.pid, job.process_mark)
        if is_alive(process):
            if job.asked == CANCEL:
                self._strike(job.id, process)
            return True
        child = self._children.pop(job.id, None)
        code = child.wait() if child is not None else None
        self._ending.pop(job.id, None)
        self._settle(job, code)
        return False

    def _strike(self, job_id: str, process: ProcessRef) -> None:
        """Have an audit end: gently at first, by force when it does not."""
        ending = self._ending.setdefault(job_id, _Ending(self._clock()))
        due = [blow for after, blow in BLOWS if self._clock() - ending.since >= after]
        for blow in due[ending.blows :]:
            signal_group(process, blow)
        ending.blows = max(ending.blows, len(due))

    def _settle(self, job: Job, code: int | None) -> None:
        """Say what came of an audit whose process is gone, by what it wrote."""
        out = self._space.folder / job.folder
        take_over(out / STATE_FOLDER / COUNTS_FILE)
        said = last_lines(out / STATE_FOLDER / LOG_FILE, MOST_LINES)
        if (out / MANIFEST_FILE).is_file() and (out / REPORT_FILE).is_file():
            self._settle_finished(job, out)
        elif job.asked == CANCEL:
            self._end(job, JobState.CANCELLED)
        elif message := error_in(said):
            self._end(job, JobState.FAILED, message=message)
        elif code is not None and code > 0:
            self._end(job, JobState.FAILED, message=said[-1] if said else f"exit {code}")
        else:
            self._end(job, JobState.INTERRUPTED, message=GONE)

    def _settle_finished(self, job: Job, out: Path) -> None:
        """Make a run of it; what was judged again for an appeal stays where it is and is none."""
        space, papers = self._space, self._space.folder / job.request["dossier"]
        try:
            if order_of_job(job).appeal:
                forget_secret_papers(papers, read_run(out).left_out)
                self._end(job, JobState.DONE)
                return
            run_id = run_id_of(out)
            if space.runs.get(run_id) is None:
                add_run(space, out, job.made_by, papers)
            forget_secret_papers(papers, space.open(run_id).run.left_out)
        except (AuditorError, OSError) as error:
            self._end(job, JobState.FAILED, message=str(error))
            return
        self._end(job, JobState.DONE, run_id=run_id)
        _clear(out)

    def _end(self, job: Job, state: JobState, *, message: str = "", run_id: str = "") -> None:
        told = {"message": message[:LONGEST_MESSAGE], "run_id": run_id, "asked": ""}
        ended = {"state": state, "ended_at": self._space.stamp(), "pid": 0, "process_mark": ""}
        self._space.jobs.change(job.id, **told, **ended)
        _tell("audit ended", job, state)


def _tell(what: str, job: Job, state: JobState | None = None) -> None:
    """A line in the log; what an audit itself says is in its own."""
    level = logging.WARNING if state is JobState.FAILED else logging.INFO
    with bound(run=job.id, city=job.city):
        LOGGER.log(level, what, extra={"state": state.value} if state else {})


def error_in(lines: tuple[str, ...]) -> str:
    """The command's own message, with what it says to do; the last line of a crash; else empty."""
    for place in range(len(lines) - 1, -1, -1):
        if ERROR in lines[place]:
            first = lines[place].partition(ERROR)[2].strip()
            return " ".join([first, *lines[place + 1 :]])
    crashed = any(CRASH in line for line in lines)
    return lines[-1] if crashed else ""


def _clear(out: Path) -> None:
    """Leave of a registered run's work folder what a later audit of the same papers may use."""
    for path in out.iterdir():
        if path.is_dir() and path.name != STATE_FOLDER:
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()
    for path in (out / STATE_FOLDER).iterdir():
        if not path.name.startswith((JOURNAL, LOG_FILE, PROGRESS_FILE)):
            path.unlink()
