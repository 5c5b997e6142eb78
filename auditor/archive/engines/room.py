"""How many workers there is room for, and how many processors each may use."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

MOST_WORKERS = 8
"""Of one machine, unless a number is given: each has its models in memory."""
WORKER_BYTES = 3 << 29
"""Memory that a worker should find free: it takes 1.2 GB, and more while it reads a large paper."""
MEMORY = Path("/proc/meminfo")


def processors_here() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def most_here(memory: Path = MEMORY) -> int:
    """How many workers find room in the memory of this machine; the usual most where unknown."""
    try:
        lines = memory.read_text(encoding="ascii").splitlines()
    except OSError:
        return MOST_WORKERS
    free_kib = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return max(1, min(MOST_WORKERS, *(kib * 1024 // WORKER_BYTES for kib in free_kib)))


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
