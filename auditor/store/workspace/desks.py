"""Drafts, flags and assignments; and the rounds of blind review."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update

from auditor.core.workspace import BlindRound, DeskKind, DeskNote
from auditor.store.run_folder import dumps
from auditor.store.workspace.opening import Database, Within
from auditor.store.workspace.tables import BLIND_ROUNDS, DESK, RUNS

Begin = Callable[[Sequence[BlindRound]], BlindRound]
"""A new blind review, in the face of all that there are; may refuse by raising."""


class Desks:
    """What lies on people's desks in each run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, run_id: str, note: DeskNote) -> None:
        """Lay something down in the place of what lay there; an empty payload takes it away."""
        key = _key(run_id, note)
        with self._database.write() as connection:
            if note.kind is DeskKind.PROPOSED:  # a decision takes them away while it holds the run
                self._database.hold(connection, run_id)
            connection.execute(delete(DESK).where(_is(key)))
            if note.payload:
                payload, at = dumps(note.payload), note.changed_at
                connection.execute(insert(DESK).values(**key, payload=payload, changed_at=at))

    def taking_away(self, run_id: str, feature_ids: Collection[str], kind: DeskKind) -> Within:
        """Take away all of a kind that lies on features, within another transaction."""
        gone = (DESK.c.run_id == run_id) & (DESK.c.kind == kind.value)

        def take(connection: Connection) -> None:
            connection.execute(delete(DESK).where(gone & DESK.c.feature_id.in_(feature_ids)))

        return take

    def notes(self, run_id: str, feature_id: str | None = None) -> tuple[DeskNote, ...]:
        """All that lies about a run, or about one of its features; on each the oldest first."""
        chosen = DESK.c.run_id == run_id
        if feature_id is not None:
            chosen &= DESK.c.feature_id == feature_id
        with self._database.read() as connection:
            order = DESK.c.feature_id, DESK.c.changed_at, DESK.c.account_id
            rows = connection.execute(select(DESK).where(chosen).order_by(*order))
            return tuple(_note(row) for row in rows)

    def assign(self, run_id: str, feature_id: str, account_id: int, by: str, at: str) -> None:
        """Make one person the reviewer of a feature, nobody else."""
        gone = {"run_id": run_id, "feature_id": feature_id, "kind": DeskKind.ASSIGNED.value}
        with self._database.write() as connection:
            connection.execute(delete(DESK).where(_is(gone)))
            row = {**gone, "account_id": account_id, "payload": dumps({"by": by})}
            connection.execute(insert(DESK).values(**row, changed_at=at))

    def open_round(self, run_id: str, compose: Begin) -> BlindRound:
        """Begin a blind review, with its id.

        ``compose`` is called while nobody else can begin one in the run's city or add to its
        record; what it raises leaves everything as it was.
        """
        with self._database.write() as connection:
            self._hold_city(connection, run_id)
            there = connection.execute(select(BLIND_ROUNDS).order_by(BLIND_ROUNDS.c.id))
            round_ = compose([_round(row) for row in there])
            row = {name: getattr(round_, name) for name in round_.__slots__ if name != "id"}
            row["feature_ids"] = dumps(list(round_.feature_ids))
            made = connection.execute(
                insert(BLIND_ROUNDS).values(**row).returning(BLIND_ROUNDS.c.id)
            )
            return replace(round_, id=int(made.scalar_one()))

    def _hold_city(self, connection: Connection, run_id: str) -> None:
        """Nobody else begins a round in the city of a run, or adds to a record there."""
        city = select(RUNS.c.city).where(RUNS.c.id == run_id).scalar_subquery()
        rows = select(RUNS.c.id).where(RUNS.c.city == city).order_by(RUNS.c.id)
        connection.execute(rows if self._database.is_sqlite else rows.with_for_update())

    def close_round(self, round_id: int, at: str) -> None:
        """End a blind review: from now on its opinions may be seen."""
        with self._database.write() as connection:
            chosen = BLIND_ROUNDS.c.id == round_id
            connection.execute(update(BLIND_ROUNDS).where(chosen).values(closed_at=at))

    def open_rounds(self) -> tuple[BlindRound, ...]:
        """The blind reviews of all runs that go on."""
        with self._database.read() as connection:
            chosen = select(BLIND_ROUNDS).where(BLIND_ROUNDS.c.closed_at == "")
            return tuple(_round(row) for row in connection.execute(chosen.order_by("id")))

    def rounds(self, run_id: str) -> tuple[BlindRound, ...]:
        """The blind reviews of a run, in order."""
        with self._database.read() as connection:
            chosen = select(BLIND_ROUNDS).where(BLIND_ROUNDS.c.run_id == run_id)
            return tuple(_round(row) for row in connection.execute(chosen.order_by("id")))


def _key(run_id: str, note: DeskNote) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "feature_id": note.feature_id,
        "kind": note.kind.value,
        "account_id": note.account_id,
    }


def _is(key: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(*(DESK.c[name] == value for name, value in key.items()))


def _note(row: Row[Any]) -> DeskNote:
    kind, payload = DeskKind(row.kind), json.loads(row.payload)
    return DeskNote(row.feature_id, kind, row.account_id, payload, row.changed_at)


def _round(row: Row[Any]) -> BlindRound:
    facts = {**row._asdict(), "feature_ids": tuple(json.loads(row.feature_ids))}
    return BlindRound(**facts)
