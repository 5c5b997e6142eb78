"""How many workers there is room for."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.archive.engines.room import MOST_WORKERS, most_here, places, share_out


@pytest.mark.parametrize(
    ("processors", "workers", "expected"),
    [
        ([2], None, (2, 1)),
        ([1], None, (1, 1)),
        ([8], None, (8, 1)),
        ([64], None, (MOST_WORKERS, 8)),
        ([4, 16, 4], None, (16, 1)),
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


@pytest.mark.parametrize(
    ("free_kib", "most"), [(500_000, 1), (3_200_000, 2), (64_000_000, MOST_WORKERS)]
)
def test_workers_for_whom_there_is_no_memory_are_not_started(
    tmp_path: Path, free_kib: int, most: int
) -> None:
    told = tmp_path / "meminfo"
    told.write_text(f"MemTotal: 99000000 kB\nMemAvailable: {free_kib} kB\n", encoding="ascii")
    assert most_here(told) == most
    assert share_out([16], None, most)[0] == most
    assert share_out([16], 5, most)[0] == 5
    assert most_here(tmp_path / "absent") == MOST_WORKERS
