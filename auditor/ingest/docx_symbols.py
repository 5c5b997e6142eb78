"""Characters of symbol fonts (Wingdings, Symbol), which have no meaning outside their font."""

from __future__ import annotations

import re

from auditor.ingest.docx_markup import Element, find, value

WINGDINGS = {
    0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x72: "❒", 0x74: "⧫", 0x75: "◆", 0x76: "❖",
    0x9E: "·", 0x9F: "•", 0xA1: "○", 0xA4: "◉", 0xA7: "▪", 0xA8: "□", 0xAB: "★", 0xB2: "☆",
    0xD8: "➢", 0xE8: "→", 0xE0: "→", 0xF0: "⇨", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
    **{0x80 + n: chr(0x24EA if n == 0 else 0x245F + n) for n in range(11)},
    **{0x8B + n: chr(0x24FF if n == 0 else 0x2775 + n) for n in range(11)},
}  # fmt: skip
WINGDINGS_2 = {
    0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x96: "•", 0x97: "●",
    0xA2: "■", 0xA3: "□",
    **{0x69 + n: chr(0x24EA if n == 0 else 0x245F + n) for n in range(11)},
    **{0x74 + n: chr(0x24FF if n == 0 else 0x2775 + n) for n in range(11)},
}  # fmt: skip
GREEK_CAPITALS = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
GREEK_SMALL = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ"
SYMBOL = {
    0xA3: "≤", 0xA5: "∞", 0xAB: "↔", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°",
    0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB5: "∝", 0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBA: "≡",
    0xBB: "≈", 0xBC: "…", 0xC5: "⊕", 0xC7: "∩", 0xC8: "∪", 0xCE: "∈", 0xD6: "√", 0xD7: "⋅",
    0xE5: "∑", 0xF2: "∫",
    **{0x41 + place: sign for place, sign in enumerate(GREEK_CAPITALS)},
    **{0x61 + place: sign for place, sign in enumerate(GREEK_SMALL)},
}  # fmt: skip
FONTS = {"wingdings": WINGDINGS, "wingdings 2": WINGDINGS_2, "symbol": SYMBOL}
PRIVATE = range(0xF000, 0xF100)
PRIVATE_SIGN = re.compile("[\uf000-\uf0ff]")


def symbol_of(element: Element) -> str:
    """The character that ``w:sym`` prints; those of unknown symbol fonts give nothing."""
    try:
        code = int(value(element, "char"), 16)
    except ValueError:
        return ""
    return symbol(code, value(element, "font"))


def symbol(code: int, font: str) -> str:
    """The character of a code in a font; fonts that are not symbol fonts print it as it is."""
    known = FONTS.get(font.lower())
    low = code - PRIVATE.start if code in PRIVATE else code
    if known is not None:
        return known.get(low, chr(low) if font.lower() == "symbol" and 32 <= low < 127 else "")
    usable = 32 <= code < 0xD800 or 0xF900 <= code < 0x110000
    return chr(code) if usable else ""


def without_private(text: str, properties: Element | None) -> str:
    """Text with the signs of the symbol font that ``w:rPr`` names; unknown ones stay."""
    if not PRIVATE_SIGN.search(text):
        return text
    fonts = find(properties, "rFonts")
    font = value(fonts, "ascii") or value(fonts, "hAnsi")
    return PRIVATE_SIGN.sub(lambda sign: symbol(ord(sign.group()), font) or sign.group(), text)


def bullet(text: str, font: str) -> str:
    """The label of an unnumbered list and a space; unknown signs become a dot."""
    sign = text.strip()[:1]
    if not sign:
        return ""
    shown = symbol(ord(sign), font) if font.lower() in FONTS or ord(sign) in PRIVATE else sign
    return f"{shown or '•'} "
