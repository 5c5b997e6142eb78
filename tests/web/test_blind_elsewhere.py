"""Who reviews a run blind opens no other run of the same city until their round has ended."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from auditor.core.workspace import RunEntry
from auditor.web.app import ROUTERS
from auditor.workbench.auditing import Order, enqueue
from auditor.workbench.space import Space, add_run
from tests.web.blind_rounds import PAIR, open_round
from tests.web.conftest import Enter
from tests.web.exchange import account_of
from tests.web.samples import CITY, make_sample

DOMAIN = "8.2"


@pytest.fixture
def other(space: Space, entry: RunEntry, tmp_path_factory: pytest.TempPathFactory) -> RunEntry:
    """A second run of the same city in the workspace (the first is ``entry``)."""
    made = make_sample(tmp_path_factory.mktemp("second"), CITY, seed=3)
    return add_run(space, made.out, "组长甲", made.dossier)


def routes_of_runs() -> Iterator[tuple[str, str]]:
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and "{run_id}" in route.path:
                yield from ((method, route.path) for method in sorted(route.methods or ()))


def address(path: str, space: Space, entry: RunEntry) -> str:
    opened = space.open(entry.id)
    known = {
        "run_id": entry.id, "sha256": next(iter(opened.papers)), "node": DOMAIN, "format": "html",
        "feature_id": next(iter(opened.findings)),
    }  # fmt: skip
    return re.sub(r"\{(\w+)\}", lambda m: known.get(m[1], "1"), path)


def test_no_route_of_another_run_of_the_city_opens(
    space: Space, entry: RunEntry, other: RunEntry, desk: Enter
) -> None:
    open_round(desk("lead"), space, entry, node=DOMAIN)
    one = desk(PAIR[0])
    routes = list(routes_of_runs())
    for method, path in routes:
        answer = one.request(method, address(path, space, other))
        assert answer.status_code == 403, (method, path)
    assert len(routes) > 60
    page, third = f"/runs/{other.id}", desk("lead")
    assert third.get(page).status_code == 200
    assert one.get(f"/runs/{entry.id}").status_code == 200, "their own run stays open"
    sha256 = next(iter(space.open(entry.id).papers))
    assert one.get(f"/runs/{entry.id}/papers/{sha256}/text").status_code == 200
    (round_,) = space.desks.rounds(entry.id)
    assert third.post(f"/runs/{entry.id}/blind/{round_.id}/end").status_code == 303
    assert one.get(page).status_code == 200


def test_lists_tell_no_number_of_another_run_of_the_city(
    space: Space, entry: RunEntry, other: RunEntry, desk: Enter
) -> None:
    one = desk(PAIR[0])
    assert one.get("/").text.count("<progress") == 2
    assert {run["id"] for run in one.get("/api/v1/runs").json()} == {entry.id, other.id}
    open_round(desk("lead"), space, entry, node=DOMAIN)
    assert one.get("/").text.count("<progress") == 0
    assert [run["id"] for run in one.get("/api/v1/runs").json()] == [entry.id]


def test_audits_of_the_city_are_closed_to_a_lead_who_reviews_it_blind(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    lead = account_of(space, "lead")
    order = Order(CITY, "screen", dossier="uploads/one/dossier")
    job = enqueue(space, lead, "one", order)
    client = desk("lead")
    assert job.id in client.get("/jobs").text
    open_round(client, space, entry, pair=("lead", PAIR[0]), node=DOMAIN)
    for path in (f"/jobs/{job.id}", f"/jobs/{job.id}/state"):
        assert client.get(path).status_code == 403
    assert job.id not in client.get("/jobs").text
