"""A pass over an archive: workers are kept at work until no job is open.

The parent holds a lock on the output folder, so that it may free at its start whatever an earlier
pass that died had taken. It decides nothing about jobs otherwise: that is the store's.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout
from sqlalchemy.exc import SQLAlchemyError

from auditor.archive.engines import Engine, Order, Told, Word
from auditor.archive.places import WORK_FOLDER
from auditor.core.errors import ConfigurationError, DatabaseGoneError, RunError
from auditor.store.jobs.jobs import JobStore

LOCK_FILE = ".pass.lock"
POLL_S = 0.5
GRACE_S = 20.0
MOST_STILLBIRTHS = 3
"""Workers that may die in a row before they have loaded their models."""
DRAFT = re.compile(r"[0-9a-f]{32}(-old)?\Z")


class View(Protocol):
    """Sees what goes on, for people."""

    def hear(self, told: Told) -> None:
        """A worker told something."""

    def tick(self) -> None:
        """Time has passed."""


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Be the only pass over an output folder.

    Raises:
        ConfigurationError: another one is at work.
    """
    lock = FileLock(out / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ConfigurationError(
            f"{out} 正在被另一次批量审核使用 (another pass is at work).",
            hint="等它结束或先停止它；查看进度：auditor jobs status (wait, or stop it).",
        ) from error
    try:
        yield
    finally:
        lock.release()


def sweep(out: Path) -> None:
    """Remove what attempts that died have left; only for a pass that is alone."""
    work = out / WORK_FOLDER
    for path in work.iterdir() if work.is_dir() else ():
        if DRAFT.match(path.name):
            shutil.rmtree(path, ignore_errors=True)


@dataclass
class Pass:
    """Drives one pass; ``count`` workers at most, never more than jobs are open."""

    order: Order
    engine: Engine
    store: JobStore
    view: View
    count: int
    _alive: set[str] = field(default_factory=set)
    _ready: set[str] = field(default_factory=set)
    _begun: int = 0
    _stillbirths: int = 0

    def drive(self) -> None:
        """Work until no job is open; an interruption gives all jobs back and is raised again.

        Raises:
            ConfigurationError: no worker can work with these settings.
            DatabaseGoneError: the database of the jobs went away and stayed away.
            RunError: workers die before they begin.
        """
        self.store.release_all()
        sweep(self.order.out)
        try:
            self._man()
            while self._alive:
                for told in self.engine.poll(POLL_S):
                    self._hear(told)
                self.view.tick()
        except BaseException:
            self.store.hurry()
            raise
        finally:
            self._end()

    def _end(self) -> None:
        try:
            self.engine.stop(GRACE_S)
            # the next pass frees what is held
            with suppress(DatabaseGoneError, SQLAlchemyError):
                self.store.release_all()
        finally:
            sweep(self.order.out)

    def _man(self) -> None:
        """Start as many workers as there is work for."""
        open_jobs = sum(n for state, n in self.store.counts().items() if state.is_open)
        wanted = min(self.count, -(-open_jobs // self.order.cities)) - len(self._alive)
        names = [self._name() for _ in range(max(wanted, 0))]
        self._alive |= set(names)
        if names:
            self.engine.start(self.order, names)

    def _name(self) -> str:
        self._begun += 1
        return f"{socket.gethostname()}-{os.getpid()}-{self._begun}"

    def _hear(self, told: Told) -> None:
        self.view.hear(told)
        if told.word is Word.READY:
            self._ready.add(told.worker)
            self._stillbirths = 0
        elif told.word is Word.FATAL:
            raise ConfigurationError(told.note)
        elif told.word is Word.GONE:
            self._bury(told)

    def _bury(self, told: Told) -> None:
        """Free the jobs of a worker that is gone, and replace it where there is work."""
        self._alive.discard(told.worker)
        self.store.release(told.worker, told.note or "the worker ended early")
        if told.worker not in self._ready:
            self._stillbirths += 1
            if self._stillbirths >= MOST_STILLBIRTHS:
                raise RunError(
                    f"Workers end before they begin ({told.note}).",
                    hint="Is there enough memory? Try --workers 1.",
                )
        self._man()
