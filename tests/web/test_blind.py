"""Two people judge blind: nothing that they may open tells them what they must not know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from auditor.core.events import EventKind
from auditor.core.findings import Judgement, Verdict
from auditor.core.workspace import RunEntry
from auditor.web.app import ROUTERS
from auditor.web.words import words
from auditor.workbench.space import Space
from tests.web.blind_rounds import PAIR, ask_round, open_round, say
from tests.web.conftest import Enter
from tests.web.samples import SECOND_REVIEWER

DOMAIN = "8.2"
MARK = "裁定者的独有理由"
OTHERS = "对方的独有理由"


def all_gets() -> Iterator[str]:
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and "GET" in route.methods:
                yield route.path


def filled(path: str, entry: RunEntry, feature_id: str, sha256: str) -> str:
    known = {
        "run_id": entry.id, "feature_id": feature_id, "sha256": sha256, "number": "1",
        "round_id": "1", "name": "workbench.css", "node": DOMAIN, "format": "html",
    }  # fmt: skip
    return re.sub(r"\{(\w+)\}", lambda m: known.get(m[1], "1"), path)


@pytest.fixture
def secret(space: Space, entry: RunEntry) -> str:
    """A feature of the domain that the machine finds met with a citation."""
    opened = space.open(entry.id)
    return next(
        f.id
        for f in opened.standard.features
        if f.id.startswith(DOMAIN)
        and f.id in opened.findings
        and opened.findings[f.id].verdict is Verdict.MET
        and opened.findings[f.id].credited_by == ()
    )


def decide_first(client: TestClient, space: Space, entry: RunEntry, feature_id: str) -> None:
    """Somebody decides before the round begins, with words of their own."""
    opened = space.open(entry.id)
    body = {
        "verdict": "not_met", "reason": MARK, "seen": "",
        "finding_hash": opened.hashes[feature_id], "cited": [],
    }  # fmt: skip
    answer = client.post(f"/runs/{entry.id}/features/{feature_id}/decision", json=body)
    assert answer.status_code == 200, answer.text


def test_no_route_tells_a_blind_reviewer_what_they_must_not_know(
    space: Space, entry: RunEntry, desk: Enter, secret: str
) -> None:
    lead, one, two = desk("lead"), desk(PAIR[0]), desk(PAIR[1])
    decide_first(lead, space, entry, secret)
    round_ = open_round(lead, space, entry, node=DOMAIN)
    assert secret in round_.feature_ids
    assert say(two, space, entry, secret, reason=OTHERS).status_code == 200
    opened = space.open(entry.id)
    outcome = opened.findings[secret].outcome
    assert isinstance(outcome, Judgement)
    sha256 = next(iter(opened.papers))
    forbidden = [MARK, OTHERS, opened.present.decisions[secret].id, outcome.reason]
    opened_pages = 0
    for path in all_gets():
        for query in ("", "?queue=impact&done=all", "?verdict=met&done=all", "?part=1&lang=en"):
            address = filled(path, entry, secret, sha256)
            answer = one.get(address + query)
            body = answer.text if "image" not in answer.headers.get("content-type", "") else ""
            opened_pages += answer.status_code == 200
            for words_ in forbidden:
                assert words_ not in body, (address + query, words_)
            assert not tells_verdict(body, round_.feature_ids), address + query
    assert opened_pages > 20


def tells_verdict(body: str, hidden: tuple[str, ...]) -> str:
    """A piece of a page that names a hidden feature beside a verdict; nothing where none does."""
    verdicts = [v.value for v in Verdict]
    if body.startswith(("{", "[")):
        return str(next(_telling(json.loads(body), frozenset(hidden)), ""))
    said = [words("zh")[v] for v in verdicts] + [words("en")[v] for v in verdicts]
    for row in re.findall(r"<tr>.*?</tr>|<li>.*?</li>|<a [^>]*leaf[^>]*>", body, re.S):
        if any(f'"{key}"' in row or f">{key}<" in row for key in hidden) and (
            any(f"v-{v}" in row for v in verdicts) or any(f">{w}<" in row for w in said)
        ):
            return str(row)
    return ""


def _telling(value: Any, hidden: frozenset[str]) -> Iterator[Any]:
    """Objects of an answer in JSON that name a hidden feature and a verdict."""
    if isinstance(value, dict):
        flat = json.dumps(value, ensure_ascii=False)
        named = {str(value.get("id")), str(value.get("feature_id"))} & hidden
        if named and any(f'"{v.value}"' in flat for v in Verdict):
            yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, (dict, list)):
            yield from _telling(inner, hidden)


def test_the_walk_would_notice_a_leak(
    space: Space, entry: RunEntry, desk: Enter, secret: str
) -> None:
    lead = desk("lead")
    decide_first(lead, space, entry, secret)
    round_ = open_round(lead, space, entry, node=DOMAIN)
    page = lead.get(f"/runs/{entry.id}/features/{secret}?done=all").text
    assert MARK in page
    assert tells_verdict(page, round_.feature_ids)
    assert tells_verdict(lead.get(f"/runs/{entry.id}/list?done=all").text, round_.feature_ids)
    assert tells_verdict(lead.get(f"/api/v1/runs/{entry.id}/features").text, round_.feature_ids)


def test_the_blind_page_shows_the_papers_and_nothing_of_the_machine(
    space: Space, entry: RunEntry, desk: Enter, secret: str
) -> None:
    open_round(desk("lead"), space, entry, node=DOMAIN)
    one = desk(PAIR[0])
    sent_on = one.get(f"/runs/{entry.id}/features/{secret}?queue=impact")
    assert sent_on.status_code == 303
    page = one.get(sent_on.headers["location"]).text
    assert 'class="machine"' not in page and 'data-machine=""' in page
    assert 'data-decide="opinion"' in page and 'data-seen=""' in page
    assert 'class="passages"' in page and "data-sha" in page
    assert one.get(f"/runs/{entry.id}/level").json()["level"] is None
    assert "meter" not in one.get(f"/runs/{entry.id}").text
    assert "progress max" not in one.get("/").text


def test_blindness_ends_with_the_round(
    space: Space, entry: RunEntry, desk: Enter, secret: str
) -> None:
    lead, one = desk("lead"), desk(PAIR[0])
    round_ = open_round(lead, space, entry, node=DOMAIN)
    say(one, space, entry, secret)
    say(desk(PAIR[1]), space, entry, secret)
    assert one.get(f"/runs/{entry.id}/features/{secret}?done=all").status_code == 303
    assert lead.post(f"/runs/{entry.id}/blind/{round_.id}/end").status_code == 303
    page = one.get(f"/runs/{entry.id}/features/{secret}?done=all")
    assert page.status_code == 200 and 'class="machine"' in page.text
    assert one.get(f"/runs/{entry.id}/blind/{secret}?blind=1").status_code == 404
    assert say(one, space, entry, secret).status_code == 422


def test_a_refused_act_is_no_oracle(
    space: Space, entry: RunEntry, desk: Enter, secret: str
) -> None:
    open_round(desk("lead"), space, entry, node=DOMAIN)
    one = desk(PAIR[0])
    bodies = []
    for verdict in Verdict:
        body = {
            "verdict": verdict.value, "reason": "", "seen": "",
            "finding_hash": space.open(entry.id).hashes[secret], "cited": [],
        }  # fmt: skip
        for act in ("decision", "withdrawal", "comment"):
            answer = one.post(f"/runs/{entry.id}/features/{secret}/{act}", json=body)
            assert answer.status_code == 403
            bodies.append(answer.text)
    assert len(set(bodies)) == 1
    assert say(one, space, entry, secret, verdict="not_met", cited=[]).status_code == 200
    assert say(one, space, entry, secret, verdict="met", reason="").status_code == 200


def test_features_that_others_credit_are_hidden_with_them(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    opened = space.open(entry.id)
    level_of = {f.id: f.level for f in opened.standard.features}
    credited, creditor = next(
        (f, by)
        for f in opened.run.findings
        for by in f.credited_by
        if level_of[by] != level_of[f.feature_id]
    )
    item = creditor.partition("-L")[0]
    round_ = open_round(desk("lead"), space, entry, node=item[:5], level=level_of[creditor])
    assert creditor in round_.feature_ids and credited.feature_id not in round_.feature_ids
    one = desk(PAIR[0])
    page = one.get(f"/runs/{entry.id}/features/{credited.feature_id}?done=all")
    assert page.status_code == 403
    assert credited.feature_id not in one.get(f"/runs/{entry.id}/list?done=all").text


def test_features_that_credit_it_are_hidden_with_what_else_they_credit(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    opened = space.open(entry.id)
    crediting = [f for f in opened.run.findings if f.credited_by]
    own, creditor, beside = next(
        (f.feature_id, by, other.feature_id)
        for f in crediting
        for other in crediting
        for by in f.credited_by
        if by in other.credited_by and f.feature_id[:9] not in (by[:9], other.feature_id[:9])
    )
    node, _, rest = own.partition("-L")
    round_ = open_round(desk("lead"), space, entry, node=node[:9], level=int(rest[0]))
    assert own in round_.feature_ids
    assert not {creditor, beside} & set(round_.feature_ids)
    one = desk(PAIR[0])
    listed = one.get(f"/runs/{entry.id}/list?done=all").text
    told = one.get(f"/api/v1/runs/{entry.id}/features").text
    for telling in (creditor, beside):
        page = one.get(f"/runs/{entry.id}/features/{telling}?done=all")
        assert page.status_code == 403, telling
        assert telling not in listed and telling not in told


def test_an_opinion_decides_nothing_and_the_last_one_counts(
    space: Space, entry: RunEntry, desk: Enter, secret: str
) -> None:
    open_round(desk("lead"), space, entry, node=DOMAIN)
    one = desk(PAIR[0])
    say(one, space, entry, secret, verdict="planned")
    say(one, space, entry, secret, verdict="partly_met")
    opened = space.open(entry.id)
    said = [e.content for e in opened.present.of_feature(secret)]
    assert [s.kind for s in said] == [EventKind.BLIND] * 2
    assert said[-1].verdict is Verdict.PARTLY_MET and said[-1].citations[0].quote
    assert said[-1].finding_hash == opened.hashes[secret]
    assert secret not in opened.present.decisions
    assert opened.present.decided.reviewed == 0
    page = one.get(f"/runs/{entry.id}/blind/{secret}?blind=1").text
    assert page.count("评审员甲") >= 2


def test_an_opinion_needs_words_or_a_citation_and_an_open_round(
    space: Space, entry: RunEntry, desk: Enter, secret: str
) -> None:
    one, two = desk(PAIR[0]), desk("lead")
    assert say(one, space, entry, secret).status_code == 422
    open_round(two, space, entry, node=DOMAIN)
    assert say(one, space, entry, secret, reason=" ", cited=[]).status_code == 422
    assert say(one, space, entry, secret, verdict="not_applicable", reason="").status_code == 422
    assert say(one, space, entry, secret, verdict="").status_code == 422
    nothing = say(one, space, entry, secret, verdict="no_evidence", reason="", cited=[])
    assert nothing.status_code == 200
    assert say(two, space, entry, secret).status_code == 422, "the lead is none of the two"


def test_a_sample_is_the_same_with_the_same_seed(
    space: Space, entry: RunEntry, desk: Enter
) -> None:
    lead = desk("lead")
    drawn = []
    for seed in (7, 7, 8):
        round_ = open_round(lead, space, entry, sample=20, seed=seed)
        drawn.append(round_.feature_ids)
        lead.post(f"/runs/{entry.id}/blind/{round_.id}/end")
    assert len(set(drawn[0])) == 20
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_round_is_of_two_reviewers_and_of_what_neither_has_seen(
    space: Space, entry: RunEntry, desk: Enter, secret: str
) -> None:
    lead, one = desk("lead"), desk(PAIR[0])
    assert ask_round(lead, space, entry, pair=("reviewer", "reviewer")).status_code == 422
    assert ask_round(lead, space, entry, pair=("reviewer", "observer")).status_code == 422
    assert ask_round(lead, space, entry, sample=1000).status_code == 422
    assert ask_round(one, space, entry).status_code == 403
    one.post(f"/runs/{entry.id}/features/{secret}/comment", json={"text": "看过"})
    first = open_round(lead, space, entry, node=DOMAIN)
    assert secret not in first.feature_ids
    again = ask_round(lead, space, entry, node=DOMAIN)
    assert again.status_code == 422, "all lie in the open round"
    assert SECOND_REVIEWER in PAIR
