"""Texts that are probably alike: MinHash over 3-grams with banding (Broder 1997; datasketch).

A sketch only proposes, ``likeness`` compares the 3-grams themselves. What the bands propose is
first thinned out by the sketches' own estimate: texts of common phrases are proposed by thousands.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from datasketch import MinHash

GRAM = 3
BANDS, ROWS = 24, 4
"""Chance to be proposed at Jaccard s: 1 - (1 - s^4)^24, .999 at .7, .78 at .5, .18 at .3."""
PERMUTATIONS = BANDS * ROWS
WORTH_COMPARING = 0.36
"""Estimated Jaccard index from which a pair is compared; of .5 it is missed once in 400 times."""
SEED = 20241231
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_BASE = np.uint64(1_000_003)


def grams_of(text: str) -> frozenset[str]:
    """The 3-grams of a text; the text itself where it is shorter."""
    if len(text) <= GRAM:
        return frozenset((text,))
    return frozenset(text[at : at + GRAM] for at in range(len(text) - GRAM + 1))


@lru_cache(maxsize=1 << 16)
def _kept(text: str) -> frozenset[str]:
    return grams_of(text)


def likeness(one: str, two: str) -> tuple[float, float]:
    """The Jaccard index of two texts' 3-grams, and the share of the fewer that the other has."""
    a, b = _kept(one), _kept(two)
    common = len(a & b)
    return common / (len(a) + len(b) - common), common / min(len(a), len(b))


def hashes_of(text: str) -> NDArray[np.uint32]:
    """Hash the 3-grams of a text to 32 bits, repeats kept."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    count = max(len(points) - GRAM + 1, 1)
    hashed = np.zeros(count, dtype=np.uint64)
    for at in range(min(GRAM, len(points))):
        hashed = hashed * _BASE + points[at : at + count].astype(np.uint64)
    hashed = (hashed ^ (hashed >> np.uint64(31))) * _MULTIPLIER
    mixed: NDArray[np.uint32] = (hashed >> np.uint64(32)).astype(np.uint32)
    return mixed


def _itself(value: int) -> int:
    return value


class Sketches:
    """An index of texts by number, asked for the numbers of those that are probably alike."""

    def __init__(self, texts: Sequence[str]) -> None:
        from datasketch import MinHash, MinHashLSH  # and with it SciPy's integration

        self._blank = MinHash(PERMUTATIONS, seed=SEED, hashfunc=_itself)
        self._index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS))
        self._signatures = np.empty((len(texts), PERMUTATIONS), dtype=np.uint32)
        for number, text in enumerate(texts):
            sketch = self._sketch(text)
            self._index.insert(number, sketch, check_duplication=False)
            self._signatures[number] = sketch.hashvalues

    def near(self, text: str) -> list[int]:
        """The numbers of the texts that are probably like this one, sorted."""
        sketch = self._sketch(text)
        proposed = np.array(sorted(self._index.query(sketch)), dtype=np.intp)
        agreed = (self._signatures[proposed] == sketch.hashvalues).mean(axis=1)
        found: list[int] = proposed[agreed >= WORTH_COMPARING].tolist()
        return found

    def _sketch(self, text: str) -> MinHash:
        sketch = self._blank.copy()
        sketch.update_batch(hashes_of(text))
        return sketch
