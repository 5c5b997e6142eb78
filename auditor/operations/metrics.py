"""The port of the numbers: whoever works counts here, whoever watches reads (``exposing``).

Counting is a dictionary in this process: it costs next to nothing, needs no library and leaves no
trace unless somebody reads. A process that works for another hands its counts over: ``drain``
there, ``absorb`` here.

    judged("screen", judged=3, failed=1)      features that got an answer, or none
    kept(12)                                  features that were answered before (journal)
    called("qwen-max", 1200, 80)              a call to a model with its tokens
    call_failed("qwen-max")                   a call that gave nothing
    staged("search", 12.5)                    a stage that is over, its seconds
    ran("done")                               an audit that ended: done | failed | interrupted
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FEATURES = "auditor_features"
CALLS = "auditor_model_calls"
TOKENS = "auditor_model_tokens"
STAGE_SECONDS = "auditor_stage_seconds"
STAGES = "auditor_stages"
RUNS = "auditor_runs"
REQUESTS = "auditor_http_requests"
REQUEST_SECONDS = "auditor_http_request_seconds"
HELP: Mapping[str, str] = {
    FEATURES: "Features by judge and outcome (judged, failed, kept: answered before).",
    CALLS: "Calls to a model by outcome (answered, failed).",
    TOKENS: "Tokens of a model's calls by kind (input, output), as its replies say.",
    STAGE_SECONDS: "Seconds that stages of audits took.",
    STAGES: "Stages of audits that are over.",
    RUNS: "Audits that ended, by outcome.",
    REQUESTS: "Requests to the workbench by route, method and status.",
    REQUEST_SECONDS: "Seconds until a request to the workbench was answered.",
}
BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of seconds; a last one has none."""
Labels = tuple[tuple[str, str], ...]
Key = tuple[str, Labels]


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter as it stands."""

    name: str
    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Observations as they stand: how many fell into each bucket (not summed up), and their sum."""

    name: str
    labels: Labels
    buckets: tuple[int, ...]
    total: float


@dataclass(frozen=True, slots=True)
class Counts:
    """Everything that was counted; can be pickled."""

    counters: tuple[Counted, ...] = ()
    spreads: tuple[Spread, ...] = ()


class Meter:
    """Counters and spreads, for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[Key, float] = {}
        self._spreads: dict[Key, tuple[list[int], float]] = {}

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None:
        """Add to a counter; ``amount`` is never negative."""
        key = name, tuple(sorted(labels.items()))
        with self._lock:
            self._counters[key] = self._counters.get(key, 0.0) + amount

    def observe(self, name: str, value_s: float, **labels: str) -> None:
        """Note one observation of seconds."""
        key = name, tuple(sorted(labels.items()))
        buckets = [0] * (len(BOUNDS_S) + 1)
        buckets[bisect_left(BOUNDS_S, value_s)] = 1
        with self._lock:
            self._add_spread(key, buckets, value_s)

    def _add_spread(self, key: Key, buckets: Iterable[int], total: float) -> None:
        there, before = self._spreads.get(key, ([0] * (len(BOUNDS_S) + 1), 0.0))
        both = [a + b for a, b in zip(there, buckets, strict=True)]
        self._spreads[key] = (both, before + total)

    def counts(self) -> Counts:
        """Everything as it stands now, in order."""
        with self._lock:
            return self._counts()

    def _counts(self) -> Counts:
        return Counts(
            tuple(Counted(*key, value) for key, value in sorted(self._counters.items())),
            tuple(Spread(*key, tuple(b), s) for key, (b, s) in sorted(self._spreads.items())),
        )

    def drain(self) -> Counts:
        """Give everything away and begin at nothing: for a process that works for another."""
        with self._lock:
            given = self._counts()
            self._counters.clear()
            self._spreads.clear()
        return given

    def absorb(self, given: Counts) -> None:
        """Add what another process counted."""
        with self._lock:
            for counted in given.counters:
                key = counted.name, counted.labels
                self._counters[key] = self._counters.get(key, 0.0) + counted.value
            for spread in given.spreads:
                self._add_spread((spread.name, spread.labels), spread.buckets, spread.total)


METER = Meter()
"""Of this process."""


def judged(judge: str, judged: int = 0, failed: int = 0) -> None:
    """Features were judged just now, or could not be."""
    for outcome, number in (("judged", judged), ("failed", failed)):
        if number:
            METER.count(FEATURES, number, judge=judge, outcome=outcome)


def kept(judge: str, number: int) -> None:
    """Features had been judged before: their answers were taken from the journal."""
    if number:
        METER.count(FEATURES, number, judge=judge, outcome="kept")


def called(model: str, input_tokens: int = 0, output_tokens: int = 0) -> None:
    """A model answered a call."""
    METER.count(CALLS, model=model, outcome="answered")
    METER.count(TOKENS, input_tokens, model=model, kind="input")
    METER.count(TOKENS, output_tokens, model=model, kind="output")


def call_failed(model: str) -> None:
    """A call to a model gave nothing."""
    METER.count(CALLS, model=model, outcome="failed")


def staged(stage: str, seconds: float) -> None:
    """A stage of an audit is over."""
    METER.count(STAGE_SECONDS, seconds, stage=stage)
    METER.count(STAGES, stage=stage)


def ran(outcome: str) -> None:
    """An audit ended: ``done``, ``failed`` or ``interrupted``."""
    METER.count(RUNS, outcome=outcome)


def drain() -> Counts:
    """Give away what this process counted."""
    return METER.drain()


def absorb(given: Counts) -> None:
    """Add what another process counted."""
    METER.absorb(given)
