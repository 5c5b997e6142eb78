"""Chroma as a vector index: a cache that can be rebuilt from our own vectors at any time.

One builder writes a fresh folder, holds it against exact search, and publishes it by rename; an
index that does not open, or does not hold what was asked for, is built anew (see docs/adr).
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
COLLECTION = "passages"
BATCH = 5000
PROBES = 16
MIN_RECALL = 0.95
EXACT = 100_000
HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 400, "max_neighbors": 32}


class VectorIndex:
    """Nearest passages by cosine, from Chroma; scores are computed exactly from our vectors."""

    def __init__(self, keys: Sequence[str], vectors: Vectors, cache: Path) -> None:
        self._keys = list(keys)
        self._vectors = vectors
        self._position = {key: index for index, key in enumerate(self._keys)}
        self._collection = _open_or_build(self._keys, vectors, cache) if self._keys else None

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

    def _ordered(self, query: Vectors, positions: list[int], count: int) -> list[int]:
        if len(self._keys) <= EXACT:
            order = np.argsort(-(self._vectors @ query), kind="stable")[:count]
            return [int(p) for p in order]
        chosen = np.asarray(sorted(positions), dtype=np.int64)
        scores = self._vectors[chosen] @ query
        return [int(p) for p in chosen[np.argsort(-scores, kind="stable")]]


def _open_or_build(keys: list[str], vectors: Vectors, cache: Path) -> Any:
    folder = cache / f"chroma-{_digest(keys, vectors)}"
    if folder.is_dir():
        try:
            return _opened(folder, len(keys))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:
            # A damaged folder makes Chroma raise almost anything, panics of its native code
            # (no Exception) included: whatever it is, the index is built anew. Chroma keeps the
            # half-opened system under the folder's path, where the rebuilt one would meet it.
            SharedSystemClient.clear_system_cache()
            shutil.rmtree(folder, ignore_errors=True)
    _publish(keys, vectors, folder)
    return _opened(folder, len(keys))


def _digest(keys: list[str], vectors: Vectors) -> str:
    whole = hashlib.sha256("\n".join(keys).encode())
    whole.update(np.ascontiguousarray(vectors).tobytes())
    return whole.hexdigest()[:24]


def _client(folder: Path) -> Any:
    return chromadb.PersistentClient(
        path=str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
    )


def _opened(folder: Path, size: int) -> Any:
    collection = _client(folder).get_collection(COLLECTION, embedding_function=None)
    if collection.count() != size:
        raise ValueError("the index does not hold all passages")
    return collection


def _publish(keys: list[str], vectors: Vectors, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".chroma-", dir=folder.parent))
    client = _client(draft)
    try:
        collection = client.create_collection(
            COLLECTION, configuration={"hnsw": HNSW}, embedding_function=None
        )
        for start in range(0, len(keys), BATCH):
            end = start + BATCH
            collection.upsert(ids=keys[start:end], embeddings=vectors[start:end])
        _verify(collection, keys, vectors)
        client.close()
        if not folder.is_dir():
            draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _verify(collection: Any, keys: list[str], vectors: Vectors) -> None:
    """Hold the index against exact search on evenly spread probes."""
    count = min(10, len(keys))
    probes = vectors[np.linspace(0, len(keys) - 1, min(PROBES, len(keys))).astype(np.int64)]
    reply = collection.query(query_embeddings=probes, n_results=count, include=[])
    hits = 0
    for probe, row in zip(probes, reply["ids"], strict=True):
        exact = np.argsort(-(vectors @ probe), kind="stable")[:count]
        hits += len({keys[int(i)] for i in exact} & set(row))
    recall = hits / (count * len(probes))
    if recall < MIN_RECALL:
        raise ValueError(f"the vector index finds only {recall:.0%} of the nearest passages")
