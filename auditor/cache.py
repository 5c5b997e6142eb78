"""The folder for everything that can be made again: models, vectors, indexes, what was read."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_dir() -> Path:
    """The cache of this user on this machine; AUDITOR_CACHE names another folder."""
    given = os.environ.get("AUDITOR_CACHE")
    return Path(given) if given else Path(platformdirs.user_cache_dir("ctmm-auditor"))
