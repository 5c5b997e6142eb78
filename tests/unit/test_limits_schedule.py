"""List scheduling of calls whose fates are known: the yardstick of ``eval.bench_limits``."""

from __future__ import annotations

import heapq
from collections import deque
from typing import Any

import pytest

from auditor.core.limiting import Ask, Caps, Ending, Granted, Later, Patience, Settlement
from auditor.judge.limits import LONGEST_LOOK_S, backoff_s
from auditor.judge.limits_memory import MemoryBook
from eval.bench_limits import BOUND, most_in_a_minute, seen_of
from eval.limits_schedule import Planned, shortest_s
from eval.stub_limits import ANSWERED, FAILED, TOLD_TO_WAIT, Fate, Logged, fate_of

FREE = Caps()


def call(*fates: Fate, tokens: int = 10) -> Planned:
    return Planned(fates, tokens, lambda number: float(number))


def answered(latency_s: float) -> Fate:
    return Fate(ANSWERED, latency_s)


def test_free_slots_take_the_next_call_of_their_own_worker() -> None:
    calls = [call(answered(s)) for s in (3, 1, 1, 1)]
    assert shortest_s([calls], 1, FREE) == 6
    assert shortest_s([calls], 2, FREE) == 3
    assert shortest_s([calls[:1], calls[1:]], 1, FREE) == 3
    assert shortest_s([calls], 4, Caps(in_flight=2)) == 3
    assert shortest_s([calls], 4, Caps(in_flight=1)) == 6


def test_a_failure_costs_its_time_and_its_pause_and_holds_the_slot() -> None:
    failing = call(Fate(FAILED, 2), Fate(FAILED, 2), answered(1))
    assert shortest_s([[failing, call(answered(1))]], 1, FREE) == 2 + 1 + 2 + 2 + 1 + 1


def test_a_time_to_wait_holds_everybody_who_has_not_begun() -> None:
    busy, other = call(Fate(TOLD_TO_WAIT, 1, 5), answered(1)), call(answered(1.5))
    assert shortest_s([[busy, other, other]], 2, FREE) == 1 + 5 + 1.5


def test_a_minute_takes_no_more_than_its_caps() -> None:
    calls = [call(answered(1)) for _ in range(5)]
    assert shortest_s([calls], 5, Caps(requests_per_minute=2)) == 121
    assert shortest_s([calls], 5, Caps(tokens_per_minute=30)) == 61


def test_what_the_endpoint_saw_is_measured_over_every_minute() -> None:
    assert most_in_a_minute([(0.0, 1), (30.0, 1), (60.0, 1), (61.0, 1)]) == 3
    wait = Logged("a", Fate(TOLD_TO_WAIT, 0.1, 5), 0.0, 0.1)
    soon, late = (Logged("b", answered(1), at, at + 1, (100, 10)) for at in (3.0, 5.2))
    assert seen_of([wait, soon]).too_early == 1 and seen_of([wait, late]).too_early == 0
    seen = seen_of([soon, late, Logged("c", answered(1), 3.5, 5.0, (100, 10))])
    assert (seen.in_flight, seen.requests, seen.tokens) == (2, 3, 330)
    assert seen.cost * 1e6 == 3 * (200 + 80)


def test_a_fate_depends_on_seed_prompt_and_attempt_alone() -> None:
    kinds = [fate_of(1, f"{n}", 1).kind for n in range(2000)]
    assert fate_of(1, "a", 2) == fate_of(1, "a", 2) != fate_of(2, "a", 2)
    assert 60 < kinds.count(FAILED) < 140 and 5 < kinds.count(TOLD_TO_WAIT) < 40


class ThroughTheBook:
    """Workers whose slots go through a book as ``Limiter`` does, on a clock that costs nothing.

    Of a worker's slots that wait one asks; it asks again when it was told to, after
    ``LONGEST_LOOK_S`` at the latest, or when a call of its worker has ended.
    """

    def __init__(self, lists: list[list[Planned]], slots: int, caps: Caps, estimate: int) -> None:
        self.now = 0.0
        self.starts: list[tuple[float, int]] = []
        self._book = MemoryBook(lambda: self.now)
        self._caps, self._estimate, self._count = caps, estimate, 0
        self._lists = [deque(calls) for calls in lists]
        self._waiting: list[deque[Any]] = [deque() for _ in lists]
        self._events: list[tuple[float, int, Any]] = []
        self._looks = [float("inf")] * len(lists)
        for worker in range(len(lists)):
            for _ in range(slots):
                self._take(worker)
            self._ask(worker)
        while self._events:
            self.now, _, act = heapq.heappop(self._events)
            act()

    def _at(self, when: float, act: Any) -> None:
        self._count += 1
        heapq.heappush(self._events, (when, self._count, act))

    def _take(self, worker: int) -> None:
        if self._lists[worker]:
            self._waiting[worker].append((self._lists[worker].popleft(), 0, 0))

    def _ask(self, worker: int) -> None:
        while self._waiting[worker]:
            ask = Ask(("m@x",), self._estimate, 0, "p")
            answer = self._book.reserve(ask, self._caps, Patience())
            if not isinstance(answer, Granted):
                assert isinstance(answer, Later), answer
                self._look(worker, self.now + min(answer.wait_s, LONGEST_LOOK_S))
                return
            call, attempt, failures = self._waiting[worker].popleft()
            fate = call.fates[attempt]
            self.starts.append((self.now, call.tokens if fate.kind == ANSWERED else 0))
            ended = (worker, call, attempt, failures, answer.id)
            self._at(self.now + fate.latency_s, lambda e=ended: self._end(*e))

    def _look(self, worker: int, when: float) -> None:
        def look() -> None:
            self._looks[worker] = float("inf")
            self._ask(worker)

        if when < self._looks[worker]:
            self._looks[worker] = when
            self._at(when, look)

    def _end(self, worker: int, call: Planned, attempt: int, failures: int, call_id: str) -> None:
        fate = call.fates[attempt]
        if fate.kind == ANSWERED:
            settled = Settlement(Ending.ANSWERED, call.tokens, 0, estimate=self._estimate)
            self._take(worker)
        elif fate.kind == TOLD_TO_WAIT:
            settled = Settlement(Ending.BUSY, 0, 0, fate.retry_after_s)
            self._waiting[worker].append((call, attempt + 1, failures))
        else:
            settled = Settlement(Ending.FAILED, 0, 0)
            again = (call, attempt + 1, failures + 1)
            self._at(self.now + call.pause_s(failures + 1), lambda: self._back(worker, again))
        self._book.settle(call_id, settled, Patience())
        self._ask(worker)

    def _back(self, worker: int, errand: Any) -> None:
        self._waiting[worker].append(errand)
        self._ask(worker)


def drawn(name: str) -> Planned:
    """A call with the fates that the stub would give it."""
    fates = [fate_of(1, name, 1)]
    while fates[-1].kind != ANSWERED:
        fates.append(fate_of(1, name, len(fates) + 1))
    return Planned(tuple(fates), 2500, lambda number: backoff_s(Patience(), name, number))


@pytest.mark.parametrize(
    "caps",
    [
        Caps(in_flight=64), Caps(500, in_flight=64), Caps(tokens_per_minute=1_000_000),
        Caps(500, 1_000_000, 48),
    ],
)  # fmt: skip
def test_the_rules_alone_keep_near_list_scheduling_and_within_every_cap(caps: Caps) -> None:
    lists = [[drawn(f"{worker} {n}") for n in range(195)] for worker in range(4)]
    ran = ThroughTheBook(lists, 16, caps, estimate=4000)
    assert ran.now / shortest_s(lists, 16, caps) <= BOUND
    assert most_in_a_minute([(at, 1) for at, _ in ran.starts]) <= (caps.requests_per_minute or 9999)
    assert most_in_a_minute(ran.starts) <= (caps.tokens_per_minute or 10**9)
