"""Who comes in: sessions, rights, forms that were really sent from here, and strict headers.

Every route names the right that it needs (``needs``) or is one of ``OPEN_PATHS``; the application
does not start otherwise. What somebody may not see is not there (404), so that ids tell nothing.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.datastructures import FormData
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute

from auditor.core.access import Account, Right
from auditor.core.errors import RunError
from auditor.core.workspace import RunEntry
from auditor.sheets.texts import printable
from auditor.web.words import LANGUAGES, Words, words
from auditor.workbench.blind import hidden_from, is_shut
from auditor.workbench.opened import OpenRun
from auditor.workbench.space import Space

COOKIE, LANG_COOKIE = "auditor_session", "auditor_lang"
OPEN_PATHS = frozenset({"/login", "/enter/{token}", "/static/{name}", "/health", "/leave"})
STREAMED_PATHS = frozenset({"/new", "/api/v1/audits"})
"""Forms with files: their routes read them while they come, and call ``require_sent``."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_JSON_BYTES = 1 << 20
MOST_DIGITS = 20
HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        b"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        b"frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class NotEnteredError(Exception):
    """Nobody is in: the page sends to the entry, the API answers 401."""


class RefusedError(Exception):
    """Somebody is in and may not do this, or the form was not sent from here (403)."""


class BlindError(RefusedError):
    """They review features of the run, or of another of its city, blind, and the route might tell
    what they must not know.
    """


class NotThereError(Exception):
    """It is not there, or not for them (404)."""


class Blind(StrEnum):
    """What a route is to somebody who reviews features of its run blind, while that goes on.

    Who reviews another run of the same city blind may open none of them.

    ``closed`` is the rule. ``elsewhere``: open, but not about the features that they review blind;
    ``open``: it leaves out by itself what they must not know (``Visit.hidden``).
    """

    CLOSED = "closed"
    ELSEWHERE = "elsewhere"
    OPEN = "open"


@dataclass(frozen=True)
class Visit:
    """A request of somebody who is in and may do what the route does."""

    space: Space
    account: Account
    csrf: str
    lang: str
    posted: Mapping[str, Any]
    entry: RunEntry | None = None

    @property
    def words(self) -> Words:
        """The words in their language."""
        return words(self.lang)

    @property
    def run(self) -> RunEntry:
        """The run that the route is about; raises ``NotThereError``."""
        if self.entry is None:
            raise NotThereError
        return self.entry

    @property
    def opened(self) -> OpenRun:
        """The run itself."""
        return self.space.opened.get(self.run)

    @cached_property
    def hidden(self) -> frozenset[str]:
        """The features of the run of which they may know neither verdict, as they review them."""
        return hidden_from(self.space, self.account, self.entry.id) if self.entry else frozenset()

    def may(self, right: Right) -> bool:
        """Whether they have another right in the run's city (anywhere without a run)."""
        return self.account.may(right, self.entry.city if self.entry else None)

    def text(self, name: str, default: str = "") -> str:
        """A field of the form as text, without characters that no page prints."""
        value = self.posted.get(name, default)
        return printable(value.replace("\r\n", "\n")) if isinstance(value, str) else default


async def posted_by(request: Request) -> Mapping[str, Any]:
    """The fields of a form, or the object of a JSON body; nothing for a request that only reads."""
    if request.method in SAFE_METHODS or request.url.path in STREAMED_PATHS:
        return {}
    if request.headers.get("content-type", "").startswith("application/json"):
        body = await request.body()
        try:
            value = json.loads(body) if len(body) <= MOST_JSON_BYTES else None
        except (ValueError, RecursionError):  # the latter of brackets within brackets within …
            value = None
        if not isinstance(value, dict):
            raise RefusedError
        return value
    form: FormData = await request.form(max_files=2000, max_fields=4000)
    return {key: form.getlist(key) if key.endswith("[]") else form[key] for key in form}


class _Needs:
    """The dependency behind a route: enter, check the right, check the form."""

    def __init__(self, right: Right, blind: Blind) -> None:
        self.right = right
        self.blind = blind

    def __call__(
        self,
        request: Request,
        posted: Mapping[str, Any] = Depends(posted_by),
    ) -> Visit:
        space: Space = request.app.state.space
        bearer = bearer_of(request)
        session = space.people.session(bearer or request.cookies.get(COOKIE, ""))
        if session is None:
            raise NotEnteredError
        entry = _entry(space, session.account, self.right, request)
        lang = lang_of(request)
        visit = Visit(space, session.account, session.csrf, lang, posted, entry)
        if request.method not in SAFE_METHODS and request.url.path not in STREAMED_PATHS:
            require_sent(visit, request, str(posted.get("csrf", "")))
        self._refuse_to_the_blind(visit, request)
        return visit

    def _refuse_to_the_blind(self, visit: Visit, request: Request) -> None:
        if visit.entry is not None and is_shut(visit.space, visit.account, visit.entry):
            raise BlindError
        if self.blind is Blind.OPEN or not visit.hidden:
            return
        if self.blind is Blind.CLOSED or request.path_params.get("feature_id") in visit.hidden:
            raise BlindError


def require_sent(visit: Visit, request: Request, sent: str) -> None:
    """Refuse a form that was not sent from a page of this session (``sent``: its field csrf)."""
    if bearer_of(request):
        return
    sent = request.headers.get("x-csrf") or sent
    if not hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), visit.csrf.encode()):
        visit.space.people.note(visit.account.login, "csrf", request.url.path, done=False)
        raise RefusedError


def bearer_of(request: Request) -> str:
    """The token of another system; a browser never sends one by itself, so it needs no form."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _entry(space: Space, account: Account, right: Right, request: Request) -> RunEntry | None:
    """The run of the route, where it has one and the person may do this in its city."""
    run_id = request.path_params.get("run_id")
    if run_id is None:
        if not account.may(right):
            space.people.note(account.login, right.value, request.url.path, done=False)
            raise RefusedError
        return None
    try:
        entry = space.entry(run_id)
    except RunError as error:
        raise NotThereError from error
    if not account.roles_in(entry.city):
        space.people.note(account.login, right.value, request.url.path, done=False)
        raise NotThereError
    if not account.may(right, entry.city):
        space.people.note(account.login, right.value, request.url.path, done=False)
        raise RefusedError
    return entry


def needs(right: Right, blind: Blind = Blind.CLOSED) -> Any:
    """Declare the right that a route needs, and what it is to the blind; it gets the ``Visit``."""
    return Depends(_Needs(right, blind))


def lang_of(request: Request) -> str:
    """The language of the pages: asked for, else remembered, else Chinese."""
    asked = request.query_params.get("lang") or request.cookies.get(LANG_COOKIE, "")
    return asked if asked in LANGUAGES else LANGUAGES[0]


def rights_needed(route: BaseRoute) -> tuple[Right, ...]:
    """The rights that a route asks for."""
    if not isinstance(route, APIRoute):
        return ()
    return tuple(_rights_in(route.dependant))


def _rights_in(dependant: Dependant) -> list[Right]:
    own = [dependant.call.right] if isinstance(dependant.call, _Needs) else []
    return own + [right for inner in dependant.dependencies for right in _rights_in(inner)]


def require_guarded(routers: Sequence[APIRouter]) -> None:
    """Refuse to start with a route that is neither guarded nor meant to be open."""
    bare = [
        getattr(route, "path", "?")
        for router in routers
        for route in router.routes
        if getattr(route, "path", "?") not in OPEN_PATHS and not rights_needed(route)
    ]
    if bare:
        raise RuntimeError(f"Routes without a right: {', '.join(bare)}")


class Shield:
    """Around the application: known hosts only, bodies of bounded size, strict headers."""

    def __init__(self, app: App, hosts: frozenset[str], most_bytes: int) -> None:
        self._app = app
        self._hosts = hosts
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        refusal = self._refusal(headers, scope["method"])
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send, scope["path"]))
            return
        await self._app(
            scope, _bounded(receive, self._most_bytes), _with_headers(send, scope["path"])
        )

    def _refusal(self, headers: Mapping[bytes, bytes], method: str) -> PlainTextResponse | None:
        host = headers.get(b"host", b"").decode("latin-1")
        if self._hosts and host.rsplit(":", 1)[0] not in self._hosts:
            return PlainTextResponse("Unknown host. 未知的主机名。", 421)
        origin = headers.get(b"origin", b"").decode("latin-1")
        foreign = origin and origin.partition("://")[2] != host
        if method not in SAFE_METHODS and (
            foreign or headers.get(b"sec-fetch-site") == b"cross-site"
        ):
            return PlainTextResponse("Sent from elsewhere. 请求来自别的网站。", 403)
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length[:MOST_DIGITS]) > self._most_bytes:
            return PlainTextResponse("Too large. 内容过大。", 413)
        return None


class TooLargeError(Exception):
    """A body without a stated length grew over the limit."""


def _bounded(receive: Receive, most: int) -> Receive:
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise TooLargeError
        return message

    return bounded


def _with_headers(send: Send, path: str) -> Send:
    cache = b"private, max-age=31536000, immutable" if path.startswith("/static/") else b"no-store"

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message["headers"]}
            more = [*HEADERS, (b"cache-control", cache)]
            message["headers"] = [
                *message["headers"],
                *(pair for pair in more if pair[0] not in given),
            ]
        await send(message)

    return sending
