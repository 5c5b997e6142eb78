"""Hold what the city claims beside the machine's first judgement, feature by feature."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from auditor.core.claims import (
    Claim,
    ClaimedVerdict,
    ClaimOutcome,
    ClaimReport,
    ClaimTally,
    ComparedClaim,
    Listing,
    MatchedEvidence,
    MatchedListing,
    Place,
    RowProblem,
    SelfAssessment,
)
from auditor.core.criteria import Domain, Standard
from auditor.core.findings import Finding, Judgement, Verdict
from auditor.core.scores import Score
from auditor.intake.words import CLAIM_NAMES, LEVEL_WORDS, OUTCOME_NAMES, VERDICT_NAMES

NOTE = (
    "“自评高于初判”是与机器初判相比：自评为满足或大部分满足，而初判低于大部分满足。"
    "初判只看所交材料，材料未交、未读出或检索未见都会使初判偏低，"
    "不表示自评不实，须由评估人员核实后认定。"
)
SHARE_STEP = Decimal("0.0001")


def compare_claims(
    assessment: SelfAssessment,
    findings: Iterable[Finding],
    standard: Standard,
    evidence: MatchedEvidence,
    score: Score | None = None,
) -> ClaimReport:
    """Compare every claim with the finding on the same feature.

    Over-claimed is what is claimed met or mostly_met while ours is neither; its rate is the share
    of such claims among the green claims on features with a judgement, per domain and city.
    ``evidence`` is the evidence list after ``match_listings``; ``score`` gives our level.
    """
    by_feature = {finding.feature_id: finding for finding in findings}
    listed: dict[str, int] = defaultdict(int)
    for listing in evidence.listings:
        listed[listing.feature_id] += 1
    found: dict[str, list[MatchedListing]] = defaultdict(list)
    for match in evidence.matched:
        found[match.listing.feature_id].append(match)
    known = [claim for claim in assessment.claims if claim.feature_id in standard.by_id]
    compared = tuple(
        _compare(
            claim,
            by_feature.get(claim.feature_id),
            listed[claim.feature_id],
            found[claim.feature_id],
        )
        for claim in known
    )
    claimed = {claim.feature_id for claim in known}
    return ClaimReport(
        compared=compared,
        tallies=_tallies(compared, standard),
        unclaimed=tuple(f.id for f in standard.features if f.id not in claimed),
        claimed_level=assessment.claimed_level,
        level=score.level if score else None,
        interval=score.interval if score else None,
        note=NOTE,
    )


def _compare(
    claim: Claim, finding: Finding | None, listed: int, found: Sequence[MatchedListing]
) -> ComparedClaim:
    verdict = finding.verdict if finding is not None else None
    outcome = _outcome(claim.verdict, verdict)
    cited = finding is not None and _cites_listed(finding, found)
    row = ComparedClaim(claim, verdict, outcome, listed, len(found), cited, "")
    return ComparedClaim(claim, verdict, outcome, listed, len(found), cited, _remark(row))


def _outcome(claimed: ClaimedVerdict, verdict: Verdict | None) -> ClaimOutcome:
    wanted = claimed.verdict
    if wanted is None:
        return ClaimOutcome.NOT_APPLICABLE
    if verdict is None:
        return ClaimOutcome.UNJUDGED
    if wanted.is_green and not verdict.is_green:
        return ClaimOutcome.OVER
    # silence in the papers does not gainsay a city that says "not met" itself
    ours = max(verdict.rank, Verdict.NOT_MET.rank)
    if wanted.rank == ours:
        return ClaimOutcome.AGREED
    return ClaimOutcome.HIGHER if wanted.rank > ours else ClaimOutcome.UNDER


def _cites_listed(finding: Finding, found: Sequence[MatchedListing]) -> bool:
    if not isinstance(finding.outcome, Judgement):
        return False
    return any(
        match.document == citation.document and match.listing.covers(citation.page)
        for citation in finding.outcome.citations
        for match in found
    )


def _remark(row: ComparedClaim) -> str:
    """Say in one or two sentences what a person should look at."""
    parts = []
    if row.outcome is ClaimOutcome.NOT_APPLICABLE:
        parts.append("由评估人员认定是否适用。" if row.claim.reason else "没有写理由，请补写。")
    elif row.outcome is ClaimOutcome.OVER:
        unseen = row.verdict is Verdict.NO_EVIDENCE
        parts.append("所交材料中未见证据，可补充材料。" if unseen else "请核对材料所示程度。")
    elif row.outcome is ClaimOutcome.UNJUDGED:
        parts.append("机器未能判断，不作比较。")
    if row.lacks_evidence:
        parts.append("没有列出证明材料。")
    elif row.listed and not row.found and row.outcome is not ClaimOutcome.NOT_APPLICABLE:
        parts.append("所列文件不在所交材料中，或文件名对不上。")
    if row.evidence_does_not_show:
        parts.append("初判没有引用所列文件（页码）的内容，请核对所列是否得当。")
    return "".join(parts)


def _tallies(compared: Sequence[ComparedClaim], standard: Standard) -> tuple[ClaimTally, ...]:
    whole = _tally("", "全市", [f.id for f in standard.features], compared)
    domains = [_tally(d.id, d.name, _feature_ids(d), compared) for d in standard.domains]
    return (whole, *domains)


def _feature_ids(domain: Domain) -> list[str]:
    return [f.id for s in domain.subdomains for i in s.items for f in i.features]


def _tally(
    node_id: str, name: str, feature_ids: Sequence[str], compared: Sequence[ComparedClaim]
) -> ClaimTally:
    inside = set(feature_ids)
    rows = [row for row in compared if row.claim.feature_id in inside]
    count = {outcome: sum(row.outcome is outcome for row in rows) for outcome in ClaimOutcome}
    over = [row for row in rows if row.outcome is ClaimOutcome.OVER]
    green = sum(row.claim.verdict.is_green and row.verdict is not None for row in rows)
    return ClaimTally(
        id=node_id,
        name=name,
        features=len(inside),
        claimed=len(rows),
        green=green,
        over=len(over),
        over_unseen=sum(row.verdict is Verdict.NO_EVIDENCE for row in over),
        higher=count[ClaimOutcome.HIGHER],
        agreed=count[ClaimOutcome.AGREED],
        under=count[ClaimOutcome.UNDER],
        not_applicable=count[ClaimOutcome.NOT_APPLICABLE],
        unjudged=count[ClaimOutcome.UNJUDGED],
        rate=(Decimal(len(over)) / green).quantize(SHARE_STEP) if green else None,
    )


def claim_report_json(report: ClaimReport) -> dict[str, Any]:
    """Give the comparison as plain JSON values (rates as decimal strings)."""
    return {
        "note": report.note,
        "claimed_level": report.claimed_level,
        "level": report.level,
        "interval": list(report.interval) if report.interval else None,
        "tallies": [_tally_json(tally) for tally in report.tallies],
        "claims": [_row_json(row) for row in report.compared],
        "without_evidence": [r.claim.feature_id for r in report.compared if r.lacks_evidence],
        "evidence_does_not_show": [
            r.claim.feature_id for r in report.compared if r.evidence_does_not_show
        ],
        "unclaimed": list(report.unclaimed),
    }


def claim_report_from(row: Mapping[str, Any]) -> ClaimReport:
    """The comparison that ``claim_report_json`` gave; a place is the one text that it was told as.

    Raises:
        KeyError, ValueError: the values are of another version, or damaged.
    """
    return ClaimReport(
        compared=tuple(map(_row_from, row["claims"])),
        tallies=tuple(map(_tally_from, row["tallies"])),
        unclaimed=tuple(row["unclaimed"]),
        claimed_level=row["claimed_level"],
        level=row["level"],
        interval=tuple(row["interval"]) if row["interval"] else None,
        note=row["note"],
    )


def _row_from(row: Mapping[str, Any]) -> ComparedClaim:
    claim = Claim(
        feature_id=row["feature_id"],
        verdict=ClaimedVerdict(row["claimed"]),
        reason=row["reason"],
        department=row["department"],
        place=Place(row["place"], "", 0),
    )
    return ComparedClaim(
        claim=claim,
        verdict=Verdict(row["verdict"]) if row["verdict"] else None,
        outcome=ClaimOutcome(row["outcome"]),
        listed=row["listed"],
        found=row["found"],
        listed_cited=row["listed_cited"],
        remark=row["remark"],
    )


def _tally_from(row: Mapping[str, Any]) -> ClaimTally:
    return ClaimTally(**{**row, "rate": None if row["rate"] is None else Decimal(row["rate"])})


def claims_json(
    report: ClaimReport, problems: Sequence[RowProblem], evidence: MatchedEvidence
) -> dict[str, Any]:
    """The content of claims.json: the comparison, rows with problems, listings not found."""
    return {
        **claim_report_json(report),
        "problems": [problem_json(problem) for problem in problems],
        "unmatched": [_listing_json(listing) for listing in evidence.unmatched],
        "ambiguous": [
            {**_listing_json(fits.listing), "candidates": list(fits.candidates)}
            for fits in evidence.ambiguous
        ],
    }


def problem_json(problem: RowProblem) -> dict[str, Any]:
    """A row with a problem as plain JSON values."""
    slots = {name: getattr(problem, name) for name in RowProblem.__slots__}
    return {**slots, "place": _place_json(problem.place)}


def _listing_json(listing: Listing) -> dict[str, Any]:
    return {
        "feature_id": listing.feature_id,
        "document": listing.document,
        "department": listing.department,
        "place": _place_json(listing.place),
    }


def _place_json(place: Place) -> dict[str, Any]:
    return {"file": place.file, "sheet": place.sheet, "row": place.row}


def _tally_json(tally: ClaimTally) -> Mapping[str, Any]:
    names = [name for name in ClaimTally.__slots__ if name != "rate"]
    rate = None if tally.rate is None else str(tally.rate)
    return {**{name: getattr(tally, name) for name in names}, "rate": rate}


def _row_json(row: ComparedClaim) -> Mapping[str, Any]:
    return {
        "feature_id": row.claim.feature_id,
        "claimed": row.claim.verdict.value,
        "verdict": row.verdict.value if row.verdict else None,
        "outcome": row.outcome.value,
        "reason": row.claim.reason,
        "department": row.claim.department,
        "place": str(row.claim.place),
        "listed": row.listed,
        "found": row.found,
        "listed_cited": row.listed_cited,
        "remark": row.remark,
    }


def claim_lines(report: ClaimReport) -> list[str]:
    """Say the comparison in a few Chinese lines: levels, rates, then claims to look at."""
    levels = [
        f"自评等级：{_level(report.claimed_level)}",
        f"初判等级（材料支撑）：{_level(report.level)}",
    ]
    if report.interval is not None:
        levels.append(f"尚可能达到：{report.interval[0]}–{report.interval[1]} 级")
    lines = ["　".join(levels), report.note]
    for tally in report.tallies:
        rate = "—" if tally.rate is None else f"{tally.rate:.1%}"
        unseen = f"，其中未见证据 {tally.over_unseen}" if tally.over else ""
        lines.append(
            f"{tally.name}：自评满足或大部分满足且已判断 {tally.green} 条，"
            f"高于初判 {tally.over} 条（{rate}{unseen}）"
        )
    return lines + [claim_line(row) for row in report.compared if row.remark]


def claim_line(row: ComparedClaim) -> str:
    """Say one compared claim in a line."""
    ours = VERDICT_NAMES[row.verdict] if row.verdict else "—"
    claimed = CLAIM_NAMES[row.claim.verdict]
    outcome = OUTCOME_NAMES[row.outcome]
    return f"{row.claim.feature_id}　自评 {claimed}／初判 {ours}（{outcome}）　{row.remark}"


def _level(level: int | None) -> str:
    return "未填" if level is None else LEVEL_WORDS[level]
