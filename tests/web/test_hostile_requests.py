"""Forged and stale forms, foreign hosts and origins, guessed ids, paths that climb, markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from auditor.core.workspace import RunEntry
from auditor.store.events import chain_faults
from auditor.web.app import Serving, create_app, shielded
from auditor.web.guard import COOKIE
from auditor.workbench.space import Space, add_run
from tests.web.conftest import Enter
from tests.web.samples import PASSWORD, make_dossier

FEATURE = "8.1.1.1-L1-a"
MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{7*7}}{% for x in [] %}",
    "</textarea><script>alert(1)</script>",
    "javascript:alert(1)",
    "\u202e\u0000<b>",
    "]]><script>alert(1)</script>",
)
CLIMBING = (
    "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fworkspace.db",
    "....//workspace.db", "/etc/passwd", "..\\..\\workspace.db", "workbench.css%00.js",
)  # fmt: skip


class Shapes(HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def shapes(html: str) -> Shapes:
    """Parse a page."""
    found = Shapes()
    found.feed(html)
    return found


def require_harmless(html: str) -> None:
    """No element or attribute that the templates do not write themselves."""
    found = shapes(html)
    assert set(found.tags) & {"img", "iframe", "object", "embed"} == set()
    assert found.tags.count("script") <= 3
    assert not [name for name in found.attributes if name.startswith("on") or name == "style"]
    assert "49{%" not in html


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_what_people_write_stays_text(text: str, entry: RunEntry, desk: Enter) -> None:
    client = desk("reviewer")
    path = f"/runs/{entry.id}/features/{FEATURE}"
    said = client.post(f"{path}/comment", json={"text": text})
    assert said.status_code == 200
    draft = {"verdict": "met", "reason": text, "cited": []}
    assert client.post(f"{path}/draft", json=draft).status_code == 200
    for address in (path, f"{path}?part=1"):
        require_harmless(client.get(address).text)
    asked = {"done": "all", "text": text}
    require_harmless(client.get(f"/runs/{entry.id}/list", params=asked).text)


def test_markup_in_names_and_titles_stays_text(space: Space, entry: RunEntry, desk: Enter) -> None:
    administrator = desk("administrator")
    for number, text in enumerate(MARKUP):
        body = {"login": f"l{number}", "name": text, "password": PASSWORD, "role": "reviewer"}
        body["city"] = text
        assert administrator.post("/people", json=body).status_code in {303, 422}
    require_harmless(administrator.get("/people").text)
    require_harmless(administrator.get("/log").text)
    assert entry.id in desk("reviewer").get("/").text
    assert space.people.accounts.by_login("l0") is not None


def test_markup_in_documents_and_file_names_stays_text(
    space: Space,
    tmp_path: Path,
    desk: Enter,
) -> None:
    from tests.web.hostile_run import write_hostile_run

    made = write_hostile_run(tmp_path / "hostile", make_dossier(tmp_path / "d"), MARKUP)
    entry = add_run(space, made, "组长甲")
    client = desk("reviewer")
    for feature_id in made_features(client, entry):
        require_harmless(client.get(f"/runs/{entry.id}/features/{feature_id}?part=1").text)
    require_harmless(client.get(f"/runs/{entry.id}").text)


def made_features(client: TestClient, entry: RunEntry) -> list[str]:
    """The first features of a run."""
    rows = client.get(f"/api/v1/runs/{entry.id}/features").json()
    return [row["id"] for row in rows[:12]]


def test_a_form_without_its_token_or_with_anothers_is_refused(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    client, other = desk("reviewer"), desk("lead")
    path = f"/runs/{entry.id}/features/{FEATURE}/comment"
    tokens = ["", "x" * 32, other.headers["x-csrf"]]
    for token in tokens:
        client.headers["x-csrf"] = token
        assert client.post(path, json={"text": "forged", "csrf": token}).status_code == 403
    assert not space.runs.events(entry.id)
    refused = [line for line in space.people.accounts.log() if line.act == "csrf"]
    assert len(refused) == len(tokens)


def test_a_request_from_another_site_or_to_another_host_is_refused(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    client = desk("reviewer")
    path = f"/runs/{entry.id}/features/{FEATURE}/comment"
    for header in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert client.post(path, json={"text": "forged"}, headers=header).status_code == 403
    assert client.get("/", headers={"host": "rebound.example"}).status_code == 421
    assert not space.runs.events(entry.id)


JSON = {"content-type": "application/json"}


def nobody(desk: Enter) -> TestClient:
    """A client without a session."""
    client = desk("reviewer")
    client.cookies.clear()
    del client.headers["x-csrf"]
    return client


@pytest.mark.parametrize("path", ["/login", "/leave"])
@pytest.mark.parametrize("body", ["[" * 200_000, '{"a":' * 100_000, '["x"]', "\ufeff", ""])
def test_a_malformed_body_is_refused_before_anybody_is_in(
    path: str, body: str, desk: Enter
) -> None:
    client = nobody(desk)
    assert client.post(path, content=body.encode(), headers=JSON).status_code == 403


def test_half_a_character_in_a_form_is_refused_and_breaks_nothing(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    half = b'{"login": "\\ud800", "password": "\\udfff", "csrf": "\\ud800", "text": "a"}'
    assert nobody(desk).post("/login", content=half, headers=JSON).status_code == 401
    client = desk("reviewer")
    login = half.replace(b'"\\ud800", "password"', b'"reviewer", "password"')
    assert client.post("/login", content=login, headers=JSON).status_code == 401
    del client.headers["x-csrf"]
    path = f"/runs/{entry.id}/features/{FEATURE}/comment"
    assert client.post(path, content=half, headers=JSON).status_code == 403
    assert not space.runs.events(entry.id)


def test_places_and_lengths_of_thousands_of_digits_are_only_far_away(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    client, far = desk("reviewer"), "9" * 5000
    sha256 = next(iter(space.open(entry.id).papers))
    text = f"/runs/{entry.id}/papers/{sha256}/text"
    whole = client.get(text).json()["whole"]
    assert client.get(text, params={"from": far}).json()["start"] == whole
    assert client.get(text, params={"until": far}).json()["text"]
    for start, end in (("0", far), (far, far)):
        assert client.get(text, params={"start": start, "end": end}).json()["start"] == 0
    long = client.post("/login", content=b"", headers={"content-length": far})
    assert long.status_code == 413


def test_a_stale_form_overwrites_nothing(space: Space, entry: RunEntry, desk: Enter) -> None:
    first, second = desk("reviewer"), desk("second_reviewer")
    path = f"/runs/{entry.id}/features/{FEATURE}"
    page = first.get(path).text
    hashed = re.search(r'data-hash="([0-9a-f]{64})"', page)
    assert hashed
    body = {"verdict": "not_met", "reason": "理由", "seen": "", "finding_hash": hashed.group(1)}
    assert first.post(f"{path}/decision", json=body).status_code == 200
    refused = second.post(f"{path}/decision", json={**body, "verdict": "met"})
    assert refused.status_code == 409
    assert refused.json()["now"]["author"] == "评审员甲"
    assert refused.json()["error"]
    body["finding_hash"] = "0" * 64
    assert second.post(f"{path}/decision", json=body).status_code == 422
    events = space.runs.events(entry.id)
    assert len(events) == 1 and not chain_faults(events)


@pytest.mark.parametrize("name", CLIMBING)
def test_no_path_climbs_out(name: str, space: Space, entry: RunEntry, desk: Enter) -> None:
    client = desk("reviewer")
    for address in (f"/static/{name}", f"/runs/{entry.id}/papers/{name}/pages/1.png",
                    f"/runs/{entry.id}/papers/{name}/text", f"/runs/{name}"):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code in {404, 400, 421, 422}, address
        assert "root:" not in answer.text and b"SQLite format" not in answer.content


@pytest.mark.parametrize(
    "body",
    [
        {"verdict": "excellent"},
        {"verdict": None},
        {"verdict": "met", "cited": "all"},
        {"verdict": "met", "cited": [{"sha256": "0" * 64, "start": 0, "end": 5}]},
        {"verdict": "met", "cited": [{"sha256": 1, "start": "0", "end": []}]},
        {"verdict": "met", "cited": [{}] * 5000},
        {"verdict": "met", "reason": "长" * 5000},
        {"verdict": {"$ne": 1}, "reason": []},
    ],
)
def test_malformed_decisions_are_refused_and_nothing_is_recorded(
    body: dict[str, object], space: Space, entry: RunEntry, desk: Enter
) -> None:
    client = desk("reviewer")
    opened = space.open(entry.id)
    whole = {"finding_hash": opened.hashes[FEATURE], "seen": "", "reason": "理由", **body}
    answer = client.post(f"/runs/{entry.id}/features/{FEATURE}/decision", json=whole)
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert not space.runs.events(entry.id)


def test_a_body_that_is_no_object_or_too_large_is_refused(entry: RunEntry, desk: Enter) -> None:
    client = desk("reviewer")
    path = f"/runs/{entry.id}/features/{FEATURE}/comment"
    as_json = {"content-type": "application/json"}
    for body in (b"[]", b"1", b"{", b"\xff\xfe", b"null"):
        assert client.post(path, content=body, headers=as_json).status_code == 403
    huge = b'{"text": "' + b"x" * (2 << 20) + b'"}'
    assert client.post(path, content=huge, headers=as_json).status_code == 403


def test_pages_forbid_what_they_do_not_need(entry: RunEntry, desk: Enter) -> None:
    answer = desk("reviewer").get(f"/runs/{entry.id}/features/{FEATURE}")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert re.search(r"<script(?! src=)", answer.text) is None


def test_the_session_is_out_of_reach_of_scripts(space: Space) -> None:
    app = shielded(create_app(space), Serving(frozenset({"testserver"})))
    client = TestClient(app, follow_redirects=False)  # type: ignore[arg-type]
    account = space.people.accounts.by_login("reviewer")
    assert account is not None
    answer = client.get(f"/enter/{space.people.make_link(account)}")
    cookie = answer.headers["set-cookie"]
    assert COOKIE in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie
    with space.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT token_sha256 FROM sessions").fetchall()
    token = re.search(rf"{COOKIE}=([^;]+)", cookie)
    assert token and token.group(1) not in {row[0] for row in rows}


def test_redirects_stay_in_the_workbench(desk: Enter) -> None:
    client = desk("reviewer")
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"):
        answer = client.post("/lang", json={"lang": "en", "back": back})
        assert answer.headers["location"] == "/"
