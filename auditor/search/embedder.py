"""The port for text embedders, and the arithmetic that all of them share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[str], None]
"""Receives one short English line per step of a long preparation."""

Vectors = NDArray[np.float32]
"""Shape (n, dimension), every row of length 1."""

_CHUNK_BYTES = 1 << 20


class Embedder(Protocol):
    """Turns texts into vectors of length 1.

    A vector depends on its text alone: never on the other texts of the call, nor on their order.
    """

    @property
    def name(self) -> str:
        """Name of the model, for manifests and for people."""

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 over the model's files and settings; equal means interchangeable vectors."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is asked for; returns float32 of shape (len(texts), dimension)."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched in; returns float32 of shape (len(texts), dimension)."""


def silent(_line: str) -> None:
    """Ignore a progress line."""


def unit_rows(rows: NDArray[np.floating], dimension: int) -> Vectors:
    """Scale each row to length 1; a zero row stays zero.

    Takes shape (n, dimension), or anything empty, which becomes (0, dimension). Each row is summed
    on its own in double precision, so that the number of rows cannot change a bit of the result.
    """
    if len(rows) == 0:
        return np.empty((0, dimension), dtype=np.float32)
    out = np.empty((len(rows), dimension), dtype=np.float32)
    for index, row in enumerate(rows):
        wide = row.astype(np.float64)
        length = float(np.sqrt(np.sum(wide * wide)))
        out[index] = wide / length if length > 0 else wide
    return out


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def fingerprint_of(facts: Mapping[str, str]) -> str:
    """Hex SHA-256 over named facts (file hashes, settings), whatever their order."""
    digest = hashlib.sha256()
    for key in sorted(facts):
        digest.update(f"{key}\x00{facts[key]}\x00".encode())
    return digest.hexdigest()
