"""Who signed and when: the lines under the text (落款), the printer's line (版记), the cover."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from auditor.core.spans import Span
from auditor.ingest.identity.dates import dates_in, only_date, only_month
from auditor.ingest.identity.frame import Line, Paper
from auditor.ingest.identity.organs import clean, is_organ

COVER_LINES = 14
PRINTED = re.compile(r"^[,，]?印发|^(?:发布|印发|发出)")
STAMPED = re.compile(
    r"^(?:成文日期|发文日期|印发日期|发布日期|发布时间|发表时间|签发日期|公布日期|日期|时间|填报日期|报告日期|编制日期):?"
)
INTAKE = ("发布日期", "发布时间", "发表时间")
"""Web pages say so when they put a paper up."""
NOT_SIGNED = re.compile(r"联系人|电话|地址|邮箱|抄送|报送|截止|附件")


@dataclass(frozen=True, slots=True)
class Signature:
    """A body (empty where only a date stands) and a day; ``whole`` is false for a month alone."""

    organ: str
    organ_span: Span | None
    day: date
    day_span: Span
    whole: bool = True


def sign_offs(paper: Paper) -> list[Signature]:
    """Find lines of a date alone and the bodies named right above, from the text's start."""
    found = []
    lines = paper.lines
    for index, line in enumerate(lines):
        if len(line.text) > 46:
            continue
        signature = _same_line(line) or _own_line(lines, index, line)
        if signature is not None:
            found.append(signature)
    return found


def _same_line(line: Line) -> Signature | None:
    """A body and its date in one line: ××局 2019年4月17日."""
    dated = next(dates_in(line.text), None)
    if dated is None or dated.end < len(line.text.rstrip("。)")) or dated.start < 4:
        return None
    body = line.text[: dated.start]
    if not is_organ(body):
        return None
    return Signature(clean(body), line.span, dated.day, line.span)


def _own_line(lines: tuple[Line, ...], index: int, line: Line) -> Signature | None:
    day, whole = only_date(line.text), True
    if day is None and index < COVER_LINES:
        day, whole = only_month(line.text), False
    if day is None:
        return None
    first = index
    while first > 0 and index - first < 6 and is_organ(lines[first - 1].text):
        first -= 1
    if first == index:
        return Signature("", None, day, line.span, whole)
    top = lines[first]
    return Signature(clean(top.text), top.span, day, line.span, whole)


def printed(paper: Paper) -> Signature | None:
    """Find the printer's line at the foot: ××局办公室 2020年9月22日印发."""
    for line in reversed(paper.lines[-40:]):
        for dated in dates_in(line.text):
            if PRINTED.match(line.text[dated.end :]):
                body = line.text[: dated.start]
                organ = clean(body) if is_organ(body) else ""
                return Signature(organ, line.span if organ else None, dated.day, line.span)
    return None


def stamped(paper: Paper) -> Signature | None:
    """Find a date that the head labels: 成文日期：…, 发表时间：…"""
    for line in paper.lines[:30]:
        label = STAMPED.match(line.text)
        dated = next(dates_in(line.text[label.end() :]), None) if label else None
        if label and dated is not None and dated.start == 0:
            return Signature("", None, dated.day, line.span)
    return None
