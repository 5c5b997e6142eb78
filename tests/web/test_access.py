"""Every route with every role: who may not do a thing is refused, and nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient

from auditor.core.access import GRANTED, Grant, Right, Role
from auditor.core.workspace import RunEntry
from auditor.web.app import ROUTERS, Serving, create_app, shielded
from auditor.web.guard import COOKIE, OPEN_PATHS, needs, require_guarded, rights_needed
from auditor.workbench.space import Space
from tests.web.conftest import Enter

REFUSALS = {403, 404}
NOWHERE = {"enter": 303, "json": 401}
FILLERS = {
    "feature_id": "8.1.1.1-L1-a",
    "sha256": "0" * 64,
    "number": "1",
    "account_id": "999",
    "job_id": "nojob",
    "matter_id": "999",
    "round_id": "999",
    "name": "x",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A guarded route: method, address and the right that it asks for."""

    method: str
    path: str
    right: Right

    def address(self, entry: RunEntry) -> str:
        """With a real run in it."""
        filled = self.path.replace("{run_id}", entry.id)
        return re.sub(r"\{(\w+)(:\w+)?\}", lambda m: FILLERS.get(m.group(1), "1"), filled)


def ways() -> Iterator[Way]:
    """All routes of the application that are guarded."""
    for router in ROUTERS:
        for route in router.routes:
            for right in rights_needed(route):
                for method in sorted(getattr(route, "methods", ()) - {"HEAD"}):
                    yield Way(method, str(getattr(route, "path", "")), right)


def ask(client: TestClient, way: Way, entry: RunEntry) -> int:
    """Ask for a route as a client; gives the status."""
    body = None if way.method == "GET" else {}
    return client.request(way.method, way.address(entry), json=body).status_code


def test_there_are_many_guarded_routes_and_few_open_ones() -> None:
    bare = {
        str(getattr(route, "path", ""))
        for router in ROUTERS
        for route in router.routes
        if not rights_needed(route)
    }
    assert bare == OPEN_PATHS
    assert len(list(ways())) > 30


def test_the_application_does_not_start_with_a_bare_route() -> None:
    from fastapi import APIRouter

    guard = needs(Right.ENTER)
    router = APIRouter()
    router.add_api_route("/bare", lambda: {})
    router.add_api_route("/guarded", lambda: {}, dependencies=[guard])
    with pytest.raises(RuntimeError, match=r"Routes without a right: /bare$"):
        require_guarded([router])


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_does_not_grant_is_refused(
    role: Role, space: Space, entry: RunEntry, desk: Enter
) -> None:
    client = desk(role.value)
    head = space.entry(entry.id).head
    wrong = [
        (way, status)
        for way in ways()
        if way.right not in GRANTED[role]
        if (status := ask(client, way, entry)) not in REFUSALS
    ]
    assert not wrong
    assert space.entry(entry.id).head == head
    assert any(line.outcome == "refused" for line in space.people.accounts.log())


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_grants_is_not_refused_by_the_guard(
    role: Role, entry: RunEntry, desk: Enter
) -> None:
    client = desk(role.value)
    refused = [
        way
        for way in ways()
        if way.method == "GET"
        and way.right in GRANTED[role]
        and client.get(way.address(entry)).status_code == 403
    ]
    assert not refused


def test_rights_in_one_city_open_nothing_of_another(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    stranger = space.people.add(
        "stranger", "评审员丙", "a long password 1", [Grant(r, "别处市") for r in Role]
    )
    client = desk(stranger.login)
    for way in ways():
        if "{run_id}" in way.path:
            assert ask(client, way, entry) == 404, way
    assert entry.id not in client.get("/").text
    assert client.get("/api/v1/runs").json() == []


def test_an_unknown_run_looks_like_one_of_another_city(entry: RunEntry, desk: Enter) -> None:
    client = desk("reviewer")
    answers = {client.get(f"/runs/{guess}").text for guess in ("0" * 12, "ffffffffffff", "..%2f")}
    assert all("云岭市" not in answer for answer in answers)
    assert client.get(f"/runs/{entry.id}").status_code == 200


def test_nobody_gets_in_without_a_session(space: Space, entry: RunEntry) -> None:
    client = TestClient(
        shielded(create_app(space), Serving(frozenset({"testserver"}))),  # type: ignore[arg-type]
        follow_redirects=False,
    )
    for way in ways():
        asked = client.request(way.method, way.address(entry), json=None)
        api = way.path.startswith("/api/")
        assert asked.status_code == NOWHERE["json" if api else "enter"], way
    client.cookies.set(COOKIE, "forged")
    assert client.get(f"/runs/{entry.id}").status_code == NOWHERE["enter"]


def test_roles_taken_away_end_at_once(space: Space, entry: RunEntry, desk: Enter) -> None:
    client = desk("reviewer")
    assert client.get(f"/runs/{entry.id}").status_code == 200
    account = space.people.accounts.by_login("reviewer")
    assert account is not None
    space.people.accounts.regrant(account.id, [])
    assert client.get(f"/runs/{entry.id}").status_code == 404
    space.people.accounts.change(account.id, active=False)
    assert client.get("/").status_code == 401


def test_the_last_administrator_stays(space: Space, desk: Enter) -> None:
    client = desk("administrator")
    account = space.people.accounts.by_login("administrator")
    assert account is not None
    body = {"role": "administrator", "city": account.grants[0].city}
    assert client.post(f"/people/{account.id}/revoke", json=body).status_code == 422
    assert client.post(f"/people/{account.id}/active", json={"active": "no"}).status_code == 422
    again = space.people.accounts.get(account.id)
    assert again is not None and again.active and again.may(Right.MANAGE_PEOPLE)
