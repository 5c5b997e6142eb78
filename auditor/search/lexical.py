"""BM25 over words and character bigrams: exact words matter in official papers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import bm25s
import numpy as np
import rjieba
from numpy.typing import NDArray

CJK_RUN = re.compile(r"[\u3400-\u9fff]+")
TOKENS_KEPT = 2560
"""Texts whose terms are kept: all queries, and what a dossier says twice; a text takes 20 kB."""
WORD = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+(?:\.\d+)?%?")
STOP = frozenset(
    "的 了 和 与 及 等 在 为 对 以 或 将 并 是 有 于 中 上 下 一 个 各 其 该 能 能够"
    " 通过 实现 推进 建设".split()
)


@lru_cache(maxsize=TOKENS_KEPT)
def tokens_of(text: str) -> tuple[str, ...]:
    """Split text into index terms: words (jieba) and the bigrams of each run of characters."""
    lowered = text.lower()
    words = [w.strip() for w in rjieba.cut(lowered)]
    kept = [w for w in words if WORD.fullmatch(w) and w not in STOP and not _is_single(w)]
    bigrams = [run[i : i + 2] for run in CJK_RUN.findall(lowered) for i in range(len(run) - 1)]
    return tuple([*kept, *(f"_{b}" for b in bigrams)])


def _is_single(word: str) -> bool:
    return len(word) == 1 and bool(CJK_RUN.match(word))


class LexicalIndex:
    """BM25 (Lucene form, k1 1.2, b 0.6) over a list of texts.

    Scores are float32, one per text, in the order given; 0 where no term is shared. Those of the
    last query are kept: a feature asks for them several times over.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._size = len(texts)
        corpus = [list(tokens_of(text)) for text in texts]
        self._vocabulary = {token for tokens in corpus for token in tokens}
        self._last: tuple[str, NDArray[np.float32]] | None = None
        self._bm25 = bm25s.BM25(k1=1.2, b=0.6, method="lucene")
        if self._vocabulary:
            self._bm25.index(corpus, show_progress=False)

    def scores(self, query: str) -> NDArray[np.float32]:
        """Score every text against one query; read-only."""
        if self._last is None or self._last[0] != query:
            scores = self._scores(query)
            scores.setflags(write=False)
            self._last = query, scores
        return self._last[1]

    def _scores(self, query: str) -> NDArray[np.float32]:
        known = sorted(set(tokens_of(query)) & self._vocabulary)
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        scores: NDArray[np.float32] = self._bm25.get_scores(known)
        return scores.astype(np.float32)
