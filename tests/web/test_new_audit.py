"""New audits over HTTP: who may, what is refused and when, the queue, its pages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from httpx import Response
from starlette.testclient import TestClient

from auditor.core.access import Grant, Role
from auditor.core.workspace import Job, JobState
from auditor.web import ordering
from auditor.workbench.auditing import order_of_job
from auditor.workbench.space import Space
from auditor.workbench.uploads import UPLOADS_FOLDER, UploadLimits
from tests.web.conftest import Enter
from tests.web.samples import CITY

BOUNDARY = "papers-of-a-test"
ASKED = {"city": CITY, "judge": "screen", "as_of": "", "opening": "closed", "opened_by": ""}
Papers = Iterable[tuple[bytes, bytes]]
ONE: Papers = ((b"a.txt", b"text"),)


def body_of(fields: dict[str, str], papers: Papers) -> bytes:
    """A form as browsers send it: fields first, then files, names as they are."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, data in papers:
        head = b'Content-Disposition: form-data; name="papers"; filename="' + name + b'"'
        parts.append(b"--" + BOUNDARY.encode() + b"\r\n" + head + b"\r\n\r\n" + data + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def post(
    client: TestClient, papers: Papers = ONE, body: bytes | None = None, **fields: str
) -> Response:
    content = body_of({**ASKED, **fields}, papers) if body is None else body
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return client.post("/new", content=content, headers={"content-type": kind})


def uploads(space: Space) -> list[str]:
    folder = space.folder / UPLOADS_FOLDER
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def job_of(space: Space, answer: Response) -> Job:
    assert answer.status_code == 303, answer.text
    job = space.jobs.get(answer.headers["location"].rpartition("/")[2])
    assert job is not None
    return job


def test_papers_are_kept_under_their_names_and_the_audit_waits(space: Space, desk: Enter) -> None:
    papers = [("材料/01.txt".encode(), b"one"), ("材料/部门/02.txt".encode(), b"two")]
    job = job_of(space, post(desk("lead"), papers, as_of="2026-03-31"))
    assert (job.state, job.city, job.made_by) == (JobState.WAITING, CITY, "组长甲")
    assert order_of_job(job).as_of == "2026-03-31"
    dossier = space.folder / order_of_job(job).dossier
    assert (dossier / "部门/02.txt").read_bytes() == b"two"
    assert len(list(dossier.rglob("*.txt"))) == 2


def test_hostile_names_stay_inside(space: Space, desk: Enter, tmp_path: Path) -> None:
    names = [b"../../../../outside.txt", b"/outside.txt", b"C:\\outside.txt", b"..\\outside.txt"]
    names += [b"nul\x00l.txt", b"x" * 5000 + b".txt", b"", b"<script>alert(1)</script>.txt"]
    job = job_of(space, post(desk("lead"), [(name, b"text") for name in names]))
    dossier = space.folder / order_of_job(job).dossier
    kept = [path for path in space.folder.parent.rglob("*.txt") if path.read_bytes() == b"text"]
    assert len(kept) == len(names) - 1  # an input that was left empty has no name
    assert all(path.resolve().is_relative_to(dossier.resolve()) for path in kept)


@pytest.mark.parametrize(
    ("limits", "papers"),
    [
        (UploadLimits(files=2), [(b"%d.txt" % n, b"t") for n in range(3)]),
        (UploadLimits(file_bytes=100), [(b"a.txt", b"t" * 101)]),
        (UploadLimits(total_bytes=100), [(b"a.txt", b"t" * 60), (b"b.txt", b"t" * 60)]),
    ],
    ids=["files", "one file", "all"],
)
def test_an_upload_over_a_limit_is_refused_and_gone(
    space: Space,
    desk: Enter,
    monkeypatch: pytest.MonkeyPatch,
    limits: UploadLimits,
    papers: list[tuple[bytes, bytes]],
) -> None:
    monkeypatch.setattr(ordering, "LIMITS", limits)
    answer = post(desk("lead"), papers)
    assert answer.status_code == 422
    assert "超过" in answer.json()["error"]
    assert (uploads(space), space.jobs.all()) == ([], ())


@pytest.mark.parametrize(
    "fields",
    [
        {"city": " "},
        {"city": "云岭\n市" * 30},
        {"judge": "openai:gpt-x"},
        {"judge": "/etc/passwd.gguf"},
        {"as_of": "2026-02-31"},
    ],
)
def test_a_form_that_cannot_be_carried_out_is_refused_before_its_files(
    space: Space, desk: Enter, fields: dict[str, str]
) -> None:
    assert post(desk("lead"), **fields).status_code == 422
    assert (uploads(space), space.jobs.all()) == ([], ())


def test_a_form_from_elsewhere_is_refused(space: Space, desk: Enter) -> None:
    client = desk("lead")
    del client.headers["x-csrf"]
    assert post(client).status_code == 403
    assert post(client, csrf="guessed").status_code == 403
    assert (uploads(space), space.jobs.all()) == ([], ())


def test_the_field_of_the_form_will_do_without_a_script(space: Space, desk: Enter) -> None:
    client = desk("lead")
    csrf = client.headers.pop("x-csrf")
    job_of(space, post(client, csrf=csrf))


def test_another_city_is_not_theirs_to_audit(space: Space, desk: Enter) -> None:
    assert post(desk("lead"), city="邻市").status_code == 403
    assert (uploads(space), space.jobs.all()) == ([], ())


@pytest.mark.parametrize("login", ["reviewer", "approver", "observer", "coordinator"])
def test_who_may_not_audit_sees_nothing_of_it(space: Space, desk: Enter, login: str) -> None:
    job = job_of(space, post(desk("lead")))
    client = desk(login)
    for path in ("/new", "/jobs", f"/jobs/{job.id}", f"/jobs/{job.id}/state"):
        assert client.get(path).status_code == 403
    assert post(client).status_code == 403


def test_a_job_of_another_city_is_not_there(space: Space, desk: Enter) -> None:
    job = job_of(space, post(desk("lead")))
    space.people.accounts.add("other", "组长乙", "!", [Grant(Role.LEAD, "邻市")], "")
    client = desk("other")
    assert client.get(f"/jobs/{job.id}").status_code == 404
    assert client.post(f"/jobs/{job.id}/cancel").status_code == 404
    assert job.id not in client.get("/jobs").text


@pytest.mark.parametrize(
    "cut",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole.replace(f"--{BOUNDARY}--".encode(), b""),
        lambda whole: b"no form at all",
        lambda whole: b"",
    ],
)
def test_a_broken_form_leaves_nothing(space: Space, desk: Enter, cut: object) -> None:
    assert callable(cut)
    broken = cut(body_of(ASKED, [(b"a.txt", b"text" * 1000)]))
    assert post(desk("lead"), body=broken).status_code == 422
    assert (uploads(space), space.jobs.all()) == ([], ())


def test_no_files_are_told(space: Space, desk: Enter) -> None:
    answer = post(desk("lead"), [(b"", b"")])
    assert answer.status_code == 422
    assert "没有文件" in answer.json()["error"]


def test_a_hosted_judge_needs_papers_that_are_open_to_it(
    space: Space, desk: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDITOR_JUDGE", "openai:some-model")
    client = desk("lead")
    assert "openai:some-model" in client.get("/new").text
    for judge in ("auto", "openai:some-model"):
        refused = post(client, judge=judge)
        assert refused.status_code == 422
        assert "材料未公开" in refused.json()["error"]
    assert uploads(space) == []
    public = job_of(space, post(client, judge="auto", opening="public"))
    assert order_of_job(public).public and not order_of_job(public).opened_by


def test_papers_are_opened_by_a_secrecy_officer_under_their_own_name(
    space: Space, desk: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDITOR_JUDGE", "openai:some-model")
    client = desk("lead")
    assert 'value="opened"' not in client.get("/new").text
    refused = post(client, judge="auto", opening="opened", opened_by="保密员甲")
    assert refused.status_code == 422 and "保密员" in refused.json()["error"]
    assert uploads(space) == []
    account = space.people.accounts.by_login("lead")
    assert account is not None
    both = [*account.grants, Grant(Role.SECRECY_OFFICER, CITY)]
    space.people.accounts.regrant(account.id, both)
    assert 'value="opened"' in client.get("/new").text
    opened = job_of(space, post(client, judge="auto", opening="opened", opened_by="别人"))
    assert order_of_job(opened).opened_by == account.name
    assert not order_of_job(opened).public


def test_a_waiting_audit_is_cancelled_gone_on_with_and_discarded(space: Space, desk: Enter) -> None:
    client = desk("lead")
    first, second = (job_of(space, post(client)) for _ in range(2))
    assert client.get(f"/jobs/{second.id}/state").json()["before"] == 1
    assert "前面还有 1 个" in client.get(f"/jobs/{second.id}").text
    assert client.post(f"/jobs/{first.id}/discard").status_code == 422
    for act, state in (("cancel", JobState.CANCELLED), ("resume", JobState.WAITING)):
        assert client.post(f"/jobs/{first.id}/{act}").status_code == 303
        job = space.jobs.get(first.id)
        assert job is not None
        assert job.state is state
    client.post(f"/jobs/{first.id}/cancel")
    assert client.post(f"/jobs/{first.id}/discard").status_code == 303
    assert space.jobs.get(first.id) is None
    assert uploads(space) == [second.id]


def test_what_people_did_is_in_the_log(space: Space, desk: Enter) -> None:
    client = desk("lead")
    job = job_of(space, post(client))
    client.post(f"/jobs/{job.id}/cancel")
    acts = [line.act for line in space.people.accounts.log() if line.login == "lead"]
    assert acts[:2] == ["cancel_audit", "audit"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pages_are_there_in_both_languages(space: Space, desk: Enter, lang: str) -> None:
    client = desk("lead")
    job = job_of(space, post(client))
    space.jobs.change(job.id, message="<script>alert(1)</script>", state=JobState.FAILED)
    for path in ("/new", "/jobs", f"/jobs/{job.id}"):
        page = client.get(path, params={"lang": lang})
        assert page.status_code == 200
        assert "<script>alert" not in page.text
