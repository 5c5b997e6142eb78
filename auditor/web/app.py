"""The application: routes behind the guard, errors as pages, strict headers around all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse

from auditor.core.errors import AuditorError, ReviewError
from auditor.web.guard import (
    MOST_JSON_BYTES,
    App,
    BlindError,
    NotEnteredError,
    NotThereError,
    RefusedError,
    Shield,
    TooLargeError,
    lang_of,
    require_guarded,
)
from auditor.web.lifespan import lifespan
from auditor.web.pages import (
    acts,
    adjudication,
    agreement,
    api,
    api_audits,
    appeals,
    audits,
    blind,
    city,
    entry,
    facts,
    feature,
    intake,
    lists,
    onsite,
    papers,
    people,
    problems,
    reports,
    run,
    signing,
)
from auditor.web.rendering import open_page
from auditor.web.words import words
from auditor.workbench.space import Space

ROUTERS: Sequence[APIRouter] = (
    entry.router,
    run.router,
    feature.router,
    acts.router,
    lists.router,
    papers.router,
    people.router,
    api.router,
    api_audits.router,
    blind.router,
    adjudication.router,
    agreement.router,
    signing.router,
    reports.router,
    audits.router,
    intake.router,
    problems.router,
    facts.router,
    appeals.router,
    city.router,
    onsite.router,
)
MOST_UPLOAD_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Serving:
    """How the workbench is served: the host names that it answers to (none given: to any)."""

    hosts: frozenset[str] = frozenset({"127.0.0.1", "localhost"})
    most_bytes: int = MOST_UPLOAD_BYTES + MOST_JSON_BYTES


def create_app(space: Space, audits_at_once: int = 1) -> FastAPI:
    """Build the application over an open workspace, without its shield."""
    app = FastAPI(
        title="CTMM auditor", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.state.space = space
    app.state.audits_at_once = audits_at_once
    for router in ROUTERS:
        app.include_router(router)
    for kind, answer in _ANSWERS:
        app.add_exception_handler(kind, answer)
    require_guarded(ROUTERS)
    return app


def shielded(app: FastAPI, serving: Serving) -> App:
    """The application as it is served."""
    return Shield(app, serving.hosts, serving.most_bytes)


def _wants_json(request: Request) -> bool:
    return "x-csrf" in request.headers or request.url.path.startswith("/api/")


def _not_entered(request: Request, _error: Exception) -> Response:
    if _wants_json(request):
        return JSONResponse({"error": words(lang_of(request))["not_entered"]}, 401)
    return RedirectResponse("/login", 303)


def _refused(request: Request, _error: Exception) -> Response:
    return _told(request, 403, words(lang_of(request))["not_allowed"])


def _blind(request: Request, _error: Exception) -> Response:
    return _told(request, 403, words(lang_of(request))["blind_refused"])


def _not_there(request: Request, _error: Exception) -> Response:
    return _told(request, 404, words(lang_of(request))["not_there"])


def _unsound(request: Request, error: Exception) -> Response:
    assert isinstance(error, ReviewError)
    if _wants_json(request):
        return acts.refusal(error)
    return _told(request, 422, error.message, error.hint)


def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, AuditorError)
    return _told(request, 422, error.message, error.hint)


def _told(request: Request, status: int, message: str, hint: str = "") -> Response:
    if _wants_json(request):
        return JSONResponse({"error": message, "hint": hint}, status)
    return open_page(request, "told.html", status, message=message, hint=hint)


def _too_large(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("Too large. 内容过大。", 413)


_ANSWERS: Sequence[tuple[type[Exception], Callable[[Request, Exception], Response]]] = (
    (NotEnteredError, _not_entered),
    (BlindError, _blind),
    (RefusedError, _refused),
    (NotThereError, _not_there),
    (TooLargeError, _too_large),
    (ReviewError, _unsound),
    (AuditorError, _failed),
)
