"""Whether a text layer can be right: glyph codes and characters that nobody writes."""

from __future__ import annotations

SYMBOLS = frozenset("!\"#$&'*+;<=>?@[\\]^_`{|}~")
COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后"
    "多定行学法所民得经市政府区建设数据标准城信息技术第章条件表格目录管理应规本开业全及"
)
FEWEST = 20
ODD_SHARE = 0.2
ACCENTED_SHARE = 0.1
COMMON_SHARE = 0.04


def is_odd(character: str) -> bool:
    """Tell private-use and control characters and the replacement character."""
    code = ord(character)
    return 0xE000 <= code <= 0xF8FF or code == 0xFFFD or code < 32 or code >= 0xF0000


def readable_share(text: str) -> float:
    """Share of the printed characters that anyone writes, 1.0 of an empty page."""
    dense = [c for c in text if not c.isspace()]
    if not dense:
        return 1.0
    return 1 - sum(map(is_odd, dense)) / len(dense)


def is_garbled(text: str) -> bool:
    """Tell a text layer that cannot be right."""
    dense = [c for c in text if not c.isspace()]
    if len(dense) < FEWEST:
        return False
    odd = sum(map(is_odd, dense))
    symbols = sum(c in SYMBOLS for c in dense)
    accented = sum(0x80 <= ord(c) <= 0x24F and c not in "·×÷°±§" for c in dense)
    chinese = [c for c in dense if "\u3400" <= c <= "\u9fff"]
    common = sum(c in COMMON for c in chinese)
    strange = len(chinese) >= FEWEST and common < COMMON_SHARE * len(chinese)
    foreign = max(odd, symbols) > ODD_SHARE * len(dense) or accented > ACCENTED_SHARE * len(dense)
    return foreign or strange or "(cid:" in text


def chinese_share(text: str) -> float:
    """Share of Chinese characters among the printed ones."""
    dense = [c for c in text if not c.isspace()]
    return sum("\u3400" <= c <= "\u9fff" for c in dense) / len(dense) if dense else 0.0
