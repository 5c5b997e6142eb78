"""The bench itself: the run is there, people come in, over both databases."""

from __future__ import annotations

from starlette.testclient import TestClient

from auditor.core.workspace import RunEntry
from auditor.workbench.space import Space
from tests.web.conftest import Enter


def test_a_person_of_the_city_sees_the_run(desk: Enter, entry: RunEntry) -> None:
    client: TestClient = desk("reviewer")
    assert entry.title in client.get("/").text
    assert client.get(f"/runs/{entry.id}").status_code == 200


def test_the_run_is_registered_over_both_databases(any_space: Space) -> None:
    (entry,) = any_space.entries()
    assert (entry.features, entry.events) == (376, 0)
    assert len(any_space.people.accounts.all()) == 10
