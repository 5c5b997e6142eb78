"""What is known of one feature of one labelled city: gold beside ours, and its JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditor.core.errors import ConfigurationError
from auditor.core.findings import VERDICTS, Verdict
from auditor.evaluation.gold import GoldQuote

DEPTHS = (5, 10, 20)


@dataclass(frozen=True, slots=True)
class Cited:
    """A cited sentence; ``hit`` tells whether it holds or lies in a gold quote."""

    document: str
    page: int | None
    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """One feature of one city, gold beside ours.

    ``ranks`` gives the rank of the first passage that holds each gold quote (None: not among the
    passages of the search record), in the order of ``quotes``; ``searched`` is False without a
    record. ``verdict`` is None where judging failed (``failure`` says why). ``direct`` is the
    verdict before relations. ``probabilities`` follow the order of the six verdicts.
    """

    feature_id: str
    gold: Verdict
    verdict: Verdict | None
    passes: tuple[Verdict, ...] = ()
    superseded: bool = False
    quotes: tuple[GoldQuote, ...] = ()
    ranks: tuple[int | None, ...] = ()
    searched: bool = False
    direct: Verdict | None = None
    cited: tuple[Cited, ...] = ()
    confidence: float | None = None
    probabilities: tuple[float, ...] | None = None
    credited_by: tuple[str, ...] = ()
    reason: str = ""
    failure: str = ""

    @property
    def given(self) -> Verdict:
        """Our verdict; a failure counts as no_evidence (and is counted as a failure beside)."""
        return self.verdict or Verdict.NO_EVIDENCE

    @property
    def domain(self) -> str:
        """The domain's id, e.g. ``8.2``."""
        return ".".join(self.feature_id.split("-")[0].split(".")[:2])

    @property
    def quoted(self) -> bool:
        """Whether retrieval is measured here: it was searched, and gold has a quote."""
        return self.searched and bool(self.quotes)

    @property
    def asked(self) -> bool:
        """Whether it counts for recall: quoted, and gold calls it a fact."""
        return self.quoted and self.gold.is_fact

    @property
    def first_rank(self) -> int | None:
        """Rank of the first passage that holds any gold quote."""
        return min((r for r in self.ranks if r is not None), default=None)


@dataclass(frozen=True, slots=True)
class CityResult:
    """What was measured on one city: one row per labelled feature, sorted by feature id."""

    city: str
    rows: tuple[Compared, ...]

    @property
    def pairs(self) -> tuple[tuple[Verdict, Verdict], ...]:
        """(gold, predicted) verdicts."""
        return tuple((row.gold, row.given) for row in self.rows)

    @property
    def recall(self) -> dict[int, tuple[int, int]]:
        """For each depth: (features with a gold quote among the first k, all asked for)."""
        asked = [row.first_rank for row in self.rows if row.asked]
        return {
            depth: (sum(rank is not None and rank <= depth for rank in asked), len(asked))
            for depth in DEPTHS
        }

    @property
    def cited(self) -> tuple[int, int]:
        """(cited sentences that hold or lie in a gold quote, all cited sentences)."""
        marks = [c.hit for row in self.rows for c in row.cited]
        return sum(marks), len(marks)

    @property
    def failures(self) -> int:
        """Features that could not be judged."""
        return sum(bool(row.failure) for row in self.rows)


def row_json(row: Compared) -> dict[str, Any]:
    """The JSON form of a row; ``row_from`` reads it back."""
    chances = row.probabilities
    return {
        "feature": row.feature_id,
        "gold": row.gold.value,
        "passes": [v.value for v in row.passes],
        "superseded": row.superseded,
        "quotes": [
            {"document": q.document, "text": q.text, "rank": rank}
            for q, rank in zip(row.quotes, row.ranks or (None,) * len(row.quotes), strict=True)
        ],
        "searched": row.searched,
        "verdict": row.verdict.value if row.verdict else None,
        "direct": row.direct.value if row.direct else None,
        "credited_by": list(row.credited_by),
        "confidence": None if row.confidence is None else round(row.confidence, 6),
        "probabilities": None
        if chances is None
        else {v.value: round(p, 6) for v, p in zip(VERDICTS, chances, strict=True)},
        "cited": [
            {"document": c.document, "page": c.page, "text": c.text, "hit": c.hit}
            for c in row.cited
        ],
        "reason": row.reason,
        "failure": row.failure,
    }


def row_from(data: Mapping[str, Any]) -> Compared:
    """Read a row back; fields that are not there have their defaults (feature and gold must be)."""
    quotes = data.get("quotes") or ()
    chances = data.get("probabilities")
    return Compared(
        feature_id=data["feature"],
        gold=Verdict(data["gold"]),
        verdict=_verdict(data.get("verdict")),
        passes=tuple(Verdict(v) for v in data.get("passes") or ()),
        superseded=bool(data.get("superseded")),
        quotes=tuple(GoldQuote(q["document"], q["text"]) for q in quotes),
        ranks=tuple(q.get("rank") for q in quotes),
        searched=bool(data.get("searched", any("rank" in q for q in quotes))),
        direct=_verdict(data.get("direct")),
        cited=tuple(
            Cited(c.get("document", ""), c.get("page"), c["text"], bool(c["hit"]))
            for c in data.get("cited") or ()
        ),
        confidence=data.get("confidence"),
        probabilities=tuple(float(chances.get(v, 0.0)) for v in VERDICTS) if chances else None,
        credited_by=tuple(data.get("credited_by") or ()),
        reason=data.get("reason") or "",
        failure=data.get("failure") or "",
    )


def _verdict(word: str | None) -> Verdict | None:
    return Verdict(word) if word else None


def results_from(table: Mapping[str, Any], name: str) -> list[CityResult]:
    """Read the rows of an evaluation back (what ``auditor eval -o`` wrote).

    Raises:
        ConfigurationError: the table holds no rows, or broken ones; ``name`` is said.
    """
    cities = table.get("features")
    if not isinstance(cities, Mapping) or not cities:
        raise ConfigurationError(
            f"{name} 不是评测结果 (holds no rows of features).",
            hint="请给出 auditor eval -o 写出的文件 (name a file that auditor eval -o wrote).",
        )
    results = []
    for city, rows in sorted(cities.items()):
        try:
            read = sorted((row_from(row) for row in rows), key=lambda row: row.feature_id)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise ConfigurationError(
                f"{name}: {city} 的行已损坏 (broken row): {error!r}",
                hint="请重新评测 (evaluate again).",
            ) from error
        results.append(CityResult(city, tuple(read)))
    return results
