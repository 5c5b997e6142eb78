"""Acts on a database that may be away for a while: done again until it answers, within bounds.

An act is a function that does one transaction and that may be done twice: of one that was under
way when the server went nobody knows whether it was committed. Files never go away; only acts on
servers are waited for.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from auditor.core.errors import DatabaseGoneError

LOGGER = logging.getLogger(__name__)
LONGEST_WAIT_S = 300.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
GOING_STATES = ("08", "57P")
"""SQLSTATEs of a broken connection, and of a server that ends, ended badly or is starting."""
P = ParamSpec("P")
R = TypeVar("R")


class Wait:
    """How long an act on a server that does not answer is tried again; for all its threads.

    ``misses`` counts the tries that met no server, so that one can tell whether it was away.
    """

    def __init__(self, longest_s: float = LONGEST_WAIT_S) -> None:
        self.longest_s = longest_s
        self.misses = 0
        self._lock = threading.Lock()
        self._hurry = threading.Event()

    def hurry(self) -> None:
        """Wait no more, now and later: somebody wants to end."""
        self._hurry.set()

    def until_done(self, act: Callable[[], R], longest_s: float | None = None) -> R:
        """Do an act, again and again where the server does not answer.

        Raises:
            DatabaseGoneError: it did not answer for ``longest_s`` (that of the wait by default).
        """
        deadline = time.monotonic() + (self.longest_s if longest_s is None else longest_s)
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return act()
            except DBAPIError as error:
                if not is_away(error):
                    raise
                self._missed(said_by(error), first=pause_s == FIRST_PAUSE_S)
                if self._hurry.is_set() or time.monotonic() + pause_s > deadline:
                    raise gone(error) from error
            self._hurry.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _missed(self, said: str, *, first: bool) -> None:
        with self._lock:
            self.misses += 1
        if first:
            LOGGER.warning("the database does not answer: %s", said)


class Once:
    """What an act does outside of the database: done at its first call only, unless that fails."""

    def __init__(self, effect: Callable[[], None] | None) -> None:
        self._effect = effect
        self.is_done = False

    def __call__(self) -> None:
        """Do it, unless it is done."""
        if self._effect is not None and not self.is_done:
            self._effect()
        self.is_done = True


class OnServer(Protocol):
    """What keeps its content in a database that may be a server."""

    @property
    def waiting(self) -> Wait | None:
        """How it is waited for; None for a file."""


S = TypeVar("S", bound=OnServer)


def patient(act: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Have a method wait for a server that is away; it must be an act as the module says.

    Raises:
        DatabaseGoneError: the server stayed away.
    """

    @wraps(act)
    def tried(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if self.waiting is None:
            return act(self, *args, **kwargs)
        return self.waiting.until_done(lambda: act(self, *args, **kwargs))

    return tried


def is_away(error: DBAPIError) -> bool:
    """Whether an error says that the server is away, so that the same act may succeed later.

    Whoever fails to connect is told nothing by SQLSTATE.
    """
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or state.startswith(GOING_STATES)


def said_by(error: DBAPIError) -> str:
    """The first line of what the driver says."""
    return str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__


def gone(error: DBAPIError) -> DatabaseGoneError:
    """The error of a server that stayed away."""
    return DatabaseGoneError(
        f"数据库一直没有应答 (the database does not answer any more: {said_by(error)}).",
        hint="已保存的都在。数据库恢复后再运行同一命令，或 auditor resume、auditor jobs resume"
        " (what was kept is there: start the database, then go on with the same command).",
    )
