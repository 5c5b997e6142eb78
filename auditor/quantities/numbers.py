"""Read figures out of Chinese official prose: value, unit and where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

FIGURE = re.compile(
    r"(?P<approx>近|约|超过?|逾|不到|不足|达到?)?"
    r"(?P<value>\d+(?:,\d{3})*(?:\.\d+)?)\s*"
    r"(?P<scale>万亿|亿|万|千|百)?"
    r"(?P<unit>%|％|个百分点|分钟|个|家|项|类|处|次|领域|行业|社区|分|毫秒|ms|Gbps|人|户|座|条|件|天|小时)?"
    r"(?P<more>余|多|以上)?"
)
COUNT_WORDS = re.compile(r"(?P<words>[一二两三四五六七八九十]{1,3})(?P<unit>个|家|项|类|座|处)")
PERCENT_WORDS = re.compile(r"百分之(?P<words>[零一二三四五六七八九十百点]+)")
WHOLE = re.compile(
    r"全覆盖|全部(?!门)|全面(?:覆盖|完成|实现|普及)|实现全域|应(?:接|归|编|登|汇)尽\S|率先实现.{0,6}全"
)
SCALES = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000, "万亿": 10**12}
DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")}
YEAR = re.compile(r"(?:19|20)\d{2}(?=年|—|-|～|至)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text: exact decimal, unit (% for shares), character offset, 约/超 mark."""

    value: Decimal
    unit: str
    start: int
    approx: str


def figures_in(text: str) -> tuple[Figure, ...]:
    """List the figures of a text in order; years and list numbers are left out."""
    years = {m.start() for m in YEAR.finditer(text)}
    found = []
    for match in FIGURE.finditer(text):
        if match.start("value") in years or not _is_figure(match, text):
            continue
        value = Decimal(match.group("value").replace(",", ""))
        value *= SCALES.get(match.group("scale") or "", 1)
        unit = (match.group("unit") or "").replace("％", "%")
        found.append(Figure(value, unit, match.start(), match.group("approx") or ""))
    for match in PERCENT_WORDS.finditer(text):
        worth = chinese_number(match.group("words"))
        if worth is not None:
            found.append(Figure(worth, "%", match.start(), ""))
    for match in COUNT_WORDS.finditer(text):
        worth = chinese_number(match.group("words").replace("两", "二"))
        if worth is not None and text[: match.start()][-1:] not in ("第", "十"):
            found.append(Figure(worth, match.group("unit"), match.start(), ""))
    return tuple(sorted(found, key=lambda f: f.start))


def _is_figure(match: re.Match[str], text: str) -> bool:
    before = text[: match.start("value")][-1:]
    after = text[match.end("value") :][:1]
    if after == "G" and not text[match.end("value") :].startswith("Gbps"):
        return False
    return not (before in "第（(" and after in "）)条章、.") and not (
        before.isascii() and before.isalpha()
    )


def chinese_number(words: str) -> Decimal | None:
    """Read a small number in words (五十, 八十五点六, 一百), None where it is not one."""
    whole, _, fraction = words.partition("点")
    total, digit = 0, 0
    for char in whole:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            return None
    tail = "".join(str(DIGITS[c]) for c in fraction if c in DIGITS)
    return Decimal(f"{total + digit}.{tail}") if tail else Decimal(total + digit)


def whole_places(text: str) -> list[int]:
    """Where the text states full coverage in words (全覆盖, 全部, 应接尽接)."""
    return [m.start() for m in WHOLE.finditer(text)]
