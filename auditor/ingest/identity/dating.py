"""The day on which a paper was made (成文日期), not the days that its text speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from auditor.core.documents import DocumentKind
from auditor.core.identity import Stated
from auditor.ingest.identity.dates import dates_in
from auditor.ingest.identity.frame import Paper, fold
from auditor.ingest.identity.meta import told_day
from auditor.ingest.identity.signing import Signature, stamped
from auditor.ingest.identity.statutes import Event, last_day

SESSION = re.compile(
    r"^在?[\u4e00-\u9fa5]{0,20}(?:第[一二三四五六七八九十\d]{1,4}届)?(?:全国)?人民代表大会|^在[\u4e00-\u9fa5]{2,30}(?:会议|大会)上"
)
RELEASED = re.compile(r"^(?:发布|公布)")
REPORT_YEAR = re.compile(
    r"(?P<before>(?:19|20)\d{2})年?[\u4e00-\u9fa5]{0,14}?(?:人民)?政府工作报告|政府工作报告[(_]?(?P<after>(?:19|20)\d{2})"
)
REVIEW_YEAR = re.compile(r"(?P<year>(?:19|20)\d{2})年(?:政府)?工作(?:的)?回顾")
APPROXIMATE = 0.3
"""Confidence of an answer that only knows the year; the first of January stands for it."""


def find_day(
    paper: Paper,
    kind: DocumentKind | None,
    events: tuple[Event, ...],
    signed: Sequence[Signature],
    foot: Signature | None,
) -> Stated | None:
    """Find the date of issue, the surest places first."""
    if kind is DocumentKind.REGULATION and events:
        return _of_statute(paper, events)
    if kind is DocumentKind.WORK_REPORT:
        spoken = _of_session(paper) or _signed(signed) or _alone(paper, signed)
        return spoken or _of_report(paper, kind)
    return (
        _told(paper)
        or _signed(signed)
        or _foot(foot)
        or _released(paper)
        or _labelled(paper)
        or _in_name(paper)
        or _alone(paper, signed)
        or _of_report(paper, kind)
    )


def name_date(paper: Paper) -> date | None:
    """The full date in the file's name, None without one."""
    last = [dated.day for dated in dates_in(re.sub(r"[_\s]", " ", paper.stem))]
    return last[-1] if last else None


def _of_statute(paper: Paper, events: tuple[Event, ...]) -> Stated | None:
    last = last_day(events)
    named = name_date(paper)
    if last is None:
        return None
    if named is None or named == last.day:
        return Stated(last.day.isoformat(), 0.97, last.span)
    if named > last.day:
        return Stated(named.isoformat(), 0.75, None, "name")
    return Stated(last.day.isoformat(), 0.6, last.span)


def _of_session(paper: Paper) -> Stated | None:
    head = paper.head.text[:600]
    for dated in dates_in(head):
        if SESSION.match(head[dated.end : dated.end + 60]):
            return Stated(dated.day.isoformat(), 0.96, paper.head.span(dated.start, dated.end))
    return None


def _told(paper: Paper) -> Stated | None:
    found = told_day(paper)
    return Stated(found[0].isoformat(), 0.95, found[1].span) if found else None


def _signed(signed: Sequence[Signature]) -> Stated | None:
    for signature in signed:
        if signature.organ and signature.whole:
            return Stated(signature.day.isoformat(), 0.95, signature.day_span)
    for signature in signed:
        if signature.organ:
            return Stated(signature.day.isoformat(), 0.5, signature.day_span)
    return None


def _foot(foot: Signature | None) -> Stated | None:
    return Stated(foot.day.isoformat(), 0.85, foot.day_span) if foot else None


def _released(paper: Paper) -> Stated | None:
    """A standard's cover: 2018-06-07发布."""
    head = paper.head.text[:600]
    for dated in dates_in(head):
        if RELEASED.match(head[dated.end : dated.end + 2]):
            return Stated(dated.day.isoformat(), 0.9, paper.head.span(dated.start, dated.end))
    return None


def _labelled(paper: Paper) -> Stated | None:
    found = stamped(paper)
    return Stated(found.day.isoformat(), 0.8, found.day_span) if found else None


def _in_name(paper: Paper) -> Stated | None:
    named = name_date(paper)
    return Stated(named.isoformat(), 0.7, None, "name") if named else None


def _alone(paper: Paper, signed: Sequence[Signature]) -> Stated | None:
    """A date on a line of its own, under the title or at the end."""
    early = [s for s in signed if s.day_span.start < 600]
    late = [s for s in signed if s.day_span.start > len(paper.text) - 1500]
    for signature in (*early[:1], *late[-1:]):
        sure = 0.6 if signature.whole else 0.4
        return Stated(signature.day.isoformat(), sure, signature.day_span)
    return None


def _of_report(paper: Paper, kind: DocumentKind | None) -> Stated | None:
    """Only the year is known: that of a report, or the year after the one it looks back on."""
    if kind is not DocumentKind.WORK_REPORT:
        return None
    for text in (fold(paper.stem), paper.head.text[:200]):
        match = REPORT_YEAR.search(text)
        if match:
            year = int(match["before"] or match["after"])
            return Stated(date(year, 1, 1).isoformat(), APPROXIMATE, None, "rule")
    review = REVIEW_YEAR.search(paper.head.text)
    if review:
        span = paper.head.of(review)
        return Stated(date(int(review["year"]) + 1, 1, 1).isoformat(), APPROXIMATE, span, "rule")
    return None
