"""Where what grows is kept when several machines share it: servers, by URL.

``AUDITOR_STORE`` names a PostgreSQL for vectors and judgements (``postgresql://…``), without it
they are in files of the cache and of the output folder. ``AUDITOR_CHROMA`` names a Chroma server
for the vector index (``http://host:port``), without it that is a folder of the cache.
"""

from __future__ import annotations

import os

STORE_VARIABLE = "AUDITOR_STORE"
CHROMA_VARIABLE = "AUDITOR_CHROMA"


def store_url() -> str | None:
    """The database of vectors and judgements, None for files of this machine."""
    return os.environ.get(STORE_VARIABLE) or None


def chroma_url() -> str | None:
    """The server of the vector index, None for a folder of this machine."""
    return os.environ.get(CHROMA_VARIABLE) or None
