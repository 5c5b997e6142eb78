"""``auditor workspace``: runs come in, people are made, the record is exported and verified."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from auditor.cli.main import app
from auditor.core.errors import ConfigurationError, RunError
from auditor.store.events import read_events
from auditor.store.workspace.tables import EVENTS
from auditor.workbench.acting import remark
from auditor.workbench.space import open_space
from tests.web.samples import PASSWORD, Sample


def ask(*words: str | Path, typed: str = "") -> Result:
    """Run the command as a user would."""
    return CliRunner().invoke(app, ["workspace", *map(str, words)], input=typed)


@pytest.fixture
def workspace(tmp_path: Path, sample: Sample) -> Path:
    """A workspace with the run and two remarks on record."""
    folder = tmp_path / "ws"
    done = ask("add", folder, sample.out, "--papers", sample.dossier)
    assert done.exit_code == 0, done.output
    assert "376 条特征" in done.output
    space = open_space(folder)
    account = space.people.own_account("本机用户")
    run = space.open(space.entries()[0].id)
    for text in ("第一条备注", "第二条备注"):
        remark(space, account, run, "8.1.1.1-L1-a", text)
    space.close()
    return folder


def test_a_run_is_taken_in_once_with_its_papers(workspace: Path, sample: Sample) -> None:
    again = ask("add", workspace, sample.out)
    assert isinstance(again.exception, RunError) and "already" in str(again.exception)
    space = open_space(workspace)
    entry = space.entries()[0]
    assert all(space.originals.has(d.sha256) for d in space.open(entry.id).run.documents)
    assert not Path(space.runs.all()[0].folder).is_absolute()
    space.close()


def test_a_workspace_may_be_moved(workspace: Path, tmp_path: Path) -> None:
    moved = workspace.rename(tmp_path / "elsewhere")
    space = open_space(moved)
    assert len(space.open(space.entries()[0].id).findings) == 376
    space.close()


def test_people_enter_with_the_roles_that_they_got(workspace: Path) -> None:
    done = ask(
        "user", workspace, "jia", "--name", "评审员甲", "--role", "reviewer@云岭市",
        typed=PASSWORD + "\n",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    space = open_space(workspace)
    entered = space.people.enter("jia", PASSWORD)
    assert entered is not None
    assert [(g.role.value, g.city) for g in entered.account.grants] == [("reviewer", "云岭市")]
    space.close()
    wrong = ask("user", workspace, "yi", "--name", "乙", "--role", "king", typed=PASSWORD + "\n")
    assert isinstance(wrong.exception, ConfigurationError)
    short = ask("user", workspace, "yi", "--name", "乙", "--role", "lead", typed="short\n")
    assert isinstance(short.exception, ConfigurationError)


def test_the_record_is_exported_as_a_run_folder_has_it(workspace: Path) -> None:
    done = ask("export", workspace)
    assert done.exit_code == 0 and "2 条" in done.output
    folder = next((workspace / "runs").iterdir())
    assert [e.content.reason for e in read_events(folder)] == ["第一条备注", "第二条备注"]


def test_any_change_of_the_record_is_found(workspace: Path) -> None:
    done = ask("verify", workspace)
    assert done.exit_code == 0 and "2 条，前后相接" in done.output
    space = open_space(workspace)
    entry = space.entries()[0]
    with space.database.write() as connection:
        row = EVENTS.c.place == 1
        payload = connection.execute(EVENTS.select().where(row)).one().payload
        changed = payload.replace("第一条", "另一条")
        connection.execute(update(EVENTS).where(row).values(payload=changed))
    space.database.close()
    found = ask("verify", workspace)
    assert isinstance(found.exception, RunError) and "第 1 条" in found.output
    assert entry.head


def test_a_cut_is_found_with_the_head(workspace: Path) -> None:
    space = open_space(workspace)
    entry = space.entries()[0]
    head, first = entry.head, space.runs.events(entry.id)[0]
    with space.database.write() as connection:
        connection.execute(EVENTS.delete().where(EVENTS.c.place == 2))
    space.database.close()
    assert isinstance(ask("verify", workspace).exception, RunError)
    space = open_space(workspace)
    with space.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE runs SET events = 1, head = '{first.hash}'")
    space.database.close()
    assert ask("verify", workspace).exit_code == 0
    told = ask("verify", workspace, "--run", entry.id, "--head", head)
    assert isinstance(told.exception, RunError) and "末尾缺少" in told.output
