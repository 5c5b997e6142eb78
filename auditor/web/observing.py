"""Requests as an operator sees them: counted by route, one line each in the log.

The route is told, never the path: a path may hold a link that lets somebody in.
"""

from __future__ import annotations

import logging
import time
from contextlib import nullcontext

from auditor.operations.context import bound
from auditor.operations.metrics import METER, REQUEST_SECONDS, REQUESTS
from auditor.web.guard import App, Message, Receive, Scope, Send

LOGGER = logging.getLogger(__name__)
ELSEWHERE = "-"
"""The route of what no route answered."""
BROKEN = 500


class Observed:
    """Around the served application."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, begun = BROKEN, time.monotonic()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            _note(scope, status, time.monotonic() - begun)


def _note(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", ELSEWHERE)
    method = scope["method"] if route != ELSEWHERE else ELSEWHERE
    METER.count(REQUESTS, route=route, method=method, status=str(status))
    METER.observe(REQUEST_SECONDS, seconds, route=route)
    run_id = scope.get("path_params", {}).get("run_id")
    more = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
    with bound(run=str(run_id)) if run_id and route != ELSEWHERE else nullcontext():
        LOGGER.info("request", extra=more)
