"""Helpers for the tests of blind review: a round, opinions, the words that must not be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from httpx import Response
from starlette.testclient import TestClient

from auditor.core.workspace import BlindRound, RunEntry
from auditor.workbench.space import Space
from tests.web.samples import REPORT, SECOND_REVIEWER

PAIR = ("reviewer", SECOND_REVIEWER)


def account_id(space: Space, login: str) -> int:
    """The account of a login."""
    account = space.people.accounts.by_login(login)
    assert account is not None, login
    return account.id


def ask_round(
    lead: TestClient, space: Space, entry: RunEntry, pair: Sequence[str] = PAIR, **asked: Any
) -> Response:
    """Ask for a round as the form does."""
    first, second = (str(account_id(space, login)) for login in pair)
    form = {"first": first, "second": second, **{k: str(v) for k, v in asked.items()}}
    return lead.post(f"/runs/{entry.id}/blind", data=form)


def open_round(lead: TestClient, space: Space, entry: RunEntry, **asked: Any) -> BlindRound:
    """Open a round of the two reviewers."""
    answer = ask_round(lead, space, entry, **asked)
    assert answer.status_code == 303, answer.text
    return space.desks.rounds(entry.id)[-1]


def say(
    client: TestClient, space: Space, entry: RunEntry, feature_id: str, **said: Any
) -> Response:
    """Give a blind opinion: what is shown, with a citation, if nothing else is said."""
    opened = space.open(entry.id)
    paper = opened.by_name[REPORT]
    body = {
        "verdict": "met",
        "reason": "材料写明已建成",
        "finding_hash": opened.hashes[feature_id],
        "cited": [{"sha256": paper.sha256, "start": 0, "end": 10}],
        **said,
    }
    return client.post(f"/runs/{entry.id}/features/{feature_id}/opinion", json=body)
