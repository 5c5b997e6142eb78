"""The real parts that fitting and benchmarks start from."""

from __future__ import annotations

import numpy as np

from auditor.search.engine import Searcher
from auditor.search.relevance import Logistic, Relevance
from auditor.search.signals import MATTER_SIGNALS, SIGNALS
from auditor.store.vectors import VectorStore
from auditor.wiring import build_embedder, cache_dir


def unfitted_searcher(embedder: str | None = None) -> Searcher:
    """A searcher with the real embedder and cache, and a relevance model that knows nothing."""
    return Searcher(
        embedder=build_embedder(embedder),
        cache=VectorStore(cache_dir() / "vectors.db"),
        relevance=Relevance(_blank(len(SIGNALS)), _blank(len(MATTER_SIGNALS))),
        index_folder=cache_dir() / "indexes",
    )


def _blank(size: int) -> Logistic:
    return Logistic(np.zeros(size), np.ones(size), np.zeros(size), 0.0)
