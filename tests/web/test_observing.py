"""What an operator sees of the workbench: requests by route, audits by state; no path, no link."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from auditor.cli.serve import by_state
from auditor.core.workspace import RunEntry
from auditor.operations.logs import configure_logs
from auditor.operations.metrics import METER, REQUESTS, Counted
from auditor.web.app import Serving, create_app, shielded
from auditor.web.guard import COOKIE
from auditor.web.observing import Observed
from auditor.workbench.space import Space

FEATURE = "8.1.1.1-L1-a"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where JSON lines go; the logging of the tests comes back at the end."""
    root, own = logging.getLogger(), logging.getLogger("auditor")
    before = (list(root.handlers), root.level, own.level)
    stream = io.StringIO()
    configure_logs("json", "INFO", stream)
    yield stream
    root.handlers[:], root.level, own.level = before


def test_requests_are_told_by_route_and_never_by_path(
    space: Space, entry: RunEntry, lines: io.StringIO
) -> None:
    METER.drain()
    app = Observed(shielded(create_app(space), Serving(frozenset({"testserver"}))))
    account = space.people.accounts.by_login("reviewer")
    assert account is not None
    link = space.people.make_link(account)
    with TestClient(app, follow_redirects=False) as client:  # type: ignore[arg-type]
        entered = client.get(f"/enter/{link}")
        assert entered.status_code == 303 and client.cookies.get(COOKIE)
        assert client.get(f"/runs/{entry.id}/features/{FEATURE}").status_code == 200
        assert client.get("/.git/config").status_code == 404
        assert client.get("/", headers={"host": "evil.example"}).status_code == 421
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    requests = [row for row in told if row["message"] == "request"]
    assert [(row["route"], row["status"]) for row in requests] == [
        ("/enter/{token}", 303),
        ("/runs/{run_id}/features/{feature_id}", 200),
        ("-", 404),
        ("-", 421),
    ]
    assert requests[1]["run"] == entry.id and "run" not in requests[0]
    assert link not in lines.getvalue() and "evil" not in lines.getvalue()
    counted = {c.labels: c.value for c in METER.counts().counters if c.name == REQUESTS}
    one = (("method", "GET"), ("route", "/enter/{token}"), ("status", "303"))
    assert counted[one] == 1
    assert Counted(REQUESTS, (("method", "-"), ("route", "-"), ("status", "421")), 1.0) in (
        METER.drain().counters
    )


def test_audits_are_told_by_state_also_where_there_are_none(space: Space) -> None:
    states = by_state(space)
    assert states["waiting"] == 0 and set(states) >= {"running", "done", "failed"}
