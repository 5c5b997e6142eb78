"""New audits: papers are uploaded, the audit is queued, followed, cancelled, gone on with."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from auditor.core.access import EVERY_CITY, GRANTED, Right
from auditor.core.workspace import Job
from auditor.store.progress import StageProgress
from auditor.web import ordering
from auditor.web.guard import BlindError, NotThereError, Visit, needs
from auditor.web.ordering import receive_order
from auditor.web.rendering import page
from auditor.workbench.auditing import (
    RESUMABLE,
    Stand,
    cancel,
    discard,
    go_on,
    judges_offered,
    order_of_job,
    stand_of,
)
from auditor.workbench.blind import is_blind_in

router = APIRouter(include_in_schema=False)
Audit = Annotated[Visit, needs(Right.AUDIT)]
STAGES = ("read", "embed", "search", "judge")


@router.get("/new")
def form(visit: Audit) -> Response:
    """What is to be audited, and the papers."""
    return page(
        visit,
        "new.html",
        cities=cities_of(visit),
        every=any(g.city == EVERY_CITY for g in _granting(visit)),
        judges=judges_offered(),
        limits=ordering.LIMITS,
    )


def _granting(visit: Visit) -> list[Any]:
    return [g for g in visit.account.grants if Right.AUDIT in GRANTED[g.role]]


def cities_of(visit: Visit) -> list[str]:
    """The cities that the visitor may audit, as far as they are known."""
    granted = {g.city for g in _granting(visit)} - {EVERY_CITY}
    known = {entry.city for entry in visit.space.entries()}
    return sorted(granted | {city for city in known if visit.account.may(Right.AUDIT, city)})


@router.post("/new")
async def begin(request: Request, visit: Audit) -> Response:
    """Take the papers in while they come, whole or not at all, and queue the audit."""
    job = await receive_order(request, visit)
    return RedirectResponse(f"/jobs/{job.id}", 303)


@router.get("/jobs")
def jobs(visit: Audit) -> Response:
    """The audits that were started here, of the visitor's cities but for those reviewed blind:

    what the command says tells levels.
    """
    seen = [j for j in visit.space.jobs.all() if visit.account.may(Right.AUDIT, j.city)]
    seen = [job for job in seen if not is_blind_in(visit.space, visit.account, job.city)]
    return page(visit, "jobs.html", stands=[stand_of(visit.space, job) for job in seen])


def job_in(visit: Visit, job_id: str) -> Job:
    """A job of the visitor's cities.

    Raises:
        NotThereError: there is none.
        BlindError: they review a run of its city blind.
    """
    job = visit.space.jobs.get(job_id)
    if job is None or not visit.account.may(Right.AUDIT, job.city):
        raise NotThereError
    if is_blind_in(visit.space, visit.account, job.city):
        raise BlindError
    return job


@router.get("/jobs/{job_id}")
def job_page(visit: Audit, job_id: str) -> Response:
    """How far an audit is."""
    job = job_in(visit, job_id)
    stand = stand_of(visit.space, job)
    begun = {stage.name: stage for stage in stand.stages}
    return page(
        visit,
        "job.html",
        stand=stand,
        job=job,
        stages=[begun.get(name, StageProgress(name, 0, 0)) for name in STAGES],
        asked=order_of_job(job),
        resumable=job.state in RESUMABLE,
        entry=visit.space.runs.get(job.run_id) if job.run_id else None,
    )


@router.get("/jobs/{job_id}/state")
def job_state(visit: Audit, job_id: str) -> dict[str, Any]:
    """The same for the page's own script."""
    return state_json(stand_of(visit.space, job_in(visit, job_id)))


def state_json(stand: Stand) -> dict[str, Any]:
    """How far a job is, for machines."""
    return {
        "state": stand.job.state.value,
        "asked": stand.job.asked,
        "before": stand.before,
        "run_id": stand.job.run_id,
        "message": stand.job.message,
        "stages": [
            {name: getattr(stage, name) for name in stage.__slots__} for stage in stand.stages
        ],
        "log": list(stand.log),
    }


@router.post("/jobs/{job_id}/cancel")
def cancel_job(visit: Audit, job_id: str) -> Response:
    """Have an audit end; what it judged is kept."""
    cancel(visit.space, visit.account, job_in(visit, job_id))
    return RedirectResponse(f"/jobs/{job_id}", 303)


@router.post("/jobs/{job_id}/resume")
def resume_job(visit: Audit, job_id: str) -> Response:
    """Go on with an audit that ended early."""
    go_on(visit.space, visit.account, job_in(visit, job_id))
    return RedirectResponse(f"/jobs/{job_id}", 303)


@router.post("/jobs/{job_id}/discard")
def discard_job(visit: Audit, job_id: str) -> Response:
    """Forget an audit that ended without a run, with its papers."""
    discard(visit.space, visit.account, job_in(visit, job_id))
    return RedirectResponse("/jobs", 303)
