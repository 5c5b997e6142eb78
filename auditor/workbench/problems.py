"""问题清单 and 补充材料: raised by assessors, answered by the city, accepted or returned.

A department's draft of an answer stays within the city until its coordinator sends it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.core.access import Account
from auditor.core.criteria import Feature
from auditor.core.errors import ReviewError
from auditor.core.findings import Finding
from auditor.core.gap import GapKind, kind_of, lacking_of
from auditor.core.site import is_day
from auditor.core.standing import Standing
from auditor.core.workspace import Matter, MatterKind, MatterState, MatterStep, Side
from auditor.workbench.acting import feature_of, text_of
from auditor.workbench.handed import Files, Take, no_files
from auditor.workbench.opened import OpenRun
from auditor.workbench.space import Space

TRACKED = (MatterKind.PROBLEM, MatterKind.PAPERS)
LONGEST_DEPARTMENT = 64
TOP = 5


@dataclass(frozen=True, slots=True)
class Raised:
    """A problem as an assessor writes it down; ``feature_id`` empty: of the whole assessment."""

    text: str
    due: str
    feature_id: str = ""
    department: str = ""


def problems_of(space: Space, run_id: str) -> tuple[Matter, ...]:
    """All problems of a run and the papers that were asked for, in order."""
    return tuple(m for m in space.matters.of_run(run_id) if m.kind in TRACKED)


def today_of(space: Space) -> str:
    """The day by the workspace's clock, in the ISO form."""
    return space.now().date().isoformat()


def raise_problem(
    space: Space, account: Account, opened: OpenRun, raised: Raised, take: Take = no_files
) -> int:
    """Put a problem to the city; gives its number.

    Raises:
        ReviewError: nothing is said, the day is none or is over, or no such feature.
    """
    said = said_of(raised.text)
    if raised.feature_id:
        feature_of(opened, raised.feature_id)
    matter = begun(space, account, opened, (MatterKind.PROBLEM, {}), raised)
    first = step(space, account, MatterState.OPEN, said, Side.ASSESSOR, take())
    return space.matters.open(matter, first)


def begun(
    space: Space,
    account: Account,
    opened: OpenRun,
    what: tuple[MatterKind, Mapping[str, Any]],
    raised: Raised,
) -> Matter:
    """A matter that is about to begin; raises ``ReviewError`` for a day that is none or over."""
    kind, payload = what
    return Matter(
        id=0,
        run_id=opened.id,
        feature_id=raised.feature_id,
        kind=kind,
        state=MatterState.OPEN,
        due=due_of(space, raised.due),
        made_by=account.name,
        made_at=space.stamp(),
        department=department_of(raised.department),
        payload=payload,
    )


def due_of(space: Space, due: str) -> str:
    """A day until which something is asked for; raises ``ReviewError`` for none or one gone by."""
    if not is_day(due):
        raise ReviewError(f"没有这一天 (no such day): {due[:20]}", hint="期限写作 2026-11-30。")
    if due < today_of(space):
        raise ReviewError(f"期限 {due} 已过 (over).", hint="请另定期限。")
    return due


def department_of(text: str) -> str:
    """The name of a department; raises ``ReviewError`` where it is too long."""
    name = " ".join(text.split())
    if len(name) > LONGEST_DEPARTMENT:
        raise ReviewError("部门名称过长 (too long).", hint=f"请不超过 {LONGEST_DEPARTMENT} 字。")
    return name


def said_of(text: str) -> str:
    """What somebody says; raises ``ReviewError`` for nothing."""
    said = text_of(text)
    if not said:
        raise ReviewError("没有内容 (nothing is said).", hint="请写明。")
    return said


def step(
    space: Space,
    account: Account,
    state: MatterState,
    said: str,
    side: Side,
    files: Files = (),
) -> MatterStep:
    """A step of a matter as of now."""
    return MatterStep(state, said, account.name, side, files, space.stamp())


@dataclass(frozen=True, slots=True)
class AskedPaper:
    """A feature that papers may still show: what is lacking, by the texts of its elements."""

    feature: Feature
    lacking: tuple[str, ...]


def lacking_papers(opened: OpenRun, target: int) -> tuple[AskedPaper, ...]:
    """Features up to a level that papers may still show, as the letter to the city has them."""
    found = opened.present.findings
    judged = ((f, found[f.id]) for f in opened.standard.features if f.id in found)
    return tuple(
        AskedPaper(feature, _lacking(feature, finding))
        for feature, finding in judged
        if feature.level <= target and _is_asked(feature, finding)
    )


def _is_asked(feature: Feature, finding: Finding) -> bool:
    if finding.verdict is None or finding.verdict.is_green or finding.decision is not None:
        return False
    return kind_of(feature, finding) is GapKind.PAPER


def _lacking(feature: Feature, finding: Finding) -> tuple[str, ...]:
    return lacking_of(feature, finding) or tuple(e.text for e in feature.elements)


def target_of(standing: Standing) -> int:
    """Up to which level papers are asked for: the next one, or the level that the city claims."""
    return min(TOP, max(standing.shown.level + 1, standing.claimed_level or 0))


def ask_for_papers(
    space: Space, account: Account, opened: OpenRun, raised: Raised, target: int
) -> tuple[int, ...]:
    """Ask the city for papers up to a level, a matter a sub-domain; gives their numbers.

    What is asked for already, and not yet closed, is not asked again.

    Raises:
        ReviewError: nothing is said, the day is over, or nothing is left to ask for.
    """
    said = said_of(raised.text)
    rows = [r for r in lacking_papers(opened, target) if r.feature.id not in _asked(space, opened)]
    if not rows:
        raise ReviewError("没有尚未致函的材料 (nothing to ask for).", hint="可另提问题。")
    groups: dict[str, list[AskedPaper]] = {}
    for row in rows:
        groups.setdefault(opened.nodes_of(row.feature)[1], []).append(row)
    first = step(space, account, MatterState.OPEN, said, Side.ASSESSOR)
    due = Raised("", raised.due)
    return space.matters.open_all(
        [
            (begun(space, account, opened, (MatterKind.PAPERS, _payload(*group)), due), first)
            for group in groups.items()
        ]
    )


def _asked(space: Space, opened: OpenRun) -> frozenset[str]:
    """The features whose papers the city has been asked for."""
    asked = space.matters.of_run(opened.id, MatterKind.PAPERS)
    open_ones = (m for m in asked if m.state is not MatterState.CLOSED)
    return frozenset(row["feature"] for m in open_ones for row in m.payload["rows"])


def _payload(node: str, rows: Sequence[AskedPaper]) -> Mapping[str, Any]:
    asked = [{"feature": r.feature.id, "lacking": list(r.lacking)} for r in rows]
    return {"node": node, "rows": asked}


def prepare_answer(
    space: Space, account: Account, matter: Matter, text: str, take: Take = no_files
) -> None:
    """Lay a department's draft before the city's coordinator; raises ``ReviewError``."""
    _require_with_the_city(matter)
    said = said_of(text)
    told = step(space, account, MatterState.PREPARED, said, Side.CITY, take())
    space.matters.go_on(matter, told)


def answer(
    space: Space, account: Account, matter: Matter, text: str, take: Take = no_files
) -> None:
    """Answer for the city; raises ``ReviewError`` where it is not the city's turn."""
    _require_with_the_city(matter)
    said = said_of(text)
    told = step(space, account, MatterState.ANSWERED, said, Side.CITY, take())
    space.matters.go_on(matter, told)


def prepared_files(matter: Matter) -> Files:
    """The files of the drafts since the city last answered, each once."""
    found: dict[tuple[str, str], None] = {}
    for told in matter.steps:
        if told.state is MatterState.PREPARED:
            found.update(dict.fromkeys(told.files))
        else:
            found.clear()
    return tuple(found)


def accept(space: Space, account: Account, matter: Matter, text: str) -> None:
    """Close an answered matter; raises ``ReviewError`` where no answer stands."""
    _require_answered(matter)
    said = text_of(text)
    space.matters.go_on(matter, step(space, account, MatterState.CLOSED, said, Side.ASSESSOR))


def send_back(space: Space, account: Account, matter: Matter, text: str, due: str) -> None:
    """Return an answer with what is still wanting and a new day; raises ``ReviewError``."""
    _require_answered(matter)
    said, until = said_of(text), due_of(space, due)
    told = step(space, account, MatterState.OPEN, said, Side.ASSESSOR)
    space.matters.go_on(matter, told, until)


def _require_with_the_city(matter: Matter) -> None:
    if not matter.with_the_city:
        raise ReviewError("此事项已答复或已办结 (not open).", hint="请刷新后再看。")


def _require_answered(matter: Matter) -> None:
    if matter.state is not MatterState.ANSWERED:
        raise ReviewError("城市尚未答复，或已办结 (not answered).", hint="请刷新后再看。")
