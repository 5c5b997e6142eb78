"""Claims stand beside the first judgement, with careful words and exact counts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from auditor.core.claims import (
    Claim,
    ClaimedVerdict,
    ClaimOutcome,
    Listing,
    MatchedEvidence,
    MatchedListing,
    PageRange,
    Place,
    SelfAssessment,
)
from auditor.core.documents import Span
from auditor.core.findings import Citation, Failure, Finding, Judgement, Verdict
from auditor.intake.overclaim import claim_lines, claim_report_json, compare_claims

PLACE = Place("自评表.xlsx", "自评表", 3)
FEATURE = "8.2.4.1-L3-a"


def claim(verdict: ClaimedVerdict, feature_id: str = FEATURE, reason: str = "") -> Claim:
    return Claim(feature_id, verdict, reason, "市数据局", PLACE)


def finding(verdict: Verdict, feature_id: str = FEATURE, page: int | None = None) -> Finding:
    cited = (Citation("s1", "a.pdf", page, Span(0, 2), "引文"),) if page else ()
    return Finding(Judgement(feature_id, verdict, cited, "", "screen"), verdict, verdict)


def evidence(*pages: PageRange, feature_id: str = FEATURE) -> MatchedEvidence:
    listing = Listing(feature_id, "a.pdf", pages, "", "", PLACE)
    return MatchedEvidence((MatchedListing(listing, "a.pdf", "exact"),))


def compared(standard, claimed, verdict, listed=None):
    report = compare_claims(
        SelfAssessment((claimed,)), [verdict], standard, listed or MatchedEvidence()
    )
    return report.compared[0]


@pytest.mark.parametrize(
    ("claimed", "ours", "outcome"),
    [
        (ClaimedVerdict.MET, Verdict.MET, ClaimOutcome.AGREED),
        (ClaimedVerdict.MET, Verdict.MOSTLY_MET, ClaimOutcome.HIGHER),
        (ClaimedVerdict.MET, Verdict.PARTLY_MET, ClaimOutcome.OVER),
        (ClaimedVerdict.MOSTLY_MET, Verdict.NO_EVIDENCE, ClaimOutcome.OVER),
        (ClaimedVerdict.PARTLY_MET, Verdict.PLANNED, ClaimOutcome.HIGHER),
        (ClaimedVerdict.PARTLY_MET, Verdict.MET, ClaimOutcome.UNDER),
        (ClaimedVerdict.NOT_MET, Verdict.NO_EVIDENCE, ClaimOutcome.AGREED),
        (ClaimedVerdict.NOT_APPLICABLE, Verdict.MET, ClaimOutcome.NOT_APPLICABLE),
    ],
)
def test_a_claim_is_compared_with_the_first_judgement(standard, claimed, ours, outcome):
    assert compared(standard, claim(claimed), finding(ours)).outcome is outcome


def test_a_failure_or_a_missing_finding_is_not_compared(standard):
    failed = Finding(Failure(FEATURE, "screen", "x", "y"), None, None)
    assert compared(standard, claim(ClaimedVerdict.MET), failed).outcome is ClaimOutcome.UNJUDGED
    report = compare_claims(
        SelfAssessment((claim(ClaimedVerdict.MET),)), [], standard, MatchedEvidence()
    )
    assert report.tallies[0].green == 0
    assert report.tallies[0].rate is None


def test_claims_without_listed_evidence_are_told_from_listed_files_that_are_missing(standard):
    bare = compared(standard, claim(ClaimedVerdict.MET), finding(Verdict.MET))
    assert bare.lacks_evidence
    listing = Listing(FEATURE, "没有.pdf", (), "", "", PLACE)
    missing = compared(
        standard,
        claim(ClaimedVerdict.MET),
        finding(Verdict.MET),
        MatchedEvidence(unmatched=(listing,)),
    )
    assert not missing.lacks_evidence
    assert "不在所交材料中" in missing.remark
    low = compared(standard, claim(ClaimedVerdict.PLANNED), finding(Verdict.MET))
    assert not low.lacks_evidence


def test_listed_pages_that_are_not_cited_under_a_lower_verdict_do_not_show_the_claim(standard):
    claimed, listed = claim(ClaimedVerdict.MET), evidence(PageRange(3, 5))
    other_page = compared(standard, claimed, finding(Verdict.PARTLY_MET, page=9), listed)
    assert other_page.evidence_does_not_show
    listed_page = compared(standard, claimed, finding(Verdict.PARTLY_MET, page=4), listed)
    assert not listed_page.evidence_does_not_show
    agreed = compared(standard, claimed, finding(Verdict.MET, page=9), listed)
    assert not agreed.evidence_does_not_show


def test_the_rate_of_a_domain_is_over_claims_among_its_judged_green_claims(standard):
    claims = (
        claim(ClaimedVerdict.MET, "8.1.1.1-L1-a"),
        claim(ClaimedVerdict.MET, "8.1.1.1-L2-a"),
        claim(ClaimedVerdict.MOSTLY_MET, "8.1.1.1-L3-a"),
        claim(ClaimedVerdict.MET, "8.1.1.1-L4-a"),
        claim(ClaimedVerdict.PARTLY_MET, "8.1.1.1-L5-a"),
        claim(ClaimedVerdict.MET, "8.2.4.1-L3-a"),
        claim(ClaimedVerdict.MET, "9.9.9.9-L1-a"),
    )
    findings = [
        finding(Verdict.MET, "8.1.1.1-L1-a"),
        finding(Verdict.NO_EVIDENCE, "8.1.1.1-L2-a"),
        finding(Verdict.PLANNED, "8.1.1.1-L3-a"),
        finding(Verdict.NO_EVIDENCE, "8.1.1.1-L5-a"),
        finding(Verdict.MET, "8.2.4.1-L3-a"),
    ]
    report = compare_claims(SelfAssessment(claims), findings, standard, MatchedEvidence())
    city, reform, base = report.tallies[:3]
    assert (reform.green, reform.over, reform.over_unseen) == (3, 2, 1)
    assert reform.rate == Decimal("0.6667")
    assert (reform.claimed, reform.unjudged, reform.higher) == (5, 1, 1)
    assert (base.green, base.over, base.rate) == (1, 0, Decimal("0.0000"))
    assert (city.id, city.green, city.over, city.rate) == ("", 4, 2, Decimal("0.5000"))
    assert report.tallies[3].rate is None
    assert len(report.unclaimed) == len(standard.features) - 6


def test_a_claim_of_not_applicable_needs_a_reason_and_is_left_to_a_person(standard):
    bare = compared(standard, claim(ClaimedVerdict.NOT_APPLICABLE), finding(Verdict.NO_EVIDENCE))
    assert "没有写理由" in bare.remark
    reasoned = compared(
        standard,
        claim(ClaimedVerdict.NOT_APPLICABLE, reason="无集中供热"),
        finding(Verdict.NO_EVIDENCE),
    )
    assert reasoned.remark == "由评估人员认定是否适用。"


def test_the_words_speak_of_a_first_judgement_and_accuse_nobody(standard):
    assessment = SelfAssessment((claim(ClaimedVerdict.MET),), claimed_level=3)
    report = compare_claims(assessment, [finding(Verdict.PLANNED)], standard, MatchedEvidence())
    text = "\n".join(claim_lines(report))
    assert "不表示自评不实" in text
    assert "自评等级：三级" in text
    for word in ("虚报", "造假", "夸大", "不实材料"):
        assert word not in text


def test_the_report_is_plain_json(standard):
    import json

    assessment = SelfAssessment((claim(ClaimedVerdict.MET),), claimed_level=3)
    report = compare_claims(
        assessment, [finding(Verdict.PLANNED, page=9)], standard, evidence(PageRange(1, 2))
    )
    data = json.loads(json.dumps(claim_report_json(report)))
    assert data["claims"][0]["outcome"] == "over"
    assert data["evidence_does_not_show"] == [FEATURE]
    assert data["tallies"][0]["rate"] == "1.0000"
    assert data["claimed_level"] == 3
