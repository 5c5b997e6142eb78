"""The index in a folder of the cache: let go of after use, and not without end."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from chromadb.api.shared_system_client import SharedSystemClient

from auditor.search.chroma_folder import ABANDONED_S, sweep
from auditor.search.vector_index import VectorIndex, Vectors


def unit_vectors(count: int) -> Vectors:
    rows = np.random.default_rng(count).standard_normal((count, 16)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def search(cache: Path, count: int) -> list[list[int]]:
    vectors = unit_vectors(count)
    with VectorIndex([f"p{n}" for n in range(count)], vectors, cache) as index:
        return index.nearest(vectors[:2], 3)


def test_an_index_is_let_go_of_and_opens_again(tmp_path: Path) -> None:
    before = len(SharedSystemClient._identifier_to_system)
    first = search(tmp_path, 20)
    assert len(SharedSystemClient._identifier_to_system) == before
    assert search(tmp_path, 20) == first
    assert len(list(tmp_path.iterdir())) == 1


def test_what_was_longest_not_used_goes(tmp_path: Path) -> None:
    for place, count in enumerate((10, 11, 12)):
        search(tmp_path, count)
        (newest,) = [p for p in tmp_path.iterdir() if p.stat().st_mtime > 1e9]
        os.utime(newest, (1000 + place, 1000 + place))
    search(tmp_path, 10)  # used now, though it was made first
    assert sweep(tmp_path, kept=2) == 1
    left = sorted(p.stat().st_mtime for p in tmp_path.iterdir())
    assert left[0] == 1002 and left[1] > 1e9


def test_drafts_of_builders_that_died_go_and_those_at_work_stay(tmp_path: Path) -> None:
    for name, age_s in (("dead", ABANDONED_S + 60), ("alive", 0.0)):
        folder = tmp_path / f".chroma-{name}"
        folder.mkdir()
        then = folder.stat().st_mtime - age_s
        os.utime(folder, (then, then))
    assert sweep(tmp_path) == 1
    assert [p.name for p in tmp_path.iterdir()] == [".chroma-alive"]


def test_an_index_is_let_go_of_where_the_search_fails(tmp_path: Path) -> None:
    vectors = unit_vectors(5)
    with (
        pytest.raises(RuntimeError),
        VectorIndex([f"p{n}" for n in range(5)], vectors, tmp_path) as index,
    ):
        raise RuntimeError("elsewhere")
    assert index.nearest(vectors, 2) == [[]] * 5
