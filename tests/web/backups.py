"""A workspace that people have lived in, and what is inside of its backup, taken apart."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

from auditor.core.workspace import Job, JobState
from auditor.store.journal import Journal
from auditor.store.run_folder import REQUEST_FILE, STATE_FOLDER, dumps, write_json
from auditor.store.workspace.dumping import NEVER_KEPT, snapshot
from auditor.store.workspace.opening import open_workspace_database
from auditor.workbench.acting import remark
from auditor.workbench.auditing import Order
from auditor.workbench.backup.form import MANIFEST
from auditor.workbench.handed import attachments_of
from auditor.workbench.people import stamp
from auditor.workbench.space import Space
from tests.web.conftest import Clock, filled_space
from tests.web.samples import Sample

FEATURE = "8.1.1.1-L1-a"
PHOTO = b"\xff\xd8 a photo of the hall"
Members = dict[str, bytes]


def lived_in(folder: Path, url: str | None, sample: Sample, clock: Clock) -> Space:
    """A workspace with remarks, an attachment, a running audit with its journal, and visitors."""
    space = filled_space(folder, url, sample, clock)
    account = space.people.accounts.by_login("reviewer")
    assert account is not None
    run = space.open(space.entries()[0].id)
    for number in range(3):
        remark(space, account, run, FEATURE, f"第{number}条备注")
    attachments_of(space).keep(PHOTO)
    space.people.enter_by_link(space.people.make_link(account))
    space.people.note("reviewer", "audit", "j1", done=True)
    work = space.folder / "runs-in-work" / "j1"
    Journal(work / STATE_FOLDER / "journal.db").put("k", {"verdict": "met"})
    dossier = space.folder / "uploads" / "j1" / "dossier"
    dossier.mkdir(parents=True)
    (dossier / "odd.part").write_text("a paper whose name looks unfinished", encoding="utf-8")
    write_json(work / REQUEST_FILE, {"dossier": str(dossier), "city": "云岭市", "limits": None})
    space.jobs.add(running_job(space))
    return space


def running_job(space: Space) -> Job:
    """An audit that is under way in a process of this number."""
    order = Order("云岭市", "screen", dossier="uploads/j1/dossier")
    return Job(
        "j1", "云岭市", JobState.RUNNING, "runs-in-work/j1", order.request(), 4242, "", "",
        "组长甲", stamp(space.now()), "", process_mark="4242-1",
    )  # fmt: skip


def rows_in(folder: Path, url: str | None) -> dict[str, list[str]]:
    """All rows of a workspace's database as text."""
    database = open_workspace_database(folder, url)
    with snapshot(database) as moment:
        rows = {name: [dumps(row) for row in moment.rows(name)] for name in moment.tables}
    with database.read() as connection:
        for name in NEVER_KEPT:
            rows[name] = [str(r) for r in connection.exec_driver_sql(f"SELECT * FROM {name}")]
    database.close()
    return rows


def members_of(file: Path) -> Members:
    """What is in a backup, in order."""
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(file.read_bytes()))) as tar:
        held = {info.name: tar.extractfile(info) for info in tar}
        return {name: stream.read() for name, stream in held.items() if stream is not None}


def repacked(file: Path, members: Members, *odd: tarfile.TarInfo) -> Path:
    """Write a backup anew with other members, and odd ones before the manifest."""
    with tarfile.open(file, "w:gz") as tar:
        for name, data in members.items():
            if name == MANIFEST:
                for info in odd:
                    tar.addfile(info, io.BytesIO(b"x" * info.size))
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file


def relisted(members: Members) -> Members:
    """The same members with a manifest that fits them."""
    rows = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in members.items()
        if name != MANIFEST
    }
    return {**members, MANIFEST: json.dumps({"members": rows}).encode()}
