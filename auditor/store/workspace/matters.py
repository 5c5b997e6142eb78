"""问题清单, 事实确认单 and 申诉: what goes to and fro between assessors and the city."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from auditor.core.workspace import Matter, MatterKind, MatterState, MatterStep, Side
from auditor.store.run_folder import dumps
from auditor.store.workspace.opening import Database
from auditor.store.workspace.tables import MATTER_STEPS, MATTERS


class Matters:
    """The matters of each run; their history only grows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, matter: Matter, first: MatterStep) -> int:
        """Begin a matter with what was first said; gives its id."""
        row = {
            "run_id": matter.run_id, "feature_id": matter.feature_id, "kind": matter.kind.value,
            "state": first.state.value, "due": matter.due, "made_by": matter.made_by,
            "made_at": matter.made_at,
        }  # fmt: skip
        with self._database.write() as connection:
            made = connection.execute(insert(MATTERS).values(**row))
            matter_id = int(made.inserted_primary_key[0])  # type: ignore[index]
            connection.execute(insert(MATTER_STEPS).values(**_columns(matter_id, 1, first)))
        return matter_id

    def go_on(self, matter_id: int, step: MatterStep) -> None:
        """Add a step; the matter takes its state."""
        last = select(func.max(MATTER_STEPS.c.place)).where(MATTER_STEPS.c.matter_id == matter_id)
        with self._database.write() as connection:
            changed = update(MATTERS).where(MATTERS.c.id == matter_id)
            connection.execute(changed.values(state=step.state.value))
            place = int(connection.execute(last).scalar() or 0) + 1
            connection.execute(insert(MATTER_STEPS).values(**_columns(matter_id, place, step)))

    def of_run(self, run_id: str, kind: MatterKind | None = None) -> tuple[Matter, ...]:
        """The matters of a run with their steps, in order."""
        chosen = MATTERS.c.run_id == run_id
        if kind is not None:
            chosen &= MATTERS.c.kind == kind.value
        with self._database.read() as connection:
            rows = connection.execute(select(MATTERS).where(chosen).order_by(MATTERS.c.id)).all()
            ids = [row.id for row in rows]
            steps = connection.execute(
                select(MATTER_STEPS)
                .where(MATTER_STEPS.c.matter_id.in_(ids))
                .order_by(MATTER_STEPS.c.matter_id, MATTER_STEPS.c.place)
            ).all()
        return tuple(_matter(row, [s for s in steps if s.matter_id == row.id]) for row in rows)

    def get(self, run_id: str, matter_id: int) -> Matter | None:
        """One matter of a run."""
        return next((m for m in self.of_run(run_id) if m.id == matter_id), None)


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
    facts = {**row._asdict(), "kind": MatterKind(row.kind), "state": MatterState(row.state)}
    return Matter(**facts, steps=tuple(_step(step) for step in steps))


def _step(row: Row[Any]) -> MatterStep:
    files = tuple((name, sha256) for name, sha256 in json.loads(row.files))
    state, side = MatterState(row.state), Side(row.side)
    return MatterStep(state, row.said, row.author, side, files, row.made_at)
