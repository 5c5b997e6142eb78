"""New audits: papers are uploaded, the audit is queued, followed, cancelled, gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from auditor.core.access import EVERY_CITY, GRANTED, Right
from auditor.core.errors import AuditorError, ReviewError
from auditor.core.workspace import Job
from auditor.store.progress import StageProgress
from auditor.web.guard import BlindError, NotThereError, RefusedError, Visit, needs, require_sent
from auditor.web.multipart import Taker, drain, take_form
from auditor.web.rendering import page
from auditor.workbench.auditing import (
    RESUMABLE,
    Order,
    Stand,
    cancel,
    checked,
    discard,
    enqueue,
    go_on,
    judges_offered,
    new_job_id,
    order_of_job,
    stand_of,
)
from auditor.workbench.blind import is_blind_in
from auditor.workbench.uploads import DOSSIER, UPLOADS_FOLDER, Upload, UploadLimits, require_room

router = APIRouter(include_in_schema=False)
Audit = Annotated[Visit, needs(Right.AUDIT)]
LIMITS = UploadLimits()
STAGES = ("read", "embed", "search", "judge")
OPEN_CHOICES = ("closed", "public", "opened")


@router.get("/new")
def form(visit: Audit) -> Response:
    """What is to be audited, and the papers."""
    return page(
        visit,
        "new.html",
        cities=cities_of(visit),
        every=any(g.city == EVERY_CITY for g in _granting(visit)),
        judges=judges_offered(),
        limits=LIMITS,
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
    with ExitStack() as stack:
        receiving = _Receiving(request, visit, stack)
        try:
            fields = await take_form(request, receiving.open)
            job = await run_in_threadpool(receiving.finish, fields)
        except AuditorError:
            await drain(request)  # a browser reads no answer before it has sent everything
            raise
    return RedirectResponse(f"/jobs/{job.id}", 303)


class _Receiving:
    """One upload: refused by its fields before its first file, else written and queued."""

    def __init__(self, request: Request, visit: Visit, stack: ExitStack) -> None:
        self._request = request
        self._visit = visit
        self._stack = stack
        self._job_id = new_job_id()
        self._order: Order | None = None
        self._upload: Upload | None = None

    def open(self, fields: Mapping[str, str]) -> Taker:
        """Look at the form's fields; gives who takes the files."""
        visit, space = self._visit, self._visit.space
        require_sent(visit, self._request, fields.get("csrf", ""))
        self._order = checked(order_of(visit, fields))
        if not visit.account.may(Right.AUDIT, self._order.city):
            space.people.note(visit.account.login, "audit", self._order.city, done=False)
            raise RefusedError
        uploads = space.folder / UPLOADS_FOLDER
        coming = self._request.headers.get("content-length", "0")
        require_room(uploads, int(coming) if coming.isdigit() else 0, LIMITS)
        upload = Upload(uploads / self._job_id, LIMITS)
        self._upload = self._stack.enter_context(upload)
        return upload

    def finish(self, fields: Mapping[str, str]) -> Job:
        """All has come: queue the audit."""
        if self._upload is None:
            self.open(fields)
        assert self._upload is not None and self._order is not None
        self._upload.finish()
        asked = self._order.request() | {"city": self._order.city}
        asked["dossier"] = f"{UPLOADS_FOLDER}/{self._job_id}/{DOSSIER}"
        return enqueue(self._visit.space, self._visit.account, self._job_id, Order(**asked))


def order_of(visit: Visit, fields: Mapping[str, Any]) -> Order:
    """What a form asks for, as it stands there; who opens papers answers with their own name.

    Raises:
        ReviewError: the papers are to be opened by somebody who has no right to it in that city.
    """
    opening, city = fields.get("opening", OPEN_CHOICES[0]), str(fields.get("city", "")).strip()
    opens = opening == "opened"
    if opens and not visit.account.may(Right.RELEASE_PAPERS, city):
        visit.space.people.note(visit.account.login, "release_papers", city, done=False)
        raise ReviewError(
            "开放材料须由保密员本人发起 (only a secrecy officer opens papers).",
            hint="请由兼有保密员角色的人上传，或选择不送往外部接口。",
        )
    return Order(
        city=city,
        judge=str(fields.get("judge", "auto")),
        as_of=str(fields.get("as_of", "")).strip(),
        public=opening == "public",
        opened_by=visit.account.name if opens else "",
    )


@router.get("/jobs")
def jobs(visit: Audit) -> Response:
    """The audits that were started here, of the visitor's cities where they review nothing blind:
    the command tells levels.
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
