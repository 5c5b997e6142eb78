"""The same over JSON, for other systems: ``/api/v1`` with its description in OpenAPI.

A caller shows its token as ``Authorization: Bearer …`` (made on the page of one's own account) and
acts as the person whose token it is, under the same rights and rules as the pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from auditor.core.access import Right
from auditor.core.errors import ReviewError
from auditor.core.workspace import RunEntry
from auditor.report.rows import verdict_words
from auditor.store.events import event_json
from auditor.store.records import finding_json
from auditor.web.api_router import api_router
from auditor.web.guard import NotThereError, Visit, needs
from auditor.web.pages import api_audits
from auditor.web.pages.acts import cited_in
from auditor.web.pages.run import level_json, profile_of
from auditor.workbench.acting import Answer, feature_of, remark, take_back
from auditor.workbench.blind import is_shut
from auditor.workbench.cases import decide_apart
from auditor.workbench.queues import Done, Filter, Queue, listed

router = api_router()
Enter = Annotated[Visit, needs(Right.ENTER)]
See = Annotated[Visit, needs(Right.SEE_RUN)]
Decide = Annotated[Visit, needs(Right.DECIDE)]
Comment = Annotated[Visit, needs(Right.COMMENT)]
Export = Annotated[Visit, needs(Right.EXPORT)]
MOST = 500


class Body(BaseModel):
    """A body without fields that nobody knows."""

    model_config = ConfigDict(extra="forbid")


class CitedBody(Body):
    """Characters of a document, by the sha256 of its file: the quote is cut by the program."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    start: int = Field(ge=0, le=1 << 40)
    end: int = Field(ge=1, le=1 << 40)


class DecisionBody(Body):
    """A decision: ``seen`` is the id of the decision that stood when the caller looked."""

    verdict: Literal["met", "mostly_met", "partly_met", "planned", "not_met", "no_evidence"]
    reason: str = Field(default="", max_length=4000)
    seen: str = Field(default="", max_length=64)
    finding_hash: str = Field(pattern="^[0-9a-f]{64}$")
    cited: list[CitedBody] = Field(default=[], max_length=20)


class ReasonBody(Body):
    """A reason, or a remark."""

    reason: str = Field(min_length=1, max_length=4000)


class WithdrawalBody(ReasonBody):
    """A reason; ``seen`` is the id of the decision that stood when the caller looked."""

    seen: str = Field(default="", max_length=64)


class RunOut(BaseModel):
    """A run of the workspace."""

    id: str
    city: str
    title: str
    added_at: str
    events: int
    features: int
    profile: str
    head: str


class Recorded(BaseModel):
    """An event that is on record."""

    id: str
    hash: str


CHANGED: Mapping[int | str, dict[str, Any]] = {
    409: {"description": "Somebody decided meanwhile; nothing was overwritten"},
    422: {"description": "The decision breaks a rule of review, or the request its form"},
}


@router.get("/openapi.json", include_in_schema=False)
def description(_visit: Enter) -> JSONResponse:
    """This API in OpenAPI."""
    routes = [*router.routes, *api_audits.router.routes]
    return JSONResponse(get_openapi(title="CTMM auditor", version="1", routes=routes))


@router.get("/runs")
def runs(visit: Enter) -> list[RunOut]:
    """The runs that the caller may see; none beside one that they review blind in its city."""
    seen = (e for e in visit.space.entries() if visit.account.may(Right.SEE_RUN, e.city))
    return [_run(entry) for entry in seen if not is_shut(visit.space, visit.account, entry)]


def _run(entry: RunEntry) -> RunOut:
    return RunOut(**{name: getattr(entry, name) for name in RunOut.model_fields})


@router.get("/runs/{run_id}")
def run(visit: See, run_id: str) -> RunOut:
    """One run."""
    return _run(visit.run)


@router.get("/runs/{run_id}/level")
def level(visit: See, run_id: str) -> dict[str, Any]:
    """Coverage and levels after the last decision, each number apart."""
    return level_json(visit)


@router.get("/runs/{run_id}/features")
def features(
    visit: See,
    run_id: str,
    queue: Queue = Queue.ORDER,
    done: Done = Done.ALL,
    node: Annotated[str, Query(max_length=20)] = "",
) -> list[dict[str, Any]]:
    """The features of a queue with the machine's verdicts and the decisions that stand."""
    notes = visit.space.desks.notes(visit.run.id)
    chosen = Filter(queue, done, node)
    rows = listed(visit.opened, profile_of(visit), chosen, notes, visit.account.id)
    decisions = visit.opened.present.decisions
    return [
        {
            "id": row.feature.id,
            "text": row.feature.text,
            "machine": row.finding.verdict.value if row.finding.verdict else None,
            "words": verdict_words(row.finding.verdict, visit.words),
            "impact": row.impact,
            "decision": event_json(decisions[row.feature.id]) if row.decided else None,
        }
        for row in rows
    ]


@router.get("/runs/{run_id}/features/{feature_id}")
def feature(visit: See, run_id: str, feature_id: str) -> dict[str, Any]:
    """One feature: its text, the machine's finding with its hash, the events that speak of it."""
    opened = visit.opened
    known = _known(visit, feature_id)
    return {
        "id": known.id,
        "text": known.text,
        "elements": [e.text for e in known.elements],
        "finding": finding_json(opened.findings[feature_id]),
        "finding_hash": opened.hashes[feature_id],
        "events": [event_json(e) for e in opened.present.of_feature(feature_id)],
    }


def _known(visit: Visit, feature_id: str) -> Any:
    try:
        return feature_of(visit.opened, feature_id)
    except ReviewError as error:
        raise NotThereError from error


@router.post(
    "/runs/{run_id}/features/{feature_id}/decisions", responses=dict(CHANGED), status_code=201
)
def decide(visit: Decide, run_id: str, feature_id: str, body: DecisionBody) -> Recorded:
    """Record a decision."""
    _known(visit, feature_id)
    cited = cited_in([c.model_dump() for c in body.cited])
    answer = Answer(feature_id, body.verdict, body.reason, body.seen, body.finding_hash, cited)
    (event,) = decide_apart(visit.space, visit.account, visit.opened, [answer])
    return Recorded(id=event.id, hash=event.hash)


@router.post(
    "/runs/{run_id}/features/{feature_id}/withdrawals", responses=dict(CHANGED), status_code=201
)
def withdraw(visit: Decide, run_id: str, feature_id: str, body: WithdrawalBody) -> Recorded:
    """Take the standing decision back, the one that the caller has seen."""
    _known(visit, feature_id)
    event = take_back(visit.space, visit.account, visit.opened, feature_id, body.reason, body.seen)
    return Recorded(id=event.id, hash=event.hash)


@router.post(
    "/runs/{run_id}/features/{feature_id}/comments", responses=dict(CHANGED), status_code=201
)
def comment(visit: Comment, run_id: str, feature_id: str, body: ReasonBody) -> Recorded:
    """Put a remark on record."""
    _known(visit, feature_id)
    event = remark(visit.space, visit.account, visit.opened, feature_id, body.reason)
    return Recorded(id=event.id, hash=event.hash)


@router.get("/runs/{run_id}/events")
def events(
    visit: Export,
    run_id: str,
    since: Annotated[int, Query(ge=0, le=1 << 31)] = 0,
) -> list[dict[str, Any]]:
    """The chained record from a place on, at most 500 events: the exchange form of events.jsonl."""
    return [event_json(e) for e in visit.space.runs.events(visit.run.id, since)[:MOST]]


@router.get("/runs/{run_id}/documents")
def documents(visit: See, run_id: str) -> list[dict[str, Any]]:
    """The papers of the run."""
    return [
        {
            "sha256": d.sha256,
            "name": d.name,
            "title": d.title,
            "kind": d.kind.value,
            "pages": len(d.pages),
            "characters": len(d.text),
            "counts": d.counts,
        }
        for d in visit.opened.run.documents
    ]
