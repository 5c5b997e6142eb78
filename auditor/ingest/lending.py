"""Reading pools that outlive a dossier: starting one takes longer than reading a paper.

Where many dossiers are taken in one after another, their files may be read by the same processes:
each file has a child of its own all the same (:mod:`auditor.ingest.worker`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from auditor.ingest.isolation import Limits, ReadingPool


class LentPools:
    """Pools that are lent to one dossier at a time; ``size`` processes in each.

    A pool whose dossier was broken off is ended. The others live until ``close``, or until this
    process ends, which theirs notice.
    """

    def __init__(self, size: int, limits: Limits | None = None) -> None:
        self._size = size
        self._limits = limits
        self._idle: list[ReadingPool] = []
        self._lock = threading.Lock()

    @contextmanager
    def lent(self) -> Iterator[ReadingPool]:
        """A pool that nobody else uses meanwhile; from any thread."""
        with self._lock:
            pool = self._idle.pop() if self._idle else ReadingPool(self._size, self._limits)
        try:
            yield pool
        except BaseException:
            pool.close()
            raise
        with self._lock:
            self._idle.append(pool)

    def close(self) -> None:
        """End the processes of all pools that are not lent."""
        with self._lock:
            pools, self._idle = self._idle, []
        for pool in pools:
            pool.close()
