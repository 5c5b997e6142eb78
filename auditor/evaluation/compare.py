"""Hold a run against a gold set: verdicts, retrieval, citations, chances, coverage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from auditor.core.criteria import Standard
from auditor.core.findings import VERDICTS, Failure, Finding, Judgement, Verdict
from auditor.core.search import SearchRecord
from auditor.evaluation.bootstrap import intervals, resampled
from auditor.evaluation.calibration import curve
from auditor.evaluation.gold import GoldCity, GoldQuote, GoldRow, matches_quote
from auditor.evaluation.metrics import confusion
from auditor.evaluation.retrieval import ranks_of
from auditor.evaluation.rows import DEPTHS, Cited, Compared, row_json
from auditor.evaluation.rows import CityResult as CityResult
from auditor.evaluation.tallies import added, blocks_of, measured, plain, search_marks, summed
from auditor.profiles import load_profile
from auditor.standard import load_standard

FORM = "ctmm-eval-1"
Choose = Callable[[Compared], bool]


def compare(
    gold: GoldCity, records: Iterable[SearchRecord], findings: Iterable[Finding]
) -> CityResult:
    """Hold one city against its labels: every feature that the gold set labels counts."""
    by_feature = {f.feature_id: f for f in findings}
    by_record = {r.feature_id: r for r in records}
    rows = [
        compared(row, by_record.get(key), by_feature.get(key))
        for key, row in sorted(gold.rows.items())
    ]
    return CityResult(gold.name, tuple(rows))


def compared(row: GoldRow, record: SearchRecord | None, finding: Finding | None) -> Compared:
    """Put one feature's label beside what was searched and found."""
    base = Compared(
        feature_id=row.feature_id,
        gold=row.verdict,
        verdict=Verdict.NO_EVIDENCE,
        passes=row.passes,
        superseded=row.superseded,
        quotes=row.quotes,
        ranks=ranks_of(row.quotes, record) if record else (None,) * len(row.quotes),
        searched=record is not None,
    )
    if finding is None:
        return base
    outcome = finding.outcome
    if isinstance(outcome, Failure):
        return replace(base, verdict=None, failure=f"{outcome.error}: {outcome.detail}")
    chances = outcome.probabilities
    return replace(
        base,
        verdict=finding.verdict,
        direct=finding.direct_verdict,
        cited=_cited(row, finding, outcome),
        confidence=outcome.confidence,
        probabilities=tuple(float(chances.get(v, 0.0)) for v in VERDICTS) if chances else None,
        credited_by=finding.credited_by,
        reason=outcome.reason,
    )


def _cited(row: GoldRow, finding: Finding, outcome: Judgement) -> tuple[Cited, ...]:
    """The cited sentences of every finding but no_evidence."""
    if finding.verdict is Verdict.NO_EVIDENCE:
        return ()
    return tuple(
        Cited(c.document, c.page, c.quote, _is_hit(c.quote, row.quotes)) for c in outcome.citations
    )


def _is_hit(text: str, quotes: Sequence[GoldQuote]) -> bool:
    return any(matches_quote(text, quote.text) for quote in quotes)


def citation_hits(row: GoldRow, finding: Finding) -> tuple[int, int]:
    """Count the cited sentences that hold or lie in a gold quote, and all cited sentences."""
    cited = compared(row, None, finding).cited
    return sum(c.hit for c in cited), len(cited)


def recall_of(gold: GoldCity, records: Iterable[SearchRecord]) -> dict[int, tuple[int, int]]:
    """For each depth: (features with a gold quote among the first k passages, all asked for).

    Asked for are the features whose gold verdict is a fact (met, mostly_met, partly_met) and
    that have quotes.
    """
    return compare(gold, records, ()).recall


def summary(
    results: Iterable[CityResult], standard: Standard | None = None, resamples: int = 0
) -> dict[str, Any]:
    """Pool cities and list each: all measures, baselines, curves, and the rows themselves.

    With ``resamples`` every measure gets its interval under ``intervals``.
    """
    rows = list(results)
    sheet = Sheet(rows, standard or load_standard(), resamples)
    table: dict[str, Any] = {
        "form": FORM,
        **sheet.figures(),
        "baselines": {"always_no_evidence": Sheet(silent(rows), sheet.standard).pooled()},
        "confusion": confusion([pair for row in rows for pair in row.pairs]),
        "retrieval_by_verdict": retrieval_by_verdict(rows),
        "recall_curve": recall_curve(rows),
        "calibration": sheet.curves(),
        "features": {result.city: [row_json(row) for row in result.rows] for result in rows},
    }
    return table


class Sheet:
    """The figures of some cities under one standard; with ``resamples`` their intervals too."""

    def __init__(
        self, results: Sequence[CityResult], standard: Standard, resamples: int = 0
    ) -> None:
        self.standard = standard
        self._results, self._resamples, self._profile = results, resamples, load_profile()
        self._blocks = self._blocks_where(lambda _: True)
        self._sums = {city: summed(blocks) for city, blocks in self._blocks.items()}

    def _blocks_where(self, chosen: Choose) -> dict[str, Any]:
        parts = [CityResult(r.city, tuple(filter(chosen, r.rows))) for r in self._results]
        return {p.city: blocks_of(p, self.standard, self._profile) for p in parts}

    def pooled(self) -> dict[str, Any]:
        """All measures over all cities."""
        return plain(measured(added(list(self._sums.values()))))

    def figures(self) -> dict[str, Any]:
        """Measures of all cities together, of each city, of each domain; with their intervals."""
        domains = {d.id: self._domain(d.id) for d in self.standard.domains}
        domains = {key: value for key, value in domains.items() if value["figures"]["n"]}
        figures: dict[str, Any] = {
            "pooled": self.pooled(),
            "cities": {city: plain(measured(sums)) for city, sums in self._sums.items()},
            "domains": {key: value["figures"] for key, value in domains.items()},
            "domain_names": {d.id: d.name for d in self.standard.domains},
        }
        if self._resamples:
            drawn = resampled(self._blocks, self._resamples)
            figures["intervals"] = {
                "pooled": intervals(list(drawn.values())),
                "cities": {city: intervals([sums]) for city, sums in drawn.items()},
                "domains": {key: value["intervals"] for key, value in domains.items()},
                "resamples": self._resamples,
            }
        return figures

    def _domain(self, domain_id: str) -> dict[str, Any]:
        blocks = self._blocks_where(lambda row: row.domain == domain_id)
        figures = plain(measured(added([summed(b) for b in blocks.values()])))
        if not self._resamples or not figures["n"]:
            return {"figures": figures, "intervals": {}}
        drawn = resampled(blocks, self._resamples)
        return {"figures": figures, "intervals": intervals(list(drawn.values()))}

    def curves(self) -> dict[str, Any]:
        """Reliability curves of P(green) and of the likeliest verdict."""
        total = added(list(self._sums.values()))
        return {"green": curve(total["green_bins"][0]), "top": curve(total["top_bins"][0])}


def retrieval_by_verdict(results: Iterable[CityResult]) -> dict[str, dict[str, Any]]:
    """Recall of gold quotes for every gold verdict that has quotes, planned and not_met too."""
    rows = [row for result in results for row in result.rows if row.quoted]
    table = {}
    for verdict in VERDICTS:
        marks = [search_marks(row) for row in rows if row.gold is verdict]
        if marks:
            shares = [round(sum(column) / len(marks), 4) for column in zip(*marks, strict=True)]
            names = [f"{kind}@{d}" for kind in ("recall", "recall_all") for d in DEPTHS]
            values = dict(zip((*names, "ndcg@10"), shares[1:], strict=True))
            table[verdict.value] = {"asked": len(marks), **values}
    return table


def recall_curve(results: Iterable[CityResult]) -> dict[str, list[float]]:
    """Recall of any and of all gold quotes of facts within the first 1, 2, … passages."""
    asked = [row.ranks for result in results for row in result.rows if row.asked]
    if not asked:
        return {"any": [], "all": []}
    curves = {}
    for name, holds in (("any", any), ("all", all)):
        found = [
            sum(holds(r is not None and r <= depth for r in ranks) for ranks in asked)
            for depth in range(1, max(DEPTHS) + 1)
        ]
        curves[name] = [round(count / len(asked), 4) for count in found]
    return curves


def silent(results: Iterable[CityResult]) -> list[CityResult]:
    """The trivial baseline: the same features, always answered by no_evidence, and surely."""
    sure = tuple(float(v is Verdict.NO_EVIDENCE) for v in VERDICTS)
    return [
        CityResult(
            result.city,
            tuple(
                Compared(r.feature_id, r.gold, Verdict.NO_EVIDENCE, probabilities=sure)
                for r in result.rows
            ),
        )
        for result in results
    ]


def pass_agreement(
    cities: Iterable[GoldCity], standard: Standard | None = None
) -> dict[str, Any] | None:
    """How well the second annotation pass agrees with the first, where a city has two."""
    table = pass_figures(cities, standard)
    return table["pooled"] if table else None


def pass_figures(
    cities: Iterable[GoldCity], standard: Standard | None = None, resamples: int = 0
) -> dict[str, Any] | None:
    """All measures with pass A as gold and pass B as the answer: pooled, by city, by domain.

    ``citation_precision`` is the share of B's quotes that meet one of A's, ``citation_recall`` the
    share of A's that meet one of B's. None where no city has two passes.
    """
    both = [c for c in cities if any(len(row.passes) >= 2 for row in c.rows.values())]
    if not both:
        return None
    known = standard or load_standard()
    return Sheet([passes_of(city) for city in both], known, resamples).figures()


def passes_of(city: GoldCity) -> CityResult:
    """Pass A as gold and pass B as the answer."""
    rows = []
    for key, row in sorted(city.rows.items()):
        if len(row.passes) < 2:
            continue
        first, second = row.pass_quotes or ((), ())
        answer = row.passes[1]
        said = second if answer is not Verdict.NO_EVIDENCE else ()
        cited = tuple(Cited(q.document, None, q.text, _is_hit(q.text, first)) for q in said)
        rows.append(Compared(key, row.passes[0], answer, quotes=first, cited=cited))
    return CityResult(city.name, tuple(rows))
