"""Dates in Chinese papers, in Arabic and in Chinese numerals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

ZERO = "〇○零ＯO０0Οo◯"
DIGITS = {character: 0 for character in ZERO} | {
    c: i for i, c in enumerate("一二三四五六七八九", 1)
}
NUMERAL = "一二三四五六七八九"
ARABIC = (
    r"(?<!\d)((?:19|20)\d{2})(?:年(\d{1,2})月(\d{1,2})日|([-./])(\d{1,2})\4(\d{1,2})日?)"
    r"(?:(?!\d)|(?=\d{1,2}:\d{2}))"
)
CHINESE = rf"([一二][{NUMERAL}{ZERO}]{{3}})年([{NUMERAL}十]{{1,2}})月([{NUMERAL}十]{{1,3}})日"
DATE = re.compile(f"{ARABIC}|{CHINESE}")
MONTH = re.compile(
    rf"(?<!\d)((?:19|20)\d{{2}}|[一二][{NUMERAL}{ZERO}]{{3}})年(\d{{1,2}}|[{NUMERAL}十]{{1,2}})月"
)


@dataclass(frozen=True, slots=True)
class Dated:
    """A date and where it stands in the string that was searched."""

    day: date
    start: int
    end: int


def dates_in(text: str) -> Iterator[Dated]:
    """Find the full dates of a string without white space; impossible ones are passed over."""
    for match in DATE.finditer(text):
        day = _day(match)
        if day is not None:
            yield Dated(day, match.start(), match.end())


def only_date(text: str) -> date | None:
    """The date that a line consists of, None where it says anything else."""
    match = DATE.fullmatch(text.strip("()。"))
    return _day(match) if match else None


def only_month(text: str) -> date | None:
    """The first day of the month that a line consists of (2013年7月)."""
    match = MONTH.fullmatch(text.strip("()"))
    if not match:
        return None
    return _safe(_year(match.group(1)), _number(match.group(2)), 1)


def _day(match: re.Match[str]) -> date | None:
    year, month, day, _, iso_month, iso_day, c_year, c_month, c_day = match.groups()
    if c_year:
        return _safe(_year(c_year), _number(c_month), _number(c_day))
    return _safe(int(year), int(month or iso_month), int(day or iso_day))


def _year(text: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    return int("".join(str(DIGITS[character]) for character in text))


def _number(text: str) -> int:
    """Read 九, 十, 十二, 二十, 三十一 and Arabic figures."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return sum(DIGITS[c] for c in ones)
    return (DIGITS.get(tens, 0) if tens else 1) * 10 + (DIGITS.get(ones, 0) if ones else 0)


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
