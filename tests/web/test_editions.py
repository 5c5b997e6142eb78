"""Runs under another edition of the standard than the one that ships, in the workbench."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from auditor.core.errors import RunError
from auditor.core.workspace import JobState, RunEntry
from auditor.standard import load_edition
from auditor.store.run_folder import MANIFEST_FILE, read_json, write_json
from auditor.workbench.auditing import Order, command_of, enqueue
from auditor.workbench.editions_kept import EDITIONS_FOLDER
from auditor.workbench.space import Space, add_run, open_space
from auditor.workbench.supervising import Supervisor
from tests.unit.cli.second_edition import (
    ADDED,
    ADDED_TEXT,
    CHANGED,
    CHANGED_TEXT,
    REMOVED,
    write_second_edition,
)
from tests.web.conftest import ADDED_BY, Clock, desk_of, filled_space
from tests.web.exchange import account_of
from tests.web.samples import CITY, Sample, make_sample

OWN_RULE = "own-rule"


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second edition, with a rule of its own beside those that ship."""
    folder = write_second_edition(tmp_path_factory.mktemp("criteria") / "second")
    rules = folder / "profiles"
    rule = (rules / "ctmm.yaml").read_text("utf-8").replace("id: ctmm\n", f"id: {OWN_RULE}\n")
    assert OWN_RULE in rule
    (rules / f"{OWN_RULE}.yaml").write_text(rule, "utf-8")
    return folder


@pytest.fixture(scope="module")
def second(edition: Path, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A finished run of a city under the second edition and its own rule."""
    folder = tmp_path_factory.mktemp("second")
    made = make_sample(folder, CITY, 2, load_edition(str(edition)))
    manifest = read_json(made.out / MANIFEST_FILE)
    write_json(made.out / MANIFEST_FILE, {**manifest, "profile": {"id": OWN_RULE}})
    return made


Reopen = Callable[[str | None], Space]


@pytest.fixture
def reopen(
    tmp_path: Path, sample: Sample, second: Sample, edition: Path, clock: Clock
) -> Iterator[Reopen]:
    """Opens a workspace that holds a run of each edition, with ``--criteria`` or without."""
    folder, spaces = tmp_path / "space", [filled_space(tmp_path / "space", None, sample, clock)]

    def opened(criteria: str | None) -> Space:
        spaces.append(open_space(folder, None, clock, criteria))
        return spaces[-1]

    add_run(opened(str(edition)), second.out, ADDED_BY, second.dossier)
    yield opened
    for space in spaces:
        space.close()


@contextmanager
def at_desk(space: Space, login: str = "lead") -> Iterator[TestClient]:
    enter = desk_of(space)
    yield next(enter)(login)
    next(enter, None)


def of_edition(space: Space, edition: Path) -> RunEntry:
    """The run of an edition."""
    digest = load_edition(str(edition)).standard.digest
    return next(e for e in space.entries() if space.open(e.id).standard.digest == digest)


def test_a_run_opens_with_the_features_tree_rules_and_level_of_its_own_edition(
    reopen: Reopen, edition: Path
) -> None:
    space = reopen(None)  # the edition was kept in the workspace
    run = f"/runs/{of_edition(space, edition).id}"
    with at_desk(space) as client:
        page = client.get(f"{run}/features/{ADDED}")
        assert page.status_code == 200, page.text
        assert ADDED_TEXT in page.text
        assert f'data-feature="{ADDED}"' in page.text
        assert f'data-feature="{REMOVED}"' not in page.text
        assert client.get(f"{run}/features/{REMOVED}").status_code in (404, 422)
        assert CHANGED_TEXT in client.get(f"{run}/features/{CHANGED}").text
        assert OWN_RULE in client.get(run).text
        level = client.get(f"{run}/level").json()
        assert level["profile"] == OWN_RULE and level["counted"] == 376
        assert ADDED_TEXT in client.get(f"{run}/list?queue=order&done=all").text


def test_the_run_of_the_shipped_edition_beside_it_keeps_its_own(
    reopen: Reopen, edition: Path
) -> None:
    space = reopen(str(edition))
    second = of_edition(space, edition)
    first = next(e for e in space.entries() if e.id != second.id)
    with at_desk(space) as client:
        page = client.get(f"/runs/{first.id}/features/{REMOVED}")
        assert page.status_code == 200 and f'data-feature="{ADDED}"' not in page.text
        assert OWN_RULE not in client.get(f"/runs/{first.id}").text
        client.post(f"/runs/{first.id}/profile", data={"profile": OWN_RULE})
    assert space.entry(first.id).profile == "ctmm"


def test_exports_of_a_run_are_made_under_its_edition(reopen: Reopen, edition: Path) -> None:
    space = reopen(None)
    run = f"/runs/{of_edition(space, edition).id}"
    with at_desk(space) as client:
        said = client.get(f"{run}/reports/json").json()
    assert ADDED in json.dumps(said) and REMOVED not in json.dumps(said)
    assert OWN_RULE in json.dumps(said)


def test_a_run_whose_edition_is_nowhere_is_listed_with_the_remedy_and_others_open(
    reopen: Reopen, edition: Path
) -> None:
    space = reopen(None)
    lost = of_edition(space, edition)
    shutil.rmtree(space.folder / EDITIONS_FOLDER)
    space = reopen(None)
    first = next(e for e in space.entries() if e.id != lost.id)
    with at_desk(space) as client:
        home = client.get("/")
        assert home.status_code == 200
        assert "ctmm-second" in home.text and "auditor serve 工作区 --criteria" in home.text
        assert f'href="/runs/{first.id}"' in home.text
        assert f'href="/runs/{lost.id}"' not in home.text
        told = client.get(f"/runs/{lost.id}")
        assert told.status_code == 422 and "--criteria" in told.text
        assert client.get(f"/runs/{first.id}").status_code == 200
    named = reopen(str(edition))
    with at_desk(named) as client:
        assert client.get(f"/runs/{lost.id}").status_code == 200


def test_a_run_is_not_registered_where_its_edition_is_not_found(
    space: Space, second: Sample
) -> None:
    with pytest.raises(RunError, match="ctmm-second"):
        add_run(space, second.out, ADDED_BY)
    assert len(space.entries()) == 1 and not (space.folder / EDITIONS_FOLDER).exists()


def test_a_run_is_audited_anew_under_its_own_edition(reopen: Reopen, edition: Path) -> None:
    space = reopen(None)
    lead, run = account_of(space, "lead"), of_edition(space, edition)
    first = next(e for e in space.entries() if e.id != run.id)
    named = []
    for number, entry in enumerate((run, first)):
        order = Order(CITY, "screen", dossier="uploads/x/dossier", again=entry.id)
        command = command_of(space, enqueue(space, lead, f"job{number}", order))
        named += [word.partition("=")[2] for word in command if word.startswith("--criteria=")]
    assert load_edition(named[0]).standard.digest == space.open(run.id).standard.digest
    assert named[1] == "ctmm-2026-draft"


def test_an_audit_whose_edition_is_nowhere_fails_with_the_reason(
    reopen: Reopen, edition: Path
) -> None:
    space = reopen(None)
    lost = of_edition(space, edition)
    shutil.rmtree(space.folder / EDITIONS_FOLDER)
    space = reopen(None)
    order = Order(CITY, "screen", dossier="uploads/x/dossier", again=lost.id)
    job = enqueue(space, account_of(space, "lead"), "job", order)
    supervisor = Supervisor(space)
    supervisor.step()
    supervisor.stop()
    ended = space.jobs.get(job.id)
    assert ended is not None and ended.state is JobState.FAILED
    assert "--criteria" in ended.message
