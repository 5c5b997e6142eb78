"""Audits in processes of their own: one at a time, settled by what they wrote, found again."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auditor.core.access import Account
from auditor.core.workspace import Job, JobState
from auditor.store.run_folder import MANIFEST_FILE, STATE_FOLDER
from auditor.workbench import supervising
from auditor.workbench.auditing import Order, cancel, command_of, enqueue, go_on
from auditor.workbench.processes import ProcessRef, is_alive, mark_of
from auditor.workbench.space import Space, run_id_of
from auditor.workbench.supervising import LOCK_FILE, REPORT_FILE, Supervisor, error_in
from tests.web.samples import CITY, Sample

LASTING = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; [signal.signal(s, signal.SIG_IGN) for s in (2, 15)];"
    "print('deaf', flush=True); time.sleep(600)"
)
PATIENCE_S = 30
Program = Callable[[str], None]


@pytest.fixture
def lead(space: Space) -> Account:
    account = space.people.accounts.by_login("lead")
    assert account is not None
    return account


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Program:
    """Have audits run this Python instead of the command line; ``OUT`` is their folder."""

    def chosen(source: str) -> None:
        def command(space: Space, job: Job) -> list[str]:
            return [sys.executable, "-c", source, str(space.folder / job.folder)]

        monkeypatch.setattr(supervising, "command_of", command)

    return chosen


@pytest.fixture
def supervisor(space: Space) -> Iterator[Supervisor]:
    started = Supervisor(space)
    yield started
    started.stop()
    end_all(space)


def end_all(space: Space) -> None:
    for job in space.jobs.all():
        if job.pid and mark_of(job.pid) == job.process_mark != "":
            os.killpg(job.pid, signal.SIGKILL)


def queued(space: Space, account: Account, job_id: str) -> Job:
    dossier = space.folder / "uploads" / job_id / "dossier"
    dossier.mkdir(parents=True)
    (dossier / "a.txt").write_text("text", encoding="utf-8")
    order = Order(CITY, "screen", dossier=f"uploads/{job_id}/dossier")
    return enqueue(space, account, job_id, order)


def now(space: Space, job: Job) -> Job:
    there = space.jobs.get(job.id)
    assert there is not None
    return there


def stepped(supervisor: Supervisor, space: Space, job: Job, *states: JobState) -> Job:
    """Step until the job is in one of these states."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        supervisor.step()
        there = now(space, job)
        if there.state in states:
            return there
        time.sleep(0.05)
    raise AssertionError(f"still {there.state}")


def over(supervisor: Supervisor, space: Space, job: Job) -> Job:
    return stepped(supervisor, space, job, *(state for state in JobState if state.is_over))


def copying(run: Path) -> str:
    return (
        f"import shutil, sys; shutil.copytree({str(run)!r}, sys.argv[1], dirs_exist_ok=True);"
        f"open(sys.argv[1] + '/{REPORT_FILE}', 'w').close()"
    )


@pytest.fixture
def other_run(sample: Sample, tmp_path: Path) -> Path:
    """A run that the workspace does not have yet."""
    out = tmp_path / "other"
    shutil.copytree(sample.out, out)
    manifest = out / MANIFEST_FILE
    text = manifest.read_text(encoding="utf-8").replace('"2026-03-01"', '"2026-04-01"')
    manifest.write_text(text, encoding="utf-8")
    assert run_id_of(out) != run_id_of(sample.out)
    return out


def test_a_finished_audit_becomes_a_run(
    space: Space, lead: Account, supervisor: Supervisor, program: Program, other_run: Path
) -> None:
    program(copying(other_run))
    job = over(supervisor, space, queued(space, lead, "one"))
    assert (job.state, job.run_id, job.pid) == (JobState.DONE, run_id_of(other_run), 0)
    assert space.entry(job.run_id).added_by == lead.name
    assert (space.folder / "runs" / job.run_id / MANIFEST_FILE).is_file()
    left = [path.name for path in (space.folder / job.folder).iterdir()]
    assert left == [STATE_FOLDER]


def test_an_equal_run_is_linked_not_doubled(
    space: Space, lead: Account, supervisor: Supervisor, program: Program, sample: Sample
) -> None:
    program(copying(sample.out))
    job = over(supervisor, space, queued(space, lead, "one"))
    assert (job.state, job.run_id) == (JobState.DONE, space.entries()[0].id)
    assert len(space.entries()) == 1


def test_a_failed_audit_says_what_the_command_said(
    space: Space, lead: Account, supervisor: Supervisor, program: Program
) -> None:
    program(
        "print('读取'); print('错误 / error: 没有可审核的材料 请放入材料。'); raise SystemExit(2)"
    )
    job = over(supervisor, space, queued(space, lead, "one"))
    assert job.state is JobState.FAILED
    assert job.message == "没有可审核的材料 请放入材料。"


def test_a_crash_is_a_failure_with_its_last_line(
    space: Space, lead: Account, supervisor: Supervisor, program: Program
) -> None:
    program("raise ZeroDivisionError('by nought')")
    job = over(supervisor, space, queued(space, lead, "one"))
    assert (job.state, job.message) == (JobState.FAILED, "ZeroDivisionError: by nought")


def test_one_audit_at_a_time_the_others_in_their_turn(
    space: Space, lead: Account, supervisor: Supervisor, program: Program
) -> None:
    program(LASTING)
    first, second, third = (queued(space, lead, name) for name in ("z", "y", "x"))
    supervisor.step()
    supervisor.step()
    states = [now(space, job).state for job in (first, second, third)]
    assert states == [JobState.RUNNING, JobState.WAITING, JobState.WAITING]
    cancel(space, lead, now(space, first))
    assert over(supervisor, space, first).state is JobState.CANCELLED
    assert stepped(supervisor, space, second, JobState.RUNNING).pid
    assert now(space, third).state is JobState.WAITING


def test_several_at_once_where_that_is_asked_for(
    space: Space, lead: Account, program: Program
) -> None:
    program(LASTING)
    jobs = [queued(space, lead, name) for name in ("a", "b", "c")]
    supervisor = Supervisor(space, at_once=2)
    supervisor.step()
    states = [now(space, job).state for job in jobs]
    assert states == [JobState.RUNNING, JobState.RUNNING, JobState.WAITING]
    supervisor.stop()
    end_all(space)


def test_an_audit_that_is_deaf_is_ended_by_force(
    space: Space, lead: Account, program: Program
) -> None:
    program(STUBBORN)
    moment = [0.0]
    supervisor = Supervisor(space, clock=lambda: moment[0])
    job = queued(space, lead, "one")
    supervisor.step()
    log = space.folder / job.folder / STATE_FOLDER / "log.txt"
    end = time.monotonic() + PATIENCE_S
    while "deaf" not in log.read_text(encoding="utf-8") and time.monotonic() < end:
        time.sleep(0.05)
    cancel(space, lead, now(space, job))
    for moment[0] in (0.0, 16.0):
        supervisor.step()
        time.sleep(0.3)
        assert now(space, job).state is JobState.RUNNING
    moment[0] = 26.0
    assert over(supervisor, space, job).state is JobState.CANCELLED
    supervisor.stop()


def test_what_was_killed_is_interrupted_and_can_go_on(
    space: Space, lead: Account, supervisor: Supervisor, program: Program
) -> None:
    program(LASTING)
    job = stepped(supervisor, space, queued(space, lead, "one"), JobState.RUNNING)
    os.killpg(job.pid, signal.SIGKILL)
    job = over(supervisor, space, job)
    assert job.state is JobState.INTERRUPTED
    go_on(space, lead, job)
    assert stepped(supervisor, space, job, JobState.RUNNING).message == ""


def test_another_server_finds_a_running_audit_again(
    space: Space, lead: Account, program: Program, other_run: Path
) -> None:
    program("import time; time.sleep(1.5);" + copying(other_run))
    first = Supervisor(space)
    job = stepped(first, space, queued(space, lead, "one"), JobState.RUNNING)
    first.stop()  # the server ends, the audit goes on
    assert is_alive(ProcessRef(job.pid, job.process_mark))
    second = Supervisor(space)
    second.step()
    assert now(space, job).pid == job.pid
    assert over(second, space, job).state is JobState.DONE
    second.stop()


def test_a_number_that_is_another_process_by_now_is_left_alone(
    space: Space, lead: Account, supervisor: Supervisor
) -> None:
    job = queued(space, lead, "one")
    mine = {"pid": os.getpid(), "process_mark": f"{mark_of(os.getpid())}0", "asked": "cancel"}
    space.jobs.change(job.id, state=JobState.RUNNING, **mine)
    supervisor.step()
    assert now(space, job).state is JobState.CANCELLED  # and this test still runs


def test_of_two_servers_one_looks_after_the_audits(
    space: Space, lead: Account, supervisor: Supervisor, program: Program
) -> None:
    program(LASTING)
    assert supervisor.step()
    other = Supervisor(space)
    job = queued(space, lead, "one")
    assert not other.step()
    assert now(space, job).state is JobState.WAITING
    assert (space.folder / LOCK_FILE).exists()


def test_a_secret_paper_is_not_kept_also_not_in_an_archive(
    space: Space, lead: Account, supervisor: Supervisor, program: Program, other_run: Path
) -> None:
    import zipfile

    manifest = other_run / MANIFEST_FILE
    left = '{"code": "secret", "hint": "", "name": "%s", "reason": "标有密级"}'
    names = ", ".join(left % name for name in ("b.zip!/密.txt", "c.txt"))
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"left_out": []', f'"left_out": [{names}]'), encoding="utf-8")
    job = queued(space, lead, "one")
    dossier = space.folder / "uploads/one/dossier"
    (dossier / "c.txt").write_text("机密★", encoding="utf-8")
    with zipfile.ZipFile(dossier / "b.zip", "w") as archive:
        archive.writestr("密.txt", "机密★")
        archive.writestr("内/d.txt", "公开")
    program(copying(other_run))
    assert over(supervisor, space, job).state is JobState.DONE
    kept = [p.relative_to(dossier).as_posix() for p in sorted(dossier.rglob("*")) if p.is_file()]
    assert kept == ["a.txt", "b.zip!/内/d.txt"]


def test_the_command_is_the_command_line_s_own(space: Space, lead: Account) -> None:
    order = Order(
        CITY,
        "auto",
        "2026-03-31",
        True,
        "--judge=evil",
        "uploads/x/dossier",
        "corrections/r/v.yaml",
    )
    command = command_of(space, enqueue(space, lead, "x", order))
    assert command[:4] == [sys.executable, "-m", "auditor.cli.main", "run"]
    assert f"--city={CITY}" in command
    assert "--open-to-hosted=--judge=evil" in command
    assert f"--corrections={space.folder}/corrections/r/v.yaml" in command
    assert command[-1] == "--public"


def test_the_message_of_a_command_is_found_in_its_words() -> None:
    assert error_in(("a", "错误 / error: b", "c")) == "b c"
    assert error_in(("Traceback (most recent call last):", *["  at"] * 50, "E: x")) == "E: x"
    assert error_in(("读取", "100 %")) == ""
