"""Times on pages are told in the zone of the server, which is named; machines get UTC."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from auditor.attesting import Attested, require_attested
from auditor.core.errors import ConfigurationError, ReviewError
from auditor.core.events import EventContent, EventKind
from auditor.core.findings import Verdict
from auditor.core.times import moment_of, told_time
from auditor.core.workspace import RunEntry
from auditor.report.signatures import minute
from auditor.store.workspace.runs import Appending
from auditor.workbench.acting import NODE_EVENTS, Answer, decide_feature
from auditor.workbench.clock import VARIABLE, own_clock, own_zone
from auditor.workbench.space import Space
from tests.web.blind_rounds import open_round
from tests.web.conftest import Enter
from tests.web.exchange import account_of
from tests.web.samples import STANDARD

STAMP = "2026-11-02T02:00:00.000+00:00"
ON_PAGE = '<time datetime="2026-11-02T02:00:00Z" title="2026-11-02T02:00:00Z">'


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Asia/Shanghai", "2026-11-02 10:00 UTC+8"),
        ("America/St_Johns", "2026-11-01 22:30 UTC-3:30"),
        ("Etc/UTC", "2026-11-02 02:00 UTC"),
    ],
)
def test_a_time_is_told_in_a_zone_with_its_offset(zone: str, told: str) -> None:
    assert told_time(STAMP, ZoneInfo(zone)) == told


def test_summer_time_is_that_of_the_day_told_of() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert told_time("2026-07-01T10:00:00+00:00", berlin) == "2026-07-01 12:00 UTC+2"
    assert told_time("2026-12-01T10:00:00+00:00", berlin) == "2026-12-01 11:00 UTC+1"


def test_what_is_no_time_with_a_zone_is_given_as_it_stands() -> None:
    for said in ("2026-11-02", "2026-11-02T10:00:00", "<b>", ""):
        assert told_time(said, UTC) == said


@pytest.mark.parametrize("said", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+08:00"])
def test_a_time_at_the_ends_of_the_calendar_is_given_as_it_stands(said: str) -> None:
    assert told_time(said, ZoneInfo("Asia/Shanghai")) == said
    assert told_time(said, ZoneInfo("America/New_York")) == said
    assert moment_of(said) is None
    with pytest.raises(ReviewError, match="时间"):
        require_attested(Attested(replace(comment_of(said), kind=EventKind.BLIND), ()))


def comment_of(time: str) -> EventContent:
    """A comment at a time."""
    feature_id = STANDARD.features[0].id
    return EventContent(EventKind.COMMENT, feature_id, "0" * 64, "甲", "看过", time)


def test_an_opinion_of_a_moment_beyond_all_clocks_breaks_no_page(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    lead = desk("lead")
    feature_id = open_round(lead, space, entry).feature_ids[0]
    far = replace(comment_of("9999-12-31T23:59:59+00:00"), feature_id=feature_id)
    said = replace(far, kind=EventKind.BLIND, author="评审员甲", verdict=Verdict.MET)
    owner = account_of(space, "lead").id
    place = Appending(entry.id, owner, space.stamp(), (feature_id, NODE_EVENTS))
    space.runs.append(place, lambda there: [far, said])
    assert "9999-12-31" in lead.get(f"/runs/{entry.id}/features/{feature_id}?done=all").text
    assert lead.get(f"/runs/{entry.id}/blind").status_code == 200


def test_a_report_tells_the_zone_of_the_record_whatever_the_machine_is_set_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "America/New_York")
    assert minute("2026-11-02T10:00:00.000001+08:00") == "2026-11-02 10:00 UTC+8"


def test_the_servers_zone_is_the_configured_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "Asia/Shanghai")
    assert own_clock().isoformat()[-6:] == "+08:00"
    monkeypatch.setenv(VARIABLE, "Asia/Nowhere")
    with pytest.raises(ConfigurationError, match="Asia/Nowhere"):
        own_zone()
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    assert own_zone() == ZoneInfo("Europe/Berlin")


def test_pages_tell_local_times_and_records_stay_utc(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    opened, feature_id = space.open(entry.id), STANDARD.features[0].id
    lead = account_of(space, "lead")
    answer = Answer(feature_id, "not_met", "查无此事", "", opened.hashes[feature_id])
    decide_feature(space, lead, opened, answer)
    client = desk("lead")
    feature = client.get(f"/runs/{entry.id}/features/{feature_id}").text
    assert f"{ON_PAGE}2026-11-02 10:00 UTC+8</time>" in feature
    assert f"{ON_PAGE}2026-11-02</time>" in client.get("/").text
    log = desk("administrator").get("/log").text
    assert f"{ON_PAGE}2026-11-02 10:00:00 UTC+8</time>" in log
    assert entry.added_at.endswith("+00:00")
    assert client.get("/api/v1/runs").json()[0]["added_at"] == entry.added_at
