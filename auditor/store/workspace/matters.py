"""问题清单, 事实确认单 and 申诉: what goes to and fro between assessors and the city."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from auditor.core.errors import ReviewError
from auditor.core.workspace import Matter, MatterKind, MatterState, MatterStep, Side
from auditor.store.run_folder import dumps
from auditor.store.workspace.opening import Database, Within
from auditor.store.workspace.tables import MATTER_STEPS, MATTERS


class Matters:
    """The matters of each run; their history only grows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, matter: Matter, first: MatterStep) -> int:
        """Begin a matter with what was first said; gives its id."""
        return self.open_all([(matter, first)])[0]

    def open_all(self, begun: Sequence[tuple[Matter, MatterStep]]) -> tuple[int, ...]:
        """Begin several matters, all or none; gives their ids."""
        with self._database.write() as connection:
            return tuple(_begin(connection, matter, first) for matter, first in begun)

    def go_on(self, before: Matter, step: MatterStep, due: str = "") -> None:
        """Add a step to a matter as it was read; the matter takes its state, and a new ``due``.

        Raises:
            ReviewError: somebody has gone on with the matter since it was read.
        """
        with self._database.write() as connection:
            self.going_on(before, step, due)(connection)

    def going_on(self, before: Matter, step: MatterStep, due: str = "") -> Within:
        """The same, within another transaction."""
        shown = (MATTERS.c.id == before.id) & (MATTERS.c.state == before.state.value)
        last = select(func.max(MATTER_STEPS.c.place)).where(MATTER_STEPS.c.matter_id == before.id)

        def go(connection: Connection) -> None:
            now = {"state": step.state.value, "due": due or before.due}
            changed = connection.execute(update(MATTERS).where(shown).values(**now))
            place = int(connection.execute(last).scalar() or 0)
            if changed.rowcount != 1 or place != len(before.steps):
                raise ReviewError(
                    "此事项已有人处理 (somebody has gone on with it).", hint="请刷新后再看。"
                )
            connection.execute(insert(MATTER_STEPS).values(**_columns(before.id, place + 1, step)))

        return go

    def give_to(self, matter_id: int, department: str) -> None:
        """Give a matter to a department of the city; empty: back to its coordinator."""
        with self._database.write() as connection:
            chosen = update(MATTERS).where(MATTERS.c.id == matter_id)
            connection.execute(chosen.values(department=department))

    def of_run(self, run_id: str, kind: MatterKind | None = None) -> tuple[Matter, ...]:
        """The matters of a run with their steps, in order."""
        chosen = MATTERS.c.run_id == run_id
        if kind is not None:
            chosen &= MATTERS.c.kind == kind.value
        with self._database.read() as connection:
            rows = connection.execute(select(MATTERS).where(chosen).order_by(MATTERS.c.id)).all()
            steps = connection.execute(
                select(MATTER_STEPS)
                .join(MATTERS, MATTERS.c.id == MATTER_STEPS.c.matter_id)
                .where(chosen)
                .order_by(MATTER_STEPS.c.matter_id, MATTER_STEPS.c.place)
            ).all()
        by_matter: dict[int, list[Row[Any]]] = {}
        for step in steps:
            by_matter.setdefault(step.matter_id, []).append(step)
        return tuple(_matter(row, by_matter.get(row.id, [])) for row in rows)

    def get(self, run_id: str, matter_id: int) -> Matter | None:
        """One matter of a run."""
        return next((m for m in self.of_run(run_id) if m.id == matter_id), None)


def _begin(connection: Connection, matter: Matter, first: MatterStep) -> int:
    row = {
        "run_id": matter.run_id, "feature_id": matter.feature_id, "kind": matter.kind.value,
        "state": first.state.value, "due": matter.due, "made_by": matter.made_by,
        "made_at": matter.made_at, "department": matter.department,
        "payload": dumps(dict(matter.payload)),
    }  # fmt: skip
    made = connection.execute(insert(MATTERS).values(**row).returning(MATTERS.c.id))
    matter_id = int(made.scalar_one())
    connection.execute(insert(MATTER_STEPS).values(**_columns(matter_id, 1, first)))
    return matter_id


def _columns(matter_id: int, place: int, step: MatterStep) -> dict[str, Any]:
    return {
        "matter_id": matter_id,
        "place": place,
        "state": step.state.value,
        "said": step.said,
        "author": step.author,
        "side": step.side.value,
        "files": dumps([list(file) for file in step.files]),
        "made_at": step.made_at,
    }


def _matter(row: Row[Any], steps: Sequence[Row[Any]]) -> Matter:
    facts = {
        **row._asdict(),
        "kind": MatterKind(row.kind),
        "state": MatterState(row.state),
        "payload": json.loads(row.payload),
    }
    return Matter(**facts, steps=tuple(_step(step) for step in steps))


def _step(row: Row[Any]) -> MatterStep:
    files = tuple((name, sha256) for name, sha256 in json.loads(row.files))
    state, side = MatterState(row.state), Side(row.side)
    return MatterStep(state, row.said, row.author, side, files, row.made_at)
