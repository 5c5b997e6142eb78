"""A stage of an audit as an operator sees it: a span, its seconds, a line in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from auditor.operations import metrics
from auditor.operations.traces import span

LOGGER = logging.getLogger(__name__)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Observe a stage; one that an error ended is told of as such and not counted."""
    begun = time.monotonic()
    with span(f"stage {name}"):
        try:
            yield
        except BaseException as error:
            took = _shown(time.monotonic() - begun)
            more = {"stage": name, "seconds": took, "kind": type(error).__name__}
            LOGGER.warning("stage ended early", extra=more)
            raise
    seconds = time.monotonic() - begun
    metrics.staged(name, seconds)
    LOGGER.info("stage done", extra={"stage": name, "seconds": _shown(seconds)})


@contextmanager
def whole_run() -> Iterator[None]:
    """Observe a whole audit: a span around its stages, and how it ended."""
    LOGGER.info("audit begun")
    with span("audit"):
        try:
            yield
        except BaseException as error:
            interrupted = not isinstance(error, Exception)
            metrics.ran("interrupted" if interrupted else "failed")
            LOGGER.warning("audit ended early", extra={"kind": type(error).__name__})
            raise
    metrics.ran("done")
    LOGGER.info("audit done")


def _shown(seconds: float) -> float:
    return round(seconds, 3)
