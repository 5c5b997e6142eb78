"""Read figures out of Chinese official prose: bounds, unit and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from auditor.quantities.words import chinese_number, counts_in_words, shares_in_words

__all__ = ["Figure", "chinese_number", "figures_in", "whole_places"]

NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
UNIT = (
    r"%|个?百分点|分钟|个|家|项|类|处|次|领域|行业|社区|分(?!之|类|级|布|别|析|散|工|批|层)"
    r"|毫秒|ms|Gbps|Mbps|人|户|座|条|件|天|小时|大(?=领域|行业|产业|重点|场景|类)"
)
FIGURE = re.compile(
    rf"(?P<value>{NUMBER})\s*(?P<scale>万亿|亿|万|千|百)?(?P<more>余|多)?(?P<first>%|个|家|项)?"
    rf"(?:\s*(?:[-—–~～]{{1,2}}|至)\s*(?P<upto>{NUMBER})\s*)?(?P<unit>{UNIT})?"
)
BELOW = re.compile(r"(?:不到|不足|不满|低于|少于|未达到?|未到|未满|未超过|不超过|小于|至多|最多)$")
NEARLY = re.compile(r"(?:将近|接近|近)$")
ABOVE = re.compile(r"(?:超过|超|逾|突破|高于|大于|多于|(?<!通)过)$")
AT_LEAST = re.compile(r"(?:不低于|不少于|不小于|至少|最低|达到或超过)$")
ABOUT = re.compile(r"(?:大约|大概|约|约为|约占)$")
AT_LEAST_AFTER = re.compile(r"^(?:及以上|以上|余|多(?!部门|渠道|元))")
ABOUT_AFTER = re.compile(r"^(?:左右|上下|许)")
BELOW_AFTER = re.compile(r"^(?:及以下|以下|以内)")
WHOLE = re.compile(
    r"全覆盖|全部(?!门)|全面(?:覆盖|完成|实现|普及)|实现全域|应(?:接|归|编|登|汇)尽\S|率先实现.{0,6}全"
)
UNSURE_WHOLE = re.compile(r"(?:基本|接近|近乎|逐步|初步)(?:上)?[^，。；]{0,10}$")
NOT_WHOLE = re.compile(r"(?:尚未|还未|仍未|未能|没有|(?<!来)未)[^，。；]{0,10}$")
SCALES = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000, "万亿": 10**12}
YEAR = re.compile(r"(?:19|20)\d{2}(?=年|—|-|～|至)")
FULL_WIDTH = str.maketrans("０１２３４５６７８９％．", "0123456789%.")
NEAR, AROUND = Decimal("0.9"), Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text: exact decimal, unit (% for shares), where it stands.

    ``low`` and ``high`` bound what it says of the true value (80%以上: 80 and up, 近80%: up to but
    not 80, 80%左右: 76 to 84); ``high`` None is without an upper bound; ``open_low`` and
    ``open_high`` leave the bound itself out.
    """

    value: Decimal
    unit: str
    start: int
    end: int
    low: Decimal
    high: Decimal | None
    open_low: bool = False
    open_high: bool = False


def figures_in(text: str) -> tuple[Figure, ...]:
    """List the figures of a text in order; years and list numbers are left out."""
    plain = text.translate(FULL_WIDTH)
    shares = [_bounded(plain, w, "%", start, end) for start, end, w in shares_in_words(plain)]
    found = [*shares, *(f for f in _in_digits(plain) if not _overlaps(f.start, shares))]
    for start, end, worth, unit in counts_in_words(plain):
        if not _overlaps(start, found):
            found.append(_bounded(plain, worth, unit, start, end))
    return tuple(sorted(found, key=lambda f: f.start))


def _overlaps(start: int, figures: Sequence[Figure]) -> bool:
    return any(f.start <= start < f.end for f in figures)


def _in_digits(text: str) -> Iterator[Figure]:
    years = {m.start() for m in YEAR.finditer(text)}
    for match in FIGURE.finditer(text):
        if match.start() in years or not _is_figure(match, text):
            continue
        unit = _unit(match.group("first") or "", match.group("unit") or "")
        worth = _worth(match.group("value")) * SCALES.get(match.group("scale") or "", 1)
        figure = _bounded(text, worth, unit, match.start(), match.end())
        if match.group("more") and figure.high == worth and not figure.open_high:
            figure = replace(figure, high=None)
        if match.group("upto"):
            upto = _worth(match.group("upto"))
            if upto < worth:
                continue
            figure = Figure(worth, unit, match.start(), match.end(), worth, upto)
        yield figure


def _unit(first: str, second: str) -> str:
    """个 + 领域 is a count of 个, 个 + 百分点 is its own unit."""
    if first and second.endswith("百分点"):
        return "个百分点"
    return first or second.replace("大", "个")


def _worth(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))


def _bounded(text: str, worth: Decimal, unit: str, start: int, end: int) -> Figure:
    """Bound a figure by the words before and after it."""
    before, after = text[max(0, start - 6) : start].rstrip(), text[end : end + 4]
    low, high = worth, worth
    if AT_LEAST.search(before) or (AT_LEAST_AFTER.match(after) and not NEARLY.search(before)):
        return Figure(worth, unit, start, end, worth, None)
    if BELOW.search(before):
        return Figure(worth, unit, start, end, Decimal(0), worth, open_high=True)
    if ABOVE.search(before) or before.endswith("过半") or text[start:end] == "过半":
        return Figure(worth, unit, start, end, worth, None, open_low=True)
    if NEARLY.search(before):
        return Figure(worth, unit, start, end, worth * NEAR, worth, open_high=True)
    if BELOW_AFTER.match(after):
        return Figure(worth, unit, start, end, Decimal(0), worth)
    if ABOUT.search(before) or ABOUT_AFTER.match(after):
        low, high = worth * (1 - AROUND), worth * (1 + AROUND)
    return Figure(worth, unit, start, end, low, high)


def _is_figure(match: re.Match[str], text: str) -> bool:
    before = text[: match.start("value")][-1:]
    after = text[match.end("value") :][:1]
    if after == "G" and not text[match.end("value") :].startswith("Gbps"):
        return False
    if before in ("第", "（", "(") and after in "）)条章、.":
        return False
    return not ((before.isascii() and before.isalpha()) or before in ("+", "〔"))


def whole_places(text: str) -> list[int]:
    """Where the text states full coverage in words (全覆盖, 全部, 应接尽接)."""
    return [m.start() for m in WHOLE.finditer(text) if not _is_doubtful(text[: m.start()])]


def not_whole_places(text: str) -> list[int]:
    """Where the text says that coverage is not yet full (尚未全覆盖)."""
    return [m.start() for m in WHOLE.finditer(text) if NOT_WHOLE.search(text[: m.start()])]


def _is_doubtful(before: str) -> bool:
    return bool(UNSURE_WHOLE.search(before) or NOT_WHOLE.search(before))
