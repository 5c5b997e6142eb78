"""New audits over the API: papers are uploaded with a token, the job is followed."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from auditor.core.workspace import JobState
from auditor.workbench.auditing import order_of_job
from auditor.workbench.space import Space
from auditor.workbench.uploads import UPLOADS_FOLDER
from tests.web.conftest import Enter
from tests.web.samples import CITY

PATH = "/api/v1/audits"
ASKED = {"city": CITY, "judge": "screen", "as_of": "2026-03-31", "opening": "closed"}
ONE = (("一.txt", b"text"),)


def caller_as(desk: Enter, space: Space, login: str) -> TestClient:
    """A system with the token of a person and no session."""
    account = space.people.accounts.by_login(login)
    assert account is not None
    client = desk(login)
    client.cookies.clear()
    del client.headers["x-csrf"]
    client.headers["authorization"] = f"Bearer {space.people.make_token(account)}"
    return client


def order(client: TestClient, papers: Any = ONE, **fields: str) -> Response:
    files = [("papers", (name, data)) for name, data in papers]
    answer: Response = client.post(PATH, data={**ASKED, **fields}, files=files or None)
    return answer


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("材料/一.txt", "text")
    return out.getvalue()


@pytest.mark.parametrize(
    ("papers", "kept"),
    [
        ([("一.txt", b"text"), ("部门/二.txt", b"two")], {"一.txt", "部门/二.txt"}),
        ([("材料.zip", zipped())], {"材料.zip"}),
    ],
    ids=["files", "an archive"],
)
def test_papers_are_uploaded_with_a_token_and_the_audit_is_followed(
    space: Space, desk: Enter, papers: Any, kept: set[str]
) -> None:
    client = caller_as(desk, space, "lead")
    made = order(client, papers)
    assert made.status_code == 202, made.text
    said = made.json()
    (job,) = space.jobs.all()
    assert (said["id"], said["state"], said["city"], said["made_by"]) == (
        job.id, "waiting", CITY, "组长甲",
    )  # fmt: skip
    dossier = space.folder / order_of_job(job).dossier
    assert {p.relative_to(dossier).as_posix() for p in dossier.rglob("*") if p.is_file()} == kept
    assert order_of_job(job).as_of == "2026-03-31"
    assert client.get(f"{PATH}/{job.id}").json() == said
    space.jobs.change(job.id, state=JobState.FAILED, message="没有模型")
    after = client.get(f"{PATH}/{job.id}").json()
    assert (after["state"], after["message"]) == ("failed", "没有模型")
    assert client.get(f"{PATH}/nojob").status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"city": ""},
        {"judge": "no-such-judge"},
        {"as_of": "tomorrow"},
        {"opening": "wide"},
        {"opening": "opened"},
    ],
    ids=lambda fields: "=".join(*fields.items()),
)
def test_an_order_that_cannot_be_is_refused_and_its_papers_are_gone(
    space: Space, desk: Enter, fields: dict[str, str]
) -> None:
    refused = order(caller_as(desk, space, "lead"), **fields)
    assert refused.status_code == 422, refused.text
    assert refused.json()["error"]
    assert space.jobs.all() == ()
    assert not list((space.folder / UPLOADS_FOLDER).glob("*"))


def test_an_order_without_papers_is_refused(space: Space, desk: Enter) -> None:
    client = caller_as(desk, space, "lead")
    assert order(client, [("", b"")]).status_code == 422
    assert client.post(PATH, json=dict(ASKED)).status_code == 422
    assert space.jobs.all() == ()


def test_who_may_not_audit_the_city_orders_nothing_and_sees_no_job(
    space: Space, desk: Enter
) -> None:
    assert order(caller_as(desk, space, "reviewer")).status_code == 403
    lead = caller_as(desk, space, "lead")
    assert order(lead, city="别处市").status_code == 403
    assert space.jobs.all() == ()
    assert order(lead).status_code == 202
    (job,) = space.jobs.all()
    reviewer = caller_as(desk, space, "reviewer")
    assert reviewer.get(f"{PATH}/{job.id}").status_code == 403
    account = space.people.accounts.by_login("lead")
    assert account is not None
    space.people.accounts.regrant(account.id, [])
    assert lead.get(f"{PATH}/{job.id}").status_code == 403


def test_a_session_without_its_form_token_orders_nothing(space: Space, desk: Enter) -> None:
    client = desk("lead")
    del client.headers["x-csrf"]
    assert order(client).status_code == 403
    assert space.jobs.all() == ()
