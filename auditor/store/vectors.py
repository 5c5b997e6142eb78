"""Vectors by model and text: computed once, kept by us (Chroma is only a rebuildable index)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from auditor.store.database import SHARED_VECTORS, VECTORS, insert_new, open_store
from auditor.store.patience import LONGEST_WAIT_S, patient

LOOKUP_BATCH = 500
WRITE_BATCH = 64
Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]


class VectorStore:
    """A persistent map (model fingerprint, text) -> float32 vector.

    It is the file, or by ``url`` a PostgreSQL that other machines use as well; a server that goes
    away is waited for.

    Raises:
        ConfigurationError: the URL is wrong, or the server does not answer.
    """

    def __init__(
        self, file: Path, url: str | None = None, longest_wait_s: float = LONGEST_WAIT_S
    ) -> None:
        self._database = open_store(file, url, longest_wait_s)
        self.waiting = self._database.waiting
        self._vectors = VECTORS if self._database.is_sqlite else SHARED_VECTORS

    def get_or_embed(
        self,
        model: str,
        texts: Sequence[str],
        embed: Embed,
        advance: Callable[[int], None] = lambda _: None,
    ) -> Vectors:
        """Give one row per text, shape (n, dimension); missing texts are embedded and kept.

        Work is written every 64 texts, so that an interrupted run loses little. ``advance`` is
        told how many rows became available.
        """
        keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
        known = self._lookup(model, sorted(set(keys)))
        by_key = dict(zip(keys, texts, strict=True))
        missing = [key for key in dict.fromkeys(keys) if key not in known]
        advance(len(texts) - len(missing))
        for start in range(0, len(missing), WRITE_BATCH):
            batch = missing[start : start + WRITE_BATCH]
            rows = embed([by_key[key] for key in batch]).astype(np.float32)
            self._write(model, dict(zip(batch, rows, strict=True)))
            known.update(zip(batch, rows, strict=True))
            advance(len(batch))
        if not keys:
            return np.zeros((0, 0), dtype=np.float32)
        return np.stack([known[key] for key in keys])

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    @patient
    def _lookup(self, model: str, keys: list[str]) -> dict[str, Vectors]:
        columns = self._vectors.c
        found: dict[str, Vectors] = {}
        with self._database.read() as connection:
            for start in range(0, len(keys), LOOKUP_BATCH):
                part = keys[start : start + LOOKUP_BATCH]
                query = select(columns.text_sha256, columns.vector).where(
                    columns.model == model, columns.text_sha256.in_(part)
                )
                for key, blob in connection.execute(query):
                    found[key] = np.frombuffer(blob, dtype=np.float32)
        return found

    @patient
    def _write(self, model: str, rows: dict[str, Vectors]) -> None:
        # in the order of the keys: two writers of the same ones never wait for each other
        values = [
            {"model": model, "text_sha256": key, "vector": rows[key].tobytes()}
            for key in sorted(rows)
        ]
        with self._database.write() as connection:
            connection.execute(insert_new(self._database, self._vectors), values)
