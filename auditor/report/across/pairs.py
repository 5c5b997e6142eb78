"""Pairs of sentences that say (nearly) the same, to be read side by side by a person."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.core.across import Across, CopiedSentence, Likeness
from auditor.report.across.tables import Table, Value

SEED = 20241231
COLUMNS = (
    "template", "similarity", "containment", "own_figures", "key", "document", "page", "sentence",
    "features", "other_city", "other_document", "other_sentence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A cited sentence and one of another place; each pair once, whichever side is looked at."""

    row: CopiedSentence
    city: str
    like: Likeness

    @property
    def ends(self) -> frozenset[tuple[str, str, str]]:
        """Both sentences with their papers, in no order."""
        own = self.row.sentence
        return frozenset(
            (
                (self.city, own.citation.document, own.citation.quote.strip()),
                (self.like.city, self.like.document, self.like.quote),
            )
        )


def pairs_of(across: Across) -> tuple[Pair, ...]:
    """Every pair that is told, by template, the most alike first."""
    pairs: dict[frozenset[tuple[str, str, str]], Pair] = {}
    city_of = {row.key: row.city for row in across.rows}
    for row in across.copied.sentences:
        for like in (*row.papers, *row.cities):
            pair = Pair(row, city_of[row.sentence.key], like)
            pairs.setdefault(pair.ends, pair)
    return tuple(sorted(pairs.values(), key=_order))


def _order(pair: Pair) -> tuple[int, float, str, str, str]:
    own, like = pair.row.sentence, pair.like
    return pair.row.template, -like.jaccard, own.key, own.citation.document, like.city


def sample_of(pairs: Sequence[Pair], count: int) -> tuple[Pair, ...]:
    """So many pairs drawn by chance with a fixed seed, of as many templates as there are.

    One a template first, and further ones of the same templates only when all have had their turn:
    one phrase of everybody does not fill the list.
    """
    drawn = list(pairs)
    random.Random(SEED).shuffle(drawn)
    turns: dict[int, int] = {}
    order = []
    for number, pair in enumerate(drawn):
        turn = turns[pair.row.template] = turns.get(pair.row.template, -1) + 1
        order.append((turn, number))
    return tuple(drawn[number] for _, number in sorted(order)[:count])


def pair_table(across: Across) -> Table:
    """One row a pair: similarity in [0, 1], both sentences and their papers."""
    rows = [tuple(_cells(pair)) for pair in pairs_of(across)]
    columns = zip(*rows, strict=True) if rows else (() for _ in COLUMNS)
    return Table(dict(zip(COLUMNS, columns, strict=True)))


def _cells(pair: Pair) -> Iterator[Value]:
    own, like = pair.row.sentence, pair.like
    yield from (pair.row.template, like.jaccard, like.containment, like.own_figures)
    yield from (own.key, own.citation.document, own.citation.page, own.citation.quote.strip())
    yield from (" ".join(own.feature_ids), like.city, like.document, like.quote)
