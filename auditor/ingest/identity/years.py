"""The years that a text speaks about."""

from __future__ import annotations

import re
from collections import Counter

from auditor.core.identity import Stated
from auditor.core.spans import Span
from auditor.ingest.identity.frame import SEEN_CHARACTERS

YEAR = re.compile(r"(?<![\d〔\[﹝【（(])((?:19|20)\d{2})\s?(?:年|[—–-]{1,2}(?:19|20)\d{2}年)")
MOST = 8
"""No more years than these are named."""


def years_of(text: str) -> tuple[Stated, ...]:
    """List the years (2023), the most frequent first; confidence is the share of all mentions."""
    counts: Counter[str] = Counter()
    first: dict[str, Span] = {}
    for match in YEAR.finditer(text, 0, SEEN_CHARACTERS):
        counts[match.group(1)] += 1
        first.setdefault(match.group(1), Span(*match.span()))
    total = sum(counts.values())
    ranked = sorted(counts, key=lambda year: (-counts[year], year))[:MOST]
    return tuple(Stated(year, round(counts[year] / total, 3), first[year]) for year in ranked)
