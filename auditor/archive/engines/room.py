"""How many workers there is room for, and how many processors each may use."""

from __future__ import annotations

import os
from collections.abc import Sequence

MOST_WORKERS = 8
"""Of one machine, unless a number is given: each has its models in memory."""


def processors_here() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_out(processors: Sequence[int], workers: int | None) -> tuple[int, int]:
    """(workers, processor threads of each) for machines of so many processors.

    ``workers`` None takes half of the processors of each machine. A worker stays on one machine, so
    its threads are as many as leave room for all workers; one where there are more workers than
    processors.
    """
    count = workers or sum(max(1, min(own // 2, MOST_WORKERS)) for own in processors)
    fitting = (n for n in range(1, max(processors) + 1) if places(processors, n) >= count)
    return count, max(fitting, default=1)


def places(processors: Sequence[int], threads: int) -> int:
    """How many workers of so many threads find a processor for each."""
    return sum(own // threads for own in processors)
