"""A stand-in for an embedder that a GPU would serve: vectors from hashes, quick and the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from auditor.archive.engines import Order
from auditor.core.errors import ModelFileError
from auditor.search.embedder import Vectors, unit_rows
from tests.toy_archive import Toy

DIMENSION = 8
TEXTS = tuple(f"第{n}段" for n in range(40))
ASKED_FILE = "asked.npy"


class ToyEmbedder:
    """An ``Embedder``."""

    name = "toy"
    fingerprint = "f" * 64
    dimension = DIMENSION

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions."""
        return self._embed("query: ", texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages."""
        return self._embed("passage: ", texts)

    def _embed(self, prompt: str, texts: Sequence[str]) -> Vectors:
        digests = [hashlib.sha256(f"{prompt}{text}".encode()).digest() for text in texts]
        rows = np.array([list(digest[:DIMENSION]) for digest in digests], dtype=np.float32)
        return unit_rows(rows, DIMENSION)


def open_toy_embedder() -> ToyEmbedder:
    """Open it."""
    return ToyEmbedder()


def open_missing_embedder() -> ToyEmbedder:
    """Open one whose files are missing."""
    raise ModelFileError("The embedder's files are missing.", hint="Get them.")


def open_mortal_embedder() -> ToyEmbedder:
    """Open one that ends its process, the first time alone."""
    died = Path(os.environ["AUDITOR_TOY_DIED"])
    if not died.exists():
        died.touch()
        os._exit(11)
    return ToyEmbedder()


def open_asking(order: Order, say: Callable[[str], None]) -> Toy:
    """An opener of a worker that keeps what the shared embedder made of the texts."""
    shared = order.embedder
    assert shared is not None and (shared.name, shared.dimension) == ("toy", DIMENSION)
    asked = np.stack([shared.embed_passages(TEXTS), shared.embed_queries(TEXTS)])
    asked += 0.0  # it may be written to
    np.save(order.out / ASKED_FILE, asked)
    return Toy(order.out)
