"""Read a gold set: one folder a city with ``documents/`` and ``gold.jsonl``.

A row of gold.jsonl: ``{"id": "8.1.1.1-L1-a", "verdict": "met", "quotes": [{"document": …,
"text": …}]}``; ``verdicts`` holds the verdict of each annotation pass where there were two, and
``annotations/A.jsonl``, ``B.jsonl`` the passes themselves (same form).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from auditor.core.errors import ConfigurationError
from auditor.core.findings import VERDICTS, Verdict

SPACE = re.compile(r"\s+")
QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "–": "-"})
PASSES = ("A.jsonl", "B.jsonl")
REMEDY = "改正该行后重试（格式见 docs/evaluation.md）。"


@dataclass(frozen=True, slots=True)
class GoldQuote:
    """A quote that an annotator gave for a feature."""

    document: str
    text: str


@dataclass(frozen=True, slots=True)
class GoldRow:
    """The label of one feature; ``passes`` holds each annotator's own verdict.

    ``pass_quotes`` holds each annotator's own quotes, empty where they were not kept.
    """

    feature_id: str
    verdict: Verdict
    passes: tuple[Verdict, ...]
    superseded: bool
    quotes: tuple[GoldQuote, ...]
    pass_quotes: tuple[tuple[GoldQuote, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class GoldCity:
    """A labelled city: its name, the folder of its documents and one row per feature."""

    name: str
    documents: Path
    rows: Mapping[str, GoldRow]


def read_gold(folder: Path, known: Collection[str] | None = None) -> GoldCity:
    """Read one city's folder; ``known`` are the feature ids of the standard.

    Raises:
        ConfigurationError: it is not a gold set, or a row is broken (names file and line).
    """
    file = folder / "gold.jsonl"
    if not file.is_file() or not (folder / "documents").is_dir():
        raise ConfigurationError(
            f"{folder} 不是标注集 (is not a gold set).",
            hint="须有 gold.jsonl 与 documents/ 文件夹 (it needs both).",
        )
    rows = _read_rows(file, known)
    passes = [
        _read_rows(one, known)
        for name in PASSES
        if (one := folder / "annotations" / name).is_file()
    ]
    if len(passes) == len(PASSES):
        rows = {key: _with_passes(row, passes) for key, row in rows.items()}
    return GoldCity(folder.resolve().name, folder / "documents", rows)


def gold_cities(folder: Path, known: Collection[str] | None = None) -> tuple[GoldCity, ...]:
    """Read every city below ``folder`` (or the one city that ``folder`` is), sorted by name."""
    if not folder.is_dir():
        raise ConfigurationError(
            f"{folder} 不存在 (is not there).", hint="请给出标注集文件夹 (name a folder)."
        )
    if (folder / "gold.jsonl").is_file():
        return (read_gold(folder, known),)
    cities = [read_gold(f, known) for f in sorted(folder.iterdir()) if (f / "gold.jsonl").is_file()]
    if not cities:
        raise ConfigurationError(
            f"{folder} 里没有标注集 (holds no gold set).",
            hint="每个城市一个文件夹，内有 gold.jsonl 与 documents/ (one folder a city).",
        )
    return tuple(cities)


def _read_rows(file: Path, known: Collection[str] | None) -> dict[str, GoldRow]:
    rows: dict[str, GoldRow] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = _row(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigurationError(f"{file}:{number}: {_said(error)}", hint=REMEDY) from error
        if known is not None and row.feature_id not in known:
            said = f"标准中没有特征 {row.feature_id} (no such feature)"
            raise ConfigurationError(f"{file}:{number}: {said}", hint=REMEDY)
        if row.feature_id in rows:
            said = f"特征 {row.feature_id} 重复 (feature twice)"
            raise ConfigurationError(f"{file}:{number}: {said}", hint=REMEDY)
        rows[row.feature_id] = row
    return rows


def _said(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"不是 JSON (not JSON): {error.msg}, column {error.colno}"
    if isinstance(error, KeyError):
        return f"缺少字段 {error} (missing field)"
    if isinstance(error, ValueError):
        return str(error)
    return "行的形式不对 (not a row of a gold set)"


def _row(row: Mapping[str, Any]) -> GoldRow:
    passes = row.get("verdicts") or [row["verdict"]]
    return GoldRow(
        feature_id=str(row["id"]),
        verdict=_verdict(row["verdict"]),
        passes=tuple(_verdict(v) for v in passes),
        superseded=bool(row.get("superseded")),
        quotes=tuple(
            GoldQuote(str(q["document"]), str(q["text"])) for q in row.get("quotes") or ()
        ),
    )


def _verdict(word: object) -> Verdict:
    if word not in list(VERDICTS):
        known = "、".join(VERDICTS)
        raise ValueError(f"没有结论 {word} (unknown verdict)；可用：{known}")
    return Verdict(str(word))


def _with_passes(row: GoldRow, passes: list[dict[str, GoldRow]]) -> GoldRow:
    found = [p[row.feature_id] for p in passes if row.feature_id in p]
    if len(found) < len(passes):
        return row
    return GoldRow(
        row.feature_id,
        row.verdict,
        tuple(f.verdict for f in found),
        row.superseded,
        row.quotes,
        tuple(f.quotes for f in found),
    )


def quote_warnings(city: GoldCity, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Say (in Chinese) which gold quotes do not stand in the document that they name.

    ``texts``: the text of each document that was read, by name.
    """
    folded = {name: fold(text) for name, text in texts.items()}
    said = []
    for row in city.rows.values():
        for quote in row.quotes:
            if quote.document not in folded:
                why = f"引文所在文件未读到：{quote.document}"
            elif fold(quote.text) not in folded[quote.document]:
                why = f"引文不在 {quote.document} 中：{quote.text[:40]}"
            else:
                continue
            said.append(f"{city.name} {row.feature_id}：{why}")
    return tuple(said)


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """Fold width, white space and quotation marks, for matching quotes only."""
    folded = unicodedata.normalize("NFKC", text).translate(QUOTES)
    return SPACE.sub("", folded)


def matches_quote(text: str, quote: str) -> bool:
    """Tell whether a text contains a gold quote or lies in it, after folding."""
    one, other = fold(text), fold(quote)
    return bool(one) and bool(other) and (other in one or one in other)
