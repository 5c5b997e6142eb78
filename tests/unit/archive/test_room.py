"""How many workers there is room for."""

from __future__ import annotations

import pytest

from auditor.archive.engines.room import MOST_WORKERS, places, share_out


@pytest.mark.parametrize(
    ("processors", "workers", "expected"),
    [
        ([2], None, (1, 2)),
        ([1], None, (1, 1)),
        ([8], None, (4, 2)),
        ([64], None, (MOST_WORKERS, 8)),
        ([8, 8, 8], None, (12, 2)),
        ([2], 2, (2, 1)),
        ([2], 5, (5, 1)),
        ([8, 8], 3, (3, 4)),
        ([16, 4], 5, (5, 4)),
        ([3, 1], 2, (2, 1)),
    ],
)
def test_processors_are_shared_out_and_no_worker_needs_two_machines(
    processors: list[int], workers: int | None, expected: tuple[int, int]
) -> None:
    assert share_out(processors, workers) == expected
    count, threads = expected
    assert places(processors, threads) >= count or threads == 1
