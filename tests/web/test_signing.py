"""Three people sign in three steps; what is signed is locked, and the reports carry it."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from httpx import Response
from starlette.testclient import TestClient

from auditor.core.events import EventKind, Step
from auditor.core.workspace import RunEntry
from auditor.ingest.office import find_office
from auditor.store.events import chain_faults
from auditor.workbench.queues import under
from auditor.workbench.space import Space
from tests.web.blind_rounds import open_round
from tests.web.conftest import Enter

ITEM = "8.2.4.1"
STEPS = (("compiled", "reviewer"), ("reviewed", "technical_checker"), ("approved", "approver"))


def decide_all(client: TestClient, space: Space, entry: RunEntry, node: str = ITEM) -> list[str]:
    opened = space.open(entry.id)
    ids = [f.id for f in opened.standard.features if f.id in opened.findings and under(f, node)]
    for feature_id in ids:
        body = {
            "verdict": "not_met", "reason": "材料不足以说明", "seen": "", "cited": [],
            "finding_hash": opened.hashes[feature_id],
        }  # fmt: skip
        answer = client.post(f"/runs/{entry.id}/features/{feature_id}/decision", json=body)
        assert answer.status_code == 200, answer.text
    return ids


def declare(client: TestClient, entry: RunEntry) -> Response:
    return client.post(f"/runs/{entry.id}/signing/declaration", data={"more": "无"})


def sign(
    client: TestClient, space: Space, entry: RunEntry, step: str, node: str = ITEM, head: str = ""
) -> Response:
    shown = head or space.entry(entry.id).head
    return client.post(f"/runs/{entry.id}/signing/{step}", data={"node": node, "head": shown})


def sign_whole(space: Space, entry: RunEntry, desk: Enter, node: str = ITEM) -> list[str]:
    ids = decide_all(desk("lead"), space, entry, node)
    for step, login in STEPS:
        assert declare(desk(login), entry).status_code == 303
        answer = sign(desk(login), space, entry, step, node)
        assert answer.status_code == 303, answer.text
    return ids


def test_three_people_sign_in_order_under_the_head_that_was_shown(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    sign_whole(space, entry, desk)
    present = space.open(entry.id).present
    signed = present.signatures[ITEM]
    assert [s.step for s in signed] == list(Step)
    assert len({s.author for s in signed}) == 3
    heads = {event.hash for event in present.events}
    assert all(s.head in heads for s in signed) and len({s.head for s in signed}) == 3
    assert not chain_faults(present.events, present.head)
    page = desk("observer").get(f"/runs/{entry.id}/signing").text
    assert all(s.author in page and s.head[:12] in page for s in signed)
    assert present.head in page


def test_a_signature_out_of_turn_or_twice_by_one_person_is_refused(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    lead = desk("lead")
    decide_all(lead, space, entry)
    assert "尚未作回避声明" in sign(lead, space, entry, "compiled").text
    declare(lead, entry)
    assert "轮到另一步" in sign(lead, space, entry, "reviewed").text
    assert sign(lead, space, entry, "compiled").status_code == 303
    assert "三步须由三人" in sign(lead, space, entry, "reviewed").text
    assert sign(desk("reviewer"), space, entry, "approved").status_code == 403
    assert sign(desk("observer"), space, entry, "compiled").status_code == 403
    assert declare(desk("observer"), entry).status_code == 403
    assert sign(lead, space, entry, "compiled", node="8.9").status_code == 422


def test_nothing_is_signed_that_is_undecided_in_blind_review_or_has_changed_since(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    lead = desk("lead")
    declare(lead, entry)
    assert "未复核" in sign(lead, space, entry, "compiled").text
    round_ = open_round(lead, space, entry, node=ITEM)
    ids = decide_all(lead, space, entry)
    assert "盲评" in sign(lead, space, entry, "compiled").text
    lead.post(f"/runs/{entry.id}/blind/{round_.id}/end")
    seen = space.entry(entry.id).head
    lead.post(f"/runs/{entry.id}/features/{ids[0]}/comment", json={"text": "还有一点"})
    assert "又有新的复核记录" in sign(lead, space, entry, "compiled", head=seen).text
    assert sign(lead, space, entry, "compiled").status_code == 303


def test_what_is_signed_is_locked_until_it_is_reopened_with_a_reason(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    ids = sign_whole(space, entry, desk)
    lead, opened = desk("lead"), space.open(entry.id)
    body = {
        "verdict": "planned", "reason": "改", "cited": [],
        "seen": opened.present.decisions[ids[0]].id, "finding_hash": opened.hashes[ids[0]],
    }  # fmt: skip
    path = f"/runs/{entry.id}/features/{ids[0]}"
    refused = lead.post(f"{path}/decision", json=body)
    assert refused.status_code == 422 and "已由" in refused.text
    page = lead.get(f"{path}?done=all").text
    assert 'data-locked="yes"' in page and 'id="decision"' not in page
    again = f"/runs/{entry.id}/signing/reopening"
    assert lead.post(again, data={"node": ITEM, "reason": " "}).status_code == 422
    assert desk("reviewer").post(again, data={"node": ITEM, "reason": "x"}).status_code == 403
    assert lead.post(again, data={"node": ITEM, "reason": "城市补充了材料"}).status_code == 303
    assert ITEM not in space.open(entry.id).present.signatures
    assert lead.post(f"{path}/decision", json=body).status_code == 200
    assert "城市补充了材料" in lead.get(f"/runs/{entry.id}/signing").text
    assert lead.post(again, data={"node": ITEM, "reason": "再"}).status_code == 422


def test_a_city_is_signed_above_its_nodes_and_reopened_with_them(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    sign_whole(space, entry, desk, node="8.6.3")
    lead = desk("lead")
    declare(lead, entry)
    assert "未复核" in sign(lead, space, entry, "compiled", node="city").text
    lead.post(f"/runs/{entry.id}/signing/reopening", data={"node": "8.6.3", "reason": "改"})
    assert not space.open(entry.id).present.signatures


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_reports_carry_the_head_and_the_signatures(
    space: Space, entry: RunEntry, desk: Enter, lang: str
) -> None:
    sign_whole(space, entry, desk)
    lead, present = desk("lead"), space.open(entry.id).present
    names = [s.author for s in present.signatures[ITEM]]
    assert lead.get(f"/runs/{entry.id}/reports?lang={lang}").status_code == 200
    for name in ("html", "docx", "xlsx"):
        answer = lead.get(f"/runs/{entry.id}/reports/{name}?lang={lang}")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment")
        text = text_of(answer.content, name)
        assert present.head in text, name
        assert all(author in text for author in names), name
        hidden = text_of(
            lead.get(f"/runs/{entry.id}/reports/{name}?lang={lang}&public=1").content, name
        )
        assert present.head not in hidden and names[0] not in hidden
    lines = lead.get(f"/runs/{entry.id}/reports/events").text.splitlines()
    assert len(lines) == len(present.events)


def text_of(data: bytes, name: str) -> str:
    """The characters of a report, without its markup."""
    if name == "html":
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        whole = "".join(parts.read(n).decode() for n in parts.namelist() if n.endswith(".xml"))
    return re.sub(r"<[^>]*>", "", whole)


def test_all_reports_are_made_from_the_events_that_stand(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    lead = desk("lead")
    for name in ("json", "csv", "letter", "site"):
        assert lead.get(f"/runs/{entry.id}/reports/{name}").content, name
    before = lead.get(f"/runs/{entry.id}/reports/csv").text
    decide_all(lead, space, entry)
    assert lead.get(f"/runs/{entry.id}/reports/csv").text != before
    assert lead.get(f"/runs/{entry.id}/reports/appeal").status_code == 404
    assert lead.get(f"/runs/{entry.id}/reports/passwd").status_code == 404
    assert desk("observer").get(f"/runs/{entry.id}/reports/html").status_code == 403
    assert space.open(entry.id).present.events[-1].content.kind is EventKind.DECISION


@pytest.mark.skipif(find_office() is None, reason="LibreOffice is not here; CI installs it")
@pytest.mark.slow
def test_the_official_report_comes_as_pdf(entry: RunEntry, desk: Enter) -> None:
    answer = desk("lead").get(f"/runs/{entry.id}/reports/pdf")
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF")


def test_no_report_is_made_for_who_reviews_blind(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    open_round(desk("lead"), space, entry, node=ITEM)
    one = desk("reviewer")
    for path in ("reports", "reports/html", "reports/events", "signing"):
        assert one.get(f"/runs/{entry.id}/{path}").status_code == 403, path
