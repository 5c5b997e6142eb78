"""申诉, for the assessors: the old decision beside the new papers, and the form to decide anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Response

from auditor.core.access import Right
from auditor.core.documents import Span
from auditor.core.errors import ReviewError
from auditor.core.events import ReviewEvent
from auditor.core.findings import VERDICTS, Finding, Judgement
from auditor.core.signing import locked_by
from auditor.core.workspace import MatterKind, Side
from auditor.report.rows import credit_lines, verdict_words
from auditor.web.feature_view import CitedView, cited_view
from auditor.web.files import chosen, given_files
from auditor.web.guard import RefusedError, Visit, needs
from auditor.web.matter_view import matter_of, matter_view, matter_views
from auditor.web.ordering import order_of
from auditor.web.pages.intake import asked_before
from auditor.web.pages.problems import back
from auditor.web.rendering import page
from auditor.web.words import Words
from auditor.workbench.acting import Cited
from auditor.workbench.appeals import (
    Appeal,
    Ruling,
    appeal_of,
    appeals_of,
    file_appeal,
    found_in,
)
from auditor.workbench.auditing import judges_offered
from auditor.workbench.excusing import Agreed, approve_excuse, key_of, proposal_on, settle_appeal
from auditor.workbench.handed import Files, take_files
from auditor.workbench.opened import OpenRun
from auditor.workbench.rejudging import Rejudged, judge_again, rejudged

router = APIRouter(include_in_schema=False)
See = Annotated[Visit, needs(Right.SEE_RUN)]
File = Annotated[Visit, needs(Right.APPEAL)]
Decide = Annotated[Visit, needs(Right.DECIDE)]
Approve = Annotated[Visit, needs(Right.APPROVE)]
Audit = Annotated[Visit, needs(Right.AUDIT)]
PATH = "/runs/{run_id}/appeals"
SOURCE = "申诉材料"
MOST_TEXT = 40_000
MOST_PICTURES = 12
PLACE = re.compile(r"[0-9]{1,9}:[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class OldView:
    """A decision or the machine's verdict, in words, with its citations."""

    words: str
    verdict: str
    who: str
    time: str
    reason: str
    cited: tuple[CitedView, ...]
    notes: tuple[str, ...] = ()


@router.get(PATH)
def appeals(visit: See) -> Response:
    """The appeals of a run, the open ones first."""
    return page(
        visit,
        "appeals.html",
        matters=matter_views(visit, appeals_of(visit.space, visit.run.id), Side.ASSESSOR),
        features=visit.opened.standard.features,
    )


@router.post(PATH)
def record_appeal(visit: File) -> Response:
    """Record an appeal that came to the assessors by another way."""
    if not visit.may(Right.SEE_RUN):
        raise RefusedError
    contested = visit.text("feature_id").strip(), visit.text("text")
    opened = visit.opened

    def take() -> Files:
        return take_files(visit.space, opened, given_files(visit, "files[]"), SOURCE)

    number = file_appeal(visit.space, visit.account, opened, contested, Side.ASSESSOR, take)
    return back(visit, f"appeals/{number}")


@router.get(PATH + "/{matter_id}")
def appeal_page(visit: See, matter_id: int) -> Response:
    """An appeal: what was decided, what the city says and hands in, the form to decide anew."""
    matter = matter_of(visit, matter_id, (MatterKind.APPEAL,))
    opened = visit.opened
    appeal = appeal_of(opened, matter)
    feature = opened.standard.by_id[matter.feature_id]
    proposed = proposal_on(visit.space, opened, feature.id, matter.id)
    return page(
        visit,
        "appeal.html",
        matter=matter_view(visit, matter, Side.ASSESSOR),
        feature=feature,
        old=_old(visit, appeal),
        since=[_decided(visit, event) for event in appeal.since],
        papers=appeal.papers,
        most_text=MOST_TEXT,
        most_pictures=MOST_PICTURES,
        locked=locked_by(feature, opened.present.signatures),
        verdicts=tuple(reversed(VERDICTS)),
        seen=appeal.now.id if appeal.now else "",
        finding_hash=opened.hashes[feature.id],
        proposed=proposed.payload if proposed else {},
        proposal=key_of(proposed) if proposed else "",
        steps=len(matter.steps),
        again=(again := rejudged(visit.space, opened, matter)),
        fresh=_fresh(visit, again),
        judges=judges_offered(),
        asked=asked_before(visit),
        own=proposed is not None and proposed.account_id == visit.account.id,
    )


def _old(visit: Visit, appeal: Appeal) -> OldView:
    """What is contested: the decision that stood, else the machine's first verdict."""
    if appeal.old is not None:
        return _decided(visit, appeal.old)
    finding = visit.opened.findings[appeal.matter.feature_id]
    return _first_verdict(finding, visit.opened, visit.words)


def _fresh(visit: Visit, again: Rejudged | None) -> OldView | None:
    """What the machine found with the new papers, where it has."""
    if again is None or again.finding is None:
        return None
    return _first_verdict(again.finding, visit.opened, visit.words)


def _first_verdict(finding: Finding, opened: OpenRun, w: Words) -> OldView:
    judged = finding.outcome if isinstance(finding.outcome, Judgement) else None
    return OldView(
        words=verdict_words(finding.verdict, w),
        verdict=finding.verdict.value if finding.verdict else "failed",
        who=w["first_verdict"],
        time="",
        reason=judged.reason if judged else "",
        cited=tuple(cited_view(c, opened) for c in (judged.citations if judged else ())),
        notes=(*credit_lines(finding, w), *_failed(finding)),
    )


def _failed(finding: Finding) -> tuple[str, ...]:
    outcome = finding.outcome
    return () if isinstance(outcome, Judgement) else (outcome.detail,)


def _decided(visit: Visit, event: ReviewEvent) -> OldView:
    said, w = event.content, visit.words
    verdict = said.verdict.value if said.verdict else "not_applicable"
    return OldView(
        words=w[verdict],
        verdict=verdict,
        who=said.author,
        time=said.time,
        reason=said.reason,
        cited=tuple(cited_view(c, visit.opened) for c in said.citations),
    )


@router.post(PATH + "/{matter_id}/ruling")
def rule(visit: Decide, matter_id: int) -> Response:
    """Decide the contested feature anew, and answer the city; 不适用 is only proposed."""
    matter = matter_of(visit, matter_id, (MatterKind.APPEAL,))
    appeal = appeal_of(visit.opened, matter)
    ruling = Ruling(
        verdict=visit.text("verdict"),
        reason=visit.text("reason"),
        reply=visit.text("reply"),
        seen=visit.text("seen"),
        finding_hash=visit.text("finding_hash"),
        steps=_steps(visit),
        cited=tuple(_cited(visit, appeal)),
    )
    settle_appeal(visit.space, visit.account, visit.opened, matter, ruling)
    return back(visit, f"appeals/{matter_id}")


def _steps(visit: Visit) -> int:
    """How many steps of the appeal the page showed; none of a form that does not say."""
    said = visit.text("steps")[:6]
    return int(said) if said.isascii() and said.isdecimal() else 0


@router.post(PATH + "/{matter_id}/judging")
def judge_with_new_papers(visit: Audit, matter_id: int) -> Response:
    """Have the machine judge the contested feature again with the new papers; decides nothing."""
    matter = matter_of(visit, matter_id, (MatterKind.APPEAL,))
    order = order_of(visit, {**visit.posted, "city": visit.run.city})
    judge_again(visit.space, visit.account, visit.opened, matter, order)
    return back(visit, f"appeals/{matter_id}")


@router.post(PATH + "/{matter_id}/approval")
def approve(visit: Approve, matter_id: int) -> Response:
    """Agree to the 不适用 that was proposed for the contested feature; the city is answered."""
    matter = matter_of(visit, matter_id, (MatterKind.APPEAL,))
    proposal, finding_hash = visit.text("proposal"), visit.text("finding_hash")
    agreed = Agreed(matter.feature_id, proposal, finding_hash, matter.id)
    approve_excuse(visit.space, visit.account, visit.opened, agreed)
    return back(visit, f"appeals/{matter_id}")


def _cited(visit: Visit, appeal: Appeal) -> Iterator[Cited]:
    """Places that were marked on the page, and quotes that were copied by hand."""
    for place in chosen(visit, "cited[]"):
        sha256, _, span = place.partition(":")
        start, _, end = span.partition(":")
        known = any(paper.sha256 == sha256 for paper in appeal.papers)
        if not (known and PLACE.fullmatch(span) and int(start) < int(end)):
            raise ReviewError("引证不合格式 (malformed citation).", hint="请刷新页面重选。")
        yield Cited(sha256, Span(int(start), int(end)))
    for paper in appeal.papers:
        quote = visit.text(f"quote-{paper.sha256}")
        if quote.strip():
            yield found_in(appeal.papers, paper.sha256, quote)
