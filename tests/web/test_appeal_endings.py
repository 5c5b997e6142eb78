"""How an appeal ends: its decision and its closing together or not at all, 不适用 by two people."""

from __future__ import annotations

import pytest

from auditor.core.access import everything
from auditor.core.errors import ReviewError
from auditor.core.events import ReviewEvent
from auditor.core.workspace import Matter, MatterState, RunEntry, Side
from auditor.workbench.appeals import Ruling, add_to_appeal, file_appeal, rule_on_appeal
from auditor.workbench.excusing import key_of, proposal_on
from auditor.workbench.space import Space
from tests.web.conftest import Enter
from tests.web.exchange import account_of, chain_holds, decided_feature, matters, send

REASON, REPLY = "本市没有此类设施。", "经核，本条对贵市不适用。"


def an_appeal(space: Space, entry: RunEntry) -> tuple[Matter, ReviewEvent]:
    """An open appeal of the city on a decided feature, with the old decision."""
    feature_id = decided_feature(space, entry)
    opened = space.open(entry.id)
    city = account_of(space, "coordinator")
    file_appeal(space, city, opened, (feature_id, "不应要求此项。"), Side.CITY)
    return matters(space, entry)[-1], opened.present.decisions[feature_id]


def ruling_on(space: Space, appeal: Matter, old: ReviewEvent, verdict: str) -> Ruling:
    """A sound ruling, as far as its verdict is."""
    finding_hash = space.open(appeal.run_id).hashes[appeal.feature_id]
    return Ruling(verdict, REASON, REPLY, old.id, finding_hash, len(appeal.steps))


def form_of(ruling: Ruling) -> dict[str, object]:
    """A ruling as the page sends it."""
    names = ("verdict", "reason", "reply", "seen", "finding_hash", "steps")
    return {name: getattr(ruling, name) for name in names}


def agreeing_to(space: Space, appeal: Matter) -> dict[str, object]:
    """The approval of what is proposed in answer to an appeal, as the page sends it."""
    opened = space.open(appeal.run_id)
    note = proposal_on(space, opened, appeal.feature_id, appeal.id)
    proposal = key_of(note) if note else ""
    return {"proposal": proposal, "finding_hash": opened.hashes[appeal.feature_id]}


def test_a_decision_is_not_recorded_where_its_appeal_cannot_be_closed(any_space: Space) -> None:
    (entry,) = any_space.entries()
    appeal, old = an_appeal(any_space, entry)
    add_to_appeal(any_space, account_of(any_space, "coordinator"), appeal, "再补充一点。")
    before = any_space.runs.events(entry.id)
    lead, ruling = account_of(any_space, "lead"), ruling_on(any_space, appeal, old, "not_met")
    with pytest.raises(ReviewError, match="gone on"):
        rule_on_appeal(any_space, lead, any_space.open(entry.id), appeal, ruling)
    assert any_space.runs.events(entry.id) == before
    assert any_space.entry(entry.id).head == before[-1].hash
    (now,) = matters(any_space, entry)
    assert (now.state, len(now.steps)) == (MatterState.OPEN, 2)
    with pytest.raises(ReviewError, match="something was added"):
        rule_on_appeal(any_space, lead, any_space.open(entry.id), now, ruling)
    ruling = ruling_on(any_space, now, old, "not_met")
    rule_on_appeal(any_space, lead, any_space.open(entry.id), now, ruling)
    assert len(any_space.runs.events(entry.id)) == len(before) + 1
    assert matters(any_space, entry)[0].state is MatterState.CLOSED
    assert chain_holds(any_space, entry)


def test_not_applicable_waits_for_the_approver_and_closes_the_appeal_then(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    appeal, old = an_appeal(space, entry)
    path = f"/runs/{entry.id}/appeals/{appeal.id}"
    before = space.entry(entry.id).events
    ruling = form_of(ruling_on(space, appeal, old, "not_applicable"))
    assert send(desk("reviewer"), f"{path}/ruling", {**ruling, "reason": ""}).status_code == 422
    assert send(desk("reviewer"), f"{path}/ruling", {**ruling, "seen": ""}).status_code == 409
    assert send(desk("reviewer"), f"{path}/ruling", ruling).status_code == 303
    assert space.entry(entry.id).events == before, "nothing is decided by a proposal"
    assert matters(space, entry)[0].state is MatterState.OPEN
    agreed = agreeing_to(space, appeal)
    assert send(desk("lead"), f"{path}/approval", agreed).status_code == 403
    approver = desk("approver")
    page = approver.get(path).text
    assert REASON in page
    assert f"{path}/approval" in page
    assert f"{path}/approval" not in desk("reviewer").get(path).text
    assert send(approver, f"{path}/approval", agreed).status_code == 303
    now = space.open(entry.id).present.decisions[appeal.feature_id].content
    assert (now.not_applicable, now.author, now.approver) == (True, "评审员甲", "批准人甲")
    assert now.basis == (old.id,)
    (closed,) = matters(space, entry)
    assert (closed.state, closed.steps[-1].said) == (MatterState.CLOSED, REPLY)
    assert REPLY in desk("coordinator").get(f"/city/{entry.id}").text
    assert send(approver, f"{path}/approval", agreed).status_code == 422


def test_who_proposes_not_applicable_does_not_approve_it(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    appeal, old = an_appeal(space, entry)
    everyone = account_of(space, "lead")
    space.people.accounts.regrant(everyone.id, everything())
    path, client = f"/runs/{entry.id}/appeals/{appeal.id}", desk("lead")
    ruling = form_of(ruling_on(space, appeal, old, "not_applicable"))
    assert send(client, f"{path}/ruling", ruling).status_code == 303
    assert f"{path}/approval" not in client.get(path).text
    refused = send(client, f"{path}/approval", agreeing_to(space, appeal))
    assert refused.status_code == 422
    assert "须由他人批准" in refused.json()["error"]
    assert matters(space, entry)[0].state is MatterState.OPEN


def test_another_answer_drops_the_proposal(desk: Enter, space: Space, entry: RunEntry) -> None:
    appeal, old = an_appeal(space, entry)
    path = f"/runs/{entry.id}/appeals/{appeal.id}"
    proposal = form_of(ruling_on(space, appeal, old, "not_applicable"))
    assert send(desk("reviewer"), f"{path}/ruling", proposal).status_code == 303
    agreed = agreeing_to(space, appeal)
    other = form_of(ruling_on(space, appeal, old, "not_met"))
    assert send(desk("lead"), f"{path}/ruling", other).status_code == 303
    assert send(desk("approver"), f"{path}/approval", agreed).status_code == 422
    standing = space.open(entry.id).present.decisions[appeal.feature_id].content
    assert not standing.not_applicable


def test_an_appeal_is_not_closed_over_papers_that_nobody_has_seen(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    appeal, old = an_appeal(space, entry)
    path, lead, approver = f"/runs/{entry.id}/appeals/{appeal.id}", desk("lead"), desk("approver")
    shown = 'name="steps" value="1"'
    assert shown in lead.get(path).text
    excused = form_of(ruling_on(space, appeal, old, "not_applicable"))
    assert send(desk("reviewer"), f"{path}/ruling", excused).status_code == 303
    agreed = agreeing_to(space, appeal)
    assert f'name="proposal" value="{agreed["proposal"]}"' in approver.get(path).text
    add_to_appeal(space, account_of(space, "coordinator"), appeal, "现补充发文。")
    answers = [form_of(ruling_on(space, appeal, old, v)) for v in ("not_met", "not_applicable")]
    for answer in (*answers, {**answers[0], "steps": ""}):
        refused = send(lead, f"{path}/ruling", answer)
        assert refused.status_code == 422 and "又有补充" in refused.json()["error"]
    late = send(approver, f"{path}/approval", agreed)
    assert late.status_code == 422 and "又有补充" in late.json()["error"]
    page = approver.get(path).text
    assert "申诉又有补充，不能再批准" in page and f"{path}/approval" not in page
    (now,) = matters(space, entry)
    assert now.state is MatterState.OPEN
    assert space.open(entry.id).present.decisions[appeal.feature_id] == old
    assert send(lead, f"{path}/ruling", {**answers[0], "steps": 2}).status_code == 303
    assert matters(space, entry)[0].state is MatterState.CLOSED


def test_a_bare_proposal_takes_neither_appeal_nor_reply_from_ones_own(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    appeal, old = an_appeal(space, entry)
    path = f"/runs/{entry.id}/appeals/{appeal.id}"
    reviewer, approver = desk("reviewer"), desk("approver")
    excused = form_of(ruling_on(space, appeal, old, "not_applicable"))
    assert send(reviewer, f"{path}/ruling", excused).status_code == 303
    bare = {**excused, "reply": ""}
    beside = f"/runs/{entry.id}/features/{appeal.feature_id}"
    refused = reviewer.post(f"{beside}/decision", json=bare)
    assert refused.status_code == 422 and "已在申诉或裁定中提出" in refused.json()["error"]
    again = {**excused, "reply": "另一答复。"}
    assert send(reviewer, f"{path}/ruling", again).status_code == 303
    assert "另一答复。" in approver.get(beside).text
    approved = approver.post(f"{beside}/approval", json=agreeing_to(space, appeal))
    assert approved.status_code == 200
    (closed,) = matters(space, entry)
    assert (closed.state, closed.steps[-1].said) == (MatterState.CLOSED, "另一答复。")
