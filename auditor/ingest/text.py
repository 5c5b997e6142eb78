"""Plain text and Markdown, in UTF-8, GB18030 or whatever the bytes turn out to be."""

from __future__ import annotations

import re

from charset_normalizer import from_bytes

from auditor.core.documents import BlockKind
from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content, ContentBuilder

MARKDOWN_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
TABLE_RULE = re.compile(r"^\|?[\s:|-]+\|?$")
COMMENT = re.compile(r"<!--.*?-->", re.S)
BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def decode(data: bytes, name: str) -> str:
    """Decode text bytes: by byte order mark, as UTF-8, as GB18030, else by detection.

    Raises:
        BrokenDocumentError: no encoding gives readable text.
    """
    for bom, encoding in BOMS.items():
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    best = from_bytes(data).best()
    if best is None or "\x00" in str(best):
        raise BrokenDocumentError(
            name, "the text is in no known encoding", hint="Save it as UTF-8 and submit it again."
        )
    return str(best)


def read_text(data: bytes, name: str) -> Content:
    """Read plain text: every line is a paragraph."""
    builder = ContentBuilder()
    for line in decode(data, name).splitlines():
        builder.paragraph(line)
    return builder.build()


def read_markdown(data: bytes, name: str) -> Content:
    """Read Markdown: ATX headings and pipe tables count, other marks stay as printed."""
    builder = ContentBuilder()
    table: list[list[str]] = []
    for line in COMMENT.sub("", decode(data, name)).splitlines():
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


def _add_markdown_line(builder: ContentBuilder, line: str) -> None:
    if mark := MARKDOWN_HEADING.match(line):
        builder.heading(mark.group(2), len(mark.group(1)))
    else:
        builder.add(BlockKind.PARAGRAPH, line)
