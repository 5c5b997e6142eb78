"""How many workers there is room for, and how many processors each may use."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

MOST_WORKERS = 8
"""Of one machine, unless a number is given: each has its models in memory."""
WORKER_BYTES = 3 << 29
"""Memory that a worker should find free: it takes 0.95 GB, more with a large paper."""
MEMORY = Path("/proc/meminfo")
GROUPS = Path("/sys/fs/cgroup")
LIMITS = (("memory.max", "memory.current", "memory.stat", "inactive_file"), (
    "memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat",
    "total_inactive_file",
))  # fmt: skip
"""Of a container, cgroup v2 and v1: what it may take, what it has taken, and of that what it would
give back at once."""


def processors_here() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def most_here(memory: Path = MEMORY, groups: Path = GROUPS) -> int:
    """How many workers find room in the memory of this machine; the usual most where unknown.

    In a container that is the memory of the container, if that is less.
    """
    free = [*_free_of_machine(memory), *_free_of_container(groups)]
    return max(1, min([MOST_WORKERS, *(bytes_ // WORKER_BYTES for bytes_ in free)]))


def _free_of_machine(memory: Path) -> list[int]:
    found = _lines(memory)
    return [int(line[1]) * 1024 for line in found if line[0] == "MemAvailable:"]


def _free_of_container(groups: Path) -> list[int]:
    """Bytes that the container of this process leaves; nothing where it has no limit."""
    free = []
    for most, taken, parts, reclaimable in LIMITS:
        limit, used = _number(groups / most), _number(groups / taken)
        if limit is not None and used is not None:
            back = [int(line[1]) for line in _lines(groups / parts) if line[0] == reclaimable]
            free.append(max(0, limit - used + sum(back)))
    return free


def _number(file: Path) -> int | None:
    """The number in a file; None where there is none, or no limit (``max``)."""
    lines = _lines(file)
    return int(lines[0][0]) if lines and lines[0][0].isdigit() else None


def _lines(file: Path) -> list[list[str]]:
    """The words of each line; none where there is no such file."""
    try:
        lines = file.read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    return [line.split() for line in lines if line.strip()]


def share_out(
    processors: Sequence[int], workers: int | None, most: int = MOST_WORKERS
) -> tuple[int, int]:
    """(workers, processor threads of each) for machines of so many processors.

    ``workers`` None takes one a processor, ``most`` a machine: most of a city's work has one thread
    only. A worker stays on one machine, so its threads are as many as leave room for all workers;
    one where there are more workers than processors.
    """
    count = workers or sum(min(own, most) for own in processors)
    fitting = (n for n in range(1, max(processors) + 1) if places(processors, n) >= count)
    return count, max(fitting, default=1)


def places(processors: Sequence[int], threads: int) -> int:
    """How many workers of so many threads find a processor for each."""
    return sum(own // threads for own in processors)
