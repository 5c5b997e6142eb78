"""The worst findings of an evaluation: false greens, wrong citations, both sides' quotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.core.criteria import Standard
from auditor.report.eval_words import FAILED, VERDICT_WORDS

GREEN = ("met", "mostly_met")
RED = ("planned", "not_met", "no_evidence")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote as the page shows it; ``mark`` is ✓, ✗ or empty."""

    document: str
    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Worst:
    """A wrong finding: whose, what gold says, what we said, and both sides' quotes."""

    city: str
    feature: str
    text: str
    gold: str
    ours: str
    confidence: str
    gold_quotes: tuple[Quote, ...]
    our_quotes: tuple[Quote, ...]


def _all_rows(table: Row) -> Iterator[tuple[str, Row]]:
    for city, rows in (table.get("features") or {}).items():
        for row in rows:
            yield city, row


def false_greens(table: Row, standard: Standard) -> list[Worst]:
    """Green where gold says planned, not_met or no_evidence: the surest first."""
    rows = [
        (city, row)
        for city, row in _all_rows(table)
        if row["verdict"] in GREEN and row["gold"] in RED
    ]
    rows.sort(key=lambda pair: (-(pair[1]["confidence"] or 0.0), pair[0], pair[1]["feature"]))
    return [_worst(city, row, standard) for city, row in rows]


def wrong_citations(table: Row, standard: Standard) -> list[Worst]:
    """Right or nearly right as a fact, but no cited sentence meets a gold quote: surest first."""
    facts = (*GREEN, "partly_met")
    rows = [
        (city, row)
        for city, row in _all_rows(table)
        if row["verdict"] in facts
        and row["gold"] in facts
        and row["cited"]
        and not any(c["hit"] for c in row["cited"])
    ]
    rows.sort(key=lambda pair: (-(pair[1]["confidence"] or 0.0), pair[0], pair[1]["feature"]))
    return [_worst(city, row, standard) for city, row in rows]


def _worst(city: str, row: Row, standard: Standard) -> Worst:
    feature = standard.by_id.get(row["feature"])
    confidence = row.get("confidence")
    credited = f"（由 {'、'.join(row['credited_by'])} 认定）" if row.get("credited_by") else ""
    return Worst(
        city=city,
        feature=row["feature"],
        text=feature.text if feature else "",
        gold=VERDICT_WORDS[row["gold"]],
        ours=VERDICT_WORDS.get(row["verdict"], FAILED) + credited,
        confidence="" if confidence is None else f"{confidence:.0%}",
        gold_quotes=tuple(Quote(q["document"], q["text"]) for q in row["quotes"]),
        our_quotes=tuple(
            Quote(c["document"], c["text"], "✓" if c["hit"] else "✗") for c in row["cited"]
        ),
    )
