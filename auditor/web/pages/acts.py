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
    decide_feature,
    feature_of,
    remark,
    take_back,
    text_of,
    undo,
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
        return _propose(visit, answer)
    event = decide_feature(visit.space, visit.account, visit.opened, answer)
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


def _propose(visit: Visit, answer: Answer) -> JSONResponse:
    """Lay a 不适用 before the approver."""
    if not answer.reason.strip():
        raise ReviewError(f"{answer.feature_id}: 没有理由 (no reason)", hint="不适用须写明理由。")
    feature_of(visit.opened, answer.feature_id)
    payload = {"reason": text_of(answer.reason), "by": visit.account.name, "seen": answer.seen}
    _lay(visit, answer.feature_id, DeskKind.PROPOSED, payload)
    return JSONResponse({"proposed": True})


@router.post(PATH + "/approval")
def approval(visit: Approve, feature_id: str) -> JSONResponse:
    """Agree to a proposed 不适用, as another person than who proposed it."""
    notes = visit.space.desks.notes(visit.run.id, feature_id)
    proposed = next((n for n in notes if n.kind is DeskKind.PROPOSED), None)
    if proposed is None:
        raise ReviewError(f"{feature_id}: 没有待批准的不适用 (nothing proposed).", hint="请刷新。")
    proposer = visit.space.people.accounts.get(proposed.account_id)
    if proposer is None or proposer.id == visit.account.id:
        raise ReviewError(f"{feature_id}: 须由他人批准 (not by oneself).", hint="请由批准人处理。")
    standing = visit.opened.present.decisions.get(feature_id)
    answer = Answer(
        feature_id=feature_id,
        verdict=NOT_APPLICABLE,
        reason=str(proposed.payload["reason"]),
        seen=standing.id if standing else "",
        finding_hash=visit.text("finding_hash"),
        approver=visit.account.name,
        basis=tuple(map(str, proposed.payload.get("basis", ()))),
    )
    event = decide_feature(visit.space, proposer, visit.opened, answer)
    gone = DeskNote(feature_id, DeskKind.PROPOSED, proposer.id, {}, visit.space.stamp())
    visit.space.desks.put(visit.run.id, gone)
    return _recorded(event)


@router.post(PATH + "/withdrawal")
def withdrawal(visit: Decide, feature_id: str) -> JSONResponse:
    """Take the standing decision back, with a reason; without one only one's own (undo)."""
    reason = visit.text("reason")
    if reason.strip():
        return _recorded(take_back(visit.space, visit.account, visit.opened, feature_id, reason))
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
