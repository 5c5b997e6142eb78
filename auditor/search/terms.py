"""Which texts name a term: every term is looked for once in all texts, whatever asks for it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

BETWEEN = "\0"
"""Stands between the texts; no term has it, so none is found across two of them."""


class TermIndex:
    """The texts of a dossier, and for each term that was asked for where it is named."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.size = len(texts)
        self._whole = BETWEEN.join(texts)
        lengths = [len(text) + 1 for text in texts]
        self._starts = [0, *np.cumsum(lengths).tolist()]
        self._places: dict[str, NDArray[np.int64]] = {}

    def places(self, term: str) -> NDArray[np.int64]:
        """Positions of the texts that name a term, ascending, each once."""
        found = self._places.get(term)
        if found is None:
            found = np.asarray(self._find(term), dtype=np.int64)
            self._places[term] = found
        return found

    def named(self, terms: Iterable[str]) -> NDArray[np.bool_]:
        """Which texts name at least one of the terms."""
        mask = np.zeros(self.size, dtype=bool)
        for term in terms:
            mask[self.places(term)] = True
        return mask

    def count(self, terms: Iterable[str]) -> NDArray[np.int64]:
        """How many of the terms each text names."""
        counts = np.zeros(self.size, dtype=np.int64)
        for term in terms:
            counts[self.places(term)] += 1
        return counts

    def _find(self, term: str) -> list[int]:
        found: list[int] = []
        start = 0
        while len(found) < self.size:
            place = self._whole.find(term, start)
            if place < 0:
                break
            text = bisect_right(self._starts, place) - 1
            if text >= self.size:
                break
            found.append(text)
            start = self._starts[text + 1]
        return found
