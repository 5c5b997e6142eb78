"""What a model is shown for each feature, and whether a gold quote is among it.

The same measure for both pipelines: the share of supported features (gold calls them a fact and
quotes) of which at least one gold quote stands in the text that the model sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from auditor.core.search import SearchRecord
from auditor.evaluation.gold import GoldCity, GoldQuote, fold
from auditor.evaluation.retrieval import shares
from auditor.judge.calls import Call
from auditor.judge.sheet import Sheet

Pieces = tuple[tuple[str, str], ...]
"""(document, text) of everything that is shown for one feature."""


def pieces_of_records(records: Iterable[SearchRecord]) -> dict[str, Pieces]:
    """The naive pipeline shows every chunk that it found."""
    return {
        record.feature_id: tuple((h.passage.document, h.passage.text) for h in record.hits)
        for record in records
    }


def pieces_of_calls(calls: Iterable[Call]) -> dict[str, Pieces]:
    """Ours shows sentences; the features of one call see the same ones."""
    return {feature.id: pieces_of_sheet(call.sheet) for call in calls for feature in call.features}


def pieces_of_sheet(sheet: Sheet) -> Pieces:
    """The shown sentences of each passage as one piece."""
    return tuple(
        (
            passage.document,
            "".join(s.text for s in passage.sentences if s.id in sheet.sentence_ids),
        )
        for passage in sheet.passages
    )


def recall_shown(gold: GoldCity, pieces: Mapping[str, Pieces]) -> tuple[int, int]:
    """(supported features with a gold quote among what is shown, all supported features asked)."""
    found = asked = 0
    for feature_id, row in gold.rows.items():
        if not row.verdict.is_fact or not row.quotes or feature_id not in pieces:
            continue
        asked += 1
        found += any(_is_shown(quote, pieces[feature_id]) for quote in row.quotes)
    return found, asked


def _is_shown(quote: GoldQuote, pieces: Sequence[tuple[str, str]]) -> bool:
    wanted = fold(quote.text)
    return any(
        document == quote.document and shares(fold(text), wanted) for document, text in pieces
    )
