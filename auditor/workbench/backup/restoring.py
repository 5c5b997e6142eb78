"""A workspace out of its backup: verified whole before anything of it stands in its place."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.core.errors import AuditorError, ConfigurationError, RunError
from auditor.core.workspace import JobState
from auditor.store.opening import open_engine
from auditor.store.run_folder import REQUEST_FILE, read_json, write_json
from auditor.store.workspace.chains import record_faults
from auditor.store.workspace.dumping import forget_database, load_database
from auditor.store.workspace.jobs import Jobs
from auditor.store.workspace.opening import Database
from auditor.store.workspace.runs import Runs
from auditor.workbench.auditing import WORK_FOLDER
from auditor.workbench.backup.archive import unpack
from auditor.workbench.backup.form import FILES, HEAD, MANIFEST, TABLES, Head, head_from
from auditor.workbench.people import Now, stamp

PATHS_ASKED = ("dossier", "corrections", "limits")
STOPPED = "由备份恢复：审核没有随备份继续，已完成的判断都在，可以继续。"
UNCHANGED = "没有恢复任何内容。"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: numbers of runs, events and files, and when the backup was made.

    ``known_faults`` were wrong with the record already when it was saved.
    """

    runs: int
    events: int
    files: int
    made_at: str
    known_faults: tuple[str, ...]


def restore_workspace(
    file: Path, workspace: Path, url: str | None, now: Now, manifest: str = ""
) -> Restored:
    """Make a workspace out of a backup, in a new folder and an empty database.

    ``manifest`` is the sha256 that was told when the backup was made: with it, a backup that was
    changed as a whole is found too. Audits that waited or ran are interrupted ones; they go on
    when somebody says so.

    Raises:
        ConfigurationError: the folder or the database holds something already.
        RunError: the backup is damaged, cut or changed, or the record in it is not to be trusted;
            nothing is left of it.
    """
    workspace = workspace.resolve()
    _require_free(workspace)
    if not file.is_file():
        raise RunError(f"{file} 不存在 (is not there).", hint="请给出备份文件。")
    workspace.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{workspace.name}.", dir=workspace.parent))
    try:
        return _restore(file, draft, workspace, (url, stamp(now()), manifest))
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _require_free(workspace: Path) -> None:
    if workspace.is_file() or (workspace.is_dir() and any(workspace.iterdir())):
        raise ConfigurationError(
            f"{workspace} 已有内容 (holds something already).",
            hint="没有覆盖任何内容。请给出新的文件夹。",
        )


def _restore(
    file: Path, draft: Path, workspace: Path, asked: tuple[str | None, str, str]
) -> Restored:
    url, at, manifest = asked
    members = unpack(file, draft)
    _require_told(draft / MANIFEST, manifest)
    head = head_from(_head_row(draft))
    files = draft / FILES
    files.mkdir(exist_ok=True)
    _lead_to(files, Path(head.folder), workspace)
    database = load_database(files, url, head.revision, lambda name: _rows(draft, name))
    try:
        _interrupt(database, at)
        runs, events, faults = _checked(database, head)
    except BaseException:
        forget_database(database.engine)
        raise
    database.close()
    _put_in_place(files, workspace, url)
    count = sum(name.startswith(FILES) for name in members)
    return Restored(runs, events, count, head.made_at, faults)


def _require_told(file: Path, manifest: str) -> None:
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if manifest and manifest.lower() != found:
        raise RunError(
            f"{MANIFEST} 的 SHA-256 是 {found}，不是所给的 (not the one that was told).",
            hint=f"{UNCHANGED}备份整个被换过，或所给的是另一份备份的。",
        )


def _head_row(draft: Path) -> Any:
    file = draft / HEAD
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"没有 {HEAD} ({error}).", hint="这不是工作区的备份。") from error


def _rows(draft: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a table; none of a table that the form of that time had not."""
    file = draft / f"{TABLES}{name}.jsonl"
    if file.is_file():
        with file.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                yield json.loads(line)


def _interrupt(database: Database, at: str) -> None:
    """Audits of the workspace that was saved go on there, or nowhere: here they were interrupted.

    A process of the same number may be that of the other workspace.
    """
    jobs = Jobs(database)
    for job in jobs.all():
        if not job.state.is_over:
            ended = {"state": JobState.INTERRUPTED, "ended_at": at, "message": STOPPED}
            jobs.change(job.id, **ended, pid=0, process_mark="", asked="")


def _checked(database: Database, head: Head) -> tuple[int, int, tuple[str, ...]]:
    """Hold the record of every run against its chain; gives numbers and what was wrong before."""
    runs, known, events = Runs(database), [], 0
    entries = runs.all()
    for entry in entries:
        payloads = runs.payloads(entry.id)
        events += len(payloads)
        faults = record_faults(entry, payloads)
        new = [fault for fault in faults if fault not in head.faults.get(entry.id, ())]
        if new:
            raise RunError(
                f"复核记录不可信 (not to be trusted): {entry.id} {new[0]}",
                hint=f"{UNCHANGED}请用另一份备份。",
            )
        known += [f"{entry.id} {fault}" for fault in faults]
    return len(entries), events, tuple(known)


def _lead_to(files: Path, old: Path, workspace: Path) -> None:
    """Let audits that can go on find their papers where the workspace stands now."""
    for file in (files / WORK_FOLDER).glob(f"*/{REQUEST_FILE}"):
        asked = dict(read_json(file))
        for name in PATHS_ASKED:
            value = asked.get(name)
            if isinstance(value, str) and Path(value).is_relative_to(old):
                asked[name] = str(workspace / Path(value).relative_to(old))
        write_json(file, asked)


def _put_in_place(files: Path, workspace: Path, url: str | None) -> None:
    try:
        _require_free(workspace)
        files.rename(workspace)
    except (OSError, AuditorError):
        if url is not None:
            forget_database(open_engine(files, url))
        raise
