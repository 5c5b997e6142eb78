"""Numbers as Word prints them in automatic numbering (``w:numFmt``, ISO 29500-1 17.18.59)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

DIGITS = "〇一二三四五六七八九"
SPOKEN_DIGITS = "零一二三四五六七八九"
LEGAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
LEGAL_DIGITS_OLD = "零壹貳參肆伍陸柒捌玖"
STEMS = "甲乙丙丁戊己庚辛壬癸"
BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
MAX_NUMBER = 32767
MAX_LETTERS = 30


def counted(number: int, form: str) -> str:
    """Write a number in a format of Word's numbering; unknown formats give digits.

    ``bullet`` and ``none`` give nothing. Numbers outside 0 … 32767 are written in digits.
    """
    write = FORMATS.get(form)
    if write is None or not 0 <= number <= MAX_NUMBER:
        return str(number)
    return write(number)


def chinese(number: int) -> str:
    """Spoken form: 一, 十, 十一, 二十, 一百零一, 一千二百三十四."""
    text = _spoken(number, SPOKEN_DIGITS, "十百千")
    return text[1:] if text.startswith("一十") else text


def legal(number: int) -> str:
    """The form of cheques: 壹, 壹拾, 壹佰零壹."""
    return _spoken(number, LEGAL_DIGITS, "拾佰仟")


def _legal_old(number: int) -> str:
    return _spoken(number, LEGAL_DIGITS_OLD, "拾佰仟").replace("万", "萬")


def positional(number: int) -> str:
    """Digit by digit: 一, 一〇, 一二三."""
    return "".join(DIGITS[int(digit)] for digit in str(number))


def _short(number: int) -> str:
    """Spoken up to 99, digit by digit above (``chineseCounting``)."""
    return chinese(number) if number < 100 else positional(number)


def _spoken(number: int, digits: str, units: str) -> str:
    if number == 0:
        return digits[0]
    high, low = divmod(number, 10_000)
    text = f"{_spoken(high, digits, units)}万" if high else ""
    gap = False
    for place in (3, 2, 1, 0):
        digit = low // 10**place % 10
        if not digit:
            gap = bool(text)
            continue
        text += (digits[0] if gap else "") + digits[digit] + (units[place - 1] if place else "")
        gap = False
    return text


def roman(number: int) -> str:
    """Small Roman numerals."""
    text = ""
    for value, sign in ROMAN:
        count, number = divmod(number, value)
        text += sign * count
    return text


def letters(number: int) -> str:
    """A … z, then aa, bb … (a letter repeated)."""
    if number < 1:
        return ""
    return chr(97 + (number - 1) % 26) * min((number - 1) // 26 + 1, MAX_LETTERS)


def _row(first: str, count: int) -> Callable[[int], str]:
    """Signs that stand in a row in Unicode; digits beyond them."""
    return lambda n: chr(ord(first) + n - 1) if 1 <= n <= count else str(n)


def _circled(number: int) -> str:
    for low, high, first in ((1, 20, "①"), (21, 35, "㉑"), (36, 50, "㊱")):
        if low <= number <= high:
            return chr(ord(first) + number - low)
    return "⓪" if number == 0 else str(number)


def _listed(signs: str) -> Callable[[int], str]:
    """Signs of a fixed list; digits beyond its end."""
    return lambda n: signs[n - 1] if 1 <= n <= len(signs) else str(n)


def _sexagenary(number: int) -> str:
    if not 1 <= number <= 60:
        return str(number)
    return STEMS[(number - 1) % 10] + BRANCHES[(number - 1) % 12]


def _full_width(number: int) -> str:
    return "".join(chr(ord("０") + int(digit)) for digit in str(number))


def _ordinal(number: int) -> str:
    teens = number // 10 % 10 == 1
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _nothing(_: int) -> str:
    return ""


FORMATS: Mapping[str, Callable[[int], str]] = {
    "bullet": _nothing,
    "none": _nothing,
    "decimal": str,
    "decimalHalfWidth": str,
    "decimalZero": lambda n: f"{n:02d}",
    "decimalFullWidth": _full_width,
    "decimalFullWidth2": _full_width,
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": _row("⑴", 20),
    "decimalEnclosedFullstop": _row("⒈", 20),
    "numberInDash": lambda n: f"- {n} -",
    "ordinal": _ordinal,
    "upperRoman": lambda n: roman(n).upper(),
    "lowerRoman": roman,
    "upperLetter": lambda n: letters(n).upper(),
    "lowerLetter": letters,
    "chineseCounting": _short,
    "chineseCountingThousand": chinese,
    "chineseLegalSimplified": legal,
    "ideographDigital": positional,
    "japaneseCounting": chinese,
    "japaneseDigitalTenThousand": positional,
    "japaneseLegal": _legal_old,
    "koreanDigital2": positional,
    "taiwaneseCounting": _short,
    "taiwaneseCountingThousand": chinese,
    "taiwaneseDigital": positional,
    "ideographLegalTraditional": _legal_old,
    "ideographTraditional": _listed(STEMS),
    "ideographZodiac": _listed(BRANCHES),
    "ideographZodiacTraditional": _sexagenary,
    "ideographEnclosedCircle": _row("㊀", 10),
}
