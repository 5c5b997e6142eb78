"""An embedder that the workers of a cluster share: one actor a GPU, which they call.

A worker stays where there are processors, and texts travel to where the GPUs are. Each worker keeps
its vectors in the store all the same: only what is not there is asked for.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ray

from auditor.core.errors import AuditorError, ConfigurationError
from auditor.search.embedder import Embedder, Vectors

RESTARTS = 3
"""An actor that dies is started again so often by Ray, and what it was asked is asked again."""


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
    """An ``Embedder`` that asks actors in turn; it may travel to any worker of the cluster."""

    def __init__(self, actors: Sequence[Any], facts: Facts) -> None:
        self._actors = tuple(actors)
        self._facts = facts
        self._first = 0

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
        return own_copy(ray.get(self._next().queries.remote(list(texts))))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched in; float32 (len(texts), dimension)."""
        return own_copy(ray.get(self._next().passages.remote(list(texts))))

    def _next(self) -> Any:
        self._first = (self._first + 1) % len(self._actors)
        return self._actors[self._first]


def own_copy(vectors: Vectors) -> Vectors:
    """What came from another process may not be written to, nor kept long; a copy may."""
    return np.array(vectors, dtype=np.float32)


def share_embedder(
    opening: Callable[[], Embedder], environment: Mapping[str, str]
) -> SharedEmbedder | None:
    """Load an embedder once a GPU of the cluster; None where there is no GPU.

    Raises:
        ConfigurationError: it cannot be loaded there.
    """
    gpus = int(ray.cluster_resources().get("GPU", 0))
    if not gpus:
        return None
    kind = ray.remote(EmbeddingActor).options(
        num_cpus=0, num_gpus=1, max_restarts=RESTARTS, max_task_retries=RESTARTS
    )
    actors = [kind.remote(opening, environment) for _ in range(gpus)]
    found: list[Facts | str] = ray.get([actor.facts.remote() for actor in actors])
    for facts in found:
        if isinstance(facts, str):
            raise ConfigurationError(facts)
    return SharedEmbedder(actors, next(facts for facts in found if isinstance(facts, Facts)))
