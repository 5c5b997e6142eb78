"""Coming in and leaving; assets; a sign of life."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from auditor.sheets.texts import printable
from auditor.web.guard import COOKIE, NotThereError, posted_by
from auditor.web.rendering import STATIC, open_page
from auditor.workbench.people import SESSION, Entered
from auditor.workbench.space import Space

router = APIRouter(include_in_schema=False)
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
Posted = Annotated[Mapping[str, Any], Depends(posted_by)]


@router.get("/login")
def entry_page(request: Request) -> Response:
    """The page where one enters."""
    return open_page(request, "login.html", failed=False)


@router.post("/login")
def enter(request: Request, posted: Posted) -> Response:
    """Enter by login and password."""
    space: Space = request.app.state.space
    login, password = (printable(str(posted.get(name, ""))) for name in ("login", "password"))
    entered = space.people.enter(login, password)
    if entered is None:
        return open_page(request, "login.html", 401, failed=True)
    return _welcome(request, entered)


@router.get("/enter/{token}")
def enter_by_link(request: Request, token: str) -> Response:
    """Enter by a link that works once."""
    space: Space = request.app.state.space
    entered = space.people.enter_by_link(token)
    if entered is None:
        return open_page(request, "login.html", 401, failed=True)
    return _welcome(request, entered)


def _welcome(request: Request, entered: Entered) -> Response:
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        COOKIE,
        entered.token,
        max_age=int(SESSION.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/leave")
def leave(request: Request, posted: Posted) -> Response:
    """Leave; needs the token of the session's forms."""
    space: Space = request.app.state.space
    token = request.cookies.get(COOKIE, "")
    session = space.people.session(token)
    if session is not None and posted.get("csrf") == session.csrf:
        space.people.leave(token)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/static/{name}")
def static(name: str) -> Response:
    """An asset of the pages."""
    kind = KINDS.get(PurePosixPath(name).suffix)
    file = STATIC / name
    if kind is None or "/" in name or not file.is_file():
        raise NotThereError
    return Response(file.read_bytes(), media_type=kind)


@router.get("/health")
def health() -> dict[str, str]:
    """Tell that the server answers."""
    return {"state": "ok"}
