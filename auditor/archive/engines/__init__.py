"""The port of an engine: what keeps the workers of a pass at work.

An engine starts workers and brings what they tell. It knows nothing of cities: which job is whose
stands in the job store alone (``store.jobs``), so that any worker may die at any moment, and an
engine may be as simple as processes on one machine (``local``) or reach over many machines.

A worker of any engine calls :func:`auditor.archive.working.work` with the order, its name and a
link, and is over when that returns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from auditor.core.jobs import Lease, Patience
from auditor.core.run import Progress
from auditor.search.embedder import Embedder


class Word(StrEnum):
    """What a worker or its engine tells."""

    READY = "ready"
    """The worker has loaded its models."""
    BEGUN = "begun"
    """It has taken a job; ``subject`` says which."""
    STAGE = "stage"
    """A stage of the job is ``done`` of ``total`` steps far; ``note`` names the stage."""
    DONE = "done"
    """Its result was accepted: ``done`` features were judged, ``total`` taken from the journal."""
    FAILED = "failed"
    """The job failed this time; ``note`` says why."""
    STOPPED = "stopped"
    """The job was given back unfinished."""
    FATAL = "fatal"
    """No worker can work like this (a missing model, a wrong option): ``note`` says why."""
    GONE = "gone"
    """Told by the engine: the worker is no more; ``note`` is how it ended, empty if in order."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message from a worker: plain values, so that it can travel."""

    worker: str
    word: Word
    subject: str = ""
    note: str = ""
    done: int = 0
    total: int = 0


class Link(Protocol):
    """A worker's side: it tells, and hears whether it is to end."""

    def tell(self, told: Told) -> None:
        """Send a message; from any thread, never waits long, never fails."""

    def is_stopped(self) -> bool:
        """Whether the worker is to give its jobs back and end."""

    def wait(self, seconds: float) -> bool:
        """Wait, at most so long, to be stopped; tells whether it is."""


@dataclass(frozen=True, slots=True)
class Finished:
    """An audit that is over: what it says of itself, and how its folder is published.

    ``publish`` is called once the result is accepted, and not at all where it is not.
    """

    result: Mapping[str, Any]
    publish: Callable[[], None]


class Auditor(Protocol):
    """Does jobs; where an order asks for several at once, from several threads."""

    def audit(self, lease: Lease, progress: Progress) -> Finished:
        """Do one job; ``progress`` may raise, which ends it at once.

        Raises:
            AuditorError: it cannot be done.
        """


@dataclass(frozen=True, slots=True)
class Order:
    """What every worker of a pass must know: plain values and one function, so that it can travel.

    ``out``: the archive's output folder, which all workers share; ``archive_id`` and ``database``
    (a URL, None for the SQLite file in ``out``) find the jobs; ``threads``: processor threads of
    one worker; ``share``: calls to an endpoint that one worker may have under way at once;
    ``cities``: how many cities it works on at once; ``opener``: a function of a module's top level
    that opens what audits a city; ``rescores``: every open job is only scored anew, so that models
    need not be loaded before one of them turns out to need them; ``embedding`` opens an embedder
    that a GPU would serve, None where none would; ``embedder``: the one that an engine has its
    workers share, None where each opens its own.
    """

    out: Path
    archive_id: str
    opener: Opener
    database: str | None = None
    threads: int = 1
    share: int = 1
    cities: int = 1
    rescores: bool = False
    embedding: Callable[[], Embedder] | None = None
    embedder: Embedder | None = None
    patience: Patience = field(default_factory=Patience)


Opener = Callable[[Order, Callable[[str], None]], Auditor]
"""(order, say) -> what does its jobs; loads models, so it takes a while."""


class Engine(Protocol):
    """Keeps workers at work; used by one thread."""

    def processors(self) -> Sequence[int]:
        """Processors of each machine that workers may be put on."""

    def start(self, order: Order, names: Sequence[str]) -> None:
        """Start a worker of each name; names are never used twice."""

    def poll(self, timeout_s: float) -> list[Told]:
        """Wait, at most so long, for messages; a worker that ended is told of once as ``gone``."""

    def stop(self, grace_s: float) -> None:
        """Have all workers give back their jobs and end; what has not after so long is ended."""
