"""Small rows and cities for the tests of measures, with values that can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from auditor.core.documents import Span
from auditor.core.findings import VERDICTS, Citation, Finding, Judgement, Verdict
from auditor.core.passages import Passage, SectionRole
from auditor.core.search import Hit, SearchRecord
from auditor.evaluation.gold import GoldQuote
from auditor.evaluation.rows import Cited, CityResult, Compared

M, S, P, L, N, E = (
    Verdict.MET, Verdict.MOSTLY_MET, Verdict.PARTLY_MET, Verdict.PLANNED, Verdict.NOT_MET,
    Verdict.NO_EVIDENCE,
)  # fmt: skip
PAPER = "报告.md"
IDS = ("8.1.1.1-L1-a", "8.1.1.1-L2-a", "8.1.1.1-L3-a", "8.2.1.1-L1-a", "8.2.1.1-L1-b")


def chances(**given: float) -> tuple[float, ...]:
    """Six chances in the order of the verdicts; those not named are 0."""
    return tuple(given.get(verdict.value, 0.0) for verdict in VERDICTS)


def row(
    feature_id: str,
    gold: Verdict,
    verdict: Verdict | None,
    ranks: Sequence[int | None] = (),
    hits: Sequence[bool] = (),
    probabilities: tuple[float, ...] | None = None,
) -> Compared:
    """A compared feature: one quote per rank, one cited sentence per hit."""
    return Compared(
        feature_id=feature_id,
        gold=gold,
        verdict=verdict,
        quotes=tuple(GoldQuote(PAPER, f"引文{i}") for i in range(len(ranks))),
        ranks=tuple(ranks),
        searched=bool(ranks),
        cited=tuple(Cited(PAPER, 1, f"引文{i}" if hit else f"别的{i}", hit)
                    for i, hit in enumerate(hits)),
        probabilities=probabilities,
        failure="" if verdict else "Timeout: 无应答",
    )  # fmt: skip


def city(name: str, rows: Sequence[Compared]) -> CityResult:
    return CityResult(name, tuple(sorted(rows, key=lambda r: r.feature_id)))


def passage(number: int, text: str, document: str = PAPER) -> Passage:
    return Passage(f"p{number}", document, Span(0, len(text)), text, (), SectionRole.RETROSPECT, ())


def record(feature_id: str, *texts: str) -> SearchRecord:
    """A search record whose hits are the texts, in rank order."""
    hits = tuple(Hit(passage(i, text), 1.0 / i, {}) for i, text in enumerate(texts, start=1))
    return SearchRecord(feature_id, ("问",), hits, len(hits))


def finding(feature_id: str, verdict: Verdict, *quotes: str) -> Finding:
    """A finding that cites the quotes."""
    cited = tuple(Citation(f"s{i}", PAPER, None, Span(0, len(q)), q) for i, q in enumerate(quotes))
    return Finding(Judgement(feature_id, verdict, cited, "理由", "screen"), verdict, verdict)


def write_gold(folder: Path, rows: Sequence[dict[str, Any] | str], text: str = "全文。") -> Path:
    """Write a gold folder of one city; a string is written as it is (a broken line)."""
    (folder / "documents").mkdir(parents=True)
    (folder / "documents" / PAPER).write_text(text, encoding="utf-8")
    lines = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows]
    (folder / "gold.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
