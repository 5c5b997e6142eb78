"""What works beside the pages while the application is served."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from auditor.workbench.supervising import Supervisor


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Look after the audits while the application is served; they go on when it ends."""
    supervisor = Supervisor(app.state.space, app.state.audits_at_once)
    supervisor.start()
    try:
        yield
    finally:
        await run_in_threadpool(supervisor.stop)
