"""Two editions of the standard side by side: which clauses stayed, changed, came and went.

Clauses are the same where their printed text is (white space aside), whatever their number: a
feature is keyed by the hash of its text.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.core.criteria import Standard

SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Editions:
    """Clauses of two editions by what became of them.

    ``kept``: (old id, new id) of the same text; ``changed``: ids with another text in both;
    ``added`` and ``removed``: ids whose text is in one edition only, and whose id is.
    """

    kept: tuple[tuple[str, str], ...]
    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def renumbered(self) -> tuple[tuple[str, str], ...]:
        """Clauses that kept their text and have another number."""
        return tuple(pair for pair in self.kept if pair[0] != pair[1])

    @property
    def old_ids(self) -> Mapping[str, str]:
        """The old id of every kept clause, by its new one."""
        return {after: before for before, after in self.kept}

    @property
    def pairs(self) -> tuple[tuple[str | None, str | None], ...]:
        """(old id, new id) of every clause of both, None where an edition has none."""
        return (
            *self.kept,
            *((key, key) for key in self.changed),
            *((None, key) for key in self.added),
            *((key, None) for key in self.removed),
        )


def text_hash(text: str) -> str:
    """The key of a clause."""
    return hashlib.sha256(SPACE.sub("", text).encode()).hexdigest()


def diff_editions(old: Standard, new: Standard) -> Editions:
    """Match clauses by text; of several with one text the one with the same id first, in order."""
    waiting: dict[str, list[str]] = defaultdict(list)
    for feature in old.features:
        waiting[text_hash(feature.text)].append(feature.id)
    kept: dict[str, str] = {}
    for feature in new.features:
        same = waiting[text_hash(feature.text)]
        if feature.id in same:
            same.remove(feature.id)
            kept[feature.id] = feature.id
    for feature in new.features:
        same = waiting[text_hash(feature.text)]
        if feature.id not in kept and same:
            kept[feature.id] = same.pop(0)
    left = set(old.by_id) - set(kept.values())
    fresh = [f.id for f in new.features if f.id not in kept]
    return Editions(
        kept=tuple((kept[f.id], f.id) for f in new.features if f.id in kept),
        changed=tuple(key for key in fresh if key in left),
        added=tuple(key for key in fresh if key not in left),
        removed=tuple(f.id for f in old.features if f.id in left and f.id not in fresh),
    )
