from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from auditor.search.arithmetic import on_one_thread
from auditor.search.keeping import Kept, Matrix


class Counting:
    """Computes a row, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Matrix:
        self.times += 1
        return np.arange(4, dtype=np.float32)


def test_what_fits_is_computed_once() -> None:
    kept, compute = Kept(), Counting()
    first = kept.get("dense", "8.1.1.1-L1-a", compute)
    assert np.array_equal(kept.get("dense", "8.1.1.1-L1-a", compute), first)
    assert compute.times == 1


def test_kinds_and_features_are_kept_apart() -> None:
    kept, compute = Kept(), Counting()
    for kind, feature_id in (("dense", "a"), ("words", "a"), ("dense", "b")):
        kept.get(kind, feature_id, compute)
    assert compute.times == 3


def test_what_does_not_fit_is_computed_again_with_the_same_result() -> None:
    kept, compute = Kept(room_bytes=20), Counting()
    kept.get("dense", "a", compute)
    rows = [kept.get("dense", "b", compute) for _ in range(2)]
    assert compute.times == 3
    assert np.array_equal(*rows)


def test_what_is_kept_cannot_be_changed_by_who_gets_it() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Kept().get("dense", "a", Counting())[0] = 1.0


def threads_of_products() -> set[int]:
    return {row["num_threads"] for row in threadpool_info() if row["user_api"] == "blas"}


def test_products_are_done_by_one_thread_and_afterwards_by_as_many_as_before() -> None:
    before = threads_of_products()
    assert on_one_thread(threads_of_products)() == {1}
    assert threads_of_products() == before
