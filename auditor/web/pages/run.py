"""The first page (cities and runs), a run's overview, its lists, its live numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from auditor.core.access import Right
from auditor.core.errors import AuditorError
from auditor.core.scores import NodeScore, Profile
from auditor.core.workspace import RunEntry
from auditor.web.guard import LANG_COOKIE, Blind, Visit, needs
from auditor.web.links import feature_path, filter_of, query_of
from auditor.web.pages.intake import asked_before
from auditor.web.rendering import page
from auditor.web.words import LANGUAGES
from auditor.workbench.arrivals import arrived
from auditor.workbench.auditing import judges_offered
from auditor.workbench.blind import hidden_from, is_shut
from auditor.workbench.figures import Figures, LiveFigures
from auditor.workbench.queues import Done, Filter, Listed, Queue, listed

router = APIRouter(include_in_schema=False)
LIVE = LiveFigures()
See = Annotated[Visit, needs(Right.SEE_RUN, Blind.OPEN)]
Enter = Annotated[Visit, needs(Right.ENTER)]
Decide = Annotated[Visit, needs(Right.DECIDE)]


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run on the first page with its three numbers, none for who reviews it blind.

    ``arrived`` is how many papers the city has sent since, for who may audit them; ``fault`` why
    the run cannot be opened, with what to do.
    """

    entry: RunEntry
    figures: Figures | None
    arrived: int = 0
    fault: AuditorError | None = None


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue with how many features it holds, and how many of them are open."""

    queue: Queue
    name: str
    whole: int
    left: int
    link: str


def profile_of(visit: Visit) -> Profile:
    """The rule that the run is shown under."""
    return visit.opened.rule(visit.run.profile)


@router.get("/")
def home(visit: Enter) -> Response:
    """Cities and runs that the person may see; the city's own people have a page of their own."""
    if visit.account.may(Right.SEE_CITY_VIEW) and not visit.account.may(Right.SEE_RUN):
        return RedirectResponse("/city", 303)
    seen = [e for e in visit.space.entries() if visit.account.may(Right.SEE_RUN, e.city)]
    return page(visit, "home.html", lines=[_line_or_fault(visit, entry) for entry in seen])


def _line_or_fault(visit: Visit, entry: RunEntry) -> RunLine:
    """A run that cannot be opened is listed with the reason, and keeps no other from its place."""
    try:
        return _line(visit, entry)
    except AuditorError as error:
        return RunLine(entry, None, fault=error)


def _line(visit: Visit, entry: RunEntry) -> RunLine:
    shut = is_shut(visit.space, visit.account, entry)
    if shut or hidden_from(visit.space, visit.account, entry.id):
        return RunLine(entry, None)
    opened = visit.space.opened.get(entry)
    audits = visit.account.may(Right.AUDIT, entry.city)
    new = len(arrived(visit.space, opened)) if audits else 0
    return RunLine(entry, LIVE.of(opened, opened.rule(entry.profile)), new)


@router.post("/lang")
def choose_language(visit: Enter) -> Response:
    """Remember the language of the pages."""
    asked = visit.text("lang")
    answer = RedirectResponse(_local(visit.text("back", "/")), 303)
    if asked in LANGUAGES:
        answer.set_cookie(LANG_COOKIE, asked, max_age=31536000, httponly=True, samesite="strict")
    return answer


def _local(path: str) -> str:
    """An address within the workbench, the first page for any other."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


@router.get("/runs/{run_id}")
def overview(visit: See) -> Response:
    """How a run stands, and where to go on; to who reviews it blind only the latter."""
    if visit.hidden:
        return page(visit, "run_blind.html", queues=_queues(visit))
    figures = LIVE.of(visit.opened, profile_of(visit), with_gap=True)
    return page(
        visit,
        "run.html",
        figures=figures,
        queues=_queues(visit),
        domains=_rows(figures, ("city", "domain")),
        arrived=arrived(visit.space, visit.opened) if visit.may(Right.AUDIT) else (),
        judges=judges_offered(),
        asked=asked_before(visit),
        items=_rows(figures, ("item",)),
        profiles=sorted(visit.opened.rule_names),
        counts=Counter(
            f.verdict.value if f.verdict else "failed" for f in visit.opened.run.findings
        ),
    )


def _rows(figures: Figures, kinds: Sequence[str]) -> list[NodeScore]:
    return [node for node in figures.standing.shown.nodes if node.kind in kinds]


def _queues(visit: Visit) -> list[QueueLine]:
    profile, notes = profile_of(visit), visit.space.desks.notes(visit.run.id)
    lines = []
    for queue in Queue:
        chosen = Filter(queue, Done.ALL)
        rows = _seen(visit, listed(visit.opened, profile, chosen, notes, visit.account.id))
        left = sum(not row.decided for row in rows)
        link = f"/runs/{visit.run.id}/review?{query_of(Filter(queue))}"
        lines.append(QueueLine(queue, visit.words[f"queue_{queue.value}"], len(rows), left, link))
    return lines


@router.get("/runs/{run_id}/review")
def begin_review(request: Request, visit: See) -> Response:
    """Open the first feature of a queue; an empty queue is shown as a list."""
    chosen = filter_of(request.query_params)
    rows = rows_of(visit, chosen)
    if not rows:
        return RedirectResponse(f"/runs/{visit.run.id}/list?{query_of(chosen)}", 303)
    return RedirectResponse(feature_path(visit.run.id, rows[0].feature.id, chosen), 303)


def rows_of(visit: Visit, chosen: Filter) -> tuple[Listed, ...]:
    """The features of a queue for the visitor, without those whose verdicts they may not know."""
    notes = visit.space.desks.notes(visit.run.id)
    rows = listed(visit.opened, profile_of(visit), chosen, notes, visit.account.id)
    return _seen(visit, rows)


def _seen(visit: Visit, rows: Sequence[Listed]) -> tuple[Listed, ...]:
    return tuple(row for row in rows if row.feature.id not in visit.hidden)


@router.get("/runs/{run_id}/level")
def level(visit: See) -> dict[str, Any]:
    """The numbers after the last decision."""
    return level_json(visit)


def level_json(visit: Visit) -> dict[str, Any]:
    """Coverage, level, what is confirmed, and how far the next level is.

    All these are None for who reviews the run blind; ``decided`` then counts what they may know.
    """
    if visit.hidden:
        return _blind_level(visit)
    figures = LIVE.of(visit.opened, profile_of(visit))
    standing = figures.standing
    shown = standing.shown
    return {
        "events": figures.events,
        "head": figures.head,
        "profile": shown.profile,
        "level": shown.level,
        "machine": standing.machine.level,
        "confirmed": standing.confirmed.level,
        "claimed": standing.claimed_level,
        "decided": standing.decided,
        "counted": standing.counted,
        "coverage": {
            str(n): None if share is None else round(float(share), 4)
            for n, share in shown.nodes[0].coverage.items()
        },
    }


def _blind_level(visit: Visit) -> dict[str, Any]:
    present = visit.opened.present
    known = present.decisions.keys() - visit.hidden
    nothing = ("level", "machine", "confirmed", "claimed")
    return {
        "events": len(present.events),
        "head": present.head,
        "profile": visit.run.profile,
        **dict.fromkeys(nothing),
        "decided": len(known),
        "counted": len(visit.opened.findings.keys() - visit.hidden),
        "coverage": dict.fromkeys(range(1, 6)),
    }


@router.post("/runs/{run_id}/profile")
def choose_profile(visit: Decide) -> Response:
    """Show the run under another rule from now on."""
    name = visit.text("profile")
    if name in visit.opened.rule_names:
        visit.space.runs.set_profile(visit.run.id, name)
    return RedirectResponse(_local(visit.text("back", f"/runs/{visit.run.id}")), 303)
