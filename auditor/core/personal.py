"""Personal data in running text: identity card, mobile phone and bank card numbers.

Numbers are read as groups of digits with at most one space or hyphen between them, so that every
number is looked at once from each of its groups: time grows with the length of the text only.
Lines of offices (12345, 0532-…) are published on purpose and are not personal data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from auditor.core.documents import Mark, MarkKind
from auditor.core.spans import Span

RUN = re.compile(r"(?<![0-9])[0-9](?:[ \u00a0\u3000\-\u2010-\u2013]?[0-9Xx]){10,}")
GROUP = re.compile(r"[0-9]+[Xx]?")
WIDE = str.maketrans(dict(zip("０１２３４５６７８９Ｘｘ－＋＠", "0123456789Xx-+@", strict=True)))
LONGEST, MOST_GROUPS = 19, 6
SPACED_LENGTHS = (11, 15, 16, 17, 18, 19)
"""A number printed digit by digit is read where it fills its run."""
CONTEXT_BEFORE, CONTEXT_AFTER = 40, 12
PROVINCES = {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55)} | {
    *range(61, 66), 71, 81, 82, 83
}  # fmt: skip
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
OLDEST, NEWEST = 1900, 2099
MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9][0-9]{9}\Z")
MOBILE_SHAPES = {(11,), (13,), (15,), (3, 4, 4), (3, 8), (7, 4), (1,) * 11}
ABROAD = re.compile(r"(?:\+|00)?86[ \-]?\Z")
AMOUNT = re.compile(r"\s?(?:[元万亿个人次户件条台套辆吨度]|美元|平方|立方|千|公里|%|％)")
NUMBERED = re.compile(
    r"(?:编号|文号|单号|案号|流水号?|序列号|备案号?|代码|No\.?|〔|第)[:： ]{0,2}\Z"
)
IDENTITY_WORD = re.compile(r"身份证|公民身份|证件号")
CREDIT_CODE = re.compile(r"信用代码|组织机构代码")
CARD_WORD = re.compile(r"卡号|银行|账号|帐号|账户|帐户|开户|收款|储蓄卡|工资卡")
UNION_PAY = "62"


@dataclass(frozen=True, slots=True)
class _Number:
    """Groups of digits read as one number: its digits, the shape of its groups, its place."""

    digits: str
    shape: tuple[int, ...]
    start: int
    end: int


def find_personal(text: str, context: str = "") -> tuple[Mark, ...]:
    """Find identity card, mobile phone and bank card numbers, in text order, never overlapping.

    ``context`` is what stands beside the text without being part of it (the head of a table
    column); it counts like words before the number.
    """
    plain = text.translate(WIDE)
    marks: list[Mark] = []
    end = 0
    for numbers in _by_start(plain):
        if not numbers or numbers[0].start < end:
            continue
        found = _first_mark(plain, numbers, context)
        if found is not None:
            marks.append(found)
            end = found.span.end
    return tuple(marks)


def _by_start(plain: str) -> Iterator[list[_Number]]:
    """For every group of digits in a long run, the numbers that begin with it, longest first."""
    for run in RUN.finditer(plain):
        groups = list(GROUP.finditer(plain, run.start(), run.end()))
        if len(groups) in SPACED_LENGTHS and len(groups) == len(run.group().split()):
            yield list(_numbers_from(plain, groups, 0, len(groups)))[::-1]
        for index in range(len(groups)):
            yield list(_numbers_from(plain, groups, index, MOST_GROUPS))[::-1]


def _numbers_from(
    plain: str, groups: Sequence[re.Match[str]], index: int, most: int
) -> Iterator[_Number]:
    start = groups[index].start()
    digits = ""
    shape: tuple[int, ...] = ()
    for group in groups[index : index + most]:
        digits += group.group()
        if len(digits) > LONGEST:
            return
        shape, end = (*shape, len(group.group())), group.end()
        if len(digits) >= 11 and _stands_free(plain, start, end):
            yield _Number(digits.upper(), shape, start, end)


def _stands_free(plain: str, start: int, end: int) -> bool:
    """Tell whether a number is no part of a longer code or a decimal."""
    before, after = plain[max(0, start - 2) : start], plain[end : end + 2]
    if before[-1:].isascii() and before[-1:].isalpha():
        return False
    if before[-1:] in {"-", "_", "."} and before[:1].isascii() and before[:1].isalnum():
        return bool(ABROAD.search(plain[max(0, start - 6) : start]))
    if after[:1].isascii() and after[:1].isalpha():
        return False
    return not (after[:1] in {".", "_"} and after[1:].isdigit())


def _first_mark(plain: str, numbers: Sequence[_Number], context: str) -> Mark | None:
    before = context + plain[max(0, numbers[0].start - CONTEXT_BEFORE) : numbers[0].start]
    for number in numbers:
        after = plain[number.end : number.end + CONTEXT_AFTER]
        for kind, fits in KINDS:
            if fits(number, before, after):
                return Mark(kind, Span(number.start, number.end))
    return None


def _is_identity(number: _Number, before: str, _after: str) -> bool:
    """18 digits with a date and its check character, or the old 15 digits named as such."""
    digits = number.digits
    named = bool(IDENTITY_WORD.search(before))
    if len(digits) not in (15, 18) or CREDIT_CODE.search(before[-20:]) or "X" in digits[:-1]:
        return False
    if int(digits[:2]) not in PROVINCES:
        return False
    if len(digits) == 15:
        return named and digits.isdigit() and _is_day(f"19{digits[6:12]}")
    return _is_day(digits[6:14]) and (named or check_character(digits[:17]) == digits[17])


def check_character(body: str) -> str:
    """The check character of an identity number's first 17 digits (GB 11643)."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, body, strict=True))
    return CHECK_CHARACTERS[total % 11]


def _is_day(text: str) -> bool:
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return OLDEST <= day.year <= NEWEST


def _is_card(number: _Number, before: str, after: str) -> bool:
    """16 to 19 digits with the right check digit, called a card or with UnionPay's prefix."""
    digits = number.digits
    if not (16 <= len(digits) <= 19 and digits.isdigit() and passes_luhn(digits)):
        return False
    return digits.startswith(UNION_PAY) or bool(CARD_WORD.search(before + after))


def passes_luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit of ISO/IEC 7812 (not for zeros only)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and total > 0


def _is_mobile(number: _Number, before: str, after: str) -> bool:
    """A mobile number that is neither an amount nor a numbering."""
    if number.shape not in MOBILE_SHAPES or not MOBILE.match(number.digits):
        return False
    return not (AMOUNT.match(after) or NUMBERED.search(before))


KINDS = (
    (MarkKind.ID_CARD, _is_identity),
    (MarkKind.BANK_CARD, _is_card),
    (MarkKind.PHONE, _is_mobile),
)
