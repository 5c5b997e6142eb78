"""Where the gold quotes stand in a search record."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2

from auditor.core.search import SearchRecord
from auditor.evaluation.gold import GoldQuote, fold

LEAST_PART = 12
NDCG_DEPTH = 10


def ranks_of(quotes: Sequence[GoldQuote], record: SearchRecord) -> tuple[int | None, ...]:
    """For each quote the rank of the first passage that holds it, None where none does."""
    return tuple(_rank_of(quote, record) for quote in quotes)


def _rank_of(quote: GoldQuote, record: SearchRecord) -> int | None:
    wanted = fold(quote.text)
    for rank, hit in enumerate(record.hits, start=1):
        if quote.document == hit.passage.document and shares(fold(hit.passage.text), wanted):
            return rank
    return None


def shares(passage: str, quote: str) -> bool:
    """A passage holds a quote, or holds a whole sentence's worth of a quote that it cuts."""
    if not quote:
        return False
    if quote in passage:
        return True
    return any(len(p) >= LEAST_PART and p in passage for p in quote.replace("；", "。").split("。"))


def ndcg(ranks: Sequence[int | None], depth: int = NDCG_DEPTH) -> float:
    """Normalised discounted gain of the passages that hold gold quotes (Järvelin, Kekäläinen 2002).

    A passage counts once, however many quotes it holds; a quote that was not found counts as one
    more passage that should have been there. 0 without quotes.
    """
    found = {rank for rank in ranks if rank is not None}
    wanted = len(found) + sum(rank is None for rank in ranks)
    best = sum(1 / log2(place + 1) for place in range(1, min(wanted, depth) + 1))
    gain = sum(1 / log2(rank + 1) for rank in found if rank <= depth)
    return gain / best if best else 0.0
