"""How strong a paper is as evidence, and whether it is in force."""

from __future__ import annotations

import re
from datetime import date

from auditor.core.documents import DocumentKind
from auditor.core.identity import Grade, Stated
from auditor.ingest.identity.dates import dates_in
from auditor.ingest.identity.frame import Flat, Paper, fold
from auditor.ingest.identity.statutes import Event

BY_KIND = {
    DocumentKind.STATISTICS: Grade.STATISTICS,
    DocumentKind.LEDGER: Grade.EXPORT,
    DocumentKind.SCREENSHOT: Grade.SCREENSHOT,
    DocumentKind.ACCEPTANCE: Grade.THIRD_PARTY,
    DocumentKind.SECURITY_TEST: Grade.THIRD_PARTY,
    DocumentKind.AUDIT_REPORT: Grade.THIRD_PARTY,
    DocumentKind.SURVEY: Grade.THIRD_PARTY,
    DocumentKind.WORK_REPORT: Grade.OWN_REPORT,
    DocumentKind.SUMMARY: Grade.OWN_REPORT,
    DocumentKind.SELF_ASSESSMENT: Grade.OWN_REPORT,
    DocumentKind.EVIDENCE_LIST: Grade.OWN_REPORT,
    DocumentKind.TRAINING: Grade.OWN_REPORT,
    DocumentKind.NEWS: Grade.NEWS,
    DocumentKind.INTERPRETATION: Grade.NEWS,
}
FORMAL = frozenset(
    {
        DocumentKind.REGULATION,
        DocumentKind.PLAN,
        DocumentKind.NOTICE,
        DocumentKind.STAFFING,
        DocumentKind.MINUTES,
        DocumentKind.CONTRACT,
        DocumentKind.CERTIFICATE,
    }
)
OUTSIDE = re.compile(r"第三方|监测报告|(?:研究院|研究中心|测评中心|评估中心|事务所|大学|协会)$")
EXPORTED = re.compile(r"导出(?:时间|日期|人)|系统导出")
REPEALED = re.compile(
    r"[(【\[]?(?:已废止|已失效|全文废止|现已废止|失效|废止)[)】\]]?$|^[(【\[](?:已废止|已失效|失效|废止)"
)
STATUS = re.compile(
    r"(?:时效性|效力状态|有效性|文件状态|状态):?(?P<state>现行有效|有效|失效|已?废止|已失效|已被修改)"
)
EXPIRES = re.compile(r"有效期(?:限)?(?:至|到|截至|截止)")
STARTS = re.compile(r"(?:自|从)[^。]{0,24}?起?(?:施行|实施|执行|生效)")
SEEN_ON = re.compile(r"^(?:打印|下载|检索|导出|更新|访问|浏览)(?:日期|时间):?")
HEAD_LINES = 30


def find_grade(
    paper: Paper, kind: Stated | None, issuer: Stated | None, formal: Stated | None
) -> Stated | None:
    """Grade a paper; ``formal`` is its number, or the act by which a body passed it."""
    if kind is None:
        return None
    exported = EXPORTED.search(paper.head.text[:600])
    if exported:
        return Stated(Grade.EXPORT.value, 0.7, paper.head.of(exported))
    sort = DocumentKind(kind.value)
    if sort is DocumentKind.SUMMARY and _from_outside(paper, issuer):
        return Stated(Grade.THIRD_PARTY.value, 0.6, kind.span, "rule")
    if sort in BY_KIND:
        return Stated(BY_KIND[sort].value, kind.confidence, kind.span, "rule")
    if sort in FORMAL and formal is not None:
        return Stated(Grade.ISSUED.value, 0.95, formal.span, formal.source)
    if sort in FORMAL and issuer is not None:
        return Stated(Grade.ISSUED.value, min(0.8, issuer.confidence), issuer.span, issuer.source)
    return Stated(Grade.UNKNOWN.value, 0.5, None, "rule")


def _from_outside(paper: Paper, issuer: Stated | None) -> bool:
    title = fold(paper.title_in_name)
    return bool(OUTSIDE.search(title) or (issuer and OUTSIDE.search(issuer.value)))


def find_force(paper: Paper, kind: Stated | None, events: tuple[Event, ...]) -> Stated | None:
    """Say whether the paper is in force; only what the paper itself says counts."""
    if kind is not None and kind.value == DocumentKind.DRAFT:
        return Stated("draft", kind.confidence, kind.span, kind.source)
    return _repealed(paper) or _expired(paper) or _starting(paper, kind, events)


def _repealed(paper: Paper) -> Stated | None:
    if REPEALED.search(fold(paper.stem)):
        return Stated("no", 0.8, None, "name")
    for line in paper.lines[:HEAD_LINES]:
        status = STATUS.search(line.text) if len(line.text) <= 60 else None
        if status:
            gone = status["state"] not in ("现行有效", "有效", "已被修改")
            return Stated("no" if gone else "yes", 0.9, line.span)
        if len(line.text) <= 40 and REPEALED.search(line.text):
            return Stated("no", 0.75, line.span)
    return None


def _expired(paper: Paper) -> Stated | None:
    """A term of validity that ended before the day on which the paper was printed or fetched."""
    seen = _seen_on(paper)
    if seen is None:
        return None
    for flat in (paper.tail, paper.head):
        found = _term(flat)
        if found and found[0] < seen:
            return found[1]
    return None


def _term(flat: Flat) -> tuple[date, Stated] | None:
    for match in EXPIRES.finditer(flat.text):
        dated = next(dates_in(flat.text[match.end() : match.end() + 14]), None)
        if dated is not None and dated.start == 0:
            span = flat.span(match.start(), match.end() + dated.end)
            return dated.day, Stated("no", 0.85, span)
    return None


def _seen_on(paper: Paper) -> date | None:
    days = []
    for line in (*paper.lines[:HEAD_LINES], *paper.lines[-HEAD_LINES:]):
        label = SEEN_ON.match(line.text)
        if label:
            days += [dated.day for dated in dates_in(line.text[label.end() :])]
    return max(days, default=None)


def _starting(paper: Paper, kind: Stated | None, events: tuple[Event, ...]) -> Stated | None:
    """A rule that says from when it applies is taken to be in force."""
    if kind is None or kind.value not in (DocumentKind.REGULATION, DocumentKind.PLAN):
        return None
    starts = [match for match in STARTS.finditer(paper.tail.text)]
    if starts:
        return Stated("yes", 0.6, paper.tail.of(starts[-1]))
    return Stated("yes", 0.5, events[-1].span) if events else None
