"""Who signed and when: the lines under the text (落款), the printer's line (版记), the cover."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from auditor.core.spans import Span
from auditor.ingest.identity.dates import dates_in, only_date, only_month
from auditor.ingest.identity.frame import Line, Paper, fold
from auditor.ingest.identity.organs import clean, is_organ

COVER_LINES = 14
PRINTED = re.compile(r"^[,，]?印发|^(?:发布|印发|发出)")
STAMPED = re.compile(
    r"^(?:(?:成文|发文|印发|发布|发表|签发|签订|签署|公布|填报|报告|编制|验收|测评|调查|审计|发证|颁发)"
    r"(?:日期|时间)|日期|时间):?"
)
PUT_UP = re.compile(r"(?:发布|发表|印发)(?:日期|时间):")
SOURCED = re.compile(r"来源|浏览|编辑|作者|字号")
"""What stands beside the date under a headline."""


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
        signature = _same_line(line) or _own_line(paper, index, line)
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


def _own_line(paper: Paper, index: int, line: Line) -> Signature | None:
    lines = paper.lines
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
    return Signature(clean(_first_body(paper, top)), top.span, day, line.span, whole)


def _first_body(paper: Paper, line: Line) -> str:
    """Of several bodies side by side the first; a single one may be letter-spaced."""
    bodies = [fold(part) for part in paper.text[line.start : line.end].split()]
    several = len(bodies) > 1 and all(len(body) >= 4 and is_organ(body) for body in bodies)
    return bodies[0] if several else line.text


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
        label = STAMPED.match(line.text) or PUT_UP.search(line.text)
        dated = next(dates_in(line.text[label.end() :]), None) if label else None
        if label and dated is not None and dated.start <= 1:
            return Signature("", None, dated.day, line.span)
        headed = None if label else next(dates_in(line.text[:24]), None)
        if headed is not None and headed.start == 0 and SOURCED.search(line.text):
            return Signature("", None, headed.day, line.span)
    return None
