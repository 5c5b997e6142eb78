"""A third person settles what two said blind; the decision names the opinions it rests on."""

from __future__ import annotations

import re

import pytest
from httpx import Response
from starlette.testclient import TestClient

from auditor.core.access import Grant, Role
from auditor.core.findings import Verdict
from auditor.core.workspace import RunEntry, Side
from auditor.workbench import adjudicating, cases
from auditor.workbench.appeals import file_appeal
from auditor.workbench.blind import pairs_of
from auditor.workbench.cases import Case
from auditor.workbench.excusing import key_of, proposal_on
from auditor.workbench.opened import OpenRun
from auditor.workbench.space import Space
from tests.web.blind_rounds import PAIR, account_id, open_round, say
from tests.web.conftest import Enter, desk_of
from tests.web.exchange import account_of, send

ITEM = "8.2.4"


@pytest.fixture
def features(space: Space, entry: RunEntry, desk: Enter) -> tuple[str, ...]:
    """The features of a round in which both have spoken of the first three: two agree."""
    round_ = open_round(desk("lead"), space, entry, node=ITEM)
    one, two = desk(PAIR[0]), desk(PAIR[1])
    for feature_id, other in zip(
        round_.feature_ids[:3], ("partly_met", "planned", "planned"), strict=True
    ):
        assert say(one, space, entry, feature_id, verdict="planned").status_code == 200
        assert say(two, space, entry, feature_id, verdict=other).status_code == 200
    say(one, space, entry, round_.feature_ids[3])
    return round_.feature_ids


def settle(
    client: TestClient, space: Space, entry: RunEntry, feature_id: str, **more: object
) -> Response:
    opened = space.open(entry.id)
    blind = [e.id for e in opened.present.of_feature(feature_id) if e.content.kind.value == "blind"]
    body = {
        "verdict": "planned", "reason": "两人中从严", "seen": "", "cited": [],
        "finding_hash": opened.hashes[feature_id], "basis": blind[-2:], **more,
    }  # fmt: skip
    return client.post(f"/runs/{entry.id}/features/{feature_id}/adjudication", json=body)


def test_the_third_sees_both_beside_the_machine_and_decides_on_that_basis(
    space: Space, entry: RunEntry, desk: Enter, features: tuple[str, ...]
) -> None:
    lead = desk("lead")
    listed = lead.get(f"/runs/{entry.id}/adjudication").text
    assert features[0] in listed and features[3] not in listed
    page = lead.get(f"/runs/{entry.id}/adjudication/{features[0]}?adjudicate=1").text
    assert page.count('class="opinion"') == 2 and 'class="machine"' in page
    assert "评审员甲" in page and "评审员乙" in page
    assert settle(lead, space, entry, features[0]).status_code == 200
    opened = space.open(entry.id)
    decision = opened.present.decisions[features[0]]
    both = [e for e in opened.present.of_feature(features[0]) if e.content.kind.value == "blind"]
    assert decision.content.basis == tuple(e.id for e in both)
    assert decision.content.author == "组长甲" and decision.content.verdict is Verdict.PLANNED
    assert lead.get(f"/runs/{entry.id}/adjudication/{features[3]}?x=1").status_code == 404


def test_neither_of_the_two_may_settle_it_nor_anybody_without_the_right(
    space: Space, entry: RunEntry, desk: Enter, features: tuple[str, ...]
) -> None:
    for login in (*PAIR, "observer", "approver", "technical_checker"):
        assert settle(desk(login), space, entry, features[0]).status_code == 403, login
    assert desk(PAIR[0]).get(f"/runs/{entry.id}/adjudication").status_code == 403


def test_a_lead_who_was_one_of_the_two_may_not_settle_it(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    lead, one = desk("lead"), desk(PAIR[0])
    round_ = open_round(lead, space, entry, node=ITEM, pair=("lead", PAIR[0]))
    say(lead, space, entry, round_.feature_ids[0])
    say(one, space, entry, round_.feature_ids[0])
    assert lead.get(f"/runs/{entry.id}/adjudication").status_code == 403
    lead.post(f"/runs/{entry.id}/blind/{round_.id}/end")
    answer = settle(lead, space, entry, round_.feature_ids[0])
    assert answer.status_code == 422 and "其中一位" in answer.json()["error"]


def test_opinions_that_changed_meanwhile_or_were_made_up_settle_nothing(
    space: Space, entry: RunEntry, desk: Enter, features: tuple[str, ...]
) -> None:
    lead, one = desk("lead"), desk(PAIR[0])
    opened = space.open(entry.id)
    before = [e.id for e in opened.present.of_feature(features[0])]
    say(one, space, entry, features[0], verdict="met")
    for basis in (before, ["x", "y"], before[:1], []):
        answer = settle(lead, space, entry, features[0], basis=basis)
        assert answer.status_code == 422, basis
    assert settle(lead, space, entry, features[0], reason=" ").status_code == 422
    assert settle(lead, space, entry, features[0], basis="no").status_code == 422
    assert features[0] not in space.open(entry.id).present.decisions


def test_what_was_settled_is_not_said_anew(
    space: Space, entry: RunEntry, desk: Enter, features: tuple[str, ...]
) -> None:
    assert settle(desk("lead"), space, entry, features[0]).status_code == 200
    answer = say(desk(PAIR[0]), space, entry, features[0], verdict="met")
    assert answer.status_code == 422 and "裁定" in answer.json()["error"]


def test_agreeing_pairs_are_accepted_together_with_a_reason(
    space: Space, entry: RunEntry, desk: Enter, features: tuple[str, ...]
) -> None:
    lead = desk("lead")
    page = lead.get(f"/runs/{entry.id}/adjudication").text
    listed = re.search(r'name="listed" value="(\w+)"', page)
    assert listed is not None
    path = f"/runs/{entry.id}/agreed"
    assert lead.post(path, data={"listed": listed[1], "reason": " "}).status_code == 422
    assert lead.post(path, data={"listed": "0" * 64, "reason": "一致"}).status_code == 422
    assert lead.post(path, data={"listed": listed[1], "reason": "一致"}).status_code == 303
    present = space.open(entry.id).present
    assert set(present.decisions) == set(features[1:3])
    for feature_id in features[1:3]:
        said = present.decisions[feature_id].content
        assert said.bulk and len(said.basis) == 2 and said.citations
        assert said.verdict is Verdict.PLANNED
    assert lead.post(path, data={"listed": listed[1], "reason": "一致"}).status_code == 422


def test_a_not_applicable_goes_to_the_approver_with_its_basis(
    space: Space, entry: RunEntry, desk: Enter, features: tuple[str, ...]
) -> None:
    answer = settle(desk("lead"), space, entry, features[0], verdict="not_applicable")
    assert answer.json() == {"proposed": True}
    approved = approve(desk("approver"), space, entry, features[0])
    assert approved.status_code == 200
    said = space.open(entry.id).present.decisions[features[0]].content
    assert said.not_applicable and said.approver == "批准人甲" and len(said.basis) == 2


def approve(client: TestClient, space: Space, entry: RunEntry, feature_id: str) -> Response:
    opened = space.open(entry.id)
    proposed = proposal_on(space, opened, feature_id)
    body = {
        "finding_hash": opened.hashes[feature_id],
        "proposal": key_of(proposed) if proposed else "",
    }
    return client.post(f"/runs/{entry.id}/features/{feature_id}/approval", json=body)


def test_a_not_applicable_is_neither_proposed_nor_approved_by_one_of_the_two(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    roles = (Grant(Role.REVIEWER, entry.city), Grant(Role.APPROVER, entry.city))
    space.people.accounts.regrant(account_id(space, "approver"), roles)
    lead, approver, one = desk("lead"), desk("approver"), desk(PAIR[0])
    for login, client in (("lead", lead), ("approver", approver)):
        round_ = open_round(lead, space, entry, node=ITEM, sample=1, pair=(login, PAIR[0]))
        for person in (client, one):
            assert say(person, space, entry, round_.feature_ids[0]).status_code == 200
        assert lead.post(f"/runs/{entry.id}/blind/{round_.id}/end").status_code == 303
    own, theirs = space.desks.rounds(entry.id)
    asked = settle(lead, space, entry, own.feature_ids[0], verdict="not_applicable")
    assert asked.status_code == 422 and "其中一位" in asked.json()["error"]
    assert proposal_on(space, space.open(entry.id), own.feature_ids[0]) is None
    feature_id = theirs.feature_ids[0]
    assert settle(lead, space, entry, feature_id, verdict="not_applicable").status_code == 200
    refused = approve(approver, space, entry, feature_id)
    assert refused.status_code == 422 and "批准人甲 是其中一位" in refused.json()["error"]
    assert feature_id not in space.open(entry.id).present.decisions


def test_a_not_applicable_rests_on_the_two_opinions_as_they_stand(
    space: Space, entry: RunEntry, desk: Enter, features: tuple[str, ...]
) -> None:
    lead, feature_id = desk("lead"), features[0]
    made_up = settle(lead, space, entry, feature_id, verdict="not_applicable", basis=["x", "y"])
    assert made_up.status_code == 422 and "没有这两份意见" in made_up.json()["error"]
    assert settle(lead, space, entry, feature_id, verdict="not_applicable").status_code == 200
    assert say(desk(PAIR[0]), space, entry, feature_id, verdict="met").status_code == 200
    late = approve(desk("approver"), space, entry, feature_id)
    assert late.status_code == 422 and "意见已变" in late.json()["error"]
    assert feature_id not in space.open(entry.id).present.decisions


def test_an_opinion_that_comes_in_between_is_not_passed_over(
    space: Space,
    entry: RunEntry,
    desk: Enter,
    features: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, real = desk(PAIR[0]), cases.cases_of

    def and_then_somebody_speaks(at: Space, opened: OpenRun) -> tuple[Case, ...]:
        cases = real(at, opened)
        assert say(one, space, entry, features[0], verdict="met").status_code == 200
        return cases

    monkeypatch.setattr(adjudicating, "cases_of", and_then_somebody_speaks)
    answer = settle(desk("lead"), space, entry, features[0])
    assert answer.status_code == 422 and "意见已变" in answer.json()["error"]
    assert features[0] not in space.open(entry.id).present.decisions


def send_decision(
    client: TestClient, space: Space, entry: RunEntry, feature_id: str, verdict: str
) -> Response:
    """Decide on the ordinary review page."""
    finding_hash, seen = space.open(entry.id).hashes[feature_id], standing(space, entry, feature_id)
    body = {"verdict": verdict, "reason": "看过", "finding_hash": finding_hash, "seen": seen}
    return client.post(f"/runs/{entry.id}/features/{feature_id}/decision", json=body)


def standing(space: Space, entry: RunEntry, feature_id: str) -> str:
    decision = space.open(entry.id).present.decisions.get(feature_id)
    return decision.id if decision else ""


def test_neither_of_the_two_decides_on_another_page_what_waits_for_a_third(
    space: Space, entry: RunEntry, desk: Enter, features: tuple[str, ...]
) -> None:
    lead, one, two = desk("lead"), desk(PAIR[0]), desk(PAIR[1])
    (round_,) = space.desks.rounds(entry.id)
    assert lead.post(f"/runs/{entry.id}/blind/{round_.id}/end").status_code == 303
    for client in (one, two):
        shown = client.get(f"/runs/{entry.id}/features/{features[0]}").text
        assert 'id="decision"' not in shown and 'data-act="accept"' not in shown
        assert "待第三人裁定" in shown
        for verdict in ("not_met", "not_applicable"):
            refused = send_decision(client, space, entry, features[0], verdict)
            assert refused.status_code == 422 and "其中一位" in refused.json()["error"]
    token = space.people.make_token(account_of(space, PAIR[0]))
    bearer = {"Authorization": f"Bearer {token}"}
    path = f"/api/v1/runs/{entry.id}/features/{features[0]}/decisions"
    body = {"verdict": "not_met", "reason": "看过"}
    body["finding_hash"] = space.open(entry.id).hashes[features[0]]
    assert one.post(path, json=body, headers=bearer).status_code == 422
    assert features[0] not in space.open(entry.id).present.decisions
    assert proposal_on(space, space.open(entry.id), features[0]) is None
    assert 'id="decision"' in one.get(f"/runs/{entry.id}/features/{features[3]}").text
    assert send_decision(one, space, entry, features[3], "not_met").status_code == 200
    assert settle(lead, space, entry, features[0]).status_code == 200
    settled = one.get(f"/runs/{entry.id}/features/{features[0]}").text
    assert 'id="decision"' in settled and "待第三人裁定" not in settled
    assert send_decision(one, space, entry, features[0], "not_met").status_code == 200


def test_an_appeal_is_not_ruled_by_one_of_two_whose_opinions_wait_for_a_third(
    space: Space, entry: RunEntry, desk: Enter, features: tuple[str, ...]
) -> None:
    (round_,) = space.desks.rounds(entry.id)
    assert desk("lead").post(f"/runs/{entry.id}/blind/{round_.id}/end").status_code == 303
    opened = space.open(entry.id)
    city, contested = account_of(space, "coordinator"), (features[0], "不应要求此项。")
    number = file_appeal(space, city, opened, contested, Side.CITY)
    form: dict[str, object] = {
        "verdict": "not_met", "reason": "看过。", "reply": "维持。", "steps": 1,
        "finding_hash": opened.hashes[features[0]],
    }  # fmt: skip
    path = f"/runs/{entry.id}/appeals/{number}/ruling"
    refused = send(desk(PAIR[0]), path, form)
    assert refused.status_code == 422 and "其中一位" in refused.json()["error"]
    assert send(desk("lead"), path, form).status_code == 303


def test_a_not_applicable_proposed_beside_the_adjudication_needs_a_fourth_person_too(
    space: Space, entry: RunEntry, desk: Enter, features: tuple[str, ...]
) -> None:
    roles = (Grant(Role.REVIEWER, entry.city), Grant(Role.APPROVER, entry.city))
    space.people.accounts.regrant(account_id(space, PAIR[0]), roles)
    lead = desk("lead")
    (round_,) = space.desks.rounds(entry.id)
    assert lead.post(f"/runs/{entry.id}/blind/{round_.id}/end").status_code == 303
    assert send_decision(lead, space, entry, features[0], "not_applicable").status_code == 200
    refused = approve(desk(PAIR[0]), space, entry, features[0])
    assert refused.status_code == 422 and "评审员甲 是其中一位" in refused.json()["error"]
    assert approve(desk("approver"), space, entry, features[0]).status_code == 200


def test_what_was_proposed_in_adjudication_is_not_replaced_by_a_bare_proposal(
    space: Space, entry: RunEntry, desk: Enter, features: tuple[str, ...]
) -> None:
    lead, feature_id = desk("lead"), features[0]
    assert settle(lead, space, entry, feature_id, verdict="not_applicable").status_code == 200
    refused = send_decision(lead, space, entry, feature_id, "not_applicable")
    assert refused.status_code == 422 and "已在申诉或裁定中提出" in refused.json()["error"]
    anew = settle(lead, space, entry, feature_id, verdict="not_applicable", reason="另一理由")
    assert anew.status_code == 200
    assert approve(desk("approver"), space, entry, feature_id).status_code == 200
    said = space.open(entry.id).present.decisions[feature_id].content
    assert (said.reason, len(said.basis)) == ("另一理由", 2)


def test_the_whole_way_over_both_databases(any_space: Space) -> None:
    (entry,) = any_space.entries()
    enter = desk_of(any_space)
    desk = next(enter)
    lead, one, two = desk("lead"), desk(PAIR[0]), desk(PAIR[1])
    round_ = open_round(lead, any_space, entry, node=ITEM, sample=2, seed=1)
    for client in (one, two):
        for feature_id in round_.feature_ids:
            assert say(client, any_space, entry, feature_id).status_code == 200
    assert settle(lead, any_space, entry, round_.feature_ids[0]).status_code == 200
    assert lead.post(f"/runs/{entry.id}/blind/{round_.id}/end").status_code == 303
    opened = any_space.open(entry.id)
    pairs = pairs_of(any_space, opened, any_space.desks.rounds(entry.id)[0])
    assert [bool(pair.settled) for pair in pairs.values()] == [True, False]
    assert all(pair.agrees for pair in pairs.values())
    next(enter, None)
