"""What was computed for the crowd's pass over all features, kept for the pass that ranks.

Both passes look at each feature over all sentences. What fits into ``ROOM_BYTES`` is computed
once; the rest of a very large dossier is computed again, with the same result.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
ROOM_BYTES = 192 * 1024 * 1024


class Kept:
    """Matrices by kind and feature, up to a size in all."""

    def __init__(self, room_bytes: int = ROOM_BYTES) -> None:
        self._room_bytes = room_bytes
        self._found: dict[tuple[str, str], Matrix] = {}

    def get(self, kind: str, feature_id: str, compute: Callable[[], Matrix]) -> Matrix:
        """Give what is kept, else compute it, and keep it where there is room; read-only."""
        key = kind, feature_id
        found = self._found.get(key)
        if found is None:
            found = compute()
            found.setflags(write=False)
            if found.nbytes <= self._room_bytes:
                self._room_bytes -= found.nbytes
                self._found[key] = found
        return found
