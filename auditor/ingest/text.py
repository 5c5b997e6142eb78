"""Plain text and Markdown in any encoding that Chinese text comes in.

Without a byte order mark, bytes that are no UTF-8 are decoded in every encoding in question; the
one in which the most characters are common Chinese characters is right.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import cache

from charset_normalizer import from_bytes

from auditor.core.documents import BlockKind
from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content, ContentBuilder

TABLE_RULE = re.compile(r"^[\s:|-]+$")
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
GUESSES = ("gb18030", "cp950", "big5hkscs", *WIDE, "utf-8")
SAMPLE_BYTES = 1 << 16
PLAUSIBLE = 0.7
DAMAGE_WEIGHT = 5
HZ = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}")
CHINESE = re.compile(r"[\u3400-\u9fff]")
LEAST_COMMENT = 4


def decode(data: bytes, name: str) -> str:
    """Decode text bytes: by byte order mark, as UTF-8, as what reads like Chinese, by detection.

    Raises:
        BrokenDocumentError: no encoding gives readable text.
    """
    for bom, encoding in BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace").removeprefix("\ufeff")
    text = _as_utf8(data)
    if text is not None:
        return text
    encoding = likely_encoding(data)
    if encoding:
        text = data.decode(encoding, errors="replace")
    else:
        best = from_bytes(data).best()
        text = str(best) if best is not None else "\0"
    if "\0" in text:
        raise BrokenDocumentError(
            name, "文字编码无法识别 (no known encoding)", hint="请另存为 UTF-8 后重新提交。"
        )
    return text


def _as_utf8(data: bytes) -> str | None:
    """The text if it is UTF-8, or ASCII that holds Chinese in the HZ form."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if "\0" in text:
        return None
    if text.isascii() and HZ.search(data):
        try:
            return data.decode("hz")
        except UnicodeDecodeError:
            return text
    return text


def likely_encoding(data: bytes) -> str:
    """The encoding in which bytes read like Chinese best, empty where they do in none."""
    sample = data[:SAMPLE_BYTES]
    scores = {}
    for encoding in GUESSES:
        unit = {"utf-16": 2, "utf-32": 4}.get(encoding[:6], 1)
        if len(data) % unit == 0:
            scores[encoding] = plausibility(sample.decode(encoding, errors="replace"))
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] >= PLAUSIBLE else ""


def plausibility(text: str) -> float:
    """The share of common Chinese characters and marks among what is not ASCII, less damage.

    1 for text as people write it, below .7 for text in a wrong encoding; 0 without Chinese.
    """
    foreign = [c for c in text if not c.isascii()]
    damaged = foreign.count("\ufffd") + sum(c < " " and c not in "\t\n\r\f" for c in text)
    if not any(CHINESE.match(c) for c in foreign):
        return 0.0
    usual = usual_characters()
    common = sum(c in usual for c in foreign)
    return (common - DAMAGE_WEIGHT * max(damaged - 1, 0)) / len(foreign)


@cache
def usual_characters() -> frozenset[str]:
    """Common characters: the first levels of GB 2312 and Big5, Chinese and full-width marks."""
    simple = (bytes((lead, trail)) for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF))
    trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    full = (bytes((lead, trail)) for lead in range(0xA4, 0xC7) for trail in trails)
    found = {pair.decode("gb2312", errors="ignore") for pair in simple}
    found |= {pair.decode("big5", errors="ignore") for pair in full}
    found |= set("，。、；：？！“”‘’（）《》〈〉【】〔〕「」『』—…·％～￥　〇①②③④⑤⑥⑦⑧⑨⑩")
    found |= {chr(code) for code in range(0xFF01, 0xFF5F)}
    return frozenset(found - {""})


def read_text(data: bytes, name: str) -> Content:
    """Read plain text: every line is a paragraph."""
    builder = ContentBuilder()
    for line in decode(data, name).splitlines():
        builder.paragraph(line)
    return builder.build()


def read_markdown(data: bytes, name: str) -> Content:
    """Read Markdown: headings and pipe tables count, other marks stay as printed.

    Comments, which no reader of the page sees, are kept apart where they say something.
    """
    builder = ContentBuilder()
    table: list[list[str]] = []
    shown = "".join(_without_comments(decode(data, name), builder))
    for line in shown.splitlines():
        stripped = line.strip()
        if stripped.startswith("|") and stripped.endswith("|") and len(stripped) > 1:
            if not TABLE_RULE.match(stripped):
                table.append([cell.strip() for cell in stripped.strip("|").split("|")])
            continue
        if table:
            builder.table(table)
            table = []
        _add_markdown_line(builder, stripped)
    builder.table(table)
    return builder.build()


def _without_comments(text: str, builder: ContentBuilder) -> Iterator[str]:
    """Yield what stands outside of ``<!-- … -->``; an open comment is text."""
    place = 0
    while (start := text.find("<!--", place)) >= 0:
        end = text.find("-->", start + 4)
        if end < 0:
            break
        yield text[place:start]
        comment = text[start + 4 : end]
        if len(CHINESE.findall(comment)) >= LEAST_COMMENT:
            builder.hide("invisible", " ".join(comment.split()))
        place = end + 3
    yield text[place:]


def _add_markdown_line(builder: ContentBuilder, line: str) -> None:
    level = len(line) - len(line.lstrip("#"))
    if 1 <= level <= 6 and line[level : level + 1].isspace():
        builder.heading(line[level:].strip().rstrip("#").rstrip(), level)
    else:
        builder.add(BlockKind.PARAGRAPH, line)
