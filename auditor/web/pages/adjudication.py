"""Adjudication: two blind opinions side by side with the machine's, decided by a third person."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from auditor.core.access import Right
from auditor.core.errors import ReviewError
from auditor.core.events import NOT_APPLICABLE
from auditor.core.workspace import DeskKind, DeskNote
from auditor.report.rows import verdict_words
from auditor.web.feature_view import feature_view, said_view
from auditor.web.guard import Blind, NotThereError, Visit, needs
from auditor.web.links import adjudication_path
from auditor.web.pages.acts import answer_of
from auditor.web.pages.feature import Neighbours, review_bench
from auditor.web.rendering import page
from auditor.workbench.acting import feature_of
from auditor.workbench.adjudicating import (
    accept_agreeing,
    adjudicate,
    agreeing,
    digest_of_cases,
    propose_settled,
)
from auditor.workbench.cases import Case, cases_of
from auditor.workbench.queues import Filter

router = APIRouter(include_in_schema=False)
Adjudicate = Annotated[Visit, needs(Right.ADJUDICATE)]
AdjudicateOther = Annotated[Visit, needs(Right.ADJUDICATE, Blind.ELSEWHERE)]


@router.get("/runs/{run_id}/adjudication")
def cases_page(visit: Adjudicate) -> Response:
    """All features with both opinions: what is left, what is settled."""
    opened, w = visit.opened, visit.words
    cases = cases_of(visit.space, opened)
    together = agreeing(opened, cases, visit.account)
    rows = [
        (
            case,
            opened.standard.by_id[case.feature_id],
            [said_view(event, opened, w) for event in case.pair.both or ()],
            verdict_words(opened.findings[case.feature_id].verdict, w),
            opened.findings[case.feature_id].verdict,
            said_view(case.pair.settled, opened, w) if case.pair.settled else None,
        )
        for case in cases
    ]
    return page(
        visit,
        "adjudication.html",
        left=[row for row in rows if row[5] is None],
        done=[row for row in rows if row[5] is not None],
        together=together,
        listed=digest_of_cases(together),
    )


@router.get("/runs/{run_id}/adjudication/{feature_id}")
def case_page(request: Request, visit: Adjudicate, feature_id: str) -> Response:
    """The review page with the two opinions on a feature."""
    opened = visit.opened
    cases = cases_of(visit.space, opened)
    case = next((c for c in cases if c.feature_id == feature_id), None)
    if case is None:
        raise NotThereError
    feature = feature_of(opened, feature_id)
    view = feature_view(visit, feature, visit.space.desks.notes(visit.run.id, feature.id))
    own = visit.account.id in case.round.reviewers
    both = tuple(said_view(event, opened, visit.words) for event in case.pair.both or ())
    view = replace(view, act="adjudication", opinions=both, may_decide=view.may_decide and not own)
    context: dict[str, Any] = {
        "view": view,
        "chosen": Filter(),
        "query": "adjudicate=1",
        "ways": _ways(visit, cases, feature_id),
        "back": f"/runs/{visit.run.id}/adjudication",
    }
    return review_bench(visit, context, "part" in request.query_params)


def _ways(visit: Visit, cases: tuple[Case, ...], feature_id: str) -> Neighbours:
    """On to the next case that is not settled; back through all."""
    ids = [case.feature_id for case in cases]
    at = ids.index(feature_id)
    after = next((c.feature_id for c in cases[at + 1 :] if c.pair.settled is None), "")
    return Neighbours(
        at + 1,
        len(ids),
        adjudication_path(visit.run.id, ids[at - 1]) if at else "",
        adjudication_path(visit.run.id, after) if after else "",
    )


@router.post("/runs/{run_id}/features/{feature_id}/adjudication")
def settle(visit: AdjudicateOther, feature_id: str) -> JSONResponse:
    """Decide a feature on the ground of its two opinions; 不适用 is proposed to the approver."""
    basis = visit.posted.get("basis")
    if not isinstance(basis, list) or not all(isinstance(key, str) for key in basis):
        raise ReviewError("没有所据的意见 (no basis).", hint="请刷新页面。")
    answer = replace(answer_of(visit, feature_id), basis=tuple(basis))
    if not answer.reason.strip():
        raise ReviewError(f"{feature_id}: 没有理由 (no reason)", hint="裁定须写明理由。")
    if answer.verdict == NOT_APPLICABLE:
        propose_settled(visit.space, visit.account, visit.opened, answer)
        return JSONResponse({"proposed": True})
    (event,) = adjudicate(visit.space, visit.account, visit.opened, [answer])
    _lay(visit, feature_id, DeskKind.DRAFT, {})
    return JSONResponse({"id": event.id, "hash": event.hash})


def _lay(visit: Visit, feature_id: str, kind: DeskKind, payload: dict[str, Any]) -> None:
    note = DeskNote(feature_id, kind, visit.account.id, payload, visit.space.stamp())
    visit.space.desks.put(visit.run.id, note)


@router.post("/runs/{run_id}/agreed")
def accept_agreed(visit: Adjudicate) -> Response:
    """Accept together what the two agree on."""
    accept_agreeing(
        visit.space, visit.account, visit.opened, visit.text("listed"), visit.text("reason")
    )
    return RedirectResponse(f"/runs/{visit.run.id}/adjudication", 303)
