"""The book of calls, in memory and over both databases: who may call, and when nobody may."""

from __future__ import annotations

import heapq
import random
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from auditor.core.errors import ConfigurationError
from auditor.core.limiting import (
    MINUTE_S,
    Ask,
    Book,
    Caps,
    Ending,
    Granted,
    Later,
    Never,
    Patience,
    Settlement,
    Spent,
    Why,
)
from auditor.judge.limits_memory import MemoryBook
from auditor.store.limits import SqlBook, open_book

A, B = "m@one", "m@two"
PATIENCE = Patience(failures=3, cooldown_s=10, most_cooldown_s=25, probes=3, lease_s=30)
BOOKS = ("memory", "sqlite", "postgresql")
FAILED = Settlement(Ending.FAILED, 0, 0)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=BOOKS)
def book(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Book]:
    """Each kind of book in turn, with a clock that the test moves."""
    if request.param == "memory":
        yield MemoryBook(clock)
        return
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    opened = open_book(tmp_path / "limits.db", url, clock)
    yield opened
    opened.close()


@pytest.fixture
def sql_book(tmp_path: Path, database_url: str | None, clock: Clock) -> Iterator[SqlBook]:
    """The books that processes share."""
    opened = open_book(tmp_path / "limits.db", database_url, clock)
    yield opened
    opened.close()


def ask(*endpoints: str, tokens: int = 10, cost: int = 0, **more: Any) -> Ask:
    return Ask(endpoints or (A,), tokens, cost, "purse", **more)


def granted(book: Book, asked: Ask, caps: Caps | None = None) -> Granted:
    answer = book.reserve(asked, caps or Caps(), PATIENCE)
    assert isinstance(answer, Granted), answer
    return answer


def answered(tokens: int = 10, cost: int = 0) -> Settlement:
    return Settlement(Ending.ANSWERED, tokens, cost)


def most_in_a_minute(times: Sequence[float], weights: Sequence[int] | None = None) -> int:
    """The largest sum over any half-open window of 60 s."""
    rows = sorted(zip(times, weights or [1] * len(times), strict=True))
    most = total = first = 0
    for at, weight in rows:
        total += weight
        while rows[first][0] <= at - MINUTE_S:
            total -= rows[first][1]
            first += 1
        most = max(most, total)
    return most


def simulated(book: Book, clock: Clock, caps: Caps, callers: int, until: float) -> list[Any]:
    """Callers on the moved clock: each waits its turn, is under way for a while, comes again."""
    dice, calls, order = random.Random(7), [], 0
    events: list[tuple[float, int, str | None]] = [(clock.now, n, None) for n in range(callers)]
    order = callers
    while events:
        clock.now, _, under_way = heapq.heappop(events)
        if under_way is not None:
            call = next(c for c in calls if c["id"] == under_way)
            call |= {"answered": clock.now}
            book.settle(under_way, answered(call["tokens"], call["cost"]), PATIENCE)
        if clock.now > until:
            continue
        answer = book.reserve(ask(tokens=100, cost=50), caps, PATIENCE)
        order += 1
        if isinstance(answer, Granted):
            row = {"id": answer.id, "arrived": clock.now + dice.uniform(0, 0.5)}
            calls.append(row | {"tokens": dice.randint(1, 100), "cost": dice.randint(1, 50)})
            heapq.heappush(events, (clock.now + dice.uniform(0.6, 9), order, answer.id))
        elif isinstance(answer, Later):
            heapq.heappush(events, (clock.now + max(answer.wait_s, 0.05), order, None))
    return calls


def most_at_once(calls: Sequence[Any]) -> int:
    """The most calls that were under way in one moment."""
    moments = [(c["arrived"], 1) for c in calls]
    moments += [(c.get("answered", float("inf")), -1) for c in calls]
    under_way = most = 0
    for _, step in sorted(moments):
        under_way += step
        most = max(most, under_way)
    return most


def test_no_cap_is_ever_exceeded_and_each_is_used_up(book: Book, clock: Clock) -> None:
    caps = Caps(requests_per_minute=20, in_flight=5)
    calls = simulated(book, clock, caps, callers=9, until=clock.now + 200)
    most = most_in_a_minute([c["arrived"] for c in calls])
    assert 18 <= most <= 20 and most_at_once(calls) <= 5
    assert len(calls) >= 3 * 18


def test_tokens_of_a_minute_are_reserved_as_estimated_and_settled_as_used(
    book: Book, clock: Clock
) -> None:
    calls = simulated(book, clock, Caps(tokens_per_minute=700), 6, until=clock.now + 150)
    most = most_in_a_minute([c["arrived"] for c in calls], [c["tokens"] for c in calls])
    assert 500 <= most <= 700
    assert len(calls) > 2 * 7 * 150 / 60 / 2


def test_a_budget_is_never_overspent_and_its_end_is_final(book: Book, clock: Clock) -> None:
    calls = simulated(book, clock, Caps(budget=1000), callers=6, until=clock.now + 1000)
    paid = sum(c["cost"] for c in calls)
    assert book.spent("purse") == Spent(paid) and 950 < paid <= 1000
    final = book.reserve(ask(cost=50), Caps(budget=1000), PATIENCE)
    assert final == Never(Why.BUDGET, paid)
    assert isinstance(book.reserve(ask(cost=50), Caps(budget=1100), PATIENCE), Granted)


def test_what_is_held_by_calls_under_way_is_waited_for(book: Book) -> None:
    caps = Caps(budget=100)
    first = granted(book, ask(cost=80), caps)
    assert isinstance(book.reserve(ask(cost=80), caps, PATIENCE), Later)
    book.settle(first.id, answered(cost=20), PATIENCE)
    granted(book, ask(cost=80), caps)
    assert isinstance(book.reserve(ask(cost=90), caps, PATIENCE), Never)


def test_calls_a_second_keep_their_distance(book: Book, clock: Clock) -> None:
    caps = Caps(requests_per_second=4)
    granted(book, ask(), caps)
    later = book.reserve(ask(), caps, PATIENCE)
    assert isinstance(later, Later) and later.wait_s == pytest.approx(0.25)
    clock.now += later.wait_s
    granted(book, ask(), caps)


def test_calls_may_be_further_apart_than_a_minute(book: Book, clock: Clock) -> None:
    caps = Caps(requests_per_second=0.01)
    first = granted(book, ask(), caps)
    book.settle(first.id, answered(), PATIENCE)
    clock.now += 90
    assert book.reserve(ask(), caps, PATIENCE) == Later(10.0)


def test_a_call_that_a_minute_cannot_hold_is_refused_at_once(book: Book) -> None:
    answer = book.reserve(ask(tokens=200), Caps(tokens_per_minute=100), PATIENCE)
    assert answer == Never(Why.TOKENS, 200)


def test_estimates_that_were_short_are_made_longer(book: Book) -> None:
    first = granted(book, ask(tokens=10))
    assert first.tokens == 10
    book.settle(first.id, Settlement(Ending.ANSWERED, 25, 0, estimate=10), PATIENCE)
    assert granted(book, ask(tokens=10)).tokens == 25
    assert granted(book, ask(B, tokens=10)).tokens == 10


def test_one_answer_that_was_far_too_long_is_forgotten_in_time(book: Book) -> None:
    first = granted(book, ask(tokens=10))
    book.settle(first.id, Settlement(Ending.ANSWERED, 210, 0, estimate=10), PATIENCE)
    reserved = []
    for _ in range(60):
        call = granted(book, ask(tokens=10))
        reserved.append(call.tokens)
        book.settle(call.id, Settlement(Ending.ANSWERED, 12, 0, estimate=10), PATIENCE)
    assert reserved[0] == 210 and 100 < reserved[5] < 150
    assert reserved[-1] == 12, "no less than what answers take now"


def test_nobody_calls_before_the_time_that_an_endpoint_names(book: Book, clock: Clock) -> None:
    first = granted(book, ask(A, B))
    book.settle(first.id, Settlement(Ending.BUSY, 0, 0, retry_after_s=7), PATIENCE)
    assert granted(book, ask(A, B)).endpoint == B
    assert book.reserve(ask(A), Caps(), PATIENCE) == Later(7.0)
    clock.now += 6.9
    assert isinstance(book.reserve(ask(A), Caps(), PATIENCE), Later)
    clock.now += 0.2
    assert granted(book, ask(A, B)).endpoint == A


def test_an_endpoint_that_asks_for_hours_is_not_waited_for(book: Book) -> None:
    first = granted(book, ask())
    book.settle(first.id, Settlement(Ending.BUSY, 0, 0, retry_after_s=7200), PATIENCE)
    assert book.reserve(ask(), Caps(), PATIENCE) == Never(Why.BUSY, 7200)


def failed(book: Book, times: int, *endpoints: str) -> None:
    for _ in range(times):
        call = granted(book, ask(*endpoints))
        book.settle(call.id, FAILED, PATIENCE)


def test_failures_in_a_row_open_the_circuit_and_one_probe_closes_it(
    book: Book, clock: Clock
) -> None:
    failed(book, 2)
    call = granted(book, ask())
    book.settle(call.id, answered(), PATIENCE)
    failed(book, 3)
    assert book.reserve(ask(), Caps(), PATIENCE) == Later(10.0)
    clock.now += 10.5
    probe = granted(book, ask())
    assert isinstance(book.reserve(ask(), Caps(), PATIENCE), Later), "one probe at a time"
    book.settle(probe.id, answered(), PATIENCE)
    granted(book, ask())
    granted(book, ask())


def test_a_circuit_that_stays_open_is_given_up_until_a_new_caller_comes(
    book: Book, clock: Clock
) -> None:
    failed(book, 3)
    rests = []
    for _ in range(3):
        later = book.reserve(ask(), Caps(), PATIENCE)
        assert isinstance(later, Later)
        rests.append(later.wait_s)
        clock.now += later.wait_s + 0.5
        failed(book, 1)
    assert rests == pytest.approx([10, 20, 25])
    assert book.reserve(ask(), Caps(), PATIENCE) == Never(Why.CIRCUIT)
    assert granted(book, ask(A, B)).endpoint == B, "another endpoint goes on"
    book.enter([A], PATIENCE)
    clock.now += 0.1
    granted(book, ask())


def test_an_endpoint_that_was_given_up_is_not_waited_for_where_the_other_asks_for_hours(
    book: Book, clock: Clock
) -> None:
    call = granted(book, ask(A))
    book.settle(call.id, Settlement(Ending.BUSY, 0, 0, retry_after_s=7200), PATIENCE)
    failed(book, 3, B)
    for _ in range(3):
        later = book.reserve(ask(A, B), Caps(), PATIENCE)
        assert isinstance(later, Later), "it may come back"
        clock.now += later.wait_s + 0.1
        failed(book, 1, A, B)
    answer = book.reserve(ask(A, B), Caps(), PATIENCE)
    assert isinstance(answer, Never) and answer.why is Why.BUSY


def test_what_another_endpoint_failed_at_goes_to_the_next(book: Book) -> None:
    assert granted(book, ask(A, B, avoid=frozenset({A}))).endpoint == B
    assert granted(book, ask(A, avoid=frozenset({A}))).endpoint == A


def test_caps_hold_over_all_addresses_of_a_caller_and_no_others(book: Book) -> None:
    caps = Caps(in_flight=2)
    granted(book, ask(A, B), caps)
    granted(book, ask(A, B, avoid=frozenset({A})), caps)
    assert isinstance(book.reserve(ask(A, B), caps, PATIENCE), Later)
    assert isinstance(book.reserve(ask(A, B, shut=frozenset({A})), caps, PATIENCE), Later)
    granted(book, ask(B), caps)


def test_a_dead_callers_reservation_expires_and_stays_paid(sql_book: SqlBook, clock: Clock) -> None:
    caps = Caps(in_flight=1, budget=100)
    dead = granted(sql_book, ask(cost=60), caps)
    assert isinstance(sql_book.reserve(ask(cost=10), caps, PATIENCE), Later)
    clock.now += 20
    sql_book.renew([dead.id], PATIENCE.lease_s)
    clock.now += 20
    assert isinstance(sql_book.reserve(ask(cost=10), caps, PATIENCE), Later), "it was renewed"
    clock.now += 11
    granted(sql_book, ask(cost=10), caps)
    assert sql_book.spent("purse") == Spent(60, 10, 1)
    sql_book.settle(dead.id, answered(cost=5), PATIENCE)
    sql_book.settle(dead.id, answered(cost=5), PATIENCE)
    assert sql_book.spent("purse") == Spent(5, 10, 0), "an answer that comes after all counts once"


def test_a_caller_that_was_only_held_up_has_its_room_back(sql_book: SqlBook, clock: Clock) -> None:
    caps = Caps(in_flight=1, budget=100)
    slow = granted(sql_book, ask(cost=60), caps)
    clock.now += PATIENCE.lease_s + 1
    assert sql_book.spent("purse") == Spent(60, 0, 1), "taken for dead"
    sql_book.renew([slow.id], PATIENCE.lease_s)
    assert sql_book.spent("purse") == Spent(0, 60, 0)
    assert isinstance(sql_book.reserve(ask(cost=10), caps, PATIENCE), Later)
    sql_book.settle(slow.id, answered(cost=20), PATIENCE)
    sql_book.renew([slow.id], PATIENCE.lease_s)
    assert sql_book.spent("purse") == Spent(20)
    granted(sql_book, ask(cost=10), caps)


def test_a_book_that_cannot_be_written_loses_no_answer(tmp_path: Path, clock: Clock) -> None:
    book = open_book(tmp_path / "limits.db", None, clock)
    call = granted(book, ask(cost=60))
    with sqlite3.connect(tmp_path / "limits.db") as other:
        other.execute("ALTER TABLE limit_calls RENAME TO away")
    book.settle(call.id, answered(cost=5), PATIENCE)
    with sqlite3.connect(tmp_path / "limits.db") as other:
        other.execute("ALTER TABLE away RENAME TO limit_calls")
    assert book.spent("purse") == Spent(0, 60)
    clock.now += PATIENCE.lease_s + 1
    assert book.spent("purse") == Spent(60, 0, 1), "it is charged at its highest cost"
    book.close()


def test_a_probe_whose_caller_died_bars_nobody_for_long(sql_book: SqlBook, clock: Clock) -> None:
    failed(sql_book, 3)
    clock.now += 11
    granted(sql_book, ask())
    assert isinstance(sql_book.reserve(ask(), Caps(), PATIENCE), Later)
    clock.now += PATIENCE.lease_s + 1
    granted(sql_book, ask())


def test_a_database_that_does_not_answer_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not answer"):
        open_book(tmp_path / "x", f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(ConfigurationError, match="URL"):
        open_book(tmp_path / "x", "no such thing")
