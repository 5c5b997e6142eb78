"""Blind review: its rounds, and the review page as the two see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from auditor.core.access import Account, Right
from auditor.core.errors import ReviewError
from auditor.core.signing import CITY
from auditor.core.workspace import BlindRound, DeskKind, DeskNote
from auditor.web.feature_view import feature_view
from auditor.web.guard import Blind, NotThereError, Visit, needs
from auditor.web.links import blind_path
from auditor.web.pages.acts import answer_of
from auditor.web.pages.feature import Neighbours, review_bench
from auditor.web.rendering import page
from auditor.workbench.acting import feature_of
from auditor.workbench.blind import (
    LARGEST_SEED,
    Asked,
    begin_round,
    end_round,
    give_opinion,
    open_round_of,
    pairs_of,
)
from auditor.workbench.queues import Filter

router = APIRouter(include_in_schema=False)
Review = Annotated[Visit, needs(Right.REVIEW_BLIND, Blind.OPEN)]
Assign = Annotated[Visit, needs(Right.ASSIGN, Blind.OPEN)]


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round on the page: its reviewers with how many opinions each has given."""

    round: BlindRound
    reviewers: tuple[tuple[str, int], ...]
    both: int
    mine: bool
    go_on: str


@router.get("/runs/{run_id}/blind")
def rounds_page(visit: Review) -> Response:
    """The rounds that concern the visitor, all of them for who assigns; a form to open one."""
    lines = [_line(visit, round_) for round_ in visit.space.desks.rounds(visit.run.id)]
    assigns = visit.may(Right.ASSIGN)
    return page(
        visit,
        "blind.html",
        lines=[line for line in reversed(lines) if assigns or line.mine],
        assigns=assigns,
        reviewers=_reviewers(visit) if assigns else (),
        nodes=list(visit.opened.node_names.items()),
    )


def _reviewers(visit: Visit) -> list[Account]:
    everybody = visit.space.people.accounts.all()
    return [a for a in everybody if a.active and a.may(Right.REVIEW_BLIND, visit.run.city)]


def _line(visit: Visit, round_: BlindRound) -> RoundLine:
    pairs = pairs_of(visit.space, visit.opened, round_)
    given = [
        sum(pair.first is not None for pair in pairs.values()),
        sum(pair.second is not None for pair in pairs.values()),
    ]
    names = [visit.space.people.accounts.get(i) for i in round_.reviewers]
    people = tuple((a.name if a else "", n) for a, n in zip(names, given, strict=True))
    mine = visit.account.id in round_.reviewers
    if mine and not round_.closed_at:  # how far the other is would be told by the difference
        people = tuple(row for row in people if row[0] == visit.account.name)
    own = round_.reviewers.index(visit.account.id) if mine else 0
    left = [f for f, p in pairs.items() if (p.first, p.second)[own] is None]
    next_id = (left or list(round_.feature_ids))[0]
    return RoundLine(
        round=round_,
        reviewers=people,
        both=sum(pair.both is not None for pair in pairs.values()),
        mine=mine,
        go_on="" if not mine or round_.closed_at else blind_path(visit.run.id, next_id),
    )


@router.post("/runs/{run_id}/blind")
def open_round(visit: Assign) -> Response:
    """Open a round."""
    asked = Asked(
        first_id=_number(visit, "first"),
        second_id=_number(visit, "second"),
        node=visit.text("node") or CITY,
        level=_number(visit, "level"),
        sample=_number(visit, "sample"),
        seed=_number(visit, "seed"),
    )
    begin_round(visit.space, visit.account, visit.opened, asked)
    return RedirectResponse(f"/runs/{visit.run.id}/blind", 303)


def _number(visit: Visit, name: str) -> int:
    said = visit.text(name).strip()
    if not said:
        return 0
    if not (said.isascii() and said.isdecimal() and int(said[:12]) <= LARGEST_SEED):
        raise ReviewError(f"{name}: 须为不大的整数 (not a number).", hint="请重新填写。")
    return int(said[:12])


@router.post("/runs/{run_id}/blind/{round_id}/end")
def close_round(visit: Assign, round_id: int) -> Response:
    """Close a round."""
    end_round(visit.space, visit.account, visit.opened, round_id)
    return RedirectResponse(f"/runs/{visit.run.id}/blind", 303)


@router.get("/runs/{run_id}/blind/{feature_id}")
def blind_page(request: Request, visit: Review, feature_id: str) -> Response:
    """The review page for one of the two: the feature, the papers, their own opinions only."""
    round_ = open_round_of(visit.space, visit.account, visit.run.id, feature_id)
    if round_ is None:
        raise NotThereError
    feature = feature_of(visit.opened, feature_id)
    notes = visit.space.desks.notes(visit.run.id, feature.id)
    context: dict[str, Any] = {
        "view": feature_view(visit, feature, notes, blind=True),
        "chosen": Filter(),
        "query": "blind=1",
        "ways": ways_through(visit, round_, feature.id),
        "back": f"/runs/{visit.run.id}/blind",
    }
    return review_bench(visit, context, "part" in request.query_params)


def ways_through(visit: Visit, round_: BlindRound, feature_id: str) -> Neighbours:
    """Where a feature stands in a round, and the ways on."""
    ids, run_id = round_.feature_ids, visit.run.id
    at = ids.index(feature_id)
    return Neighbours(
        at + 1,
        len(ids),
        blind_path(run_id, ids[at - 1]) if at else "",
        blind_path(run_id, ids[at + 1]) if at + 1 < len(ids) else "",
    )


@router.post("/runs/{run_id}/features/{feature_id}/opinion")
def opinion(visit: Review, feature_id: str) -> JSONResponse:
    """Record a blind opinion."""
    event = give_opinion(visit.space, visit.account, visit.opened, answer_of(visit, feature_id))
    gone = DeskNote(feature_id, DeskKind.DRAFT, visit.account.id, {}, visit.space.stamp())
    visit.space.desks.put(visit.run.id, gone)
    return JSONResponse({"id": event.id, "hash": event.hash})
