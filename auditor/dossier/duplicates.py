"""Which papers say the same: folded texts, their shingles, and how far two sets overlap.

Sets of 5-grams are compared exactly; a sample of one hash in eight, the same for all papers,
finds the pairs worth comparing (time grows with papers times sampled shingles).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from auditor.core.documents import Document
from auditor.core.identity import Grade

SHINGLE = 5
SAMPLED = 8
WORTH_COMPARING = 0.7
NEAR = 0.9
"""Jaccard index from which two papers are the same one."""
NEAR_RECOGNISED = 0.8
"""The same where character recognition read one: 2 % wrong characters spoil 10 % of its 5-grams."""
LEAST = 0.85
"""Share of the shorter paper's shingles in the other from which a pair is looked at."""
SAME_NUMBERS = 0.8
FEW_NUMBERS = 8
AS_LONG = 0.95
_NOT_LETTERS = re.compile(r"[\W_]+")
_OTHER_FORMS = re.compile(r"[^\x00-\x7f\u4e00-\u9fff]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PERIODS = (
    re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)"),
    re.compile(r"((?:\d{1,2}|[一二三四五六七八九十]{1,3})(?:季度|月份?(?!\d)|期|批)|[上下]半年)"),
    re.compile(r"([一-龥]{2}(?:区|县|旗))"),
)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_BASE = np.uint64(1_000_003)


def fold(text: str) -> str:
    """Leave letters, digits and characters only, in one width and case."""
    letters = _NOT_LETTERS.sub("", text)
    plain = _OTHER_FORMS.sub(_normalised, letters)
    return (letters if plain == letters else _NOT_LETTERS.sub("", plain)).lower()


def _normalised(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found.group())


def shingles(folded: str) -> NDArray[np.uint64]:
    """Hash the 5-grams of a folded text: sorted, each once; empty for shorter texts."""
    points = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    count = len(points) - SHINGLE + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    hashed = np.zeros(count, dtype=np.uint64)
    for at in range(SHINGLE):
        hashed = hashed * _BASE + points[at : at + count].astype(np.uint64)
    hashed = (hashed ^ (hashed >> np.uint64(31))) * _MULTIPLIER
    hashed = np.sort(hashed ^ (hashed >> np.uint64(29)))
    return hashed[np.concatenate(([True], hashed[1:] != hashed[:-1]))]


class Compared:
    """A document with what comparing needs, computed once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.folded = fold(document.text)

    @property
    def name(self) -> str:
        """The document's name."""
        return self.document.name

    @cached_property
    def shingles(self) -> NDArray[np.uint64]:
        """Hashes of its 5-grams, sorted."""
        return shingles(self.folded)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The numbers that stand in the text."""
        return frozenset(_NUMBER.findall(unicodedata.normalize("NFKC", self.document.text)))


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far two papers (by index) overlap, each figure in [0, 1].

    ``jaccard`` of their shingles; ``first_in_second`` the share of the first one's shingles that
    the second has, ``second_in_first`` the other way.
    """

    first: int
    second: int
    jaccard: float
    first_in_second: float
    second_in_first: float


def overlaps(papers: Sequence[Compared], least: float = LEAST) -> Iterator[Overlap]:
    """Find the pairs of which one paper's shingles stand in the other by ``least`` or more."""
    for first, second in _candidates(papers):
        a, b = papers[first].shingles, papers[second].shingles
        common = len(np.intersect1d(a, b, assume_unique=True))
        if common >= least * min(len(a), len(b)):
            jaccard = common / (len(a) + len(b) - common)
            yield Overlap(first, second, jaccard, common / len(a), common / len(b))


def _candidates(papers: Sequence[Compared]) -> Iterator[tuple[int, int]]:
    """Pairs whose samples overlap enough; short papers' samples are too small to rule out."""
    sampled = [paper.shingles[paper.shingles % np.uint64(SAMPLED) == 0] for paper in papers]
    sizes = np.array([len(sample) for sample in sampled])
    if len(papers) < 2 or not sizes.sum():
        return
    owners = np.repeat(np.arange(len(papers)), sizes)
    _, ids, counts = np.unique(np.concatenate(sampled), return_inverse=True, return_counts=True)
    shared = counts[ids] > 1
    owners, ids = owners[shared], ids[shared]
    start = np.searchsorted(owners, np.arange(len(papers) + 1))
    for first in range(len(papers) - 1):
        if start[first] == start[first + 1]:
            continue
        mine = np.zeros(len(counts), dtype=bool)
        mine[ids[start[first] : start[first + 1]]] = True
        rest = slice(start[first + 1], None)
        common = np.bincount(owners[rest][mine[ids[rest]]], minlength=len(papers))
        bar = WORTH_COMPARING * np.minimum(sizes, sizes[first])
        for second in np.nonzero((common >= bar) & (common > 0))[0]:
            yield first, int(second)


def are_alike(a: Compared, b: Compared, jaccard: float) -> bool:
    """Whether two papers are as alike as copies are, by how they were read."""
    if jaccard >= NEAR:
        return True
    shorter, longer = sorted((len(a.folded), len(b.folded)))
    recognised = rank(a)[0] or rank(b)[0]
    return recognised and jaccard >= NEAR_RECOGNISED and shorter >= AS_LONG * longer


def are_one_paper(a: Compared, b: Compared) -> bool:
    """Tell copies of one paper from two papers of one template (monthly reports, two districts).

    Not one paper: their titles name different years, periods or districts, they are two cities',
    or fewer than eight in ten of their numbers agree.
    """
    cities = {p.document.identity.city.value for p in (a, b) if p.document.identity.city}
    if len(cities) > 1:
        return False
    for pattern in _PERIODS:
        mine, others = (set(pattern.findall(_called(p))) for p in (a, b))
        if mine and others and not mine & others:
            return False
    fewer = min(len(a.numbers), len(b.numbers))
    return fewer < FEW_NUMBERS or len(a.numbers & b.numbers) >= SAME_NUMBERS * fewer


def _called(paper: Compared) -> str:
    """What the paper is called: its title where one was found, else its file's name."""
    stated = paper.document.identity.title
    return stated.value if stated else paper.document.title or paper.name


def rank(paper: Compared) -> tuple[bool, bool, int, int, str]:
    """Sort key, best first: read without OCR, own pages, grade, length, then name."""
    document = paper.document
    pages = document.pages
    recognised = any(page.reader == "ocr" or page.unread for page in pages)
    printed = bool(pages) and not document.paged_by
    grade = document.identity.grade
    order = list(Grade).index(Grade(grade.value)) if grade else len(Grade)
    return recognised, not printed, order, -len(paper.folded), document.name


def is_better(a: Compared, b: Compared) -> bool:
    """Whether ``a`` should stand for both: the fuller text, else the one that ranks first."""
    shorter, longer = sorted((a, b), key=lambda paper: len(paper.folded))
    same_reading = rank(a)[0] == rank(b)[0]
    if same_reading and len(shorter.folded) < AS_LONG * len(longer.folded):
        return longer is a
    return rank(a) < rank(b)
