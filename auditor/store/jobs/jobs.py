"""The jobs of one archive: planned, leased, renewed, handed in; each act is one transaction.

A job belongs to whoever holds its current token. A token is made at every lease and forgotten when
the job is handed in, given back, cancelled, or leased anew: a worker that was thought dead and was
not finds that its token holds nothing any more. So a key has exactly one accepted result.

A server that goes away is waited for and the act done again. Of one whose commit was under way it
is then found out whether it came through: a lease and an accepted result are known by their token.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from auditor.core.jobs import Attempt, AttemptEnd, Job, JobState, Lease, NewJob, Patience
from auditor.store.jobs.beside import may_go_beside, was_beside
from auditor.store.jobs.rows import UNWANTED, attempt_of, job_of
from auditor.store.jobs.tables import ATTEMPTS, JOBS
from auditor.store.opening import Database
from auditor.store.patience import Once, patient
from auditor.store.run_folder import dumps

LONGEST_NOTE, LONGEST_MESSAGE = 250, 4000
EXPIRED = "the worker was not heard of any more"
FREE: Mapping[str, Any] = {"token": "", "holder": "", "lease_until": 0.0, "note": ""}


class JobStore:
    """The jobs of one archive; safe for threads, processes and, on PostgreSQL, machines.

    ``clock`` gives seconds since 1970.

    Raises:
        DatabaseGoneError: from any act, the server went away and stayed away.
    """

    def __init__(
        self, database: Database, archive_id: str, patience: Patience, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._archive = archive_id
        self.waiting = database.waiting
        self._patience = patience
        self._clock = clock
        self._in_touch_since = clock()
        self._misses = 0
        self._leasing = threading.Lock()

    def hurry(self) -> None:
        """Wait no more for a server that is away: the pass is to end."""
        if self.waiting is not None:
            self.waiting.hurry()

    # -- planning

    @patient
    def plan(self, wanted: Sequence[NewJob]) -> None:
        """Have exactly these jobs open or done; the order of the list is that of their turn.

        New ones wait. Of those that are there, cancelled ones wait again, and failed ones stay
        failed. Open jobs that are not wanted any more are cancelled.
        """
        now = self._clock()
        with self._database.write() as connection:
            known = {row.key: row for row in connection.execute(self._all())}
            for place, job in enumerate(wanted):
                if job.key not in known:
                    connection.execute(insert(JOBS).values(self._fresh(job, place, now)))
                    continue
                values: dict[str, Any] = {"place": place, "request": dumps(dict(job.request))}
                if known[job.key].state == JobState.CANCELLED:
                    values |= self._anew(now)
                connection.execute(update(JOBS).where(self._is(job.key)).values(values))
            kept = {job.key for job in wanted}
            for key, row in known.items():
                if key in kept:
                    continue
                self._set(connection, key, place=UNWANTED)
                if JobState(row.state).is_open:
                    self._end_attempt(connection, row.token, AttemptEnd.STOPPED, "")
                    self._set(connection, key, state=JobState.CANCELLED, ended_at=now, **FREE)

    @patient
    def reopen(self, keys: Sequence[str]) -> int:
        """Have failed, cancelled or done jobs done (again); tells how many there were."""
        closed = (JobState.FAILED, JobState.CANCELLED, JobState.DONE)
        with self._database.write() as connection:
            there = and_(self._mine(), JOBS.c.key.in_(keys), JOBS.c.state.in_(closed))
            changed = update(JOBS).where(there).values(self._anew(self._clock()))
            return int(connection.execute(changed).rowcount)

    @patient
    def cancel(self, keys: Sequence[str]) -> int:
        """Take open jobs out of the queue; who holds one finds that its token holds nothing."""
        with self._database.write() as connection:
            rows = connection.execute(self._held(JOBS.c.key.in_(keys), open_only=True)).all()
            for row in rows:
                self._end_attempt(connection, row.token, AttemptEnd.STOPPED, "cancelled")
                self._set(
                    connection, row.key, state=JobState.CANCELLED, ended_at=self._clock(), **FREE
                )
            return len(rows)

    # -- working

    def lease(self, worker: str) -> Lease | None:
        """Take the next job whose turn it is, None where none is ready now.

        A job whose last attempt was lost is never held beside another (``beside``).
        """
        with self._leasing:  # or threads of a worker would not see what each other take
            return self._lease(worker, uuid.uuid4().hex)

    @patient
    def _lease(self, worker: str, token: str) -> Lease | None:
        with self._database.write() as connection:
            now = self._clock()
            taken = connection.execute(self._held(JOBS.c.token == token)).first()
            if taken is not None:  # before the server went
                return Lease(job_of(taken), token, taken.lease_until, taken.attempts)
            if now >= self._may_expire_at(now):
                self._expire(connection, now)
            beside = may_go_beside(connection, self._archive, worker)
            if beside is None:
                return None
            waiting = and_(JOBS.c.state == JobState.WAITING, JOBS.c.ready_at <= now)
            ready = and_(self._mine(), waiting, beside)
            query = select(JOBS).where(ready).order_by(JOBS.c.place, JOBS.c.key).limit(1)
            if not self._database.is_sqlite:
                query = query.with_for_update(skip_locked=True)
            row = connection.execute(query).first()
            return None if row is None else self._give(connection, row, (worker, token), now)

    def renew(self, lease: Lease, note: str = "") -> bool:
        """Go on holding a job; tells whether it is still held. No server is waited for."""

        def renewed() -> bool:
            until = self._clock() + self._patience.lease_s
            values = {"lease_until": until, "note": note[:LONGEST_NOTE]}
            with self._database.write() as connection:
                done = connection.execute(update(JOBS).where(self._holds(lease)).values(values))
                return bool(done.rowcount)

        return renewed() if self.waiting is None else self.waiting.until_done(renewed, 0.0)

    def accept(
        self, lease: Lease, result: Mapping[str, Any], publish: Callable[[], None] | None = None
    ) -> bool:
        """Hand in a result; tells whether it was accepted, which only the current token's is.

        ``publish`` is called once, within the transaction, after the token was found to be current:
        what it raises leaves the job as it was. Where the server goes after that and the
        transaction comes to nothing, it holds still: as long as the token is current nobody else
        has published.
        """
        return self._accept(lease, result, Once(publish))

    @patient
    def _accept(self, lease: Lease, result: Mapping[str, Any], publish: Once) -> bool:
        with self._database.write() as connection:
            query = select(JOBS.c.key).where(self._holds(lease))
            if not self._database.is_sqlite:
                query = query.with_for_update()
            if connection.execute(query).first() is None:
                return publish.is_done and self._was_accepted(connection, lease)
            publish()
            self._end_attempt(connection, lease.token, AttemptEnd.DONE, "")
            self._set(
                connection, lease.job.key, state=JobState.DONE, ended_at=self._clock(),
                result=dumps(dict(result)), message="", **FREE,
            )  # fmt: skip
            return True

    @patient
    def fail(self, lease: Lease, message: str, *, for_good: bool = False) -> bool:
        """Say that an attempt failed: the job waits for the next one, or has had them all.

        ``for_good``: another attempt would fail in the same way. Tells whether the job was held.
        """
        with self._database.write() as connection:
            row = connection.execute(self._held(self._holds(lease))).first()
            if row is not None:
                self._after_failure(connection, row, AttemptEnd.FAILED, message, for_good=for_good)
            return row is not None

    @patient
    def give_back(self, lease: Lease) -> bool:
        """Put a job back as it was: the attempt was stopped and does not count."""
        with self._database.write() as connection:
            row = connection.execute(self._held(self._holds(lease))).first()
            if row is not None:
                self._put_back(connection, row)
            return row is not None

    @patient
    def release(self, worker: str, why: str = EXPIRED) -> int:
        """Free the jobs of a worker that is known to be dead, at once.

        The attempt counts where the worker had one job; of several nobody knows which it died of.
        """
        with self._database.write() as connection:
            rows = connection.execute(self._held(JOBS.c.holder == worker)).all()
            for row in rows:
                self._after_failure(connection, row, AttemptEnd.LOST, why)
            return len(rows)

    @patient
    def release_all(self) -> int:
        """Free every job that is held: for a pass that knows to be the only one. No attempt counts.

        Workers of an earlier pass that still live find that their tokens hold nothing.
        """
        with self._database.write() as connection:
            rows = connection.execute(self._held(JOBS.c.token != "")).all()
            for row in rows:
                self._put_back(connection, row)
            return len(rows)

    # -- asking

    @patient
    def all(self) -> tuple[Job, ...]:
        """Every job in the order of its turn, those of earlier plans among them."""
        with self._database.read() as connection:
            rows = connection.execute(self._all().order_by(JOBS.c.place, JOBS.c.key))
            return tuple(job_of(row) for row in rows)

    @patient
    def upcoming(self, count: int) -> tuple[Job, ...]:
        """The waiting jobs whose turn is next, at most so many."""
        waiting = and_(self._mine(), JOBS.c.state == JobState.WAITING)
        query = select(JOBS).where(waiting).order_by(JOBS.c.place, JOBS.c.key).limit(count)
        with self._database.read() as connection:
            return tuple(job_of(row) for row in connection.execute(query))

    def get(self, key: str) -> Job | None:
        """One job."""
        with self._database.read() as connection:
            row = connection.execute(select(JOBS).where(self._is(key))).first()
        return None if row is None else job_of(row)

    @patient
    def counts(self) -> Counter[JobState]:
        """How many jobs of the latest plan stand where."""
        with self._database.read() as connection:
            query = select(JOBS.c.state).where(self._mine(), JOBS.c.place != UNWANTED)
            return Counter(JobState(state) for (state,) in connection.execute(query))

    @patient
    def next_at(self) -> float | None:
        """When something may be ready to be leased; None where no job is open."""
        with self._database.read() as connection:
            query = select(JOBS.c.state, JOBS.c.ready_at, JOBS.c.lease_until).where(self._mine())
            rows = connection.execute(query).all()
        times = [r.ready_at for r in rows if r.state == JobState.WAITING]
        earliest = self._may_expire_at(self._clock())
        times += [max(r.lease_until, earliest) for r in rows if r.state == JobState.LEASED]
        return min(times, default=None)

    @patient
    def attempts(self) -> tuple[Attempt, ...]:
        """Every attempt at every job, in order of their beginning."""
        with self._database.read() as connection:
            query = select(ATTEMPTS).where(ATTEMPTS.c.archive == self._archive)
            rows = connection.execute(query.order_by(ATTEMPTS.c.began_at, ATTEMPTS.c.token)).all()
        return tuple(attempt_of(row) for row in rows)

    def close(self) -> None:
        """Let all connections go."""
        self._database.close()

    # -- within a transaction

    def _give(
        self, connection: Connection, row: Row[Any], taker: tuple[str, str], now: float
    ) -> Lease:
        """Have a worker hold a job; ``taker`` is its name and the token."""
        (worker, token), until = taker, now + self._patience.lease_s
        number = row.attempts + 1
        held = {
            "state": JobState.LEASED, "attempts": number, "token": token, "holder": worker,
            "lease_until": until, "note": "",
        }  # fmt: skip
        self._set(connection, row.key, **held)
        attempt = {
            "archive": self._archive, "token": token, "key": row.key, "number": number,
            "worker": worker, "began_at": now, "ended_at": 0.0, "end": AttemptEnd.RUNNING,
            "message": "",
        }  # fmt: skip
        connection.execute(insert(ATTEMPTS).values(attempt))
        given = job_of(
            row, state=JobState.LEASED, attempts=number, holder=worker, lease_until=until
        )
        return Lease(given, token, until, number)

    def _was_accepted(self, connection: Connection, lease: Lease) -> bool:
        this = and_(ATTEMPTS.c.archive == self._archive, ATTEMPTS.c.token == lease.token)
        end = connection.execute(select(ATTEMPTS.c.end).where(this)).scalar()
        return bool(end == AttemptEnd.DONE)

    def _may_expire_at(self, now: float) -> float:
        """From when on others' leases may be found to have run out.

        While the server was away nobody could renew. So whoever missed it leaves the others the
        time of a lease, as does one that has just begun and cannot know.
        """
        misses = 0 if self.waiting is None else self.waiting.misses
        if misses != self._misses:
            self._misses, self._in_touch_since = misses, now
        return self._in_touch_since + (0.0 if self.waiting is None else self._patience.lease_s)

    def _expire(self, connection: Connection, now: float) -> None:
        late = and_(JOBS.c.state == JobState.LEASED, JOBS.c.lease_until <= now)
        for row in connection.execute(self._held(late, skip_locked=True)).all():
            self._after_failure(connection, row, AttemptEnd.LOST, EXPIRED)

    def _after_failure(
        self,
        connection: Connection,
        row: Row[Any],
        end: AttemptEnd,
        message: str,
        *,
        for_good: bool = False,
    ) -> None:
        now = self._clock()
        counts = end is not AttemptEnd.LOST or not was_beside(connection, row)
        self._end_attempt(connection, row.token, end, message)
        attempts = row.attempts - (0 if counts else 1)
        over = for_good or attempts >= self._patience.attempts
        values: dict[str, Any] = {
            "message": message[:LONGEST_MESSAGE], "attempts": attempts, **FREE,
        }  # fmt: skip
        if over:
            values |= {"state": JobState.FAILED, "ended_at": now}
        else:
            # nobody is to blame for a death: the next worker may begin at once
            wait_s = 0.0 if end is AttemptEnd.LOST else self._patience.wait_s(row.attempts)
            values |= {"state": JobState.WAITING, "ready_at": now + wait_s}
        self._set(connection, row.key, **values)

    def _put_back(self, connection: Connection, row: Row[Any]) -> None:
        self._end_attempt(connection, row.token, AttemptEnd.STOPPED, "")
        attempts = max(row.attempts - 1, 0)
        self._set(connection, row.key, state=JobState.WAITING, attempts=attempts, **FREE)

    def _end_attempt(
        self, connection: Connection, token: str, end: AttemptEnd, message: str
    ) -> None:
        this = and_(ATTEMPTS.c.archive == self._archive, ATTEMPTS.c.token == token)
        values = {"ended_at": self._clock(), "end": end, "message": message[:LONGEST_MESSAGE]}
        connection.execute(update(ATTEMPTS).where(this).values(values))

    def _set(self, connection: Connection, key: str, **values: Any) -> None:
        connection.execute(update(JOBS).where(self._is(key)).values(values))

    def _held(
        self, which: ColumnElement[bool], *, open_only: bool = False, skip_locked: bool = False
    ) -> Any:
        """The rows of jobs to be changed, locked where the database has such locks."""
        states = [JobState.LEASED, JobState.WAITING] if open_only else [JobState.LEASED]
        query = select(JOBS).where(self._mine(), which, JOBS.c.state.in_(states))
        if self._database.is_sqlite:
            return query
        return query.with_for_update(skip_locked=skip_locked)

    def _all(self) -> Any:
        return select(JOBS).where(self._mine())

    def _mine(self) -> ColumnElement[bool]:
        return JOBS.c.archive == self._archive

    def _is(self, key: str) -> ColumnElement[bool]:
        return and_(self._mine(), JOBS.c.key == key)

    def _holds(self, lease: Lease) -> ColumnElement[bool]:
        """Current is the token that the job was last leased with, even if its time is over."""
        leased = and_(JOBS.c.state == JobState.LEASED, JOBS.c.token == lease.token)
        return and_(self._is(lease.job.key), leased)

    def _fresh(self, job: NewJob, place: int, now: float) -> dict[str, Any]:
        return {
            "archive": self._archive, "key": job.key, "kind": job.kind, "subject": job.subject,
            "place": place, "request": dumps(dict(job.request)), "made_at": now,
            **self._anew(now),
        }  # fmt: skip

    def _anew(self, now: float) -> dict[str, Any]:
        return {
            "state": JobState.WAITING, "attempts": 0, "ready_at": now, "message": "",
            "result": "{}", "ended_at": 0.0, **FREE,
        }  # fmt: skip
