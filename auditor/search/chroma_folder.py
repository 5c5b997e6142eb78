"""Chroma in a folder of the cache: one folder a dossier, written whole or not at all.

One builder writes a fresh folder, holds it against exact search, and publishes it by rename; an
index that does not open, or does not hold what was asked for, is built anew (see docs/adr). The
indexes that were longest not used go where there are more than ``KEPT``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import chromadb
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings

from auditor.search.indexing import HNSW, Vectors, fill, name_of, require_whole

COLLECTION = "passages"
KEPT = 256
DRAFT = ".chroma-"
ABANDONED_S = 24 * 3600.0


@contextmanager
def collection_in(cache: Path, keys: list[str], vectors: Vectors) -> Iterator[Any]:
    """The collection of these passages, opened, or built first; let go of at the end."""
    folder = cache / name_of(keys, vectors)
    client = _sound(folder, len(keys))
    if client is None:
        _publish(keys, vectors, folder)
        sweep(cache)
        client = _client(folder)
    try:
        yield client.get_collection(COLLECTION, embedding_function=None)
    finally:
        client.close()  # else Chroma keeps every folder open for the life of the process


def sweep(cache: Path, kept: int = KEPT) -> int:
    """Remove the indexes that were longest not used, and drafts of builders that died.

    Gives the number of folders that were removed. One that is in use is built again when it is
    next asked for.
    """
    by_use = sorted(_used_at(cache, "chroma-*"), reverse=True)
    until = time.time() - ABANDONED_S
    gone = [folder for _, folder in by_use[kept:]]
    gone += [folder for used_at, folder in _used_at(cache, f"{DRAFT}*") if used_at < until]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return len(gone)


def _used_at(cache: Path, pattern: str) -> Iterator[tuple[float, Path]]:
    for folder in cache.glob(pattern):
        with suppress(OSError):  # another process swept it
            yield folder.stat().st_mtime, folder


def _sound(folder: Path, size: int) -> Any | None:
    """The client of an index that opens and holds so many passages; a damaged one is removed."""
    if not folder.is_dir():
        return None
    try:
        client = _client(folder)
        require_whole(client.get_collection(COLLECTION, embedding_function=None), size)
        os.utime(folder)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        # A damaged folder makes Chroma raise almost anything, panics of its native code
        # (no Exception) included: whatever it is, the index is built anew. Chroma keeps the
        # half-opened system under the folder's path, where the rebuilt one would meet it.
        SharedSystemClient.clear_system_cache()
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return client


def _client(folder: Path) -> Any:
    return chromadb.PersistentClient(
        path=str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
    )


def _publish(keys: list[str], vectors: Vectors, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=folder.parent))
    client = _client(draft)
    try:
        collection = client.create_collection(
            COLLECTION, configuration={"hnsw": HNSW}, embedding_function=None
        )
        fill(collection, keys, vectors)
        client.close()
        if not folder.is_dir():
            draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
