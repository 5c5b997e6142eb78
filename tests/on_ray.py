"""For tests on a real Ray: import this before anything imports Ray.

Ray reads its settings when it is imported, and pytest imports every test module before the first
test runs. A module that imported Ray without them had Ray look for the loopback's address at the
machine's other address, and wait there for a quarter of an hour.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.archive.engines.ray_opening import ALONE, SILENT, TOKEN_VARIABLE

os.environ.update(SILENT | ALONE)
os.environ.setdefault(TOKEN_VARIABLE, "5ca1e" * 10)
pytest.importorskip("ray")

PATIENCE_S = 600


def is_alive(pid: int) -> bool:
    """Whether a process runs: one that ended and was not waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def wait_until(done: Callable[[], bool]) -> None:
    """Wait for what takes a while on a busy machine."""
    deadline = time.monotonic() + PATIENCE_S
    while not done() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert done()
