"""Appeals: the old decision beside the new papers, decided anew on the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auditor.core.events import EventKind
from auditor.core.workspace import MatterState, RunEntry
from auditor.deciding import standing_decisions
from auditor.store.run_folder import read_run
from auditor.workbench.signing import reopen
from auditor.workbench.space import Space
from tests.web.browser import Served, needs_chromium
from tests.web.conftest import Enter
from tests.web.exchange import (
    PAPER,
    account_of,
    chain_holds,
    decide,
    decided_feature,
    matters,
    send,
    sign_item,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def file_appeal(desk: Enter, entry: RunEntry, feature_id: str) -> None:
    """The city contests a feature with a paper."""
    data = {"feature_id": feature_id, "text": "另有正式发文。"}
    files = [("办法.txt", PAPER.encode())]
    assert send(desk("coordinator"), f"/city/{entry.id}/appeals", data, files).status_code == 303


def test_an_appeal_is_decided_on_a_new_paper_and_the_old_decision_stays(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    feature_id = decided_feature(space, entry)
    old = space.open(entry.id).present.decisions[feature_id]
    file_appeal(desk, entry, feature_id)
    (appeal,) = matters(space, entry)
    assert appeal.payload["decision"] == old.id
    opened = space.open(entry.id)
    sha256 = appeal.steps[0].files[0][1]
    assert opened.papers[sha256].text == PAPER
    lead = desk("lead")
    page = lead.get(f"/runs/{entry.id}/appeals/{appeal.id}").text
    assert old.content.citations[0].quote in page
    assert "请遵照执行" in page
    assert "待评审组处理" in page
    quote = "现将办法印发给你们，请遵照执行。"
    start = PAPER.index(quote)
    ruling = {
        "verdict": "met",
        "reason": "已见正式发文。",
        "reply": "已采纳新材料。",
        "seen": old.id,
        "finding_hash": opened.hashes[feature_id],
        "steps": 1,
        "cited[]": [f"{sha256}:{start}:{start + len(quote)}"],
        f"quote-{sha256}": "各区县：",
    }
    path = f"/runs/{entry.id}/appeals/{appeal.id}/ruling"
    decided = send(lead, path, ruling)
    assert decided.status_code == 303, decided.text
    events = space.runs.events(entry.id)
    new = standing_decisions(events)[feature_id]
    assert new.content.basis == (old.id,)
    assert [c.quote for c in new.content.citations] == [quote, "各区县："]
    assert new.content.citations[0].document == "申诉材料/办法.txt"
    assert old in events
    assert chain_holds(space, entry)
    (closed,) = matters(space, entry)
    assert closed.state is MatterState.CLOSED
    city = desk("coordinator").get(f"/city/{entry.id}").text
    assert "已采纳新材料。" in city
    assert "已见正式发文。" not in city, "the reason is not for the city"
    assert "另有正式发文。" in lead.get(f"/runs/{entry.id}/appeals/{appeal.id}").text
    assert send(lead, path, ruling).status_code == 422


def test_a_paper_that_came_later_is_there_when_the_run_is_read_again(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    file_appeal(desk, entry, decided_feature(space, entry))
    names = [d.name for d in read_run(space.folder / "runs" / entry.id).documents]
    assert "申诉材料/办法.txt" in names
    sha256 = matters(space, entry)[0].steps[0].files[0][1]
    text = desk("reviewer").get(f"/runs/{entry.id}/papers/{sha256}/text").json()
    assert text["text"] == PAPER


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"reply": ""}, 422),
        ({"reason": ""}, 422),
        ({"verdict": "splendid"}, 422),
        ({"seen": "0123456789abcdef"}, 409),
        ({"finding_hash": "x"}, 422),
        ({"cited[]": ["f" * 64 + ":0:4"]}, 422),
        ({"cited[]": ["{sha}:0:99999999"]}, 422),
        ({"cited[]": ["{sha}:-1:4"]}, 422),
        ({"cited[]": ["{sha}:0:" + "9" * 5000]}, 422),
        ({"quote-{sha}": "材料里没有的话"}, 422),
    ],
)
def test_a_ruling_that_is_unsound_is_refused(
    desk: Enter, space: Space, entry: RunEntry, changed: dict[str, object], status: int
) -> None:
    feature_id = decided_feature(space, entry)
    file_appeal(desk, entry, feature_id)
    (appeal,) = matters(space, entry)
    sha256 = appeal.steps[0].files[0][1]
    opened = space.open(entry.id)
    ruling: dict[str, object] = {
        "verdict": "met",
        "reason": "已见正式发文。",
        "reply": "已采纳新材料。",
        "seen": opened.present.decisions[feature_id].id,
        "finding_hash": opened.hashes[feature_id],
        "steps": 1,
    }
    for key, value in changed.items():
        said = [v.replace("{sha}", sha256) for v in value] if isinstance(value, list) else value
        ruling[key.replace("{sha}", sha256)] = said
    before = space.entry(entry.id).events
    path = f"/runs/{entry.id}/appeals/{appeal.id}/ruling"
    assert send(desk("lead"), path, ruling).status_code == status
    assert space.entry(entry.id).events == before
    assert matters(space, entry)[0].state is MatterState.OPEN


def test_a_signed_node_must_be_reopened_before_an_appeal_is_decided(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    opened = space.open(entry.id)
    item = next(i for i in opened.standard.items if opened.features_of(i.id))
    ids = [f.id for f in opened.features_of(item.id)]
    for feature_id in ids:
        decide(space, entry, feature_id)
    sign_item(space, entry, item.id)
    file_appeal(desk, entry, ids[0])
    (appeal,) = matters(space, entry)
    opened = space.open(entry.id)
    ruling = {
        "verdict": "not_met",
        "reason": "复核后不成立。",
        "reply": "维持。",
        "seen": opened.present.decisions[ids[0]].id,
        "finding_hash": opened.hashes[ids[0]],
        "steps": 1,
    }
    client, path = desk("lead"), f"/runs/{entry.id}/appeals/{appeal.id}"
    assert "须先说明理由重新打开" in client.get(path).text
    refused = send(client, f"{path}/ruling", ruling)
    assert refused.status_code == 422
    assert "已由 组长甲 签署" in refused.json()["error"]
    reopen(space, account_of(space, "lead"), space.open(entry.id), item.id, "申诉有新材料。")
    assert send(client, f"{path}/ruling", ruling).status_code == 303
    kinds = [e.content.kind for e in space.runs.events(entry.id)][-2:]
    assert kinds == [EventKind.REOPENING, EventKind.DECISION]


def test_one_appeal_a_feature_is_open_and_more_papers_are_added_to_it(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    feature_id = decided_feature(space, entry)
    file_appeal(desk, entry, feature_id)
    city = desk("coordinator")
    again = {"feature_id": feature_id, "text": "再申诉。"}
    assert send(city, f"/city/{entry.id}/appeals", again).status_code == 422
    (appeal,) = matters(space, entry)
    more = [("台账.txt", "系统台账\n共 12 个系统在用。\n".encode())]
    added = send(city, f"/city/{entry.id}/appeals/{appeal.id}", {"text": "补台账。"}, more)
    assert added.status_code == 303
    page = desk("lead").get(f"/runs/{entry.id}/appeals/{appeal.id}").text
    assert "共 12 个系统在用。" in page
    assert send(desk("reviewer"), f"/runs/{entry.id}/appeals", again).status_code == 403
    assert send(city, f"/runs/{entry.id}/appeals", again).status_code == 403


RARE = "𠮷野家系统😀已在全市部署。"
"""Two of its characters take two units in a browser."""


@needs_chromium
@pytest.mark.slow
def test_what_is_selected_in_a_new_paper_is_cited_to_the_character(
    desk: Enter, served: Served, browser: Browser
) -> None:
    space = served.space
    (entry,) = space.entries()
    feature_id = decided_feature(space, entry)
    data = {"feature_id": feature_id, "text": "另有新材料。"}
    paper = f"云岭市情况说明\n{RARE}后面还有一句话。\n".encode()
    send(desk("coordinator"), f"/city/{entry.id}/appeals", data, [("说明.txt", paper)])
    (appeal,) = matters(space, entry)
    page = browser.new_page()
    page.goto(served.link("lead"))
    page.goto(f"{served.url}/runs/{entry.id}/appeals/{appeal.id}")
    page.evaluate(
        """(sentence) => {
          const text = document.querySelector('.paper-text').firstChild;
          const start = text.data.indexOf(sentence);
          const range = document.createRange();
          range.setStart(text, start);
          range.setEnd(text, start + sentence.length);
          getSelection().removeAllRanges();
          getSelection().addRange(range);
        }""",
        RARE,
    )
    page.click("#cite-selected")
    page.check('input[name="verdict"][value="mostly_met"]')
    page.fill('[name="reason"]', "新材料写明已部署。")
    page.fill('[name="reply"]', "已采纳。")
    page.click("#ruling button.main")
    page.wait_for_selector(".standing")
    new = standing_decisions(space.runs.events(entry.id))[feature_id]
    assert [c.quote for c in new.content.citations] == [RARE]
    page.close()
