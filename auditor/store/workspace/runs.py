"""Runs of a workspace and the chain of review events of each; here the database is the truth."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from auditor.core.errors import RunError
from auditor.core.events import EventContent, ReviewEvent
from auditor.core.workspace import RunEntry
from auditor.store.events import chained, event_from, event_json
from auditor.store.run_folder import dumps
from auditor.store.workspace.opening import Database, Within
from auditor.store.workspace.tables import EVENTS, RUNS

Compose = Callable[[Sequence[ReviewEvent]], Sequence[EventContent]]
"""What to add, in the face of the events of the features concerned; may refuse by raising."""


@dataclass(frozen=True, slots=True)
class Appending:
    """An addition to a run's chain: by whom, when, and of which features the events matter."""

    run_id: str
    account_id: int | None
    at: str
    feature_ids: tuple[str, ...] = ()


class Runs:
    """Runs and their events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entry: RunEntry, events: Sequence[ReviewEvent]) -> None:
        """Register a run with the events that it brings (their chain was verified).

        Raises:
            RunError: the run is registered already.
        """
        with self._database.write() as connection:
            if connection.execute(select(RUNS.c.id).where(RUNS.c.id == entry.id)).first():
                raise RunError(
                    f"{entry.folder} is in the workspace already.", hint="Open it: auditor serve."
                )
            connection.execute(insert(RUNS).values(**_columns(entry)))
            _write(connection, entry.id, events, 0, (None, entry.added_at))

    def all(self) -> tuple[RunEntry, ...]:
        """All runs, by city, the newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(RUNS).order_by(RUNS.c.city, RUNS.c.added_at.desc()))
            return tuple(_entry(row) for row in rows)

    def get(self, run_id: str) -> RunEntry | None:
        """One run."""
        with self._database.read() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.id == run_id)).first()
        return None if row is None else _entry(row)

    def set_profile(self, run_id: str, profile: str) -> None:
        """Show a run under another scoring rule from now on."""
        with self._database.write() as connection:
            connection.execute(update(RUNS).where(RUNS.c.id == run_id).values(profile=profile))

    def events(self, run_id: str, since: int = 0) -> tuple[ReviewEvent, ...]:
        """The chain of a run, in order, from its place ``since`` + 1 on."""
        return tuple(_event(payload) for payload in self.payloads(run_id, since))

    def payloads(self, run_id: str, since: int = 0) -> tuple[str, ...]:
        """The same as it is stored."""
        chosen = (EVENTS.c.run_id == run_id) & (EVENTS.c.place > since)
        with self._database.read() as connection:
            rows = connection.execute(
                select(EVENTS.c.payload).where(chosen).order_by(EVENTS.c.place)
            )
            return tuple(rows.scalars())

    def append(
        self, addition: Appending, compose: Compose, together: Within | None = None
    ) -> tuple[ReviewEvent, ...]:
        """Add events behind the chain's head, on disk when this returns.

        ``compose`` is called while nobody else can add to this run, with what stands of the
        features concerned; what it raises leaves everything as it was. What is there already (same
        content) is left out. ``together`` is changed in the same transaction where events are
        added.

        Raises:
            RunError: the run is unknown.
        """
        with self._database.write() as connection:
            self._database.hold(connection, addition.run_id)
            row = connection.execute(select(RUNS).where(RUNS.c.id == addition.run_id)).first()
            if row is None:
                raise RunError(f"The workspace has no run {addition.run_id}.")
            contents = compose(_standing(connection, addition))
            new = _chain(connection, addition.run_id, contents, row.head)
            _write(connection, addition.run_id, new, row.events, (addition.account_id, addition.at))
            if new:
                moved = {"head": new[-1].hash, "events": row.events + len(new)}
                connection.execute(update(RUNS).where(RUNS.c.id == addition.run_id).values(**moved))
                if together is not None:
                    together(connection)
        return new


def _standing(connection: Connection, addition: Appending) -> tuple[ReviewEvent, ...]:
    chosen = (EVENTS.c.run_id == addition.run_id) & EVENTS.c.feature_id.in_(addition.feature_ids)
    rows = connection.execute(select(EVENTS.c.payload).where(chosen).order_by(EVENTS.c.place))
    return tuple(_event(payload) for payload in rows.scalars())


def _chain(
    connection: Connection, run_id: str, contents: Iterable[EventContent], head: str
) -> tuple[ReviewEvent, ...]:
    added: list[ReviewEvent] = []
    for content in contents:
        event = chained(content, added[-1].hash if added else head)
        known = (EVENTS.c.run_id == run_id) & (EVENTS.c.id == event.id)
        there = connection.execute(select(EVENTS.c.id).where(known)).first()
        if there is None and all(event.id != other.id for other in added):
            added.append(event)
    return tuple(added)


def _write(
    connection: Connection,
    run_id: str,
    events: Sequence[ReviewEvent],
    behind: int,
    whence: tuple[int | None, str],
) -> None:
    account_id, at = whence
    rows = [
        {
            "run_id": run_id,
            "place": place,
            "id": event.id,
            "feature_id": event.feature_id,
            "kind": event.content.kind.value,
            "payload": dumps(event_json(event)),
            "account_id": account_id,
            "recorded_at": at,
        }
        for place, event in enumerate(events, start=behind + 1)
    ]
    if rows:
        connection.execute(insert(EVENTS), rows)


def _event(payload: str) -> ReviewEvent:
    return event_from(json.loads(payload))


def _columns(entry: RunEntry) -> dict[str, Any]:
    return {column.name: getattr(entry, column.name) for column in RUNS.columns}


def _entry(row: Row[Any]) -> RunEntry:
    return RunEntry(**row._asdict())
