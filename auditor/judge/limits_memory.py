"""A book of reservations for the callers of one process, kept no longer than it lives."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from auditor.core import booking
from auditor.core.booking import Entry, State
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
)


class MemoryRows:
    """``core.booking.Rows`` in memory. Its callers live as long as it does: nothing is overdue."""

    def __init__(self) -> None:
        self._calls: dict[str, Entry] = {}
        self._health: dict[str, Health] = {}
        self._paid: dict[str, int] = {}

    def healths(self, endpoints: Sequence[str]) -> dict[str, Health]:
        """The health of each endpoint."""
        probed = {c.endpoint for c in self._calls.values() if _is_open(c) and c.is_probe}
        known = {key: self._health.get(key, Health()) for key in endpoints}
        return {key: replace(health, probing=key in probed) for key, health in known.items()}

    def put_health(self, endpoint: str, health: Health) -> None:
        """Keep an endpoint's health."""
        self._health[endpoint] = health

    def find(self, call_ids: Sequence[str]) -> Sequence[Entry]:
        """Those of some calls that are there."""
        return [self._calls[key] for key in call_ids if key in self._calls]

    def add(self, entry: Entry) -> None:
        """Keep a new call."""
        self._calls[entry.id] = entry

    def put(self, entry: Entry) -> None:
        """Keep a call as it stands now."""
        self._calls[entry.id] = entry

    def overdue(self, _now: float, /) -> Sequence[Entry]:
        """None."""
        return ()

    def forget(self, now: float) -> None:
        """Let go of ended calls that count no more."""
        gone = [key for key, c in self._calls.items() if not _is_open(c) and c.leaves <= now]
        for key in gone:
            del self._calls[key]

    def traffic(self, now: float, endpoints: Sequence[str]) -> Traffic:
        """Sums over the calls at some endpoints."""
        calls = [c for c in self._calls.values() if c.endpoint in endpoints]
        recent = [c for c in calls if c.leaves > now]
        return Traffic(
            in_flight=sum(map(_is_open, calls)),
            requests=len(recent),
            tokens=sum(c.tokens for c in recent),
            next_free=min((c.leaves for c in recent), default=None),
        )

    def spent(self, purse: str) -> Spent:
        """What a purse has paid, and what calls under way hold of it."""
        held = sum(c.cost for c in self._calls.values() if _is_open(c) and c.purse == purse)
        return Spent(self._paid.get(purse, 0), held)

    def charge(self, purse: str, cost: int, _unsettled: int, /) -> None:
        """Let a purse pay; no call goes without its end here."""
        self._paid[purse] = self._paid.get(purse, 0) + cost


def _is_open(call: Entry) -> bool:
    return call.state is State.OPEN


class MemoryBook:
    """``core.limiting.Book`` in memory; a lock keeps its acts apart."""

    is_shared = False

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rows = MemoryRows()

    def enter(self, endpoints: Sequence[str], patience: Patience) -> None:
        """Give an endpoint that was given up a new chance."""
        with self._lock:
            booking.enter(self._rows, self._clock(), endpoints, patience)

    def reserve(self, ask: Ask, caps: Caps, patience: Patience) -> Granted | Later | Never:
        """Decide on a call, and note it where it is granted."""
        with self._lock:
            return booking.reserve(self._rows, self._clock(), ask, caps, patience)

    def settle(self, call_id: str, settlement: Settlement, patience: Patience) -> None:
        """Note what came of a call."""
        with self._lock:
            booking.settle(self._rows, self._clock(), call_id, settlement, patience)

    def renew(self, call_ids: Sequence[str], lease_s: float) -> None:
        """Nothing expires here."""

    def spent(self, purse: str) -> Spent:
        """What a purse has paid."""
        with self._lock:
            return self._rows.spent(purse)

    def close(self) -> None:
        """Nothing is held open."""
