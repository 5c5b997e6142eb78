"""Limits of calls to an endpoint: what is capped, what a caller asks for, and what it is told.

A caller reserves before each call and settles after it. Reservations stand in a *book* that all
callers share (``Book``). Who may call now is decided here, from sums that the book gives; what is
noted of it stands in ``booking``: so every book does alike. Times are seconds of the book's clock,
money is in whole billionths of the price table's currency (``NANO``), rounded up.

A call stays in its minute from its reservation until 60 s after the latest moment at which it can
have reached the endpoint: when its answer came, at most ``ARRIVAL_S`` after the reservation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import Protocol

NANO = 1_000_000_000
MINUTE_S = 60.0
ARRIVAL_S = 5.0
SHRINKING = 0.9
"""What each answer leaves of the excess of earlier ones over their estimates."""
POLL_S = 0.05
"""How long to wait where nobody can know how long: another process may end a call meanwhile."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What may never be exceeded by all callers together; None is no cap.

    All but ``budget`` hold for one model at the caller's addresses together; ``budget`` (NANO)
    holds for a purse.
    """

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    in_flight: int | None = None
    requests_per_second: float | None = None
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """When an endpoint is given up, and for how long one waits.

    ``failures`` in a row open the circuit; it is tried again by one call after ``cooldown_s``,
    which doubles up to ``most_cooldown_s``; after ``probes`` of these that failed the caller stops.
    ``busy_s``: the longest that an endpoint may keep a call waiting. ``backoff_s`` doubles up to
    ``most_backoff_s``, with jitter from ``seed``. ``lease_s``: how long a reservation stands that
    its caller does not renew.
    """

    failures: int = 8
    cooldown_s: float = 5.0
    most_cooldown_s: float = 60.0
    probes: int = 6
    busy_s: float = 900.0
    backoff_s: float = 0.5
    most_backoff_s: float = 30.0
    lease_s: float = 60.0
    seed: int = 0

    def cooldown(self, trips: int) -> float:
        """Seconds of rest before the next probe, after so many that failed."""
        return min(self.most_cooldown_s, self.cooldown_s * 2.0 ** min(trips, 30))


@dataclass(frozen=True, slots=True)
class Ask:
    """What one call would take: at most these tokens and this money, at one of some endpoints.

    ``endpoints``: keys in the order of preference. ``avoid``: those that just failed this call,
    taken only where no other can be. ``shut``: those that refused the caller altogether; the calls
    that they took count all the same.
    """

    endpoints: tuple[str, ...]
    tokens: int
    cost: int = 0
    purse: str = ""
    avoid: frozenset[str] = frozenset()
    shut: frozenset[str] = frozenset()

    @property
    def order(self) -> tuple[str, ...]:
        """The endpoints as they are to be tried."""
        willing = [key for key in self.endpoints if key not in self.shut]
        return tuple(sorted(willing, key=lambda key: key in self.avoid))


@dataclass(frozen=True, slots=True)
class Granted:
    """A reservation: call this endpoint now, then settle ``id``. ``tokens``: what was reserved.

    ``is_probe``: the endpoint rests, and this call finds out whether it is back.
    """

    id: str
    endpoint: str
    tokens: int = 0
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """No call may be made now; ask again in ``wait_s`` seconds or when a call has ended."""

    wait_s: float


class Why(Enum):
    """Why no call may be made however long one waits."""

    CIRCUIT = "circuit"
    BUSY = "busy"
    BUDGET = "budget"
    TOKENS = "tokens"


@dataclass(frozen=True, slots=True)
class Never:
    """No call may be made any more; ``amount`` is the money spent (NANO) or the wait in seconds."""

    why: Why
    amount: float = 0.0


class Ending(Enum):
    """How a call ended, as far as the endpoint's health goes; REFUSED shows that it is there."""

    UNKNOWN = "unknown"
    ANSWERED = "answered"
    REFUSED = "refused"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of a call. ``tokens`` and ``cost`` None: unknown, what was reserved is charged."""

    ending: Ending
    tokens: int | None = None
    cost: int | None = None
    retry_after_s: float | None = None
    estimate: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of an endpoint.

    ``not_before``: it asked not to be called earlier. ``failures`` in a row; ``trips``: probes that
    failed since the circuit opened; ``rests_until``: the end of the rest, 0 where the circuit is
    closed; ``probing``: a probe is under way. ``stretch``: the largest ratio of late of the tokens
    that were used to those that were estimated. ``last_began``: its newest call.
    """

    not_before: float = 0.0
    failures: int = 0
    trips: int = 0
    rests_until: float = 0.0
    stretch: float = 1.0
    last_began: float | None = None
    probing: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the circuit is open: only probes are let through."""
        return self.rests_until > 0

    def is_given_up(self, patience: Patience) -> bool:
        """Whether so many probes have failed that nobody waits for another."""
        return self.is_open and self.trips >= patience.probes


@dataclass(frozen=True, slots=True)
class Traffic:
    """The calls that count now at the asked endpoints: sums of the book.

    ``next_free``: when the first of them leaves its minute.
    """

    in_flight: int = 0
    requests: int = 0
    tokens: int = 0
    next_free: float | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """A purse (NANO): what calls cost, what calls under way hold, and how many never settled."""

    settled: int = 0
    held: int = 0
    unsettled_calls: int = 0


class Book(Protocol):
    """Where reservations stand. Each act is whole, whoever else is acting."""

    is_shared: bool

    def enter(self, endpoints: Sequence[str], patience: Patience) -> None:
        """A new caller comes: an endpoint that all before it gave up gets a new chance."""

    def reserve(self, ask: Ask, caps: Caps, patience: Patience) -> Granted | Later | Never:
        """Decide on a call, and note it where it is granted."""

    def settle(self, call_id: str, settlement: Settlement, patience: Patience) -> None:
        """Note what came of a call; one that has expired is put right."""

    def renew(self, call_ids: Sequence[str], lease_s: float) -> None:
        """These calls are still under way."""

    def spent(self, purse: str) -> Spent:
        """What a purse has paid."""

    def close(self) -> None:
        """Let go of what the book holds open."""


def scaled(ask: Ask, caps: Caps, stretch: float) -> int:
    """The tokens to reserve: more than estimated where estimates were short, at most the cap."""
    tokens = math.ceil(ask.tokens * max(stretch, 1.0))
    cap = caps.tokens_per_minute
    return tokens if cap is None else max(min(tokens, cap), ask.tokens)


def chosen_endpoint(
    now: float, ask: Ask, health: Mapping[str, Health], patience: Patience
) -> str | Later | Never:
    """The first endpoint that may be called now, else when one may be, else why none ever will.

    One that was given up is not waited for, though it is probed where its rest is over.
    """
    waits: list[float] = []
    for key in ask.order:
        wait = _wait_of(now, health[key])
        if wait <= 0:
            return key
        if not health[key].is_given_up(patience):
            waits.append(wait)
    if not waits:
        return Never(Why.CIRCUIT)
    shortest = min(waits)
    return Never(Why.BUSY, shortest) if shortest > patience.busy_s else Later(shortest)


def _wait_of(now: float, health: Health) -> float:
    if health.is_open and health.probing:
        return POLL_S
    return max(health.not_before, health.rests_until) - now


def at_distance(now: float, caps: Caps, healths: Iterable[Health]) -> Later | None:
    """None where the newest call is long enough ago, else when it will be."""
    newest = max((h.last_began for h in healths if h.last_began is not None), default=None)
    if not caps.requests_per_second or newest is None:
        return None
    gap = newest + 1.0 / caps.requests_per_second - now
    return Later(gap) if gap > 0 else None


def within_caps(
    now: float, ask: Ask, tokens: int, caps: Caps, traffic: Traffic
) -> Later | Never | None:
    """None where one more call keeps within the rates, else when to ask again."""
    if caps.tokens_per_minute is not None and ask.tokens > caps.tokens_per_minute:
        return Never(Why.TOKENS, ask.tokens)
    if caps.in_flight is not None and traffic.in_flight >= caps.in_flight:
        return Later(POLL_S)
    minute = (
        (caps.requests_per_minute, traffic.requests + 1),
        (caps.tokens_per_minute, traffic.tokens + tokens),
    )
    if any(cap is not None and wanted > cap for cap, wanted in minute):
        free = traffic.next_free
        return Later(max(free - now, 0.001) if free is not None else POLL_S)
    return None


def within_budget(ask: Ask, caps: Caps, spent: Spent) -> Later | Never | None:
    """None where the purse can pay the call at its highest cost."""
    if caps.budget is None or spent.settled + spent.held + ask.cost <= caps.budget:
        return None
    if spent.held and spent.settled + ask.cost <= caps.budget:
        return Later(POLL_S)
    return Never(Why.BUDGET, spent.settled + spent.held)


def after(
    now: float, health: Health, settlement: Settlement, was_probe: bool, patience: Patience
) -> Health:
    """An endpoint's health after one of its calls has ended."""
    told = settlement.retry_after_s
    if told is not None:
        health = replace(health, not_before=max(health.not_before, now + told))
    if settlement.tokens is not None and settlement.estimate > 0:
        ratio = settlement.tokens / settlement.estimate
        before = 1.0 + SHRINKING * (health.stretch - 1.0)
        health = replace(health, stretch=max(before, ratio))
    ending = settlement.ending
    if ending is Ending.UNKNOWN or (ending is Ending.BUSY and not was_probe):
        return health
    if ending is not Ending.FAILED:
        return replace(health, failures=0, trips=0, rests_until=0.0)
    return _failed(now, health, was_probe, patience)


def _failed(now: float, health: Health, was_probe: bool, patience: Patience) -> Health:
    failures = health.failures + 1
    if was_probe and health.is_open:
        rest = now + patience.cooldown(health.trips + 1)
        return replace(health, failures=failures, trips=health.trips + 1, rests_until=rest)
    if not health.is_open and failures >= patience.failures:
        return replace(health, failures=failures, rests_until=now + patience.cooldown(0))
    return replace(health, failures=failures)


def given_new_chance(now: float, health: Health, patience: Patience) -> Health:
    """For a new caller: an endpoint that was given up may be probed at once."""
    if health.is_given_up(patience):
        return replace(health, trips=0, rests_until=now)
    return health


def leaves_at(began: float, settled: float | None = None) -> float:
    """When a call leaves its minute."""
    latest = began + ARRIVAL_S
    return MINUTE_S + (latest if settled is None else min(settled, latest))


def money(nano: int) -> str:
    """An amount as it is shown: exact, without idle zeros."""
    return f"{(Decimal(nano) / NANO).normalize():f}"
