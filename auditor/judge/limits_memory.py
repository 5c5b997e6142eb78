"""A book of reservations for the callers of one process, kept no longer than it lives."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from auditor.core.limiting import (
    Ask,
    Caps,
    Granted,
    Health,
    Later,
    Never,
    Patience,
    Settlement,
    Spent,
    Traffic,
    after,
    chosen_endpoint,
    given_new_chance,
    leaves_at,
    scaled,
    within_budget,
    within_caps,
)


@dataclass(slots=True)
class _Call:
    endpoint: str
    purse: str
    began: float
    leaves: float
    tokens: int
    cost: int
    is_probe: bool
    is_open: bool = True


class MemoryBook:
    """``core.limiting.Book`` in memory. Its callers live as long as it does, so nothing expires."""

    is_shared = False

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: dict[str, _Call] = {}
        self._health: dict[str, Health] = {}
        self._settled: dict[str, int] = {}
        self._count = 0

    def enter(self, endpoints: Sequence[str], patience: Patience) -> None:
        """Give an endpoint that was given up a new chance."""
        with self._lock:
            for key in endpoints:
                known = self._health.get(key, Health())
                self._health[key] = given_new_chance(self._clock(), known, patience)

    def reserve(self, ask: Ask, caps: Caps, patience: Patience) -> Granted | Later | Never:
        """Decide on a call, and note it where it is granted."""
        with self._lock:
            now = self._clock()
            self._forget(now)
            chosen = chosen_endpoint(now, ask, self._healths(ask), patience)
            if not isinstance(chosen, str):
                return chosen
            tokens = scaled(ask, caps, self._health.get(chosen, Health()).stretch)
            refused = within_caps(now, ask, tokens, caps, self._traffic(now, ask))
            refused = refused or within_budget(ask, caps, self._spent(ask.purse))
            return refused or self._note(now, ask, chosen, tokens)

    def settle(self, call_id: str, settlement: Settlement, patience: Patience) -> None:
        """Note what came of a call."""
        with self._lock:
            now, call = self._clock(), self._calls[call_id]
            call.is_open = False
            call.leaves = leaves_at(call.began, now)
            call.tokens = call.tokens if settlement.tokens is None else settlement.tokens
            cost = call.cost if settlement.cost is None else settlement.cost
            self._settled[call.purse] = self._settled.get(call.purse, 0) + cost
            known = self._health.get(call.endpoint, Health())
            self._health[call.endpoint] = after(now, known, settlement, call.is_probe, patience)

    def renew(self, call_ids: Sequence[str], lease_s: float) -> None:
        """Nothing expires here."""

    def spent(self, purse: str) -> Spent:
        """What a purse has paid."""
        with self._lock:
            return self._spent(purse)

    def close(self) -> None:
        """Nothing is held open."""

    def _note(self, now: float, ask: Ask, endpoint: str, tokens: int) -> Granted:
        self._count += 1
        call_id = str(self._count)
        probe = self._health.get(endpoint, Health()).is_open
        call = _Call(endpoint, ask.purse, now, leaves_at(now), tokens, ask.cost, probe)
        self._calls[call_id] = call
        return Granted(call_id, endpoint, tokens)

    def _healths(self, ask: Ask) -> dict[str, Health]:
        probed = {c.endpoint for c in self._calls.values() if c.is_open and c.is_probe}
        return {
            key: replace(self._health.get(key, Health()), probing=key in probed)
            for key in ask.endpoints
        }

    def _traffic(self, now: float, ask: Ask) -> Traffic:
        calls = [c for c in self._calls.values() if c.endpoint in ask.endpoints]
        recent = [c for c in calls if c.leaves > now]
        return Traffic(
            in_flight=sum(c.is_open for c in calls),
            requests=len(recent),
            tokens=sum(c.tokens for c in recent),
            next_free=min((c.leaves for c in recent), default=None),
            last_began=max((c.began for c in calls), default=None),
        )

    def _spent(self, purse: str) -> Spent:
        held = sum(c.cost for c in self._calls.values() if c.is_open and c.purse == purse)
        return Spent(self._settled.get(purse, 0), held)

    def _forget(self, now: float) -> None:
        gone = [key for key, c in self._calls.items() if not c.is_open and c.leaves <= now]
        for key in gone:
            del self._calls[key]
