"""New audits over JSON: papers are uploaded, the job that audits them is followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from auditor.core.access import Right
from auditor.core.workspace import JobState
from auditor.web.api_router import api_router
from auditor.web.guard import Visit, needs
from auditor.web.ordering import OPEN_CHOICES, receive_order
from auditor.web.pages.audits import job_in
from auditor.workbench.auditing import Stand, stand_of

router = api_router()
Audit = Annotated[Visit, needs(Right.AUDIT)]
REFUSED: Mapping[int | str, dict[str, Any]] = {
    413: {"description": "More bytes than the server takes at a time"},
    422: {"description": "The order or its papers are refused; nothing of them is kept"},
}
ORDER: Mapping[str, Any] = {
    "type": "object",
    "required": ["city", "papers"],
    "properties": {
        "city": {"type": "string", "minLength": 1, "maxLength": 64},
        "judge": {"type": "string", "description": "auto, screen, or what the server is set to"},
        "as_of": {"type": "string", "format": "date", "description": "The day of the audit"},
        "opening": {
            "type": "string",
            "enum": list(OPEN_CHOICES),
            "description": "May a hosted judge get the papers: no, as public ones, by the caller",
        },
        "papers": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "format": "binary"},
            "description": "Files, or one ZIP, 7Z or RAR; behind all other fields",
        },
    },
}
FORM = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": ORDER}}}}


class StageOut(BaseModel):
    """A stage of an audit: how much of it is done, of how much, in how many seconds."""

    name: str
    done: int
    total: int
    seconds: float
    note: str
    over: bool


class AuditOut(BaseModel):
    """An audit that was ordered: its state, how many wait before it, the run that came of it."""

    id: str
    city: str
    state: JobState
    before: int
    run_id: str
    message: str
    made_by: str
    made_at: str
    begun_at: str
    ended_at: str
    stages: list[StageOut]


def _out(stand: Stand) -> AuditOut:
    job, own = stand.job, ("before", "stages")
    facts = {name: getattr(job, name) for name in AuditOut.model_fields if name not in own}
    stages = [
        StageOut(**{name: getattr(stage, name) for name in StageOut.model_fields})
        for stage in stand.stages
    ]
    return AuditOut(**facts, before=stand.before, stages=stages)


@router.post("/audits", status_code=202, responses=dict(REFUSED), openapi_extra=FORM)
async def order(request: Request, visit: Audit) -> AuditOut:
    """Upload papers and order their audit; it waits for its turn."""
    job = await receive_order(request, visit)
    return _out(await run_in_threadpool(stand_of, visit.space, job))


@router.get("/audits/{job_id}")
def audit(visit: Audit, job_id: str) -> AuditOut:
    """How far an audit is."""
    return _out(stand_of(visit.space, job_in(visit, job_id)))
