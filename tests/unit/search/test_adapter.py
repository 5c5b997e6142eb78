"""The adapter turns vectors, keeps their length, and belongs to one embedder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from auditor.search.adapter import Adapter, Turn, load_adapter, pack_adapter, unpack_adapter


def turn(seed: int, rank: int = 3, width: int = 8) -> Turn:
    rng = np.random.default_rng(seed)
    parts = (rng.normal(size=width), rng.normal(size=(width, rank)), rng.normal(size=(rank, width)))
    return Turn(*(p.astype(np.float16).astype(np.float32) for p in parts))


ADAPTER = Adapter("letters-1", ("临澜市",), turn(1), turn(2))


def test_turned_vectors_have_length_one_and_depend_on_themselves_alone() -> None:
    vectors = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    turned = ADAPTER.query.of(vectors)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(ADAPTER.query.of(vectors[2:3])[0], turned[2], rtol=1e-5, atol=1e-6)


def test_what_is_packed_comes_back() -> None:
    back = unpack_adapter(pack_adapter(ADAPTER))
    assert (back.fingerprint, back.cities) == (ADAPTER.fingerprint, ADAPTER.cities)
    for side in ("query", "passage"):
        for part in ("mean", "down", "up"):
            one, other = getattr(getattr(back, side), part), getattr(getattr(ADAPTER, side), part)
            np.testing.assert_array_equal(one, other)


def test_an_adapter_serves_its_own_embedder_only(tmp_path: Path) -> None:
    file = tmp_path / "adapter.npz"
    assert load_adapter(file, "letters-1") is None
    file.write_bytes(pack_adapter(ADAPTER))
    assert load_adapter(file, "letters-1") is not None
    assert load_adapter(file, "letters-2") is None
