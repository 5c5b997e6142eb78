"""不适用 by two people: what an approver agrees to is what they saw, and nothing is overwritten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.core.access import Account, everything
from auditor.core.errors import ReviewError
from auditor.core.events import NOT_APPLICABLE
from auditor.core.findings import Verdict
from auditor.core.workspace import DeskNote, RunEntry
from auditor.workbench.acting import (
    Answer,
    ChangedMeanwhileError,
    decide_feature,
    take_back,
)
from auditor.workbench.excusing import (
    Agreed,
    approve_excuse,
    key_of,
    proposal_on,
    proposals_on,
    propose_excuse,
)
from auditor.workbench.opened import OpenRun
from auditor.workbench.space import Space
from tests.web.conftest import Enter
from tests.web.exchange import account_of
from tests.web.samples import SECOND_REVIEWER, STANDARD

FEATURE = STANDARD.features[1].id


@pytest.fixture
def opened(any_space: Space) -> OpenRun:
    return any_space.open(any_space.entries()[0].id)


def excuse(opened: OpenRun, reason: str = "本市没有此类设施。", seen: str = "") -> Answer:
    """A 不适用 of the feature as a reviewer fills it in."""
    return Answer(FEATURE, NOT_APPLICABLE, reason, seen, opened.hashes[FEATURE])


def agreed(opened: OpenRun, note: DeskNote) -> Agreed:
    """Agree to a proposal of the feature that was shown."""
    return Agreed(FEATURE, key_of(note), opened.hashes[FEATURE])


def approve(space: Space, approver: Account, opened: OpenRun) -> None:
    """Agree to what is proposed of the feature now."""
    note = proposal_on(space, opened, FEATURE)
    assert note is not None
    approve_excuse(space, approver, opened, agreed(opened, note))


def test_a_proposal_falls_away_when_somebody_decides(any_space: Space, opened: OpenRun) -> None:
    reviewer, second = account_of(any_space, "reviewer"), account_of(any_space, SECOND_REVIEWER)
    propose_excuse(any_space, reviewer, opened, excuse(opened))
    propose_excuse(any_space, second, opened, excuse(opened, "同上。"))
    decided = replace(excuse(opened), verdict="not_met")
    first = decide_feature(any_space, second, opened, decided)
    now = any_space.open(opened.id)
    assert proposal_on(any_space, now, FEATURE) is None
    propose_excuse(any_space, reviewer, now, excuse(now, seen=first.id))
    take_back(any_space, second, now, FEATURE, "看错了", first.id)
    assert proposal_on(any_space, any_space.open(opened.id), FEATURE) is None


def test_an_approval_overrides_no_decision_that_the_proposer_did_not_see(
    any_space: Space, opened: OpenRun
) -> None:
    reviewer, second = account_of(any_space, "reviewer"), account_of(any_space, SECOND_REVIEWER)
    propose_excuse(any_space, reviewer, opened, excuse(opened))
    (note,) = any_space.desks.notes(opened.id, FEATURE)
    decide_feature(any_space, second, opened, replace(excuse(opened), verdict="not_met"))
    any_space.desks.put(opened.id, note)  # laid down by a request that had read before it
    now = any_space.open(opened.id)
    with pytest.raises(ChangedMeanwhileError, match="评审员乙"):
        approve(any_space, account_of(any_space, "approver"), now)
    said = any_space.open(opened.id).present.decisions[FEATURE].content
    assert said.verdict is Verdict.NOT_MET


def test_who_proposes_in_the_face_of_another_decision_than_they_saw_is_told(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    opened = space.open(entry.id)
    body = {"verdict": "not_met", "reason": "看过", "finding_hash": opened.hashes[FEATURE]}
    path = f"/runs/{entry.id}/features/{FEATURE}/decision"
    recorded = desk("lead").post(path, json=body).json()
    excused = {**body, "verdict": NOT_APPLICABLE}
    refused = desk("reviewer").post(path, json=excused)
    assert refused.status_code == 409 and refused.json()["now"]["id"] == recorded["id"]
    assert proposal_on(space, space.open(entry.id), FEATURE) is None
    seen = desk("reviewer").post(path, json={**excused, "seen": recorded["id"]})
    assert seen.json() == {"proposed": True}


def test_only_the_proposal_that_was_shown_is_agreed_to(any_space: Space, opened: OpenRun) -> None:
    reviewer, approver = account_of(any_space, "reviewer"), account_of(any_space, "approver")
    propose_excuse(any_space, reviewer, opened, excuse(opened))
    (shown,) = proposals_on(any_space, opened, FEATURE)
    propose_excuse(any_space, reviewer, opened, excuse(opened, "另一理由。"))
    propose_excuse(any_space, account_of(any_space, "lead"), opened, excuse(opened, "第三理由。"))
    with pytest.raises(ReviewError, match="another proposal"):
        approve_excuse(any_space, approver, opened, agreed(opened, shown))
    assert any_space.runs.events(opened.id) == ()
    first, second = proposals_on(any_space, opened, FEATURE)
    assert [n.payload["reason"] for n in (first, second)] == ["另一理由。", "第三理由。"]
    event = approve_excuse(any_space, approver, opened, agreed(opened, second))
    assert (event.content.author, event.content.reason) == ("组长甲", "第三理由。")
    assert proposals_on(any_space, any_space.open(opened.id), FEATURE) == ()


def test_one_takes_back_what_one_has_proposed_and_nothing_of_others(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    opened = space.open(entry.id)
    propose_excuse(space, account_of(space, "reviewer"), opened, excuse(opened, "评审员的理由。"))
    propose_excuse(space, account_of(space, "lead"), opened, excuse(opened, "组长的理由。"))
    own, other = map(key_of, proposals_on(space, opened, FEATURE))
    path, client = f"/runs/{entry.id}/features/{FEATURE}", desk("reviewer")
    page = client.get(path).text
    assert f'data-act="unpropose" data-proposal="{own}"' in page
    assert f'data-act="unpropose" data-proposal="{other}"' not in page
    away = f"{path}/proposal/withdrawal"
    refused = client.post(away, json={"proposal": other})
    assert refused.status_code == 422 and "他人" in refused.json()["error"]
    assert client.post(away, json={"proposal": own}).status_code == 200
    assert [key_of(note) for note in proposals_on(space, opened, FEATURE)] == [other]
    assert client.post(away, json={"proposal": own}).status_code == 422
    assert space.runs.events(entry.id) == ()


def test_an_approver_who_proposed_first_agrees_to_what_another_proposed(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    opened, lead = space.open(entry.id), account_of(space, "lead")
    space.people.accounts.regrant(lead.id, everything())
    propose_excuse(space, lead, opened, excuse(opened, "本人的理由。"))
    propose_excuse(space, account_of(space, "reviewer"), opened, excuse(opened, "他人的理由。"))
    own, other = map(key_of, proposals_on(space, opened, FEATURE))
    path, client = f"/runs/{entry.id}/features/{FEATURE}", desk("lead")
    page = client.get(path).text
    assert "本人的理由。" in page and "他人的理由。" in page
    assert f'data-act="approve" data-proposal="{other}"' in page
    assert f'data-act="approve" data-proposal="{own}"' not in page
    body = {"finding_hash": opened.hashes[FEATURE]}
    for refused in (body, {**body, "proposal": own}):
        assert client.post(f"{path}/approval", json=refused).status_code == 422
    assert client.post(f"{path}/approval", json={**body, "proposal": other}).status_code == 200
    said = space.open(entry.id).present.decisions[FEATURE].content
    assert (said.author, said.approver, said.reason) == ("评审员甲", "组长甲", "他人的理由。")
