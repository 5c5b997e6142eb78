"""Chroma as a vector index: a cache that can be rebuilt from our own vectors at any time.

It is kept in a folder (``chroma_folder``) or on a server (``chroma_server``); both give the same
lists, for what decides is the exact cosine of our own vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from auditor.search.indexing import BATCH, Vectors

EXACT = 100_000


class VectorIndex:
    """Nearest passages by cosine, from Chroma; scores are computed exactly from our vectors.

    ``server``: the URL of a Chroma server, None for a folder in ``cache``. To be closed, or used
    in a ``with``: an index in a folder holds files open.
    """

    def __init__(
        self, keys: Sequence[str], vectors: Vectors, cache: Path, server: str | None = None
    ) -> None:
        self._keys = list(keys)
        self._vectors = vectors
        self._position = {key: index for index, key in enumerate(self._keys)}
        self._held = ExitStack()
        self._collection: Any | None = None
        if not self._keys:
            return
        self._collection = self._held.enter_context(_opened(self._keys, vectors, cache, server))

    def nearest(self, queries: Vectors, count: int) -> list[list[int]]:
        """For each query the positions of the ``count`` nearest passages, best first.

        Chroma proposes, exact float32 cosines decide the order (ties by position). Its graph is
        not the same from build to build, so up to EXACT passages what it missed is added by exact
        search (it misses about one in a thousand); equal dossiers then give equal lists.
        """
        if self._collection is None:
            return [[] for _ in queries]
        wanted = min(count, len(self._keys))
        found: list[list[int]] = []
        for start in range(0, len(queries), BATCH):
            part = queries[start : start + BATCH]
            reply = self._collection.query(query_embeddings=part, n_results=wanted, include=[])
            found.extend([self._position[key] for key in row] for row in reply["ids"])
        return [
            self._ordered(query, row, wanted) for query, row in zip(queries, found, strict=True)
        ]

    def close(self) -> None:
        """Let go of the index; it stays for the next time."""
        self._collection = None
        self._held.close()

    def __enter__(self) -> VectorIndex:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._collection = None
        self._held.__exit__(kind, error, trace)

    def _ordered(self, query: Vectors, positions: list[int], count: int) -> list[int]:
        if len(self._keys) <= EXACT:
            order = np.argsort(-(self._vectors @ query), kind="stable")[:count]
            return [int(p) for p in order]
        chosen = np.asarray(sorted(positions), dtype=np.int64)
        scores = self._vectors[chosen] @ query
        return [int(p) for p in chosen[np.argsort(-scores, kind="stable")]]


def _opened(
    keys: list[str], vectors: Vectors, cache: Path, server: str | None
) -> AbstractContextManager[Any]:
    """The collection, by a module that loads Chroma: a second that other commands need not wait."""
    if server:
        from auditor.search.chroma_server import collection_on

        return collection_on(server, keys, vectors)
    from auditor.search.chroma_folder import collection_in

    return collection_in(cache, keys, vectors)
