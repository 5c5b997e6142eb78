"""New papers of the city: shown, audited with one button, and judged again for an appeal."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from auditor.core.findings import Judgement, Verdict
from auditor.core.run import Run
from auditor.core.workspace import Job, JobState, RunEntry
from auditor.store.run_folder import read_run, write_run
from auditor.workbench.auditing import command_of, order_of_job
from auditor.workbench.space import Space
from auditor.workbench.supervising import REPORT_FILE, Supervisor
from tests.web.conftest import Enter
from tests.web.exchange import PAPER, decided_feature, matters, raise_one, send
from tests.web.samples import Sample

ASKED: dict[str, object] = {"judge": "screen", "opening": "closed"}
NEW_REASON = "新办法写明了此项要求。"


def hand_in(desk: Enter, space: Space, entry: RunEntry, act: str = "answer") -> None:
    """The city answers a problem with a paper, or a department drafts the answer."""
    raise_one(desk("lead"), entry)
    matter = matters(space, entry)[-1]
    files = [("办法.txt", PAPER.encode())]
    path = f"/city/{entry.id}/matters/{matter.id}/{act}"
    said: dict[str, object] = {"text": "已补充。"}
    assert send(desk("coordinator"), path, said, files).status_code == 303


def contest(desk: Enter, space: Space, entry: RunEntry) -> str:
    """The city contests a decided feature with a paper; gives the feature."""
    feature_id = decided_feature(space, entry)
    data: dict[str, object] = {"feature_id": feature_id, "text": "另有正式发文。"}
    files = [("办法.txt", PAPER.encode())]
    assert send(desk("coordinator"), f"/city/{entry.id}/appeals", data, files).status_code == 303
    return feature_id


def the_job(space: Space) -> Job:
    (job,) = space.jobs.all()
    return job


def names_in(space: Space, job: Job) -> set[str]:
    folder = space.folder / order_of_job(job).dossier
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_the_lead_is_shown_new_papers_and_audits_them_with_one_button(
    desk: Enter, space: Space, entry: RunEntry, sample: Sample
) -> None:
    lead = desk("lead")
    assert "城市新交材料" not in lead.get("/").text
    hand_in(desk, space, entry)
    assert "城市新交材料 1 份" in lead.get("/").text
    overview = lead.get(f"/runs/{entry.id}").text
    assert f'action="/runs/{entry.id}/arrivals"' in overview
    assert f'action="/runs/{entry.id}/arrivals"' not in desk("reviewer").get("/").text
    assert send(desk("reviewer"), f"/runs/{entry.id}/arrivals", ASKED).status_code == 403
    assert send(lead, f"/runs/{entry.id}/arrivals", ASKED).status_code == 303
    job = the_job(space)
    assert (job.state, order_of_job(job).again) == (JobState.WAITING, entry.id)
    originals = {p.name for p in sample.dossier.iterdir()}
    assert names_in(space, job) == originals | {"整改材料/办法.txt"}
    assert "城市新交材料" not in lead.get("/").text, "they are being audited"
    assert send(lead, f"/runs/{entry.id}/arrivals", ASKED).status_code == 422
    space.jobs.change(job.id, state=JobState.FAILED)
    assert send(lead, f"/jobs/{job.id}/discard", {}).status_code == 303
    assert "城市新交材料 1 份" in lead.get("/").text


def test_a_draft_that_the_city_has_not_sent_has_not_arrived(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    hand_in(desk, space, entry, "prepare")
    assert "城市新交材料" not in desk("lead").get("/").text
    assert send(desk("lead"), f"/runs/{entry.id}/arrivals", ASKED).status_code == 422
    assert space.jobs.all() == ()
    hand_in(desk, space, entry)
    assert "城市新交材料 1 份" in desk("lead").get("/").text


def test_a_contested_feature_is_judged_again_with_the_new_paper_and_nothing_is_decided(
    desk: Enter, space: Space, entry: RunEntry, tmp_path: Path
) -> None:
    feature_id = contest(desk, space, entry)
    (appeal,) = matters(space, entry)
    path, lead = f"/runs/{entry.id}/appeals/{appeal.id}", desk("lead")
    before, decided = space.entry(entry.id).events, space.open(entry.id).present.decisions
    assert send(desk("reviewer"), f"{path}/judging", ASKED).status_code == 403
    assert send(lead, f"{path}/judging", ASKED).status_code == 303
    assert send(lead, f"{path}/judging", ASKED).status_code == 422, "one at a time"
    job = the_job(space)
    assert f"--only={feature_id}" in command_of(space, job)
    assert "申诉材料/办法.txt" in names_in(space, job)
    finish(space, job, feature_id)
    page = lead.get(path).text
    assert NEW_REASON in page
    assert "只见到一部分。" in page, "the old decision stands beside it"
    assert f'href="{path}"' in lead.get(f"/jobs/{job.id}").text
    assert space.entries() == (space.entry(entry.id),), "no run came of it"
    assert space.entry(entry.id).events == before
    assert space.open(entry.id).present.decisions == decided


def finish(space: Space, job: Job, feature_id: str) -> None:
    """Let the job end with the judgement that the machine would have written."""
    out = space.folder / job.folder
    run = read_run(space.folder / "runs" / order_of_job(job).again)
    write_run(out, _judged(run, feature_id))
    (out / REPORT_FILE).touch()
    (out / ".state").mkdir(exist_ok=True)
    space.jobs.change(job.id, state=JobState.RUNNING)
    supervisor = Supervisor(space)
    supervisor.step()
    supervisor.stop()
    assert the_job(space).state is JobState.DONE, the_job(space).message


def _judged(run: Run, feature_id: str) -> Run:
    (old,) = (f for f in run.findings if f.feature_id == feature_id)
    assert isinstance(old.outcome, Judgement)
    outcome = replace(old.outcome, verdict=Verdict.MOSTLY_MET, reason=NEW_REASON)
    fresh = replace(old, outcome=outcome, verdict=outcome.verdict, direct_verdict=outcome.verdict)
    return replace(run, findings=(fresh,), records=())


def test_an_appeal_without_papers_is_not_judged_again(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    feature_id = decided_feature(space, entry)
    data: dict[str, object] = {"feature_id": feature_id, "text": "不服。"}
    assert send(desk("coordinator"), f"/city/{entry.id}/appeals", data).status_code == 303
    (appeal,) = matters(space, entry)
    path = f"/runs/{entry.id}/appeals/{appeal.id}"
    assert f"{path}/judging" not in desk("lead").get(path).text
    assert send(desk("lead"), f"{path}/judging", ASKED).status_code == 422
    assert space.jobs.all() == ()


def test_papers_that_were_uploaded_are_brought_together_with_the_new_ones(
    desk: Enter, space: Space, entry: RunEntry, sample: Sample
) -> None:
    lead = desk("lead")
    assert send(lead, f"/runs/{entry.id}/again", {**ASKED, "version": "0"}).status_code == 303
    first = the_job(space)
    space.jobs.change(first.id, state=JobState.DONE, run_id=entry.id)
    uploaded = space.folder / order_of_job(first).dossier
    shutil.copyfile(next(sample.dossier.iterdir()), uploaded / "读不出的.bin")
    hand_in(desk, space, entry)
    assert send(lead, f"/runs/{entry.id}/arrivals", ASKED).status_code == 303
    (second,) = (job for job in space.jobs.all() if job.id != first.id)
    assert names_in(space, second) == names_in(space, first) | {"整改材料/办法.txt"}
