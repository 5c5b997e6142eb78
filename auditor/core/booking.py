"""What a book of calls does, over whatever keeps its rows: one set of rules for every book.

Each function is one act. Its caller sees to it that no other act overlaps it, and says what time
it is; a random id for each call is all that is not decided by the arguments.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

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
    at_distance,
    chosen_endpoint,
    given_new_chance,
    leaves_at,
    scaled,
    within_budget,
    within_caps,
)


class State(Enum):
    """Of a call: under way, ended, or given up because its caller died."""

    OPEN = "open"
    SETTLED = "settled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Entry:
    """A call as it stands in a book.

    ``began``: when it was reserved; ``leaves``: when it leaves its minute; ``expires``: when its
    caller is taken for dead. ``tokens`` and ``cost``: what is reserved, then what was used.
    """

    id: str
    endpoint: str
    purse: str
    began: float
    leaves: float
    expires: float
    tokens: int
    cost: int
    is_probe: bool = False
    state: State = State.OPEN


class Rows(Protocol):
    """The rows of a book, as they stand within one act."""

    def healths(self, endpoints: Sequence[str]) -> dict[str, Health]:
        """The health of each endpoint; nothing bad is known of a new one."""

    def put_health(self, endpoint: str, health: Health) -> None:
        """Keep an endpoint's health; ``probing`` follows from the calls."""

    def find(self, call_ids: Sequence[str]) -> Sequence[Entry]:
        """Those of some calls that are there."""

    def add(self, entry: Entry) -> None:
        """Keep a new call."""

    def put(self, entry: Entry) -> None:
        """Keep a call as it stands now."""

    def overdue(self, now: float, /) -> Sequence[Entry]:
        """The open calls whose leases have ended."""

    def forget(self, now: float) -> None:
        """Let go of ended calls that count no more."""

    def traffic(self, now: float, endpoints: Sequence[str]) -> Traffic:
        """Sums over the calls at some endpoints."""

    def spent(self, purse: str) -> Spent:
        """What a purse has paid, and what calls under way hold of it."""

    def charge(self, purse: str, cost: int, unsettled: int, /) -> None:
        """Let a purse pay; ``unsettled`` calls more were paid without a word of their end."""


def enter(rows: Rows, now: float, endpoints: Sequence[str], patience: Patience) -> None:
    """Let a new caller in: what all before it gave up gets a new chance."""
    for key, known in rows.healths(endpoints).items():
        fresh = given_new_chance(now, known, patience)
        if fresh != known:
            rows.put_health(key, fresh)


def reserve(
    rows: Rows, now: float, ask: Ask, caps: Caps, patience: Patience
) -> Granted | Later | Never:
    """Decide on a call, and note it where it is granted."""
    expire(rows, now)
    healths = rows.healths(ask.endpoints)
    chosen = chosen_endpoint(now, ask, healths, patience)
    if not isinstance(chosen, str):
        return chosen
    tokens = scaled(ask, caps, healths[chosen].stretch)
    refused: Later | Never | None = at_distance(now, caps, healths.values())
    refused = refused or within_caps(now, ask, tokens, caps, rows.traffic(now, ask.endpoints))
    if refused is None and caps.budget is not None:
        refused = within_budget(ask, caps, rows.spent(ask.purse))
    if refused is not None:
        return refused
    entry = Entry(
        uuid.uuid4().hex, chosen, ask.purse, now, leaves_at(now), now + patience.lease_s,
        tokens, ask.cost, healths[chosen].is_open,
    )  # fmt: skip
    rows.add(entry)
    rows.put_health(chosen, replace(healths[chosen], last_began=now))
    return Granted(entry.id, chosen, tokens, entry.is_probe)


def settle(
    rows: Rows, now: float, call_id: str, settlement: Settlement, patience: Patience
) -> None:
    """Note what came of a call, once; what was charged when it expired is put right."""
    for call in rows.find([call_id]):
        if call.state is State.SETTLED:
            return
        cost = call.cost if settlement.cost is None else settlement.cost
        if call.state is State.EXPIRED:
            rows.charge(call.purse, cost - call.cost, -1)
        else:
            rows.charge(call.purse, cost, 0)
        tokens = call.tokens if settlement.tokens is None else settlement.tokens
        leaves = leaves_at(call.began, now)
        rows.put(replace(call, state=State.SETTLED, leaves=leaves, tokens=tokens, cost=cost))
        known = rows.healths([call.endpoint])[call.endpoint]
        later = after(now, known, settlement, call.is_probe, patience)
        if later != known:
            rows.put_health(call.endpoint, later)


def renew(rows: Rows, now: float, call_ids: Sequence[str], lease_s: float) -> None:
    """Note that calls are under way, those among them whose caller was taken for dead."""
    for call in rows.find(call_ids):
        if call.state is State.EXPIRED:
            rows.charge(call.purse, -call.cost, -1)
        if call.state is not State.SETTLED:
            rows.put(replace(call, state=State.OPEN, expires=now + lease_s))


def expire(rows: Rows, now: float) -> None:
    """End the reservations of callers that died, at their highest cost; forget what is old."""
    for call in rows.overdue(now):
        rows.charge(call.purse, call.cost, 1)
        rows.put(replace(call, state=State.EXPIRED))
    rows.forget(now)
