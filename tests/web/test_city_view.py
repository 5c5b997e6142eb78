"""The city's own view: only what is addressed to it, each department its own, no other city."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from auditor.core.access import Grant, Role
from auditor.core.workspace import MatterState, RunEntry
from auditor.web.words import words
from auditor.workbench.acting import remark
from auditor.workbench.facts import send_facts, unsent_facts
from auditor.workbench.space import Space, add_run
from tests.web.conftest import Enter
from tests.web.exchange import (
    DUE,
    PAPER,
    account_of,
    decide,
    decided_feature,
    links_in,
    matters,
    raise_one,
    send,
)
from tests.web.samples import CITY, NAMES, PASSWORD, make_sample

OTHER_CITY = "海角市"
VERDICTS = ("满足", "大部分满足", "部分满足", "仅规划", "不满足", "未见证据", "疑似")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of another city."""
    return make_sample(tmp_path_factory.mktemp("elsewhere"), OTHER_CITY, seed=2).out


def with_department(desk: Enter, space: Space, entry: RunEntry, name: str) -> TestClient:
    """The filler, put into a department by the coordinator."""
    data = {"account": account_of(space, "filler").id, "department": name}
    assert send(desk("coordinator"), f"/city/{entry.id}/fillers", data).status_code == 303
    return desk("filler")


def test_the_city_s_people_come_to_their_own_page_and_no_other(
    desk: Enter, entry: RunEntry
) -> None:
    for login in ("coordinator", "filler"):
        client = desk(login)
        assert client.get("/").headers["location"] == "/city"
        assert client.get("/city").headers["location"] == f"/city/{entry.id}"
        assert client.get(f"/city/{entry.id}").status_code == 200
        for path in ("", "/list", "/problems", "/facts", "/appeals", "/site", "/level", "/review"):
            assert client.get(f"/runs/{entry.id}{path}").status_code == 403, path
    for login in ("reviewer", "lead", "observer", "administrator"):
        assert desk(login).get(f"/city/{entry.id}").status_code == 403


def test_the_city_sees_no_verdict_no_remark_and_no_reviewer(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    feature_id = decided_feature(space, entry)
    opened = space.open(entry.id)
    reviewer = account_of(space, "reviewer")
    remark(space, reviewer, opened, feature_id, "此处存疑，勿外传")
    facts = {fact.key for fact in unsent_facts(space, opened)}
    send_facts(space, account_of(space, "lead"), opened, facts, DUE)
    lead = desk("lead")
    raise_one(lead, entry, feature_id=feature_id)
    send(lead, f"/runs/{entry.id}/problems/letter", {"text": "请补充。", "due": DUE})
    data = {"feature_id": feature_id, "text": "有异议。"}
    send(desk("coordinator"), f"/city/{entry.id}/appeals", data)
    page = desk("coordinator").get(f"/city/{entry.id}").text
    feature_texts = {f.text for f in opened.standard.features}
    feature_texts |= {e.text for f in opened.standard.features for e in f.elements}
    said = re.sub(r"<option.*?</option>", "", page)  # the standard's own words, cut
    for text in sorted(feature_texts, key=len, reverse=True):
        said = said.replace(text, "")
    for name in VERDICTS:
        assert name not in said, name
    for secret in ("此处存疑", "只见到一部分", "screen", "置信", words("zh")["first_verdict"]):
        assert secret not in said, secret
    for role, name in NAMES.items():
        if role not in (Role.COORDINATOR, Role.FILLER):
            assert name not in said, name
    assert "评审组" in said


def test_a_filler_sees_only_what_was_given_to_their_department(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    lead, city = desk("lead"), desk("coordinator")
    raise_one(lead, entry, text="甲事项", department="数据局")
    raise_one(lead, entry, text="乙事项", department="教育局")
    raise_one(lead, entry, text="丙事项")
    first, second, third = matters(space, entry)
    files = [("附件.txt", PAPER.encode())]
    answered = send(city, f"/city/{entry.id}/matters/{second.id}/answer", {"text": "乙答"}, files)
    assert answered.status_code == 303
    nobody = desk("filler").get(f"/city/{entry.id}").text
    assert "您还没有分到部门" in nobody
    assert not any(text in nobody for text in ("甲事项", "乙事项", "丙事项"))
    filler = with_department(desk, space, entry, "数据局")
    page = filler.get(f"/city/{entry.id}").text
    assert "甲事项" in page
    assert not any(text in page for text in ("乙事项", "丙事项", "乙答"))
    for other in (second, third):
        path = f"/city/{entry.id}/matters/{other.id}"
        assert filler.get(f"{path}/files/2/1").status_code == 404
        assert send(filler, f"{path}/prepare", {"text": "x"}).status_code == 404
    given = {"department": "数据局"}
    moved = send(city, f"/city/{entry.id}/matters/{third.id}/department", given)
    assert moved.status_code == 303
    assert "丙事项" in filler.get(f"/city/{entry.id}").text
    refused = send(filler, f"/city/{entry.id}/matters/{first.id}/department", given)
    assert refused.status_code == 403


def test_a_department_s_draft_stays_in_the_city_until_it_is_sent(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    lead, city = desk("lead"), desk("coordinator")
    raise_one(lead, entry, department="数据局")
    (problem,) = matters(space, entry)
    filler = with_department(desk, space, entry, "数据局")
    path = f"/city/{entry.id}/matters/{problem.id}"
    files = [("台账.txt", PAPER.encode()), ("草稿.txt", ("草" + PAPER).encode())]
    assert send(filler, f"{path}/prepare", {"text": "拟这样答"}, files).status_code == 303
    (drafted,) = matters(space, entry)
    assert drafted.state is MatterState.PREPARED
    seen = lead.get(f"/runs/{entry.id}/problems").text
    assert "拟这样答" not in seen
    assert "待答复" in seen
    assert "台账.txt" not in seen
    assert lead.get(f"/runs/{entry.id}/matters/{problem.id}/files/2/1").status_code == 404
    page = city.get(f"/city/{entry.id}").text
    assert "拟这样答" in page
    ledger = next(sha for name, sha in drafted.steps[1].files if name == "台账.txt")
    data = {"text": "答复如下", "adopted[]": [ledger, "f" * 64]}
    assert send(city, f"{path}/answer", data).status_code == 303
    (answered,) = matters(space, entry)
    assert answered.steps[-1].files == (("台账.txt", ledger),)
    seen = lead.get(f"/runs/{entry.id}/problems").text
    (link,) = links_in(seen, "/files/")
    assert lead.get(link).content == PAPER.encode()


def test_the_people_of_one_city_reach_nothing_of_another(
    desk: Enter, space: Space, entry: RunEntry, elsewhere: Path
) -> None:
    other = add_run(space, elsewhere, "组长甲")
    for login, role in (("their_lead", Role.LEAD), ("their_city", Role.COORDINATOR)):
        space.people.add(login, f"{login}", PASSWORD, [Grant(role, OTHER_CITY)])
    raise_one(desk("lead"), entry, text="本市的问题")
    raise_one(desk("their_lead"), other, text="他市的问题")
    (ours,) = matters(space, entry)
    (theirs,) = matters(space, other)
    city = desk("coordinator")
    assert city.get(f"/city/{other.id}").status_code == 404
    assert OTHER_CITY not in city.get(f"/city/{entry.id}").text
    for run, matter in ((other, theirs), (entry, theirs), (other, ours)):
        path = f"/city/{run.id}/matters/{matter.id}"
        assert send(city, f"{path}/answer", {"text": "x"}).status_code == 404
        assert send(city, f"{path}/prepare", {"text": "x"}).status_code == 404
        assert city.get(f"{path}/files/1/1").status_code == 404
    assert desk("their_city").get(f"/city/{entry.id}").status_code == 404
    assert all(
        m.state is MatterState.OPEN for m in (*matters(space, entry), *matters(space, other))
    )


def test_a_coordinator_places_fillers_of_the_own_city_alone(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    stranger = space.people.add(
        "stranger", "外地填报员", PASSWORD, [Grant(Role.FILLER, OTHER_CITY)]
    )
    city = desk("coordinator")
    assert "外地填报员" not in city.get(f"/city/{entry.id}").text
    for account in (stranger.id, account_of(space, "reviewer").id, "x", "9" * 40):
        data = {"account": account, "department": "数据局"}
        assert send(city, f"/city/{entry.id}/fillers", data).status_code == 422


def test_files_cannot_be_had_by_guessing_places(desk: Enter, space: Space, entry: RunEntry) -> None:
    raise_one(desk("lead"), entry)
    (problem,) = matters(space, entry)
    city = desk("coordinator")
    for place in ("0/1", "1/0", "1/1", "2/1", "-1/1", "99999999999999999999/1"):
        path = f"/city/{entry.id}/matters/{problem.id}/files/{place}"
        assert city.get(path).status_code == 404, place
    assert city.get(f"/city/{entry.id}/matters/424242/files/1/1").status_code == 404


def test_a_form_from_elsewhere_is_refused(desk: Enter, space: Space, entry: RunEntry) -> None:
    raise_one(desk("lead"), entry)
    (problem,) = matters(space, entry)
    city = desk("coordinator")
    city.headers["x-csrf"] = "forged"
    path = f"/city/{entry.id}/matters/{problem.id}/answer"
    assert send(city, path, {"text": "x", "csrf": "forged"}).status_code == 403
    assert matters(space, entry) == (problem,)


def test_the_language_is_switched_without_leaving_the_city_s_page(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    decide(space, entry, decided_feature_id(space, entry))
    city = desk("coordinator")
    assert f'name="back" value="/city/{entry.id}"' in city.get(f"/city/{entry.id}").text
    assert CITY in city.get(f"/city/{entry.id}?lang=en").text
    assert "To do" in city.get(f"/city/{entry.id}?lang=en").text


def decided_feature_id(space: Space, entry: RunEntry) -> str:
    """Some feature."""
    return space.open(entry.id).standard.features[0].id
