"""Numbers that are written in words: 百分之八十, 八成五, 三分之二, 半数, 十二万."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10_000, "亿": 100_000_000}
NUMERAL = "零〇一二两三四五六七八九十百千万亿"
PERCENT = re.compile(rf"百分之(?P<words>[{NUMERAL}点]+|\d+(?:\.\d+)?)")
TENTHS = re.compile(
    r"(?<![建形完达促组构合集生养变落改])(?P<tens>[一二两三四五六七八九十])成(?P<five>[一二三四五六七八九半](?![个家项类座处])|多|以上)?"
    r"(?![都立功为果效长员本交品熟渝型绩立年片规体])"
)
HALF = re.compile(r"(?:半数|一半|过半)(?!径)")
FRACTION = re.compile(rf"(?P<below>[{NUMERAL}]+)分之(?P<above>[{NUMERAL}]+)")
COUNT = re.compile(
    rf"(?P<words>[{NUMERAL}]+)(?:余|多)?(?P<unit>个|家|项|类|座|处|件|大(?=领域|行业|产业|重点|场景|类))"
)
HUNDRED = Decimal(100)


def chinese_number(words: str) -> Decimal | None:
    """Read a number in words (五十, 八十五点六, 一百二十, 十二万), None where it is not one."""
    whole, _, fraction = words.partition("点")
    total, section, digit = 0, 0, 0
    for char in whole:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in SMALL:
            section += (digit or 1) * SMALL[char]
            digit = 0
        elif char in LARGE:
            total, section, digit = _scaled(total, section + digit, char), 0, 0
        else:
            return None
    tail = "".join(str(DIGITS[c]) for c in fraction if c in DIGITS)
    worth = total + section + digit
    return Decimal(f"{worth}.{tail}") if tail else Decimal(worth)


def _scaled(total: int, section: int, char: str) -> int:
    """亿 scales all before it (三万亿), 万 only its own section (一亿二千万)."""
    return (total + section) * LARGE[char] if char == "亿" else total + section * LARGE[char]


def shares_in_words(text: str) -> Iterator[tuple[int, int, Decimal]]:
    """Find shares in words: start, end, per cent (三分之二 is rounded to two decimals)."""
    for match in PERCENT.finditer(text):
        words = match.group("words")
        worth = Decimal(words) if words[0].isdigit() else chinese_number(words)
        if worth is not None:
            yield match.start(), match.end(), worth
    for match in TENTHS.finditer(text):
        tens = Decimal(10) if match.group("tens") == "十" else Decimal(DIGITS[match.group("tens")])
        more = match.group("five") or ""
        extra = Decimal(5) if more == "半" else Decimal(DIGITS.get(more, 0))
        end = match.end() - (len(more) if more in ("多", "以上") else 0)
        yield match.start(), end, tens * 10 + extra
    for match in HALF.finditer(text):
        yield match.start(), match.end(), Decimal(50)
    for match in FRACTION.finditer(text):
        below, above = (chinese_number(match.group(name)) for name in ("below", "above"))
        if below and above is not None and match.group("below") != "百" and above <= below:
            share = (HUNDRED * above / below).quantize(Decimal("0.01"))
            yield match.start(), match.end(), share


def counts_in_words(text: str) -> Iterator[tuple[int, int, Decimal, str]]:
    """Find counts in words: start, end, number, unit (第三个 and list numbers are none)."""
    for match in COUNT.finditer(text):
        worth = chinese_number(match.group("words"))
        if worth is not None and worth and text[: match.start()][-1:] not in ("第", "每"):
            yield match.start(), match.end(), worth, match.group("unit").replace("大", "个")
