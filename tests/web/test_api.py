"""The API for other systems: what it says, and that nothing sent to it breaks it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from auditor.core.workspace import RunEntry
from auditor.store.events import chain_faults, event_from
from auditor.workbench.space import Space
from tests.web.browser import Served
from tests.web.conftest import Enter

FEATURE = "8.1.1.1-L1-a"


@pytest.fixture
def token(space: Space) -> str:
    """The token of a system that acts as the lead."""
    account = space.people.accounts.by_login("lead")
    assert account is not None
    return space.people.make_token(account)


@pytest.fixture
def caller(desk: Enter, token: str) -> TestClient:
    """A system with a token and no session."""
    client = desk("observer")
    client.cookies.clear()
    del client.headers["x-csrf"]
    client.headers["authorization"] = f"Bearer {token}"
    return client


def test_a_decision_over_the_api_is_an_event_like_any_other(
    caller: TestClient, space: Space, entry: RunEntry
) -> None:
    base = f"/api/v1/runs/{entry.id}"
    assert [run["id"] for run in caller.get("/api/v1/runs").json()] == [entry.id]
    feature = caller.get(f"{base}/features/{FEATURE}").json()
    paper = caller.get(f"{base}/documents").json()[0]
    body = {
        "verdict": "partly_met",
        "reason": "材料只说明了一部分。",
        "finding_hash": feature["finding_hash"],
        "cited": [{"sha256": paper["sha256"], "start": 0, "end": 8}],
    }
    made = caller.post(f"{base}/features/{FEATURE}/decisions", json=body)
    assert made.status_code == 201
    again = caller.post(f"{base}/features/{FEATURE}/decisions", json={**body, "verdict": "met"})
    assert again.status_code == 409 and again.json()["now"]["id"] == made.json()["id"]
    events = [event_from(row) for row in caller.get(f"{base}/events").json()]
    assert [e.content.author for e in events] == ["组长甲"] and not chain_faults(events)
    document = space.open(entry.id).papers[paper["sha256"]]
    assert events[0].content.citations[0].quote == document.text[0:8]
    assert caller.get(f"{base}/level").json()["decided"] == 1
    held = caller.get(f"{base}/features?done=decided").json()
    assert [row["id"] for row in held] == [FEATURE]
    path, back = f"{base}/features/{FEATURE}/withdrawals", {"reason": "重新判断"}
    for unseen in (back, {**back, "seen": "0" * 64}):
        refused = caller.post(path, json=unseen)
        assert refused.status_code == 409 and refused.json()["now"]["id"] == made.json()["id"]
    gone = caller.post(path, json={**back, "seen": made.json()["id"]})
    assert gone.status_code == 201
    assert caller.get(f"{base}/features?done=decided").json() == []


def test_a_token_ends_with_its_account(caller: TestClient, space: Space) -> None:
    account = space.people.accounts.by_login("lead")
    assert account is not None
    assert caller.get("/api/v1/runs").status_code == 200
    space.people.accounts.change(account.id, active=False)
    assert caller.get("/api/v1/runs").status_code == 401


def test_the_description_names_every_route(caller: TestClient) -> None:
    described = caller.get("/api/v1/openapi.json").json()
    assert len(described["paths"]) == 12
    for methods in described["paths"].values():
        for said in methods.values():
            assert said["summary"] and {"401", "403", "404"} <= set(said["responses"])


@pytest.mark.slow
def test_schemathesis_finds_no_fault(
    served: Served, space: Space, entry: RunEntry, token: str, tmp_path: Path
) -> None:
    """Generated requests, among them broken ones: no 5xx, and nothing that is not described."""
    import httpx

    auth = {"authorization": f"Bearer {token}"}
    described = httpx.get(f"{served.url}/api/v1/openapi.json", headers=auth).json()
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(_with_real_ids(described, entry)), encoding="utf-8")
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "run", str(file),
            "--url", served.url, "-H", f"Authorization: Bearer {token}", "-n", "30",
            "--seed", "1", "--generation-database", "none",
            "--exclude-checks", "missing_required_header,ignored_auth,positive_data_acceptance",
        ],
        capture_output=True, text=True, timeout=280, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    assert "Tested: 12" in done.stdout
    assert not chain_faults(space.runs.events(entry.id))


def _with_real_ids(described: dict[str, Any], entry: RunEntry) -> dict[str, Any]:
    """The description with a real run and real features in it, so that more than 404 is reached."""
    ids = {"run_id": [entry.id], "feature_id": [FEATURE, "8.2.4.1-L1-b", "8.9-x"]}
    for methods in described["paths"].values():
        for said in methods.values():
            for parameter in said.get("parameters", ()):
                if parameter["name"] in ids:
                    parameter["schema"]["enum"] = ids[parameter["name"]]
    return described
