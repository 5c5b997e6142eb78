"""The adapter: a few hundred kilobytes that turn the embedder's vectors towards this standard.

Two low-rank maps, one for what is asked and one for what is searched in, fitted contrastively on
pairs of a feature and a sentence that annotators quoted for it (eval/fit_adapter.py). Vectors go
in and vectors of the same length come out: the embedder itself stays as it is.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from importlib.resources.abc import Traversable

import numpy as np
from numpy.typing import NDArray

from auditor.search.embedder import unit_rows

Matrix = NDArray[np.float32]
PARTS = ("mean", "down", "up")
SIDES = ("query", "passage")


@dataclass(frozen=True, slots=True)
class Turn:
    """One side: v - mean, plus its low-rank image. Shapes (d,), (d, rank), (rank, d)."""

    mean: Matrix
    down: Matrix
    up: Matrix

    def of(self, vectors: Matrix) -> Matrix:
        """Turn vectors (n, d) into vectors of length 1, each by itself."""
        centred = vectors - self.mean
        return unit_rows(centred + (centred @ self.down) @ self.up, self.mean.shape[0])


@dataclass(frozen=True, slots=True)
class Adapter:
    """Both sides, the embedder that they belong to, and the cities that they were fitted on."""

    fingerprint: str
    cities: tuple[str, ...]
    query: Turn
    passage: Turn


def pack_adapter(adapter: Adapter) -> bytes:
    """Write an adapter as a compressed .npz of 16-bit numbers."""
    head = {"fingerprint": adapter.fingerprint, "cities": list(adapter.cities)}
    sides = {"query": adapter.query, "passage": adapter.passage}
    arrays = {
        f"{side}_{part}": getattr(sides[side], part).astype(np.float16)
        for side in SIDES
        for part in PARTS
    }
    text = json.dumps(head, ensure_ascii=False).encode()
    buffer = io.BytesIO()
    np.savez_compressed(buffer, head=np.frombuffer(text, dtype=np.uint8), **arrays)
    return buffer.getvalue()


def unpack_adapter(data: bytes) -> Adapter:
    """Read what ``pack_adapter`` wrote."""
    with np.load(io.BytesIO(data)) as file:
        head = json.loads(file["head"].tobytes().decode())
        turns = [
            Turn(*(file[f"{side}_{part}"].astype(np.float32) for part in PARTS)) for side in SIDES
        ]
    return Adapter(head["fingerprint"], tuple(head["cities"]), *turns)


def load_adapter(file: Traversable, fingerprint: str) -> Adapter | None:
    """Load the adapter where it belongs to this embedder, else None."""
    if not file.is_file():
        return None
    adapter = unpack_adapter(file.read_bytes())
    return adapter if adapter.fingerprint == fingerprint else None
