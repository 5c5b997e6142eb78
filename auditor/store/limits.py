"""The shared book of calls to endpoints: reservations of all processes, on SQLite or PostgreSQL.

On SQLite the processes of one machine share it; on PostgreSQL those of several machines, by the
server's clock. A reservation whose caller died is *expired* when its lease ends: it takes up no
room any more, and its highest cost stays charged, since the endpoint may have billed the call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
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
from sqlalchemy.exc import OperationalError

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
from auditor.store.opening import Database, answering, connect_first, open_engine
from auditor.store.patience import patient

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
HEALTH_FIELDS = ("not_before", "failures", "trips", "rests_until", "stretch", "last_began")
OPEN = CALLS.c.state == State.OPEN.value


class SqlRows:
    """``core.booking.Rows`` within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def healths(self, endpoints: Sequence[str]) -> dict[str, Health]:
        """The health of each endpoint."""
        asked = select(HEALTH).where(HEALTH.c.endpoint.in_(endpoints))
        known = {key: Health() for key in endpoints}
        for row in self._connection.execute(asked):
            known[row.endpoint] = Health(**{f: getattr(row, f) for f in HEALTH_FIELDS})
        if not any(health.is_open for health in known.values()):
            return known
        under_way = (OPEN, CALLS.c.is_probe, CALLS.c.endpoint.in_(endpoints))
        probing = select(CALLS.c.endpoint).where(*under_way)
        probed = set(self._connection.execute(probing).scalars())
        return {key: replace(health, probing=key in probed) for key, health in known.items()}

    def put_health(self, endpoint: str, health: Health) -> None:
        """Keep an endpoint's health."""
        fields = {f: getattr(health, f) for f in HEALTH_FIELDS}
        changed = update(HEALTH).where(HEALTH.c.endpoint == endpoint).values(fields)
        if not self._connection.execute(changed).rowcount:
            self._connection.execute(insert(HEALTH).values(endpoint=endpoint, **fields))

    def find(self, call_ids: Sequence[str]) -> Sequence[Entry]:
        """Those of some calls that are there."""
        return self._calls(CALLS.c.id.in_(call_ids))

    def add(self, entry: Entry) -> None:
        """Keep a new call."""
        self._connection.execute(insert(CALLS).values(_row(entry)))

    def put(self, entry: Entry) -> None:
        """Keep a call as it stands now."""
        self._connection.execute(update(CALLS).where(CALLS.c.id == entry.id).values(_row(entry)))

    def overdue(self, now: float) -> Sequence[Entry]:
        """The open calls whose leases have ended."""
        return self._calls(OPEN, CALLS.c.expires <= now)

    def forget(self, now: float) -> None:
        """Let go of ended calls that count no more."""
        for state, kept_s in ((State.SETTLED, 0.0), (State.EXPIRED, KEEP_S)):
            old = (CALLS.c.state == state.value, CALLS.c.leaves <= now - kept_s)
            self._connection.execute(delete(CALLS).where(*old))

    def traffic(self, now: float, endpoints: Sequence[str]) -> Traffic:
        """Sums over the calls at some endpoints."""
        is_recent = CALLS.c.leaves > now
        sums = select(
            func.coalesce(func.sum(case((OPEN, 1), else_=0)), 0),
            func.coalesce(func.sum(case((is_recent, 1), else_=0)), 0),
            func.coalesce(func.sum(case((is_recent, CALLS.c.tokens), else_=0)), 0),
            func.min(case((is_recent, CALLS.c.leaves))),
        ).where(CALLS.c.endpoint.in_(endpoints), or_(OPEN, is_recent))
        in_flight, requests, tokens, next_free = self._connection.execute(sums).one()
        return Traffic(int(in_flight), int(requests), int(tokens), next_free)

    def spent(self, purse: str) -> Spent:
        """What a purse has paid, and what calls under way hold of it."""
        paid = self._connection.execute(select(PURSES).where(PURSES.c.purse == purse)).first()
        costs = func.coalesce(func.sum(CALLS.c.cost), 0)
        under_way = select(costs).where(CALLS.c.purse == purse, OPEN)
        held = int(self._connection.execute(under_way).scalar_one())
        return Spent(paid.settled, held, paid.unsettled_calls) if paid else Spent(0, held)

    def charge(self, purse: str, cost: int, unsettled: int) -> None:
        """Let a purse pay."""
        added = {
            "settled": PURSES.c.settled + cost,
            "unsettled_calls": PURSES.c.unsettled_calls + unsettled,
        }
        paying = update(PURSES).where(PURSES.c.purse == purse).values(added)
        if not self._connection.execute(paying).rowcount:
            row = {"purse": purse, "settled": cost, "unsettled_calls": unsettled}
            self._connection.execute(insert(PURSES).values(row))

    def _calls(self, *which: ColumnElement[bool]) -> list[Entry]:
        rows = self._connection.execute(select(CALLS).where(*which)).mappings()
        return [Entry(**{**row, "state": State(row["state"])}) for row in rows]


def _row(entry: Entry) -> dict[str, Any]:
    return {**asdict(entry), "state": entry.state.value}


class SqlBook:
    """``core.limiting.Book`` in a database; every act is one short transaction, one at a time.

    ``clock`` stands in for the wall clock (SQLite) or the server's (PostgreSQL), for tests.
    """

    is_shared = True

    def __init__(self, engine: Engine, clock: Callable[[], float] | None = None) -> None:
        self._database = Database(engine)
        self.waiting = self._database.waiting
        self._clock = clock
        with self._locked() as connection:
            METADATA.create_all(connection)

    @patient
    def enter(self, endpoints: Sequence[str], patience: Patience) -> None:
        """Give an endpoint that was given up a new chance."""
        with self._acting() as (rows, now):
            booking.enter(rows, now, endpoints, patience)

    @patient
    def reserve(self, ask: Ask, caps: Caps, patience: Patience) -> Granted | Later | Never:
        """Decide on a call, and note it where it is granted.

        A server that is away is waited for. Where it had noted the call as it went it notes a
        second one: the first will expire, at its highest cost.
        """
        with self._acting() as (rows, now):
            return booking.reserve(rows, now, ask, caps, patience)

    def settle(self, call_id: str, settlement: Settlement, patience: Patience) -> None:
        """Note what came of a call; one that has expired is put right.

        Where the database does not answer in this moment nothing is noted: the call will expire,
        at its highest cost, and what the endpoint answered is not lost with it.
        """
        with suppress(OperationalError), self._acting() as (rows, now):
            booking.settle(rows, now, call_id, settlement, patience)

    def renew(self, call_ids: Sequence[str], lease_s: float) -> None:
        """These calls are still under way."""
        with self._acting() as (rows, now):
            booking.renew(rows, now, call_ids, lease_s)

    @patient
    def spent(self, purse: str) -> Spent:
        """What a purse has paid."""
        with self._acting() as (rows, now):
            booking.expire(rows, now)
            return rows.spent(purse)

    def close(self) -> None:
        """Let all connections go."""
        self._database.close()

    @contextmanager
    def _acting(self) -> Iterator[tuple[SqlRows, float]]:
        """The rows, and the time, within an act."""
        with self._locked() as connection:
            yield SqlRows(connection), self._now(connection)

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        """A transaction that no other one of any process overlaps."""
        with self._database.write() as connection:
            if not self._database.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({BOOK_LOCK})"))
            yield connection

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
