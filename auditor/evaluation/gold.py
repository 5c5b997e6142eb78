"""Read a gold set: one folder a city with ``documents/`` and ``gold.jsonl``."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.core.errors import ConfigurationError
from auditor.core.findings import Verdict

SPACE = re.compile(r"\s+")
QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "–": "-"})


@dataclass(frozen=True, slots=True)
class GoldQuote:
    """A quote that an annotator gave for a feature."""

    document: str
    text: str


@dataclass(frozen=True, slots=True)
class GoldRow:
    """The label of one feature; ``passes`` holds each annotator's own verdict."""

    feature_id: str
    verdict: Verdict
    passes: tuple[Verdict, ...]
    superseded: bool
    quotes: tuple[GoldQuote, ...]


@dataclass(frozen=True, slots=True)
class GoldCity:
    """A labelled city: its name, the folder of its documents and one row per feature."""

    name: str
    documents: Path
    rows: Mapping[str, GoldRow]


def read_gold(folder: Path) -> GoldCity:
    """Read one city's folder; raises ``ConfigurationError`` where it is not a gold set."""
    file = folder / "gold.jsonl"
    if not file.is_file() or not (folder / "documents").is_dir():
        raise ConfigurationError(
            f"{folder} is not a gold set.", hint="It needs gold.jsonl and a folder documents/."
        )
    rows = [
        _row(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line
    ]
    return GoldCity(folder.name, folder / "documents", {row.feature_id: row for row in rows})


def gold_cities(folder: Path) -> tuple[GoldCity, ...]:
    """Read every city below ``folder`` (or the one city that ``folder`` is), sorted by name."""
    if (folder / "gold.jsonl").is_file():
        return (read_gold(folder),)
    cities = [read_gold(f) for f in sorted(folder.iterdir()) if (f / "gold.jsonl").is_file()]
    if not cities:
        raise ConfigurationError(f"{folder} holds no gold set.", hint="Name a folder of cities.")
    return tuple(cities)


def _row(row: dict[str, object]) -> GoldRow:
    quotes = row.get("quotes") or []
    passes = row.get("verdicts") or [row["verdict"]]
    assert isinstance(quotes, list) and isinstance(passes, list)
    return GoldRow(
        feature_id=str(row["id"]),
        verdict=Verdict(str(row["verdict"])),
        passes=tuple(Verdict(str(v)) for v in passes),
        superseded=bool(row.get("superseded")),
        quotes=tuple(GoldQuote(q["document"], q["text"]) for q in quotes),
    )


def fold(text: str) -> str:
    """Fold width, white space and quotation marks, for matching quotes only."""
    folded = unicodedata.normalize("NFKC", text).translate(QUOTES)
    return SPACE.sub("", folded)


def matches_quote(text: str, quote: str) -> bool:
    """Tell whether a text contains a gold quote or lies in it, after folding."""
    one, other = fold(text), fold(quote)
    return bool(one) and bool(other) and (other in one or one in other)
