"""A workspace in one file and back, over both databases; damaged backups are refused."""

from __future__ import annotations

import hashlib
import json
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from sqlalchemy import create_engine, update
from typer.testing import CliRunner

from auditor.cli.main import app
from auditor.core.errors import AuditorError, ConfigurationError, RunError
from auditor.core.workspace import JobState
from auditor.store.journal import Journal
from auditor.store.run_folder import REQUEST_FILE, STATE_FOLDER
from auditor.store.workspace.dumping import load_database, snapshot
from auditor.store.workspace.opening import migrate
from auditor.store.workspace.tables import EVENTS
from auditor.workbench.acting import remark
from auditor.workbench.backup.form import MANIFEST
from auditor.workbench.backup.listing import is_left_out
from auditor.workbench.backup.restoring import restore_workspace
from auditor.workbench.backup.saving import save_workspace
from auditor.workbench.handed import attachments_of
from auditor.workbench.space import Space, open_space
from tests.web.backups import (
    FEATURE,
    PHOTO,
    Members,
    lived_in,
    members_of,
    relisted,
    repacked,
    rows_in,
)
from tests.web.conftest import Clock
from tests.web.samples import PASSWORD, Sample

WAYS = (("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite"))


@pytest.fixture
def lived(tmp_path: Path, sample: Sample, clock: Clock) -> Iterator[Space]:
    """Such a workspace over SQLite."""
    space = lived_in(tmp_path / "ws", None, sample, clock)
    yield space
    space.database.close()


@pytest.fixture
def saved(lived: Space, tmp_path: Path, clock: Clock) -> Path:
    """Its backup."""
    file = tmp_path / "ws.tar.gz"
    save_workspace(lived.folder, None, file, clock)
    return file


def refused(file: Path, target: Path, clock: Clock, manifest: str = "") -> str:
    """Why a backup is not restored; nothing of it may be left."""
    beside = set(target.parent.iterdir())
    with pytest.raises(RunError) as raised:
        restore_workspace(file, target, None, clock, manifest)
    assert set(target.parent.iterdir()) == beside
    return str(raised.value)


@pytest.mark.parametrize(("source", "target"), WAYS)
@pytest.mark.parametrize("ending", [".tar.zst", ".tar.gz"])
def test_a_workspace_comes_back_in_either_database(
    source: str, target: str, ending: str, tmp_path: Path, sample: Sample, clock: Clock,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    url = request.getfixturevalue("postgres_url") if "postgresql" in (source, target) else None
    from_url, to_url = (url if side == "postgresql" else None for side in (source, target))
    space = lived_in(tmp_path / "ws", from_url, sample, clock)
    file, back = tmp_path / f"copy{ending}", tmp_path / "back"
    told = save_workspace(space.folder, from_url, file, clock)
    space.database.close()
    assert (told.runs, told.events, told.faults, told.gone) == (1, 3, {}, ())
    assert file.stat().st_mode & 0o777 == 0o600
    restored = restore_workspace(file, back, to_url, clock, told.sha256)
    assert (restored.runs, restored.events, restored.files) == (1, 3, told.files)
    before, after = rows_in(tmp_path / "ws", from_url), rows_in(back, to_url)
    assert before.pop("sessions") and after.pop("sessions") == []
    assert before.pop("entries") and after.pop("entries") == []
    assert before.pop("jobs") != after.pop("jobs")
    assert before == after
    require_at_home(back, to_url, clock)


def require_at_home(folder: Path, url: str | None, clock: Clock) -> None:
    """People can go on in a restored workspace where they were."""
    space = open_space(folder, url, clock)
    entry = space.entries()[0]
    assert all(space.originals.has(d.sha256) for d in space.open(entry.id).run.documents)
    assert attachments_of(space).bytes_of(hashlib.sha256(PHOTO).hexdigest(), "p") == PHOTO
    job = space.jobs.all()[0]
    assert (job.state, job.pid, job.process_mark) == (JobState.INTERRUPTED, 0, "")
    assert Journal(folder / job.folder / STATE_FOLDER / "journal.db").get("k") == {"verdict": "met"}
    asked = json.loads((folder / job.folder / REQUEST_FILE).read_text(encoding="utf-8"))
    assert (Path(asked["dossier"]) / "odd.part").is_file()
    assert Path(asked["dossier"]).is_relative_to(folder.resolve())
    ids = {account.id for account in space.people.accounts.all()}
    account = space.people.add("new", "新来的人", PASSWORD, [])
    assert account.id not in ids
    remark(space, account, space.open(entry.id), FEATURE, "恢复后的备注")
    assert len(space.runs.events(entry.id)) == 4
    space.database.close()


def test_a_backup_while_people_work_is_of_one_moment(
    lived: Space, tmp_path: Path, clock: Clock
) -> None:
    account = lived.people.own_account("本机用户")
    run = lived.open(lived.entries()[0].id)
    stopped = threading.Event()

    def work() -> None:
        number = 0
        while not stopped.is_set():
            remark(lived, account, run, FEATURE, f"备份时的备注{number}")
            number += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for number in range(3):
            file, back = tmp_path / f"b{number}.tar.zst", tmp_path / f"back{number}"
            told = save_workspace(lived.folder, None, file, clock)
            restored = restore_workspace(file, back, None, clock)
            assert told.faults == {} and restored.events == told.events
    finally:
        stopped.set()
        thread.join()
    assert len(lived.runs.events(run.id)) > 3


def test_a_snapshot_of_postgresql_does_not_see_later_rows(
    postgres_url: str, tmp_path: Path, sample: Sample, clock: Clock
) -> None:
    space = lived_in(tmp_path / "ws", postgres_url, sample, clock)
    account = space.people.own_account("本机用户")
    with snapshot(space.database) as moment:
        first = len(list(moment.rows("log")))
        remark(space, account, space.open(space.entries()[0].id), FEATURE, "后来的备注")
        assert len(list(moment.rows("events"))) == 3 and first
    assert len(space.runs.events(space.entries()[0].id)) == 4
    space.database.close()


def test_a_changed_byte_is_named(saved: Path, tmp_path: Path, clock: Clock) -> None:
    members = members_of(saved)
    paper = next(name for name in members if name.startswith("files/papers/"))
    data = members[paper]
    members[paper] = data[:9] + bytes([data[9] ^ 1]) + data[10:]
    said = refused(repacked(tmp_path / "t.tar.gz", members), tmp_path / "back", clock)
    assert paper in said and "changed" in said


def test_missing_and_unlisted_members_are_named(saved: Path, tmp_path: Path, clock: Clock) -> None:
    members = members_of(saved)
    paper = next(name for name in members if name.startswith("files/attachments/"))
    less = {name: data for name, data in members.items() if name != paper}
    said = refused(repacked(tmp_path / "t.tar.gz", less), tmp_path / "back", clock)
    assert paper in said and "missing" in said
    odd = tarfile.TarInfo("files/attachments/zz")
    odd.size = 3
    said = refused(repacked(tmp_path / "u.tar.gz", members, odd), tmp_path / "back", clock)
    assert "files/attachments/zz" in said and "not listed" in said


@pytest.mark.parametrize("ending", [".tar.zst", ".tar.gz"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_cut_backup_is_refused_and_says_where(
    ending: str, share: float, lived: Space, tmp_path: Path, clock: Clock
) -> None:
    file = tmp_path / f"whole{ending}"
    save_workspace(lived.folder, None, file, clock)
    data = file.read_bytes()
    cut = tmp_path / f"cut{ending}"
    cut.write_bytes(data[: int(len(data) * share)])
    said = refused(cut, tmp_path / "back", clock)
    assert str(cut) in said and "cut" in said


@pytest.mark.parametrize("ending", [".tar.zst", ".tar.gz"])
def test_a_changed_byte_of_the_compressed_file_is_found(
    ending: str, lived: Space, tmp_path: Path, clock: Clock
) -> None:
    file = tmp_path / f"whole{ending}"
    save_workspace(lived.folder, None, file, clock)
    data = bytearray(file.read_bytes())
    for place in (len(data) // 3, len(data) // 2, len(data) - 3):
        changed = bytearray(data)
        changed[place] ^= 0x40
        bad = tmp_path / f"bad{ending}"
        bad.write_bytes(changed)
        assert refused(bad, tmp_path / "back", clock)


@pytest.mark.parametrize(
    "name",
    ["../out.txt", "files/../../out.txt", "/tmp/out.txt", "files//x", "files/./x", "files\\..\\x"],
)
def test_members_that_climb_are_refused(
    name: str, saved: Path, tmp_path: Path, clock: Clock
) -> None:
    odd = tarfile.TarInfo(name)
    odd.size = 3
    file = repacked(tmp_path / "t.tar.gz", members_of(saved), odd)
    (tmp_path / "deep").mkdir()
    said = refused(file, tmp_path / "deep" / "back", clock)
    assert "leads out of the workspace" in said
    assert not (tmp_path / "out.txt").exists() and not (tmp_path / "deep" / "out.txt").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(
    kind: bytes, saved: Path, tmp_path: Path, clock: Clock
) -> None:
    odd = tarfile.TarInfo("files/papers/link")
    odd.type, odd.linkname = kind, "/etc/passwd"
    file = repacked(tmp_path / "t.tar.gz", members_of(saved), odd)
    assert "files/papers/link" in refused(file, tmp_path / "back", clock)


def test_nothing_is_overwritten(lived: Space, saved: Path, tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(RunError, match="there already"):
        save_workspace(lived.folder, None, saved, clock)
    with pytest.raises(ConfigurationError, match="inside the workspace"):
        save_workspace(lived.folder, None, lived.folder / "b.tar.gz", clock)
    with pytest.raises(ConfigurationError, match="no workspace"):
        save_workspace(tmp_path / "none", None, tmp_path / "b.tar.gz", clock)
    with pytest.raises(ConfigurationError, match="unknown kind"):
        save_workspace(lived.folder, None, tmp_path / "b.zip", clock)
    with pytest.raises(ConfigurationError, match="holds something"):
        restore_workspace(saved, lived.folder, None, clock)
    assert len(lived.runs.events(lived.entries()[0].id)) == 3


def test_a_database_in_use_is_not_overwritten(
    saved: Path, tmp_path: Path, postgres_url: str, clock: Clock
) -> None:
    restore_workspace(saved, tmp_path / "first", postgres_url, clock)
    with pytest.raises(ConfigurationError, match="holds a workspace"):
        restore_workspace(saved, tmp_path / "second", postgres_url, clock)
    assert not (tmp_path / "second").exists()
    assert len(rows_in(tmp_path / "first", postgres_url)["events"]) == 3


def forged(members: Members) -> Members:
    """The members with an event changed and a manifest that fits."""
    name = "tables/events.jsonl"
    changed = members[name].replace("第1条备注".encode(), "第9条备注".encode())
    assert changed != members[name]
    return relisted({**members, name: changed})


def test_a_forged_record_with_a_fitting_manifest_is_refused(
    saved: Path, tmp_path: Path, postgres_url: str, clock: Clock
) -> None:
    file = repacked(tmp_path / "t.tar.gz", forged(members_of(saved)))
    assert "第 2 条" in refused(file, tmp_path / "back", clock)
    with pytest.raises(RunError, match="第 2 条"):
        restore_workspace(file, tmp_path / "back", postgres_url, clock)
    restore_workspace(saved, tmp_path / "back", postgres_url, clock)  # nothing was left there


def test_a_backup_that_was_changed_as_a_whole_is_found_by_what_was_told(
    lived: Space, tmp_path: Path, clock: Clock
) -> None:
    file = tmp_path / "whole.tar.gz"
    told = save_workspace(lived.folder, None, file, clock)
    members = members_of(file)
    log = members["tables/log.jsonl"].splitlines(keepends=True)[:-1]
    changed = relisted({**members, "tables/log.jsonl": b"".join(log)})
    forgery = repacked(tmp_path / "forgery.tar.gz", changed)
    assert told.sha256 not in refused(forgery, tmp_path / "back", clock, told.sha256)
    restore_workspace(file, tmp_path / "back", None, clock, told.sha256)


def test_a_record_that_was_broken_before_is_saved_and_told_of(
    lived: Space, tmp_path: Path, clock: Clock
) -> None:
    with lived.database.write() as connection:
        row = EVENTS.c.place == 2
        payload = connection.execute(EVENTS.select().where(row)).one().payload
        changed = payload.replace("第1条", "另一条")
        connection.execute(update(EVENTS).where(row).values(payload=changed))
    file = tmp_path / "b.tar.gz"
    told = save_workspace(lived.folder, None, file, clock)
    assert list(told.faults) == [lived.entries()[0].id]
    restored = restore_workspace(file, tmp_path / "back", None, clock)
    assert len(restored.known_faults) == 1 and "第 2 条" in restored.known_faults[0]


def test_rows_of_an_older_form_are_loaded_in_it_and_brought_to_todays(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    engine = create_engine(f"sqlite:///{tmp_path / 'old' / 'workspace.db'}")
    migrate(engine, "0002")
    job = {
        "id": "j", "city": "云岭市", "state": "done", "folder": "f", "request": "{}", "pid": 0,
        "run_id": "", "message": "", "made_by": "甲", "made_at": "t", "ended_at": "t",
    }  # fmt: skip

    def tables(name: str) -> list[dict[str, object]]:
        return [job] if name == "jobs" else []

    database = load_database(tmp_path / "new", None, "0002", tables)
    with snapshot(database) as moment:
        (row,) = moment.rows("jobs")
    assert row == {**job, "asked": "", "begun_at": "", "process_mark": ""}
    database.close()
    with pytest.raises(ConfigurationError, match="another version"):
        load_database(tmp_path / "newer", None, "9999", tables)


@pytest.mark.parametrize(
    ("path", "out"),
    [
        ("workspace.db", True), ("workspace.db-wal", True), ("supervisor.lock", True),
        ("papers/cache/ab/p1.png", True), ("papers/ab/abcd", False),
        ("attachments/ab/x.part", True),
        ("uploads/j/upload.lock", True), ("uploads/j/dossier/a.lock", False),
        ("uploads/j/dossier/sub/workspace.db", False), ("runs-in-work/j/.state/journal.db", False),
        ("runs-in-work/j/.state/journal.db-wal", True), ("corrections/r/v0001.yaml", False),
    ],
)  # fmt: skip
def test_what_can_be_made_again_or_is_unfinished_stays_out(path: str, out: bool) -> None:
    assert is_left_out(path) is out


def test_both_commands_say_what_they_did(lived: Space, tmp_path: Path) -> None:
    file, back = tmp_path / "c.tar.zst", tmp_path / "back"
    done = CliRunner().invoke(app, ["workspace", "backup", str(lived.folder), "-o", str(file)])
    assert done.exit_code == 0 and "1 次审核，3 条复核记录" in done.output, done.output
    told = done.output.split()[-1]
    with zstandard.open(file) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
        names = [info.name for info in tar]
    assert names[0] == "backup.json" and names[-1] == MANIFEST
    assert not [name for name in names if "sessions" in name or "entries" in name]
    words = ["workspace", "restore", str(file), str(back), "--manifest"]
    wrong = CliRunner().invoke(app, [*words, "0" * 64])
    assert isinstance(wrong.exception, AuditorError) and not back.exists()
    done = CliRunner().invoke(app, [*words, told])
    assert done.exit_code == 0 and "3 条复核记录" in done.output, done.output
    verified = CliRunner().invoke(app, ["workspace", "verify", str(back)])
    assert verified.exit_code == 0 and "3 条，前后相接" in verified.output


def test_a_vanished_file_is_told_of_and_does_not_end_the_backup(
    lived: Space, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from auditor.workbench.backup import saving

    listed = saving.files_of

    def with_a_gone_one(workspace: Path) -> Iterator[tuple[str, Path]]:
        yield from listed(workspace)
        yield "uploads/x/dossier/gone.txt", workspace / "uploads" / "x" / "gone.txt"

    monkeypatch.setattr(saving, "files_of", with_a_gone_one)
    told = save_workspace(lived.folder, None, tmp_path / "b.tar.gz", clock)
    assert told.gone == ("uploads/x/dossier/gone.txt",)
    assert restore_workspace(tmp_path / "b.tar.gz", tmp_path / "back", None, clock).runs == 1
