"""A record of a visit that was a mistake is taken back; it stays in the chain."""

from __future__ import annotations

from auditor.core.events import EventKind
from auditor.core.workspace import RunEntry
from auditor.deciding import found_on_site
from auditor.workbench.space import Space
from tests.web.conftest import Enter
from tests.web.test_onsite import FEATURE, note


def test_a_record_is_taken_back_with_a_reason_and_counts_no_more(
    desk: Enter, space: Space, entry: RunEntry
) -> None:
    recorded = note(desk, entry, method="demonstration").json()
    path = f"/runs/{entry.id}/site/records/{recorded['id']}/withdrawal"
    client = desk("reviewer")
    assert client.post(path, json={"reason": " "}).status_code == 422
    assert found_on_site(space.runs.events(entry.id)).keys() == {FEATURE}
    assert client.post(path, json={"reason": "记错了项目"}).status_code == 303
    assert found_on_site(space.runs.events(entry.id)) == {}
    assert client.post(path, json={"reason": "再撤一次"}).status_code == 422
    assert recorded["id"] not in client.get(f"/runs/{entry.id}/site").text
    kinds = [event.content.kind for event in space.runs.events(entry.id)]
    assert kinds == [EventKind.EVIDENCE, EventKind.WITHDRAWAL]
    missing = client.post(path.replace(recorded["id"], "0" * 16), json={"reason": "无"})
    assert missing.status_code == 422
