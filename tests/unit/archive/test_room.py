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
    assert most_here(told, tmp_path) == most
    assert share_out([16], None, most)[0] == most
    assert share_out([16], 5, most)[0] == 5
    assert most_here(tmp_path / "absent", tmp_path) == MOST_WORKERS


def test_where_nothing_is_told_of_free_memory_the_usual_most_is_started(tmp_path: Path) -> None:
    told = tmp_path / "meminfo"
    told.write_text("MemTotal: 99000000 kB\n", encoding="ascii")
    assert most_here(told, tmp_path) == MOST_WORKERS


GIB = 1 << 30


@pytest.mark.parametrize(
    ("files", "most"),
    [
        ({"memory.max": f"{4 * GIB}", "memory.current": f"{GIB // 2}"}, 2),
        (
            {
                "memory.max": f"{4 * GIB}", "memory.current": f"{4 * GIB}",
                "memory.stat": f"anon {GIB}\ninactive_file {3 * GIB}",
            },
            2,
        ),
        ({"memory.max": "max", "memory.current": f"{GIB}"}, MOST_WORKERS),
        (
            {
                "memory/memory.limit_in_bytes": f"{2 * GIB}",
                "memory/memory.usage_in_bytes": f"{GIB // 8}",
            },
            1,
        ),
        ({"memory/memory.limit_in_bytes": "9223372036854771712",
          "memory/memory.usage_in_bytes": f"{GIB}"}, MOST_WORKERS),
    ],
)  # fmt: skip
def test_a_container_has_no_more_workers_than_its_own_memory_holds(
    tmp_path: Path, files: dict[str, str], most: int
) -> None:
    machine = tmp_path / "meminfo"
    machine.write_text("MemAvailable: 64000000 kB\n", encoding="ascii")
    for name, text in files.items():
        file = tmp_path / "groups" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n", encoding="ascii")
    assert most_here(machine, tmp_path / "groups") == most
