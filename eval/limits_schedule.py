"""How fast calls can be made at best: list scheduling of known latencies under known caps. (pure)

Each worker has a list of calls and some slots; a free slot takes the next call of its worker's
list. An attempt starts as soon as it may: no time to wait that was told holds, and in the 60 s up
to it fewer attempts started, with fewer tokens, than the caps allow. Nothing takes time but the
endpoint and the pauses after failures.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from auditor.core.limiting import MINUTE_S, Caps
from eval.stub_limits import ANSWERED, FAILED, TOLD_TO_WAIT, Fate

Pause = Callable[[int], float]


@dataclass(frozen=True, slots=True)
class Planned:
    """A call: what becomes of each of its attempts, its tokens, its pause after the nth failure."""

    fates: tuple[Fate, ...]
    tokens: int
    pause_s: Pause


@dataclass(slots=True)
class _Errand:
    """A call on its way in a slot of a worker."""

    worker: int
    call: Planned
    attempt: int = 0
    failures: int = 0

    @property
    def fate(self) -> Fate:
        return self.call.fates[self.attempt]


@dataclass(slots=True)
class _Schedule:
    """The state of the simulation: what waits by time, what started in the last minute."""

    caps: Caps
    lists: list[deque[Planned]]
    queue: list[tuple[float, int, _Errand, bool]] = field(default_factory=list)
    starts: deque[tuple[float, int]] = field(default_factory=deque)
    not_before: float = 0.0
    under_way: int = 0
    count: int = 0
    end: float = 0.0

    def push(self, at: float, errand: _Errand, has_ended: bool) -> None:
        self.count += 1
        heapq.heappush(self.queue, (at, self.count, errand, has_ended))

    def take(self, now: float, worker: int) -> None:
        """A free slot of a worker takes its next call."""
        if self.lists[worker]:
            self.push(now, _Errand(worker, self.lists[worker].popleft()), False)

    def start(self, now: float, errand: _Errand) -> None:
        """Start an attempt, or put it off until it may start."""
        free = self.free_at(now, errand)
        if free > now:
            self.push(free, errand, False)
            return
        answered = errand.fate.kind == ANSWERED
        self.starts.append((now, errand.call.tokens if answered else 0))
        self.under_way += 1
        self.push(now + errand.fate.latency_s, errand, True)

    def free_at(self, now: float, errand: _Errand) -> float:
        """When an attempt may start: now, or the next moment at which that can have changed."""
        if self.not_before > now:
            return self.not_before
        while self.starts and self.starts[0][0] <= now - MINUTE_S:
            self.starts.popleft()
        caps = self.caps
        most, tokens = caps.requests_per_minute, caps.tokens_per_minute
        full = most is not None and len(self.starts) >= most
        used = sum(t for _, t in self.starts) + errand.call.tokens
        if full or (tokens is not None and used > tokens):
            return self.starts[0][0] + MINUTE_S if self.starts else now
        if caps.in_flight is not None and self.under_way >= caps.in_flight:
            return min(at for at, _, _, has_ended in self.queue if has_ended)
        return now

    def finish(self, now: float, errand: _Errand) -> None:
        """End an attempt: the call is done (or was given up), or is tried again after its pause."""
        self.under_way -= 1
        self.end = max(self.end, now)
        fate = errand.fate
        if fate.kind == ANSWERED or errand.attempt + 1 == len(errand.call.fates):
            self.take(now, errand.worker)
            return
        errand.attempt += 1
        pause = 0.0
        if fate.kind == FAILED:
            errand.failures += 1
            pause = errand.call.pause_s(errand.failures)
        if fate.kind == TOLD_TO_WAIT:
            self.not_before = max(self.not_before, now + fate.retry_after_s)
        self.push(now + pause, errand, False)


def shortest_s(lists: Sequence[Sequence[Planned]], slots: int, caps: Caps) -> float:
    """The seconds until the last call is answered, with so many slots a worker."""
    schedule = _Schedule(caps, [deque(calls) for calls in lists])
    for worker in range(len(lists)):
        for _ in range(slots):
            schedule.take(0.0, worker)
    while schedule.queue:
        now, _, errand, has_ended = heapq.heappop(schedule.queue)
        if has_ended:
            schedule.finish(now, errand)
        else:
            schedule.start(now, errand)
    return schedule.end
