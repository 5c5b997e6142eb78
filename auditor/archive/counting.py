"""What an audit had to do and what it found done: judgements, contents of files, vectors.

Everything is counted where it happens, at the journal, the kept contents and the vector store.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.ingest.content import Content
from auditor.ingest.kept import KeptContents
from auditor.judging import Memory
from auditor.search.engine import VectorCache, Vectors


@dataclass(slots=True)
class Counts:
    """``judged``: features that were judged now; ``kept``: those whose judgement was there;
    ``rescored``: those that were only scored by another rule, without a search.
    """

    judged: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    rescored: int = 0
    files_read: int = 0
    files_known: int = 0
    texts: int = 0
    texts_embedded: int = 0

    def as_dict(self) -> dict[str, int]:
        """The counts as numbers."""
        return {
            "features_judged": len(self.judged),
            "features_kept": len(self.kept),
            "features_rescored": self.rescored,
            "files_read": self.files_read,
            "files_known": self.files_known,
            "texts": self.texts,
            "texts_embedded": self.texts_embedded,
        }


class CountedMemory:
    """A journal that tells which features were asked of it and which were put into it."""

    def __init__(self, journal: Memory, counts: Counts) -> None:
        self._journal = journal
        self._counts = counts

    def get(self, key: str) -> Any | None:
        """Give the value kept under ``key``, None where there is none."""
        found = self._journal.get(key)
        if found is not None:
            self._counts.kept.add(found["feature_id"])
        return found

    def put_all(self, values: Mapping[str, Any]) -> None:
        """Keep values by key at once."""
        self._journal.put_all(values)
        self._counts.judged.update(value["feature_id"] for value in values.values())


class CountedContents(KeptContents):
    """Kept contents that count how many files were known and how many had to be read.

    ``was_read`` tells of a content that was read just now for the city before its turn.
    """

    def __init__(
        self,
        kept: KeptContents,
        counts: Counts,
        was_read: Callable[[str], bool] = lambda _key: False,
    ) -> None:
        super().__init__(None)
        self._kept = kept
        self._counts = counts
        self._was_read = was_read
        self._lock = threading.Lock()

    def get(self, key: str) -> Content | None:
        """A kept content, None where there is none."""
        found = self._kept.get(key)
        with self._lock:
            if found is None or self._was_read(key):
                self._counts.files_read += 1
            else:
                self._counts.files_known += 1
        return found

    def put(self, key: str, content: Content) -> None:
        """Keep a content."""
        self._kept.put(key, content)


class CountedVectors:
    """A vector store that counts the texts that had to be embedded."""

    def __init__(self, cache: VectorCache, counts: Counts) -> None:
        self._cache = cache
        self._counts = counts

    def get_or_embed(
        self,
        model: str,
        texts: Sequence[str],
        embed: Callable[[Sequence[str]], Vectors],
        advance: Callable[[int], None] = lambda _: None,
    ) -> Vectors:
        """Give one row per text, embedding only what is not kept yet."""

        def counted(missing: Sequence[str]) -> Vectors:
            self._counts.texts_embedded += len(missing)
            return embed(missing)

        self._counts.texts += len(texts)
        return self._cache.get_or_embed(model, texts, counted, advance)
