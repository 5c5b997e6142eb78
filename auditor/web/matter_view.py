"""What pages show of a matter, to the assessors and to the city."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.core.workspace import Matter, MatterKind, MatterState, MatterStep, Side
from auditor.web.guard import NotThereError, Visit
from auditor.web.times import time_tag
from auditor.workbench.handed import attachments_of
from auditor.workbench.problems import prepared_files, today_of


@dataclass(frozen=True, slots=True)
class FileView:
    """A file that somebody handed in: its name, where to get it, its hash."""

    name: str
    link: str
    sha256: str


@dataclass(frozen=True, slots=True)
class StepView:
    """What was said in a matter; ``who`` is no person's name where the city reads assessors."""

    words: str
    said: str
    who: str
    time: str
    side: str
    files: tuple[FileView, ...]


@dataclass(frozen=True, slots=True)
class MatterView:
    """A matter on a page; ``rows`` are the features that papers are asked for."""

    id: int
    kind: str
    kind_words: str
    state: str
    state_words: str
    feature_id: str
    feature_text: str
    due: str
    overdue: bool
    department: str
    with_the_city: bool
    steps: tuple[StepView, ...]
    node: str
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]
    payload: Mapping[str, Any]
    prepared: tuple[FileView, ...]


def matter_of(visit: Visit, matter_id: int, kinds: Sequence[MatterKind]) -> Matter:
    """A matter of the visitor's run, of one of these kinds; raises ``NotThereError``."""
    matter = visit.space.matters.get(visit.run.id, matter_id)
    if matter is None or matter.kind not in kinds:
        raise NotThereError
    return matter


def matter_views(visit: Visit, matters: Sequence[Matter], side: Side) -> tuple[MatterView, ...]:
    """Matters as one side sees them: what is open first, the overdue before all."""
    views = [matter_view(visit, matter, side) for matter in matters]
    return tuple(sorted(views, key=lambda v: _urgency(v, side)))


def _urgency(view: MatterView, side: Side) -> tuple[bool, bool, bool, str, int]:
    """What is closed comes last, what the side itself has to act on first."""
    closed = view.state in (MatterState.CLOSED.value, MatterState.CONFIRMED.value)
    own = view.with_the_city is (side is Side.CITY)
    return closed, not view.overdue, not own, view.due, view.id


def matter_view(visit: Visit, matter: Matter, side: Side) -> MatterView:
    """A matter as one side sees it: drafts of an answer are the city's own."""
    w = visit.words
    feature = visit.opened.standard.by_id.get(matter.feature_id)
    drafted = matter.state is MatterState.PREPARED and side is Side.ASSESSOR
    state = MatterState.OPEN if drafted else matter.state
    own = side is Side.CITY
    return MatterView(
        id=matter.id,
        kind=matter.kind.value,
        kind_words=w[f"mt_kind_{matter.kind.value}"],
        state=state.value,
        state_words=w[f"mt_state_{_named(matter.kind, state)}"],
        feature_id=matter.feature_id,
        feature_text=feature.text if feature else "",
        due=matter.due,
        overdue=matter.overdue(today_of(visit.space)),
        department=matter.department,
        with_the_city=matter.with_the_city,
        steps=tuple(
            _step(visit, matter, place, told, side)
            for place, told in enumerate(matter.steps, 1)
            if told.said or told.files
            if own or told.state is not MatterState.PREPARED
        ),
        node=visit.opened.node_names.get(matter.payload.get("node", ""), ""),
        rows=tuple(_rows(visit, matter)),
        payload=matter.payload,
        prepared=tuple(FileView(n, "", s) for n, s in prepared_files(matter)) if own else (),
    )


def _named(kind: MatterKind, state: MatterState) -> str:
    """The name of a state: an open appeal waits for the assessors, not for the city."""
    return "filed" if kind is MatterKind.APPEAL and state is MatterState.OPEN else state.value


def _rows(visit: Visit, matter: Matter) -> list[tuple[str, str, tuple[str, ...]]]:
    known = visit.opened.standard.by_id
    rows = matter.payload.get("rows", ())
    return [
        (row["feature"], known[row["feature"]].text, tuple(row["lacking"]))
        for row in rows
        if row["feature"] in known
    ]


def _step(visit: Visit, matter: Matter, place: int, told: MatterStep, side: Side) -> StepView:
    w, root = visit.words, "city" if side is Side.CITY else "runs"
    base = f"/{root}/{visit.run.id}/matters/{matter.id}/files/{place}"
    unnamed = side is Side.CITY and told.side is Side.ASSESSOR
    return StepView(
        words=w[f"mt_step_{told.side.value}_{told.state.value}"],
        said=told.said,
        who=w["mt_assessors"] if unnamed else told.author,
        time=time_tag(visit, told.made_at),
        side=told.side.value,
        files=tuple(
            FileView(name, f"{base}/{number}", sha256)
            for number, (name, sha256) in enumerate(told.files, 1)
        ),
    )


def file_of(visit: Visit, matter: Matter, place: int, number: int) -> tuple[str, bytes]:
    """The name and bytes of a file of a matter, by its places from 1; raises ``NotThereError``."""
    if not (1 <= place <= len(matter.steps) and 1 <= number <= len(matter.steps[place - 1].files)):
        raise NotThereError
    name, sha256 = matter.steps[place - 1].files[number - 1]
    return name, attachments_of(visit.space).bytes_of(sha256, name)
