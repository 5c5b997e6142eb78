"""Blind rounds that are asked for at the same instant: no feature lies in two of them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from auditor.core.errors import ReviewError
from auditor.core.workspace import BlindRound
from auditor.workbench import blind
from auditor.workbench.blind import Asked, begin_round
from auditor.workbench.space import Space, add_run
from tests.web.blind_rounds import PAIR, account_id
from tests.web.exchange import account_of
from tests.web.samples import CITY, make_sample

MEETING_S = 2.0


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rounds wait for each other when they have chosen their features, if both come so far."""
    barrier, drawn = threading.Barrier(2), blind._drawn

    def waiting(free: list[str], asked: Asked) -> tuple[str, ...]:
        chosen = drawn(free, asked)
        with suppress(threading.BrokenBarrierError):
            barrier.wait(MEETING_S)
        return chosen

    monkeypatch.setattr(blind, "_drawn", waiting)


def begin_at_once(space: Space, run_ids: tuple[str, str]) -> list[BlindRound | ReviewError]:
    """Ask for a round in each of two runs at the same time; gives rounds and refusals."""
    lead = account_of(space, "lead")
    first, second = (account_id(space, login) for login in PAIR)
    asked = Asked(first, second, node="8.2")

    def begin(run_id: str) -> BlindRound | ReviewError:
        try:
            return begin_round(space, lead, space.open(run_id), asked)
        except ReviewError as refusal:
            return refusal

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(begin, run_ids))


def test_two_rounds_over_the_same_features_do_not_both_begin(
    any_space: Space, meeting: None
) -> None:
    (entry,) = any_space.entries()
    came = begin_at_once(any_space, (entry.id, entry.id))
    assert {type(one) for one in came} == {BlindRound, ReviewError}
    (only,) = any_space.desks.rounds(entry.id)
    assert only in came


def test_a_reviewer_is_not_blind_in_two_runs_of_a_city(
    any_space: Space, meeting: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (entry,) = any_space.entries()
    made = make_sample(tmp_path_factory.mktemp("second"), CITY, seed=4)
    other = add_run(any_space, made.out, "组长甲")
    came = begin_at_once(any_space, (entry.id, other.id))
    assert {type(one) for one in came} == {BlindRound, ReviewError}
    assert "另一次审核" in str(next(one for one in came if isinstance(one, ReviewError)))
    assert len(any_space.desks.open_rounds()) == 1
