"""Fold a text so that disguised words are matched as what they say. For matching only.

Widths, compatibility forms, marks over letters, characters that nobody sees, look-alike letters of
other alphabets, traditional characters, letters set apart by spaces or signs, and escapes.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
ODD_SIGNS = r"*_~^·•‧∙#+=˙・｡`'\\"
LATIN = str.maketrans(
    "авеёіјкӏмнорстухѕԁԛԝһαβεηικμνορτυχωɑɡⅼ",
    "abeeijklmhopctyxsdqwhabenikuvoptuxwagl",
)
TRADITIONAL = str.maketrans(
    "為爲滿満評審結論輸規則統請將標項證據無視達級認從條徵員關問執應該給優號編詞說語權當這個齊"
    "寫貼準絕對壓實現顯與於隱體內資訊總選擇縣區領導專業務報單覆蓋過檢覽質經驗鍵開陸續繼類別記錄",
    "为为满满评审结论输规则统请将标项证据无视达级认从条征员关问执应该给优号编词说语权当这个齐"
    "写贴准绝对压实现显与于隐体内资讯总选择县区领导专业务报单覆盖过检览质经验键开陆续继类别记录",
)
INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5")
UNSEEN = frozenset(("Cf", "Cc", "Co", "Cs", "Cn", "Mn", "Me"))
PICTURES = frozenset(("So", "Sk"))
UNICODE_ESCAPE = re.compile(r"(?:\\u|%u|u\+)([0-9a-f]{4})", re.I)
PERCENT = re.compile(r"(?:%[0-9a-f]{2}){6,}", re.I)
GAP_BETWEEN_HAN = re.compile(rf"(?<=[{HAN}])[\s{re.escape(ODD_SIGNS)}]+(?=[{HAN}])")
SET_APART = re.compile(rf"(?:[{HAN}][^\w\s,。;:]{{1,2}}){{3,}}[{HAN}]")
SET_APART_ANY = re.compile(rf"(?:[{HAN}][,。.;:、]){{3,}}[{HAN}]")
LETTERS_APART = re.compile(r"(?<![a-z0-9])(?:[a-z][ \-._·*]{1,2}){2,}[a-z](?![a-z0-9])")
ENCODED = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{16,}={0,2}")
NOT_LETTER = re.compile(r"[^\w]|_")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """The text in small letters and usual widths, white space as one space: no disguise undone."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """The text with every disguise undone that is known here."""
    unescaped = _unescaped(text)
    if unescaped.isascii():
        seen = unescaped.lower()
    else:
        apart = unicodedata.normalize("NFKD", unescaped).lower()
        seen = "".join(c for c in map(_seen, apart) if c)
        seen = seen.translate(LATIN).translate(TRADITIONAL)
    seen = " ".join(seen.split())
    seen = GAP_BETWEEN_HAN.sub("", seen)
    for pattern in (SET_APART, SET_APART_ANY, LETTERS_APART):
        seen = pattern.sub(_joined, seen)
    return seen


def decoded_parts(text: str) -> tuple[str, ...]:
    """Readable texts that stand in it as Base64."""
    found = []
    for match in ENCODED.finditer(text):
        try:
            found.append(base64.b64decode(match.group(), validate=True).decode("utf-8"))
        except (binascii.Error, UnicodeDecodeError):
            continue
    return tuple(part for part in found if part.isprintable())


def _unescaped(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    if "\\u" in text or "%u" in text.lower() or "u+" in text.lower():
        text = UNICODE_ESCAPE.sub(lambda m: chr(int(m.group(1), 16)), text)
    return (
        PERCENT.sub(lambda m: unquote(m.group(), errors="replace"), text) if "%" in text else text
    )


@lru_cache(maxsize=16384)
def _seen(character: str) -> str:
    if character in INVISIBLE_LETTERS:
        return ""
    kind = unicodedata.category(character)
    if kind in UNSEEN:
        return " " if character.isspace() else ""
    return "" if kind in PICTURES else character


def _joined(match: re.Match[str]) -> str:
    return NOT_LETTER.sub("", match.group())
