"""A backup of a workspace, while its server runs.

The database is read as it is at one moment, then the files. Files of a workspace come before the
rows that speak of them, and are named by what is in them or written whole: what the rows speak of
is there, unless somebody discarded it meanwhile.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import auditor
from auditor.core.errors import ConfigurationError, RunError
from auditor.core.workspace import RunEntry
from auditor.store.copying import copy_sqlite, is_sqlite
from auditor.store.run_folder import dumps
from auditor.store.workspace.chains import record_faults
from auditor.store.workspace.dumping import Row, Snapshot, snapshot
from auditor.store.workspace.opening import DATABASE_FILE, Database, open_workspace_database
from auditor.workbench.backup.archive import BackupWriter, writing
from auditor.workbench.backup.form import FILES, HEAD, TABLES, Head
from auditor.workbench.backup.listing import files_of, is_submitted
from auditor.workbench.people import Now, stamp


@dataclass(frozen=True, slots=True)
class Saved:
    """What a backup holds: numbers of runs, events and files, the sha256 of its manifest, what is
    wrong with the record of each run, and the files that were gone before their turn came.
    """

    runs: int
    events: int
    files: int
    sha256: str
    faults: Mapping[str, list[str]] = field(default_factory=dict)
    gone: tuple[str, ...] = ()


def save_workspace(workspace: Path, url: str | None, file: Path, now: Now) -> Saved:
    """Write a workspace into one file; sessions and links that let in are left out.

    A record that is not to be trusted is saved as it is, and told of.

    Raises:
        ConfigurationError: there is no workspace, or the file would lie in it.
        RunError: the file is there already or cannot be written.
    """
    workspace, file = workspace.resolve(), file.resolve()
    if not workspace.is_dir() or (url is None and not (workspace / DATABASE_FILE).is_file()):
        raise ConfigurationError(
            f"{workspace} 不是工作区 (no workspace).", hint="PostgreSQL 请加 --database。"
        )
    if file.is_relative_to(workspace):
        raise ConfigurationError(
            f"{file} 在工作区之内 (inside the workspace).", hint="请把备份写到别处。"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    database = open_workspace_database(workspace, url)
    try:
        with writing(file) as out:
            saved = _write(out, workspace, database, stamp(now()))
    finally:
        database.close()
    return saved


def _write(out: BackupWriter, workspace: Path, database: Database, at: str) -> Saved:
    with snapshot(database) as moment:
        faults = faults_of(moment.rows)
        out.add_json(
            HEAD, Head(at, auditor.__version__, str(workspace), moment.revision, faults).row()
        )
        counts = {name: _add_table(out, moment, name) for name in moment.tables}
        gone = tuple(_add_files(out, workspace))
    files = sum(name.startswith(FILES) for name in out.members)
    return Saved(counts["runs"], counts["events"], files, out.finish(), faults, gone)


def faults_of(rows_of: Callable[[str], Iterable[Row]]) -> dict[str, list[str]]:
    """What is wrong with the record of each run, by its id; sound ones are not named."""
    payloads: dict[str, list[str]] = {}
    for row in rows_of("events"):
        payloads.setdefault(str(row["run_id"]), []).append(str(row["payload"]))
    entries = [RunEntry(**row) for row in rows_of("runs")]
    found = {entry.id: record_faults(entry, payloads.get(entry.id, ())) for entry in entries}
    return {run_id: faults for run_id, faults in found.items() if faults}


def _add_table(out: BackupWriter, moment: Snapshot, name: str) -> int:
    count = 0
    with tempfile.TemporaryFile(prefix="auditor-backup-") as stream:
        for row in moment.rows(name):
            stream.write((dumps(row) + "\n").encode())
            count += 1
        stream.flush()
        stream.seek(0)
        out.add_file(f"{TABLES}{name}.jsonl", stream)
    return count


def _add_files(out: BackupWriter, workspace: Path) -> Iterable[str]:
    """Add every file; gives those that were gone when they were to be read."""
    for path, file in files_of(workspace):
        try:
            stream = _readable(path, file)
        except FileNotFoundError:
            yield path
            continue
        with stream:
            out.add_file(f"{FILES}{path}", stream)


def _readable(path: str, file: Path) -> IO[bytes]:
    """A file to be read; of a database that is in use, a copy."""
    if is_submitted(path) or not is_sqlite(file):
        return file.open("rb")
    with tempfile.TemporaryDirectory(prefix="auditor-backup-") as temporary:
        copy = Path(temporary) / "copy.db"
        try:
            copy_sqlite(file, copy)
        except RunError:
            if not file.exists():
                raise FileNotFoundError(path) from None
            raise
        return copy.open("rb")
