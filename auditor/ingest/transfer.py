"""Content <-> bytes: how a reader's result crosses from its process, and how it is kept."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

from auditor.core.documents import Block, BlockKind, HiddenText, Page, Span
from auditor.core.errors import (
    BrokenDocumentError,
    DocumentError,
    EmptyDocumentError,
    UnsupportedFormatError,
)
from auditor.ingest.content import Content

HEAD = struct.Struct(">I")
FAST = 1
MAX_BYTES = 1 << 30
ERRORS: dict[str, type[DocumentError]] = {
    error.code: error for error in (UnsupportedFormatError, EmptyDocumentError, BrokenDocumentError)
}


def dump_content(content: Content) -> bytes:
    """Pack a content: JSON, then the boxes of its characters, both compressed."""
    row = {
        "text": content.text,
        "blocks": [
            [b.kind.value, b.span.start, b.span.end, b.level, list(b.header), b.place]
            for b in content.blocks
        ],
        "pages": [_page_row(page) for page in content.pages],
        "title": content.title,
        "warnings": list(content.warnings),
        "hidden": [[h.how, h.text, h.page] for h in content.hidden],
        "paged_by": content.paged_by,
    }
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    body = zlib.compress(text.encode("utf-8", "surrogatepass"), FAST)
    return HEAD.pack(len(body)) + body + zlib.compress(content.layout, FAST)


def _page_row(page: Page) -> list[Any]:
    span = page.span
    return [
        page.number, span.start, span.end, page.width, page.height, page.reader,
        page.readable, page.confidence, page.rotation, page.unread,
    ]  # fmt: skip


def load_content(data: bytes) -> Content:
    """Unpack a content; raises ``ValueError`` where the bytes are not one."""
    try:
        (length,) = HEAD.unpack_from(data)
        body = _unpacked(data[HEAD.size : HEAD.size + length])
        row = json.loads(body.decode("utf-8", "surrogatepass"))
        layout = _unpacked(data[HEAD.size + length :])
        return Content(
            text=row["text"],
            blocks=tuple(
                Block(BlockKind(kind), Span(start, end), level, tuple(header), place)
                for kind, start, end, level, header, place in row["blocks"]
            ),
            pages=tuple(Page(n, Span(a, b), *facts) for n, a, b, *facts in row["pages"]),
            title=row["title"],
            warnings=tuple(row["warnings"]),
            layout=layout,
            hidden=tuple(HiddenText(*found) for found in row["hidden"]),
            paged_by=row["paged_by"],
        )
    except (struct.error, zlib.error, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a kept content ({error})") from error


def _unpacked(data: bytes) -> bytes:
    packed = zlib.decompressobj()
    plain = packed.decompress(data, MAX_BYTES)
    if not packed.eof:
        raise ValueError("cut off, or too large")
    return plain


def dump_error(error: DocumentError) -> bytes:
    """Pack an error of a reader."""
    row = {"code": error.code, "reason": error.reason, "hint": error.hint}
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")


def load_error(data: bytes, name: str) -> DocumentError:
    """Unpack an error of a reader as one on the file ``name``; ``ValueError`` if it is none."""
    try:
        row = json.loads(data)
        kind = ERRORS.get(str(row["code"]), BrokenDocumentError)
        return kind(name, str(row["reason"]), hint=str(row["hint"]))
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not an error ({error})") from error
