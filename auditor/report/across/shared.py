"""What the page says of shared text: groups of cited sentences, sentences of many features."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from auditor.core.across import Across, CopiedSentence, Likeness, Reuse
from auditor.report.language import Words

MOST_CITIES, MOST_FEATURES = 12, 12


@dataclass(frozen=True, slots=True)
class Group:
    """Cited sentences that are alike: an example, who cites it for what, where else it stands."""

    quote: str
    document: str
    key: str
    keys: str
    features: str
    city_count: int
    papers: tuple[Likeness, ...]
    other: Likeness
    own_figures: bool


@dataclass(frozen=True, slots=True)
class ReuseRow:
    """A sentence of one city that stands for many features."""

    key: str
    reuse: Reuse


def groups_of(across: Across, w: Words) -> tuple[Group, ...]:
    """The groups: national and provincial text first, then by the number of cities."""
    rows: dict[int, list[CopiedSentence]] = defaultdict(list)
    for row in across.copied.sentences:
        rows[row.template].append(row)
    groups = (_group(rows[number], w) for number in sorted(rows))
    return tuple(sorted(groups, key=lambda g: (g.own_figures, not g.papers, -g.city_count)))


def _group(rows: list[CopiedSentence], w: Words) -> Group:
    first = min(rows, key=lambda row: (row.own_figures, -row.city_count - row.paper_count))
    keys = list(dict.fromkeys(row.sentence.key for row in rows))
    ids = list(dict.fromkeys(key for row in rows for key in row.sentence.feature_ids))
    return Group(
        quote=first.sentence.citation.quote.strip(),
        document=first.sentence.citation.document,
        key=first.sentence.key,
        keys=_listed(keys, MOST_CITIES, w),
        features=_listed(ids, MOST_FEATURES, w),
        city_count=max(row.city_count for row in rows),
        papers=first.papers[:3],
        other=(*first.papers, *first.cities)[0],
        own_figures=first.own_figures,
    )


def _listed(names: list[str], most: int, w: Words) -> str:
    more = f" … ({len(names)})" if len(names) > most else ""
    return w["list_comma"].join(names[:most]) + more


def reuse_rows(across: Across) -> tuple[ReuseRow, ...]:
    """The sentences under flags of reuse in all cities, those of most features first."""
    rows = [ReuseRow(row.key, reuse) for row in across.rows for reuse in row.reuses]
    return tuple(sorted(rows, key=lambda row: (-len(row.reuse.feature_ids), row.key)))
