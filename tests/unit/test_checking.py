"""The checking stage over several features at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from auditor.checking import Material, check_and_relate, contradictions_in
from auditor.core.criteria import Standard
from auditor.core.documents import Document
from auditor.core.findings import AbsenceKind, Failure, Finding, Judgement, Verdict
from auditor.core.intake import SubdomainCoverage
from auditor.core.limits import CheckLimits
from auditor.core.run import Case
from auditor.core.search import Hit, SearchRecord
from auditor.standard import load_standard
from tests.unit.checks.samples import CITY, cited, evidence_of, paper, passages_of

STANDARD = load_standard()
PLATFORM = paper(
    "一、2023年工作回顾\n建成城市算力调度平台，接入部门60个。\n", "甲.txt", date(2024, 1, 10),
    grade="own_report",
)  # fmt: skip
DENIAL = paper("算力调度平台尚未建成。\n", "乙.txt", date(2024, 6, 1))
ITEM = "8.2.4.1"
FEATURES = tuple(f for f in STANDARD.features if f.item == STANDARD.by_id[f"{ITEM}-L1-a"].item)


def cases(*documents: Document) -> list[Case]:
    by_name = {d.name: d for d in documents}
    hits = tuple(
        Hit(p, 0.5, {"dense": n}, tuple(0.5 for _ in p.sentences))
        for n, p in enumerate(passages_of(*documents), start=1)
    )
    return [
        Case(f, SearchRecord(f.id, ("平台",), hits, len(hits)), CITY, date(2024, 12, 31), by_name)
        for f in FEATURES
    ]


def outcome(feature_id: str, verdict: Verdict, confidence: float = 0.9) -> Judgement:
    shown = evidence_of(STANDARD.by_id[feature_id], PLATFORM, DENIAL)
    quotes = cited(shown, "建成城市算力") if verdict.is_fact else ()
    return Judgement(feature_id, verdict, quotes, "", "test", confidence)


def checked(
    verdict: Verdict, *documents: Document, material: Material | None = None
) -> list[Finding]:
    outcomes = {f.id: outcome(f.id, verdict) for f in FEATURES}
    return list(check_and_relate(cases(*documents), outcomes, STANDARD, material))


def coverage(features: int, spoken: int = 0) -> SubdomainCoverage:
    return SubdomainCoverage("8.2.4", "安全保障体系", "8.2", features, spoken, 1, (), {}, {}, ())


def size_of(standard: Standard, subdomain_id: str) -> int:
    return sum(f.id.startswith(f"{subdomain_id}.") for f in standard.features)


def test_findings_keep_the_order_of_the_cases_and_none_is_above_its_judgement() -> None:
    findings = checked(Verdict.PARTLY_MET, PLATFORM)
    assert [f.feature_id for f in findings] == [f.id for f in FEATURES]
    for finding in findings:
        assert finding.direct_verdict is not None
        assert finding.direct_verdict.rank <= Verdict.PARTLY_MET.rank


def test_one_sentence_for_a_whole_item_is_flagged_beyond_its_best_uses() -> None:
    material = Material(limits=CheckLimits(most_uses=2))
    findings = checked(Verdict.PARTLY_MET, PLATFORM, material=material)
    facts = [f for f in findings if f.direct_verdict is not None and f.direct_verdict.is_fact]
    flagged = [f for f in facts if any(c.rule == "reuse" for c in f.flags)]
    assert len(facts) > 2
    assert len(flagged) == len(facts) - 2


def test_a_contradiction_reaches_every_finding_that_cites_it() -> None:
    findings = checked(Verdict.PARTLY_MET, PLATFORM, DENIAL)
    assert all(
        any(c.rule == "contradiction" and len(c.quotes) == 2 for c in f.flags)
        for f in findings
        if isinstance(f.outcome, Judgement) and f.outcome.citations
    )
    [said] = contradictions_in(passages_of(PLATFORM, DENIAL), [PLATFORM, DENIAL], CITY)
    assert said.quotes[0].document == DENIAL.name or said.quotes[1].document == DENIAL.name


def test_silence_is_thin_only_where_the_whole_subdomain_was_searched() -> None:
    whole = Material(coverage=(coverage(size_of(STANDARD, "8.2.4")),))
    part = Material(coverage=(coverage(1),))
    for material, kind in ((whole, AbsenceKind.THIN), (part, AbsenceKind.SEARCHED)):
        findings = checked(Verdict.NO_EVIDENCE, PLATFORM, material=material)
        assert {f.absence.kind for f in findings if f.absence} == {kind}
        assert all(f.absence is not None for f in findings)


def test_a_failure_passes_through_untouched() -> None:
    outcomes: dict[str, Judgement | Failure] = {
        f.id: Failure(f.id, "test", "timeout", "") for f in FEATURES
    }
    findings = check_and_relate(cases(PLATFORM), outcomes, STANDARD)
    assert all(f.verdict is None and f.absence is None and not f.flags for f in findings)


def test_age_goes_by_the_date_of_the_audit() -> None:
    later = [replace(case, as_of=date(2031, 1, 1)) for case in cases(PLATFORM)]
    outcomes = {f.id: outcome(f.id, Verdict.MET) for f in FEATURES}
    findings = check_and_relate(later, outcomes, STANDARD)
    capped = [
        f
        for f in findings
        if isinstance(f.outcome, Judgement)
        and any(c.rule == "age" and c.outcome == "changed" for c in f.outcome.checks)
    ]
    assert capped
    assert all(f.direct_verdict is Verdict.PARTLY_MET for f in capped)
