"""What was asked for a feature, what came back, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.core.passages import Passage


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage in a search record.

    ``ranks`` gives its 1-based rank in each list that held it (dense, words, …), ``score`` the
    fused score, ``sentence_scores`` one relevance per sentence of the passage, in order.
    """

    passage: Passage
    score: float
    ranks: Mapping[str, int]
    sentence_scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """The search for one feature: queries, hits in rank order, how many passages were searched.

    ``unread_pages`` counts the pages of the dossier that could not be read: what stands on them
    was not searched.
    """

    feature_id: str
    queries: tuple[str, ...]
    hits: tuple[Hit, ...]
    searched: int
    signals: Mapping[str, float] = field(default_factory=dict)
    unread_pages: int = 0
