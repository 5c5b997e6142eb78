"""The intake of a run in the browser, corrections in versions, and the audit made anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from starlette.testclient import TestClient

from auditor.core.errors import ReviewError
from auditor.core.workspace import CorrectionsVersion, JobState, RunEntry
from auditor.dossier.corrections import read_corrections
from auditor.store.workspace.corrections import CorrectionsVersions
from auditor.workbench.auditing import Order, enqueue, order_of_job
from auditor.workbench.correcting import CORRECTIONS_FOLDER, values_of, versions_of
from auditor.workbench.space import Space
from tests.web.conftest import Enter
from tests.web.samples import LEDGER, REPORT, STORY, Sample

NUMBERS = {REPORT: 1, STORY: 2, LEDGER: 3}


def form_of(sample: Sample, name: str, seen: int = 0, **changes: str) -> dict[str, str]:
    return {**values_of(sample.paper(name)), **changes, "seen": str(seen)}


def save(client: TestClient, entry: RunEntry, name: str, form: dict[str, str]) -> int:
    return client.post(f"/runs/{entry.id}/intake/{NUMBERS[name]}", data=form).status_code


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_what_was_read_and_what_each_paper_is(
    desk: Enter, entry: RunEntry, sample: Sample, lang: str
) -> None:
    page = desk("observer").get(f"/runs/{entry.id}/intake", params={"lang": lang})
    assert page.status_code == 200
    for document in sample.run.documents:
        assert document.name in page.text
    assert f"/intake/{NUMBERS[REPORT]}" not in page.text  # an observer corrects nothing


def test_a_correction_is_a_version_that_the_command_line_reads(
    space: Space, desk: Enter, entry: RunEntry, sample: Sample
) -> None:
    client = desk("lead")
    changed = form_of(sample, REPORT, kind="plan", issued_on="2025-05-12", city="云岭市")
    assert save(client, entry, REPORT, changed) == 303
    (version,) = versions_of(space, entry.id)
    assert (version.version, version.author, version.document) == (1, "组长甲", REPORT)
    file = space.folder / CORRECTIONS_FOLDER / entry.id / "v0001.yaml"
    expected = {"kind": "plan", "issued_on": "2025-05-12", "city": "云岭市"}
    assert read_corrections(file) == {REPORT: expected}
    assert "组长甲" in file.read_text(encoding="utf-8").splitlines()[0]
    shown = client.get(f"/runs/{entry.id}/intake").text
    assert "v1" in shown
    assert "2025-05-12" in client.get(f"/runs/{entry.id}/intake/{NUMBERS[REPORT]}").text


def test_versions_follow_each_other_and_earlier_ones_stay(
    space: Space, desk: Enter, entry: RunEntry, sample: Sample
) -> None:
    client = desk("lead")
    assert save(client, entry, REPORT, form_of(sample, REPORT, number="云政〔2025〕1号")) == 303
    assert save(client, entry, STORY, form_of(sample, STORY, 1, foreign="邻市材料")) == 303
    assert save(client, entry, REPORT, form_of(sample, REPORT, 2)) == 303  # taken back
    rows = [version.rows for version in reversed(versions_of(space, entry.id))]
    first = {REPORT: {"number": "云政〔2025〕1号"}}
    assert rows == [
        first,
        {**first, STORY: {"foreign": "邻市材料"}},
        {STORY: {"foreign": "邻市材料"}},
    ]
    files = sorted((space.folder / CORRECTIONS_FOLDER / entry.id).glob("*"))
    assert [file.name for file in files] == ["v0001.yaml", "v0002.yaml", "v0003.yaml"]
    acts = [(line.act, line.object) for line in space.people.accounts.log()]
    assert ("correct_papers", f"{entry.id} v3") in acts


def test_who_saves_over_an_older_page_is_told_and_nothing_is_overwritten(
    space: Space, desk: Enter, entry: RunEntry, sample: Sample
) -> None:
    client = desk("lead")
    assert save(client, entry, REPORT, form_of(sample, REPORT, title="甲")) == 303
    assert save(client, entry, REPORT, form_of(sample, REPORT, title="乙")) == 422
    assert [v.rows for v in versions_of(space, entry.id)] == [{REPORT: {"title": "甲"}}]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "poem"},
        {"issued_on": "yesterday"},
        {"level": "galaxy"},
        {"duplicate_of": "../../etc/passwd"},
        {"duplicate_of": REPORT},
        {"title": "长" * 301},
        {},
    ],
)
def test_what_a_field_cannot_have_is_refused(
    space: Space, desk: Enter, entry: RunEntry, sample: Sample, change: dict[str, str]
) -> None:
    answer = desk("lead").post(
        f"/runs/{entry.id}/intake/{NUMBERS[REPORT]}", data=form_of(sample, REPORT, **change)
    )
    assert answer.status_code == 422
    assert str(space.folder) not in answer.text
    assert versions_of(space, entry.id) == ()
    assert not list((space.folder / CORRECTIONS_FOLDER).rglob("*.*"))


def test_a_value_is_data_on_the_page_and_in_the_file(
    space: Space, desk: Enter, entry: RunEntry, sample: Sample
) -> None:
    client, evil = desk("lead"), '<script>alert(1)</script>: {"x": !!python/object:os.system}'
    assert save(client, entry, REPORT, form_of(sample, REPORT, issuer=evil)) == 303
    for path in ("intake", f"intake/{NUMBERS[REPORT]}"):
        assert "<script>alert" not in client.get(f"/runs/{entry.id}/{path}").text
    file = space.folder / CORRECTIONS_FOLDER / entry.id / "v0001.yaml"
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == {REPORT: {"issuer": evil}}


@pytest.mark.parametrize("login", ["reviewer", "observer", "approver", "administrator"])
def test_who_may_not_audit_corrects_nothing(
    space: Space, desk: Enter, entry: RunEntry, sample: Sample, login: str
) -> None:
    client = desk(login)
    assert save(client, entry, REPORT, form_of(sample, REPORT, title="甲")) == 403
    assert client.post(f"/runs/{entry.id}/again", data={}).status_code == 403
    assert (versions_of(space, entry.id), space.jobs.all()) == ((), ())


def test_the_audit_is_made_anew_with_the_corrections(
    space: Space, desk: Enter, entry: RunEntry, sample: Sample
) -> None:
    client = desk("lead")
    save(client, entry, REPORT, form_of(sample, REPORT, title="甲"))
    asked = {"version": "1", "judge": "screen", "opening": "closed"}
    assert client.post(f"/runs/{entry.id}/again", data=asked).status_code == 303
    (job,) = space.jobs.all()
    order = order_of_job(job)
    assert (job.state, order.again, order.city) == (JobState.WAITING, entry.id, entry.city)
    assert read_corrections(space.folder / order.corrections) == {REPORT: {"title": "甲"}}
    _same_papers(sample.dossier, space.folder / order.dossier)
    assert space.entries() == (entry,)


def _same_papers(one: Path, other: Path) -> None:
    names = sorted(path.name for path in one.iterdir())
    assert sorted(path.name for path in other.iterdir()) == names
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes()


def test_papers_that_came_by_upload_are_used_again_with_their_judgements(
    space: Space, desk: Enter, entry: RunEntry
) -> None:
    client = desk("lead")
    asked = {"version": "0", "judge": "screen", "opening": "closed"}
    client.post(f"/runs/{entry.id}/again", data=asked)
    (first,) = space.jobs.all()
    state = space.folder / first.folder / ".state"
    state.mkdir(parents=True)
    (state / "journal.db").write_bytes(b"judgements")
    space.jobs.change(first.id, state=JobState.DONE, run_id=entry.id)
    client.post(f"/runs/{entry.id}/again", data=asked)
    second = next(job for job in space.jobs.all() if job.id != first.id)
    assert order_of_job(second).dossier == order_of_job(first).dossier
    assert (space.folder / second.folder / ".state/journal.db").read_bytes() == b"judgements"


def test_papers_that_are_gone_are_told_with_the_remedy(
    space: Space, desk: Enter, entry: RunEntry, sample: Sample
) -> None:
    sha256 = sample.paper(STORY).sha256
    next(path for path in space.folder.rglob(sha256)).unlink()
    answer = desk("lead").post(f"/runs/{entry.id}/again", data={"judge": "screen"})
    assert answer.status_code == 422
    assert STORY in answer.json()["error"]
    assert space.jobs.all() == ()
    assert list((space.folder / "uploads").iterdir()) == []


def test_versions_and_the_queue_hold_over_both_databases(any_space: Space) -> None:
    (entry,) = any_space.entries()
    store = CorrectionsVersions(any_space.database)
    for version in (1, 2):
        store.add(CorrectionsVersion(entry.id, version, "组长甲", "", REPORT, {REPORT: {}}))
    with pytest.raises(ReviewError):
        store.add(CorrectionsVersion(entry.id, 2, "组长乙", "", REPORT, {REPORT: {"title": "乙"}}))
    assert [(v.version, v.author) for v in store.of_run(entry.id)] == [(2, "组长甲"), (1, "组长甲")]
    lead = any_space.people.accounts.by_login("lead")
    assert lead is not None
    job = enqueue(
        any_space, lead, "one", Order(entry.city, "screen", dossier="uploads/one/dossier")
    )
    assert any_space.jobs.move("one", [JobState.WAITING], state=JobState.RUNNING, pid=7)
    assert not any_space.jobs.move("one", [JobState.WAITING], state=JobState.CANCELLED)
    assert any_space.jobs.all() == (replace(job, state=JobState.RUNNING, pid=7),)
