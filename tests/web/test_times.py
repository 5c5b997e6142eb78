"""Times on pages are told in the zone of the server, which is named; machines get UTC."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from auditor.core.errors import ConfigurationError
from auditor.core.times import told_time
from auditor.core.workspace import RunEntry
from auditor.report.signatures import minute
from auditor.workbench.acting import Answer, decide_feature
from auditor.workbench.clock import VARIABLE, own_clock, own_zone
from auditor.workbench.space import Space
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
