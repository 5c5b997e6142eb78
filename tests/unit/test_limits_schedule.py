"""List scheduling of calls whose fates are known: the yardstick of ``eval.bench_limits``."""

from __future__ import annotations

from auditor.core.limiting import Caps
from eval.bench_limits import most_in_a_minute, seen_of
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
