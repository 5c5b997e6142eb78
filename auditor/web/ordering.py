"""Orders of audits that come with their papers: a form with files, read while they come."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from auditor.core.access import Right
from auditor.core.errors import AuditorError, ReviewError
from auditor.core.workspace import Job
from auditor.web.guard import RefusedError, Visit, require_sent
from auditor.web.multipart import Taker, drain, take_form
from auditor.workbench.auditing import Order, checked, enqueue, new_job_id
from auditor.workbench.uploads import DOSSIER, UPLOADS_FOLDER, Upload, UploadLimits, require_room

LIMITS = UploadLimits()
OPEN_CHOICES = ("closed", "public", "opened")


async def receive_order(request: Request, visit: Visit) -> Job:
    """Take the papers in while they come, whole or not at all, and queue the audit.

    Raises:
        ReviewError: the form is not whole, or asks for what cannot be.
        RefusedError: it was not sent from here, or the sender may not audit this city.
        UploadRefusedError: a limit breaks.
    """
    with ExitStack() as stack:
        receiving = _Receiving(request, visit, stack)
        try:
            fields = await take_form(request, receiving.open)
            return await run_in_threadpool(receiving.finish, fields)
        except AuditorError:
            await drain(request)  # a browser reads no answer before it has sent everything
            raise


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
        ReviewError: no such opening, or the papers are to be opened by somebody who has no right
            to it in that city.
    """
    opening, city = fields.get("opening", OPEN_CHOICES[0]), str(fields.get("city", "")).strip()
    if opening not in OPEN_CHOICES:
        raise ReviewError("没有这种外送选择 (no such opening).", hint="closed、public 或 opened。")
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
