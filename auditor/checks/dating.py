"""Of which day a sentence speaks: by its own dates first, then its headings', then its paper's.

A period counts by its end. Years in titles of papers, in their numbers and in names of standards
are no dates of the matter, nor are targets to come, the year that a growth is measured from, or
the year in which something merely began.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from auditor.core.documents import Document
from auditor.core.passages import Passage, Sentence

NO_DATES = re.compile(
    r"《[^》]*》|〔\s*(?:19|20)\d{2}\s*〕\s*\d*\s*号?|\[\s*(?:19|20)\d{2}\s*\]\s*\d*\s*号"
    r"|[（(]\s*(?:19|20)\d{2}\s*(?:年?版?)?\s*(?:[-—–~～至]\s*(?:19|20)\d{2}\s*年?)?\s*[）)]"
    r"|(?:GB|ISO|DB\d*|IEC|YD|T)(?:/[TZ])?\s*[\d.]+\s*[-—–]\s*(?:19|20)\d{2}|(?:19|20)\d{2}\s*年?版"
)
"""Titles, numbers of papers, (2018), names of standards: their years say nothing of the matter."""
AS_AT = re.compile(r"截至|截止|截止到")
TO_THE_PRESENT = re.compile(
    r"目前|现已|至今|迄今|当前|以来|今年来|近年来|近两年|[年月日]起(?![草步飞诉伏])"
)
STARTED = re.compile(
    r"[^，。；]{0,4}(?:启动|开始|开工|起步|始建|立项|筹建|获批|列入|提出|入选|成立|组建|设立|印发|出台|颁布)"
)
AND_NOW = re.compile(r"(?:已|现|共|累计|全部|投用|投运|运行|达到?|覆盖)")
MEASURED_FROM = re.compile(r"(?:比|较|同|与|相比|对比|相较)(?:于)?\s*$")
TARGET = re.compile(r"(?:到|至|力争|计划|预计|拟于?|将于|争取|确保)\s*$")
YEAR = r"(?<!\d)((?:19|20)\d{2})"
DAY = re.compile(
    YEAR + r"(?:\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日|[-./](\d{1,2})[-./](\d{1,2})(?!\d))"
)
MONTH = re.compile(YEAR + r"\s*年\s*(\d{1,2})\s*月(?!\s*\d)")
PERIOD = re.compile(YEAR + r"\s*年?\s*(?:[-—–~～]|至|到)+\s*((?:19|20)\d{2})(?!\d)")
WHOLE_YEAR = re.compile(YEAR + r"\s*年(?!\s*\d{1,2}\s*月)")
PLANS = re.compile(r"“?十([二三四五])五”?(?P<since>以来)?")
PLAN_ENDS = {"二": 2015, "三": 2020, "四": 2025, "五": 2030}
RELATIVE = re.compile(r"去年|上年|上一年")


@dataclass(frozen=True, slots=True)
class SpokenOf:
    """The day a statement holds for; ``source`` is ``sentence``, ``heading`` or ``paper``."""

    day: date
    source: str


def spoken_of(
    sentence: Sentence, passage: Passage, document: Document, as_of: date | None = None
) -> SpokenOf | None:
    """Tell of which day a sentence speaks, None where nothing says so.

    Days after ``as_of`` and after the paper's own date are targets and are passed over; only
    what a sentence tells as at a day (截至) goes before a paper's date that was misread.
    """
    issued = document.issued_on
    latest = min((d for d in (as_of, _end_of_year(issued)) if d), default=None)
    text = f"{sentence.context} {sentence.text}" if sentence.context else sentence.text
    own = _stated_as_at(text, as_of) or _own_day(text, issued, latest)
    if own is not None:
        return SpokenOf(own, "sentence")
    if not _reaches_the_present(text):
        headed = _newest((h for h in reversed(passage.heading_path)), latest)
        if headed is not None:
            return SpokenOf(headed, "heading")
    return SpokenOf(issued, "paper") if issued else None


def _stated_as_at(text: str, as_of: date | None) -> date | None:
    plain = NO_DATES.sub(" ", text)
    at = [d.day for d in _dates(plain) if AS_AT.search(plain[max(d.start - 4, 0) : d.start])]
    return max((day for day in at if as_of is None or day <= as_of), default=None)


def _own_day(text: str, issued: date | None, latest: date | None) -> date | None:
    """The day that the sentence itself names; None where it speaks of the present or of none."""
    plain = NO_DATES.sub(" ", text)
    dated = [d for d in _dates(plain) if latest is None or d.day <= latest]
    if _reaches_the_present(plain):
        return None
    days = [d.day for d in dated if not _is_aside(d, plain)]
    if RELATIVE.search(plain) and issued:
        days.append(date(issued.year - 1, 12, 31))
    return max(days, default=None)


def _reaches_the_present(text: str) -> bool:
    return bool(TO_THE_PRESENT.search(text))


@dataclass(frozen=True, slots=True)
class _Dated:
    day: date
    start: int
    end: int


def _is_aside(dated: _Dated, text: str) -> bool:
    """Whether a date only names a starting point, a base of comparison or a target."""
    before, after = text[: dated.start], text[dated.end :]
    if MEASURED_FROM.search(before[-4:]) or TARGET.search(before[-4:]):
        return True
    started = STARTED.match(after)
    rest = re.split(r"[，。；]", after, maxsplit=1)
    return bool(started and len(rest) > 1 and AND_NOW.search(rest[1]))


def _newest(texts: Iterator[str], latest: date | None) -> date | None:
    """The newest date of the nearest heading that names one."""
    for text in texts:
        days = [d.day for d in _dates(NO_DATES.sub(" ", text))]
        days = [day for day in days if latest is None or day <= latest]
        if days:
            return max(days)
    return None


def _dates(text: str) -> Iterator[_Dated]:
    for found in DAY.finditer(text):
        year, month, day, other_month, other_day = found.groups()
        exact = _safe(int(year), int(month or other_month), int(day or other_day))
        if exact is not None:
            yield _Dated(exact, *found.span())
    for found in MONTH.finditer(text):
        last = _end_of_month(int(found[1]), int(found[2]))
        if last is not None:
            yield _Dated(last, *found.span())
    for pattern in (PERIOD, WHOLE_YEAR):
        for found in pattern.finditer(text):
            yield _Dated(date(int(found[found.lastindex or 1]), 12, 31), *found.span())
    for found in PLANS.finditer(text):
        if not found["since"]:
            yield _Dated(date(PLAN_ENDS[found[1]], 12, 31), *found.span())


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _end_of_month(year: int, month: int) -> date | None:
    first = _safe(year + month // 12, month % 12 + 1, 1) if 1 <= month <= 12 else None
    return first - timedelta(days=1) if first else None


def _end_of_year(day: date | None) -> date | None:
    return date(day.year, 12, 31) if day else None
