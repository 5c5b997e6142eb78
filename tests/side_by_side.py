"""Which tests may run beside which, where the suite is shared out among processes (pytest-xdist).

The tests of a file stay together, for they share what is dear to make. So do all that start a Ray:
one of them counts the folders that it leaves behind.
"""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

RAYS = "unit/archive/test_ray"


class Shares(LoadFileScheduling):
    """Shares of one file each, and one of all that starts a Ray."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return RAYS if RAYS in file else file
