"""The shared book of calls to endpoints: reservations of all processes, on SQLite or PostgreSQL.

On SQLite the processes of one machine share it; on PostgreSQL those of several machines, by the
server's clock. A reservation whose caller died is *expired* when its lease ends: it takes up no
room any more, and its highest cost stays charged, since the endpoint may have billed the call.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    case,
    delete,
    event,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

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
from auditor.store.opening import Database, answering, connect_first, open_engine

OPEN, SETTLED, EXPIRED = "open", "settled", "expired"
KEEP_S = 3600.0
"""How long an expired call is kept, so that an answer that comes after all puts it right."""
BOOK_LOCK = 0x43544C4D
METADATA = MetaData()
CALLS = Table(
    "limit_calls",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("endpoint", String, nullable=False),
    Column("purse", String, nullable=False),
    Column("state", String(8), nullable=False),
    Column("is_probe", Boolean, nullable=False),
    Column("began", Float(53), nullable=False),
    Column("leaves", Float(53), nullable=False),
    Column("expires", Float(53), nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Index("limit_calls_by_endpoint", "endpoint"),
    Index("limit_calls_by_leaving", "state", "leaves"),
    Index("limit_calls_by_purse", "purse", "state"),
)
HEALTH = Table(
    "limit_endpoints",
    METADATA,
    Column("endpoint", String, primary_key=True),
    Column("not_before", Float(53), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("trips", Integer, nullable=False),
    Column("rests_until", Float(53), nullable=False),
    Column("stretch", Float(53), nullable=False),
    Column("last_began", Float(53), nullable=True),
)
PURSES = Table(
    "limit_purses",
    METADATA,
    Column("purse", String, primary_key=True),
    Column("settled", BigInteger, nullable=False),
    Column("unsettled_calls", Integer, nullable=False),
)
HEALTH_FIELDS = ("not_before", "failures", "trips", "rests_until", "stretch")


class SqlBook:
    """``core.limiting.Book`` in a database; every act is one short transaction, one at a time.

    ``clock`` stands in for the wall clock (SQLite) or the server's (PostgreSQL), for tests.
    """

    is_shared = True

    def __init__(self, engine: Engine, clock: Callable[[], float] | None = None) -> None:
        self._database = Database(engine)
        self._clock = clock
        with self._acting() as (connection, _):
            METADATA.create_all(connection)

    def enter(self, endpoints: Sequence[str], patience: Patience) -> None:
        """Give an endpoint that was given up a new chance."""
        with self._acting() as (connection, now):
            for key, known in _healths(connection, endpoints).items():
                _put_health(connection, key, given_new_chance(now, known, patience))

    def reserve(self, ask: Ask, caps: Caps, patience: Patience) -> Granted | Later | Never:
        """Decide on a call, and note it where it is granted."""
        with self._acting() as (connection, now):
            _expire(connection, now)
            healths = _healths(connection, ask.endpoints)
            chosen = chosen_endpoint(now, ask, healths, patience)
            if not isinstance(chosen, str):
                return chosen
            tokens = scaled(ask, caps, healths[chosen].stretch)
            refused = within_caps(now, ask, tokens, caps, _traffic(connection, now, ask))
            if refused is None and caps.budget is not None:
                refused = within_budget(ask, caps, _spent(connection, ask.purse))
            if refused is not None:
                return refused
            call_id = uuid.uuid4().hex
            row = {
                "id": call_id, "endpoint": chosen, "purse": ask.purse, "state": OPEN,
                "is_probe": healths[chosen].is_open, "began": now, "leaves": leaves_at(now),
                "expires": now + patience.lease_s, "tokens": tokens, "cost": ask.cost,
            }  # fmt: skip
            connection.execute(insert(CALLS).values(row))
            began = update(HEALTH).where(HEALTH.c.endpoint == chosen).values(last_began=now)
            connection.execute(began)
            return Granted(call_id, chosen, tokens)

    def settle(self, call_id: str, settlement: Settlement, patience: Patience) -> None:
        """Note what came of a call; one that has expired is put right."""
        with self._acting() as (connection, now):
            call = connection.execute(select(CALLS).where(CALLS.c.id == call_id)).first()
            if call is None or call.state == SETTLED:
                return
            cost = call.cost if settlement.cost is None else settlement.cost
            was_charged = call.state == EXPIRED
            _charge(connection, call.purse, cost - call.cost if was_charged else cost,
                    -1 if was_charged else 0)  # fmt: skip
            ended = {
                "state": SETTLED,
                "leaves": leaves_at(call.began, now),
                "tokens": call.tokens if settlement.tokens is None else settlement.tokens,
                "cost": cost,
            }
            connection.execute(update(CALLS).where(CALLS.c.id == call_id).values(ended))
            known = _healths(connection, [call.endpoint])[call.endpoint]
            later = after(now, known, settlement, call.is_probe, patience)
            if later != known:
                _put_health(connection, call.endpoint, later)

    def renew(self, call_ids: Sequence[str], lease_s: float) -> None:
        """These calls are still under way."""
        with self._acting() as (connection, now):
            still = (CALLS.c.id.in_(call_ids), CALLS.c.state == OPEN)
            connection.execute(update(CALLS).where(*still).values(expires=now + lease_s))

    def spent(self, purse: str) -> Spent:
        """What a purse has paid."""
        with self._acting() as (connection, now):
            _expire(connection, now)
            return _spent(connection, purse)

    def close(self) -> None:
        """Let all connections go."""
        self._database.close()

    @contextmanager
    def _acting(self) -> Iterator[tuple[Connection, float]]:
        """A transaction that no other act of any process overlaps, with the time in it."""
        with self._database.write() as connection:
            if not self._database.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({BOOK_LOCK})"))
            yield connection, self._now(connection)

    def _now(self, connection: Connection) -> float:
        if self._clock is not None:
            return self._clock()
        if self._database.is_sqlite:
            return time.time()
        asked = text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS double precision)")
        return float(connection.execute(asked).scalar_one())


def open_book(
    file: Path, url: str | None = None, clock: Callable[[], float] | None = None
) -> SqlBook:
    """Open the book in a PostgreSQL database by its URL, else in an SQLite file.

    Raises:
        ConfigurationError: the URL is wrong, or the database does not answer.
        MissingExtraError: PostgreSQL is asked for and its driver is not installed.
    """
    engine = open_engine(file, url)
    if engine.dialect.name == "sqlite":
        _for_many_writers(engine)
    with answering():
        return SqlBook(engine, clock)


def _for_many_writers(engine: Engine) -> None:
    """Prepare a file: a crash of the machine loses the last moment, one of a process nothing."""

    @event.listens_for(engine, "connect")
    def _set_pragma(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=NORMAL").close()

    connect_first(engine)


def _expire(connection: Connection, now: float) -> None:
    """End the reservations of callers that died, at their highest cost; forget what is old."""
    stale = (CALLS.c.state == OPEN, CALLS.c.expires <= now)
    for call in connection.execute(select(CALLS).where(*stale)).all():
        _charge(connection, call.purse, call.cost, 1)
        connection.execute(update(CALLS).where(CALLS.c.id == call.id).values(state=EXPIRED))
    for state, kept_s in ((SETTLED, 0.0), (EXPIRED, KEEP_S)):
        old = (CALLS.c.state == state, CALLS.c.leaves <= now - kept_s)
        connection.execute(delete(CALLS).where(*old))


def _healths(connection: Connection, endpoints: Sequence[str]) -> dict[str, Health]:
    """The health of each endpoint; one that nobody knew yet gets its row."""
    rows = connection.execute(select(HEALTH).where(HEALTH.c.endpoint.in_(endpoints)))
    known = {row.endpoint: Health(**{f: getattr(row, f) for f in HEALTH_FIELDS}) for row in rows}
    for key in dict.fromkeys(endpoints):
        if key not in known:
            known[key] = Health()
            fields = {f: getattr(known[key], f) for f in HEALTH_FIELDS}
            connection.execute(insert(HEALTH).values(endpoint=key, **fields))
    if any(health.is_open for health in known.values()):
        return _with_probes(connection, known)
    return known


def _with_probes(connection: Connection, known: dict[str, Health]) -> dict[str, Health]:
    under_way = (CALLS.c.state == OPEN, CALLS.c.is_probe, CALLS.c.endpoint.in_(known))
    probed = set(connection.execute(select(CALLS.c.endpoint).where(*under_way)).scalars())
    return {
        key: Health(**{f: getattr(health, f) for f in HEALTH_FIELDS}, probing=key in probed)
        for key, health in known.items()
    }


def _put_health(connection: Connection, key: str, health: Health) -> None:
    fields = {f: getattr(health, f) for f in HEALTH_FIELDS}
    connection.execute(update(HEALTH).where(HEALTH.c.endpoint == key).values(fields))


def _traffic(connection: Connection, now: float, ask: Ask) -> Traffic:
    is_open, is_recent = CALLS.c.state == OPEN, CALLS.c.leaves > now
    sums = select(
        func.coalesce(func.sum(case((is_open, 1), else_=0)), 0),
        func.coalesce(func.sum(case((is_recent, 1), else_=0)), 0),
        func.coalesce(func.sum(case((is_recent, CALLS.c.tokens), else_=0)), 0),
        func.min(case((is_recent, CALLS.c.leaves))),
    ).where(CALLS.c.endpoint.in_(ask.endpoints), or_(is_open, is_recent))
    in_flight, requests, tokens, next_free = connection.execute(sums).one()
    newest = select(func.max(HEALTH.c.last_began)).where(HEALTH.c.endpoint.in_(ask.endpoints))
    last_began = connection.execute(newest).scalar_one()
    return Traffic(int(in_flight), int(requests), int(tokens), next_free, last_began)


def _spent(connection: Connection, purse: str) -> Spent:
    paid = connection.execute(select(PURSES).where(PURSES.c.purse == purse)).first()
    under_way = (CALLS.c.purse == purse, CALLS.c.state == OPEN)
    held = connection.execute(
        select(func.coalesce(func.sum(CALLS.c.cost), 0)).where(*under_way)
    ).scalar_one()
    return Spent(paid.settled, int(held), paid.unsettled_calls) if paid else Spent(0, int(held))


def _charge(connection: Connection, purse: str, cost: int, unsettled: int) -> None:
    added = {
        "settled": PURSES.c.settled + cost,
        "unsettled_calls": PURSES.c.unsettled_calls + unsettled,
    }
    done = connection.execute(update(PURSES).where(PURSES.c.purse == purse).values(added))
    if not done.rowcount:
        row = {"purse": purse, "settled": cost, "unsettled_calls": unsettled}
        connection.execute(insert(PURSES).values(row))
