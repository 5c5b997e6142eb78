"""An embedder that the workers of a cluster share: one actor a GPU, which they call.

A worker stays where there are processors, and texts travel to where the GPUs are. Each worker keeps
its vectors in the store all the same: only what is not there is asked for.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ray
from ray.exceptions import ActorUnavailableError, RayError, RayTaskError

from auditor.core.errors import AuditorError, CircuitOpenError, ConfigurationError
from auditor.search.embedder import Embedder, Vectors

RESTARTS = 3
"""An actor that dies is started again so often by Ray, and what it was asked is asked again."""
FREEING_S = 10.0
CALL_S = 1800.0
"""No call takes so long, whatever waits before it: an actor that has not answered by then has no
GPU left to be started again on."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an embedder says of itself."""

    name: str
    fingerprint: str
    dimension: int


class EmbeddingActor:
    """An embedder as an actor; loaded at the first call, one call at a time."""

    def __init__(self, opening: Callable[[], Embedder], environment: Mapping[str, str]) -> None:
        os.environ.update(environment)
        self._opening = opening
        self._embedder: Embedder | None = None
        self._turn = threading.Lock()

    def facts(self) -> Facts | str:
        """What it says of itself, or why it cannot be loaded."""
        try:
            with self._turn:
                own = self._loaded()
                return Facts(own.name, own.fingerprint, own.dimension)
        except AuditorError as error:
            return str(error)

    def queries(self, texts: Sequence[str]) -> Vectors:
        """``Embedder.embed_queries``."""
        with self._turn:
            return self._loaded().embed_queries(texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """``Embedder.embed_passages``."""
        with self._turn:
            return self._loaded().embed_passages(texts)

    def _loaded(self) -> Embedder:
        if self._embedder is None:
            self._embedder = self._opening()
        return self._embedder


class SharedEmbedder:
    """An ``Embedder`` that asks actors in turn; it may travel to any worker of the cluster.

    Actors that are dead for good are left out.

    Raises:
        CircuitOpenError: at a call, no actor is left: no city's fault, so the pass is to end.
    """

    def __init__(self, actors: Sequence[Any], facts: Facts) -> None:
        self._actors = tuple(actors)
        self._facts = facts
        self._first = 0
        self._lost: frozenset[int] = frozenset()

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._facts.name

    @property
    def fingerprint(self) -> str:
        """That of the model: where it runs is no part of it."""
        return self._facts.fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._facts.dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is asked for; float32 (len(texts), dimension)."""
        return self._asked("queries", texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched in; float32 (len(texts), dimension)."""
        return self._asked("passages", texts)

    def _asked(self, what: str, texts: Sequence[str]) -> Vectors:
        """The answer of the first actor that gives one, from the next in turn on."""
        count = len(self._actors)
        self._first = first = (self._first + 1) % count
        why = ""
        for place in ((first + step) % count for step in range(count)):
            if place in self._lost:
                continue
            try:
                call = getattr(self._actors[place], what).remote(list(texts))
                return own_copy(ray.get(call, timeout=CALL_S))
            except RayTaskError:  # it answers that it cannot embed these texts
                raise
            except RayError as error:
                why = type(error).__name__
                if not isinstance(error, ActorUnavailableError):
                    self._lost |= {place}
        raise CircuitOpenError(
            f"集群上的向量模型都已失效 (every embedder on the cluster's GPUs is lost{_told(why)}).",
            hint="ray status; auditor jobs resume",
        )


def _told(why: str) -> str:
    return f": {why}" if why else ""


def _free_gpus() -> int:
    """GPUs of the cluster that nobody holds; those of a pass that has just ended come free soon."""
    deadline = time.monotonic() + FREEING_S
    while True:
        whole, free = ray.cluster_resources().get("GPU", 0), ray.available_resources().get("GPU", 0)
        if free >= whole or time.monotonic() > deadline:
            return int(free)
        time.sleep(0.2)


def own_copy(vectors: Vectors) -> Vectors:
    """What came from another process may not be written to, nor kept long; a copy may."""
    return np.array(vectors, dtype=np.float32)


def share_embedder(
    opening: Callable[[], Embedder], environment: Mapping[str, str]
) -> SharedEmbedder | None:
    """Load an embedder once a free GPU of the cluster; None where there is none.

    Raises:
        ConfigurationError: it cannot be loaded there.
    """
    gpus = _free_gpus()
    if not gpus:
        return None
    kind = ray.remote(EmbeddingActor).options(
        num_cpus=0, num_gpus=1, max_restarts=RESTARTS, max_task_retries=RESTARTS
    )
    actors = [kind.remote(opening, environment) for _ in range(gpus)]
    try:
        asked = [actor.facts.remote() for actor in actors]
        found: list[Facts | str] = ray.get(asked, timeout=CALL_S)
    except RayError as error:
        why = type(error).__name__
        raise ConfigurationError(
            f"集群的 GPU 上装不进向量模型 (no embedder on the cluster's GPUs: {why}).",
            hint="Is there enough memory? ray status",
        ) from error
    for facts in found:
        if isinstance(facts, str):
            raise ConfigurationError(facts)
    return SharedEmbedder(actors, next(facts for facts in found if isinstance(facts, Facts)))
