"""What every index of Chroma has in common, wherever it is kept: settings, filling, the proof.

An index is named after what it holds, and held against exact search before anybody uses it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
BATCH = 5000
PROBES = 16
MIN_RECALL = 0.95
HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 400, "max_neighbors": 32}


def name_of(keys: Sequence[str], vectors: Vectors) -> str:
    """The name of the index over these passages: a hash of their ids and vectors."""
    whole = hashlib.sha256("\n".join(keys).encode())
    whole.update(np.ascontiguousarray(vectors).tobytes())
    return f"chroma-{whole.hexdigest()[:24]}"


def fill(collection: Any, keys: list[str], vectors: Vectors) -> None:
    """Put all passages into a collection, and hold it against exact search.

    Raises:
        ValueError: it does not find what exact search finds.
    """
    for start in range(0, len(keys), BATCH):
        end = start + BATCH
        collection.upsert(ids=keys[start:end], embeddings=vectors[start:end])
    _verify(collection, keys, vectors)


def require_whole(collection: Any, size: int) -> Any:
    """Give a collection that holds so many passages.

    Raises:
        ValueError: it holds another number.
    """
    if collection.count() != size:
        raise ValueError("the index does not hold all passages")
    return collection


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
