"""Exemplars: vectors of sentences that annotators quoted for a feature in other cities.

The 376 features are the same for every city, so the way that cities say a thing is worth
remembering. Only vectors are kept, never text; they fit one embedder only (``fingerprint``).
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
STEPS = 127.0
GREEN, PARTLY, PLANNED, OTHER = 0, 1, 2, 3
CLASSES = {"met": GREEN, "mostly_met": GREEN, "partly_met": PARTLY, "planned": PLANNED}


@dataclass(frozen=True, slots=True)
class Shown:
    """The exemplars of one feature: vectors (n, dimension) and the class of each."""

    vectors: Vectors
    classes: NDArray[np.int64]

    def of_class(self, wanted: int) -> Vectors:
        """The vectors of one verdict class (GREEN, PARTLY, PLANNED)."""
        chosen: Vectors = self.vectors[self.classes == wanted]
        return chosen


@dataclass(frozen=True, slots=True)
class Exemplars:
    """All exemplars, the embedder that they belong to, and the cities that they come from."""

    fingerprint: str = ""
    cities: tuple[str, ...] = ()
    by_feature: Mapping[str, Shown] = field(default_factory=dict)

    def of(self, feature_id: str) -> Shown | None:
        """The exemplars of a feature, None where no annotator quoted anything."""
        return self.by_feature.get(feature_id)


def pack(exemplars: Exemplars) -> bytes:
    """Write exemplars as a compressed .npz (8-bit vectors)."""
    ids = sorted(exemplars.by_feature)
    counts = [len(exemplars.by_feature[i].classes) for i in ids]
    vectors = np.concatenate([exemplars.by_feature[i].vectors for i in ids])
    scale = np.abs(vectors).max(axis=1, keepdims=True)
    codes = np.rint(vectors / scale * STEPS).astype(np.int8)
    head = {
        "fingerprint": exemplars.fingerprint,
        "cities": list(exemplars.cities),
        "ids": ids,
        "counts": counts,
    }
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        head=np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), dtype=np.uint8),
        codes=codes,
        classes=np.concatenate([exemplars.by_feature[i].classes for i in ids]).astype(np.int8),
    )
    return buffer.getvalue()


def unpack(data: bytes) -> Exemplars:
    """Read what ``pack`` wrote; vectors come back with length 1."""
    with np.load(io.BytesIO(data)) as file:
        head = json.loads(file["head"].tobytes().decode())
        codes = file["codes"].astype(np.float32)
        classes = file["classes"].astype(np.int64)
    vectors = codes / np.maximum(np.linalg.norm(codes, axis=1, keepdims=True), 1e-6)
    ends = np.cumsum(head["counts"])
    by_feature = {}
    for feature_id, count, end in zip(head["ids"], head["counts"], ends, strict=True):
        rows = slice(int(end) - count, int(end))
        by_feature[feature_id] = Shown(vectors[rows].astype(np.float32), classes[rows])
    return Exemplars(head["fingerprint"], tuple(head["cities"]), by_feature)


def load_exemplars(file: Traversable, fingerprint: str) -> Exemplars:
    """Load the exemplars where they belong to this embedder, else none."""
    if not file.is_file():
        return Exemplars()
    exemplars = unpack(file.read_bytes())
    return exemplars if exemplars.fingerprint == fingerprint else Exemplars()


def gather(rows: Sequence[tuple[str, Vectors, str]]) -> dict[str, Shown]:
    """Group (feature id, vectors, verdict) rows of several cities into exemplars."""
    grouped: dict[str, list[tuple[Vectors, int]]] = {}
    for feature_id, vectors, verdict in rows:
        if len(vectors):
            grouped.setdefault(feature_id, []).append((vectors, CLASSES.get(verdict, OTHER)))
    return {
        feature_id: Shown(
            np.concatenate([v for v, _ in parts]),
            np.concatenate([np.full(len(v), c, dtype=np.int64) for v, c in parts]),
        )
        for feature_id, parts in grouped.items()
    }
