"""What a reviewer does on the review page; each act is on record when it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from auditor.core.access import Right
from auditor.core.documents import Span
from auditor.core.errors import ReviewError
from auditor.core.events import NOT_APPLICABLE, ReviewEvent
from auditor.core.workspace import DeskKind, DeskNote
from auditor.web.guard import Blind, Visit, needs
from auditor.workbench.acting import (
    Answer,
    ChangedMeanwhileError,
    Cited,
    feature_of,
    remark,
    take_back,
    text_of,
    undo,
)
from auditor.workbench.cases import decide_apart
from auditor.workbench.excusing import (
    Agreed,
    approve_excuse,
    propose_excuse,
    withdraw_excuse,
)

router = APIRouter(include_in_schema=False)
Decide = Annotated[Visit, needs(Right.DECIDE, Blind.ELSEWHERE)]
Draft = Annotated[Visit, needs(Right.DECIDE, Blind.OPEN)]
Comment = Annotated[Visit, needs(Right.COMMENT, Blind.ELSEWHERE)]
Flag = Annotated[Visit, needs(Right.COMMENT, Blind.OPEN)]
Assign = Annotated[Visit, needs(Right.ASSIGN, Blind.ELSEWHERE)]
Approve = Annotated[Visit, needs(Right.APPROVE, Blind.ELSEWHERE)]
PATH = "/runs/{run_id}/features/{feature_id}"
MOST_CITED = 20


@router.post(PATH + "/decision")
def decision(visit: Decide, feature_id: str) -> JSONResponse:
    """Decide a feature; 不适用 is only proposed, until an approver agrees."""
    answer = answer_of(visit, feature_id)
    if answer.verdict == NOT_APPLICABLE:
        propose_excuse(visit.space, visit.account, visit.opened, answer)
        return JSONResponse({"proposed": True})
    (event,) = decide_apart(visit.space, visit.account, visit.opened, [answer])
    _clear(visit, feature_id, DeskKind.DRAFT)
    return _recorded(event)


def answer_of(visit: Visit, feature_id: str) -> Answer:
    """Read a decision from a request; raises ``ReviewError`` where it is malformed."""
    return Answer(
        feature_id=feature_id,
        verdict=visit.text("verdict"),
        reason=visit.text("reason"),
        seen=visit.text("seen"),
        finding_hash=visit.text("finding_hash"),
        cited=cited_in(visit.posted.get("cited", [])),
    )


def cited_in(rows: Any) -> tuple[Cited, ...]:
    """Read the citations of a request; raises ``ReviewError`` where they are malformed."""
    try:
        if len(rows) > MOST_CITED:
            raise ValueError
        return tuple(_cited(row) for row in rows)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReviewError("引证不合格式 (malformed citation).", hint="请刷新页面重选。") from error


def _cited(row: Mapping[str, Any]) -> Cited:
    start, end = row["start"], row["end"]
    if type(start) is not int or type(end) is not int or not isinstance(row["sha256"], str):
        raise ValueError
    return Cited(row["sha256"], Span(start, end))


@router.post(PATH + "/approval")
def approval(visit: Approve, feature_id: str) -> JSONResponse:
    """Agree to a proposed 不适用, as another person than who proposed it."""
    agreed = Agreed(feature_id, visit.text("proposal"), visit.text("finding_hash"))
    return _recorded(approve_excuse(visit.space, visit.account, visit.opened, agreed))


@router.post(PATH + "/proposal/withdrawal")
def proposal_withdrawal(visit: Decide, feature_id: str) -> JSONResponse:
    """Take back a 不适用 that one has proposed oneself and nobody has agreed to yet."""
    proposal = visit.text("proposal")
    withdraw_excuse(visit.space, visit.account, visit.opened, feature_id, proposal)
    return JSONResponse({"proposed": False})


@router.post(PATH + "/withdrawal")
def withdrawal(visit: Decide, feature_id: str) -> JSONResponse:
    """Take back the decision that was seen, with a reason; without one only one's own (undo)."""
    reason, seen = visit.text("reason"), visit.text("seen")
    if reason.strip():
        back = take_back(visit.space, visit.account, visit.opened, feature_id, reason, seen)
        return _recorded(back)
    return _recorded(undo(visit.space, visit.account, visit.opened, feature_id))


@router.post(PATH + "/comment")
def comment(visit: Comment, feature_id: str) -> JSONResponse:
    """Remark on a feature."""
    text = visit.text("text")
    return _recorded(remark(visit.space, visit.account, visit.opened, feature_id, text))


@router.post(PATH + "/flag")
def flag(visit: Flag, feature_id: str) -> JSONResponse:
    """Flag a feature for oneself and the others, or take one's flag away."""
    _lay(visit, feature_id, DeskKind.FLAG, {"on": True} if visit.posted.get("on") else {})
    return JSONResponse({"flagged": bool(visit.posted.get("on"))})


@router.post(PATH + "/draft")
def draft(visit: Draft, feature_id: str) -> JSONResponse:
    """Keep what is being filled in."""
    payload = {
        "verdict": visit.text("verdict"),
        "reason": text_of(visit.text("reason")),
        "cited": visit.posted.get("cited", []),
    }
    cited_in(payload["cited"])
    empty = not (payload["verdict"] or payload["reason"] or payload["cited"])
    _lay(visit, feature_id, DeskKind.DRAFT, {} if empty else payload)
    return JSONResponse({"kept": not empty})


@router.post(PATH + "/assignment")
def assignment(visit: Assign, feature_id: str) -> JSONResponse:
    """Give a feature to a reviewer."""
    feature_of(visit.opened, feature_id)
    whom = visit.space.people.accounts.by_login(visit.text("login"))
    if whom is None or not whom.may(Right.DECIDE, visit.run.city):
        raise ReviewError("没有这位评审员 (no such reviewer).", hint="请从名单中选择。")
    space = visit.space
    space.desks.assign(visit.run.id, feature_id, whom.id, visit.account.name, space.stamp())
    return JSONResponse({"assigned": whom.name})


def _lay(visit: Visit, feature_id: str, kind: DeskKind, payload: Mapping[str, Any]) -> None:
    feature_of(visit.opened, feature_id)
    note = DeskNote(feature_id, kind, visit.account.id, payload, visit.space.stamp())
    visit.space.desks.put(visit.run.id, note)


def _clear(visit: Visit, feature_id: str, kind: DeskKind) -> None:
    _lay(visit, feature_id, kind, {})


def _recorded(event: ReviewEvent) -> JSONResponse:
    return JSONResponse({"id": event.id, "hash": event.hash})


def refusal(error: ReviewError) -> JSONResponse:
    """A decision that was not recorded, and why; 409 where somebody else was first."""
    status = 409 if isinstance(error, ChangedMeanwhileError) else 422
    body: dict[str, Any] = {"error": error.message, "hint": error.hint}
    if isinstance(error, ChangedMeanwhileError) and error.event is not None:
        said = error.event.content
        body["now"] = {"id": error.event.id, "author": said.author, "reason": said.reason}
    return JSONResponse(body, status)
