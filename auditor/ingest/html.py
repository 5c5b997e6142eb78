"""Web pages (HTML, XHTML, MHTML): the main text without navigation, scripts and hidden parts."""

from __future__ import annotations

import email
import email.policy
import re

from bs4 import BeautifulSoup
from bs4.element import Tag

from auditor.core.errors import BrokenDocumentError
from auditor.ingest.content import Content, ContentBuilder
from auditor.ingest.html_hidden import take_out_hidden
from auditor.ingest.html_main import (
    Piece,
    Sizes,
    container_of,
    is_frame,
    main_pieces,
    pieces_of,
    squeezed,
)
from auditor.ingest.text import BOMS, PLAUSIBLE, decode, plausibility

DROPPED = ("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form",
           "button", "select", "iframe", "svg", "head")  # fmt: skip
CHARSET = re.compile(rb"(?:charset|encoding)\s{0,9}=\s{0,9}[\"']?([\w-]{2,20})", re.I)
ARCHIVED = re.compile(rb"content-type:\s{0,99}multipart/(?:related|mixed)", re.I)
TITLES = ("ArticleTitle", "og:title", "title", "DC.title")
WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "big5": "cp950"}
MAX_BYTES = 50 * 1024 * 1024
MAX_TAGS = 1_500_000


def read_html(data: bytes, name: str) -> Content:
    """Read a page: headings by level, paragraphs, list items and tables in order.

    What the page hides from its readers goes apart. Raises ``BrokenDocumentError`` for pages that
    are too large or in no known encoding.
    """
    if len(data) > MAX_BYTES or data.count(b"<") > MAX_TAGS:
        raise BrokenDocumentError(
            name, "网页过大（50 MB，150 万标签）", hint="请只保存正文后提交。"
        )
    soup = BeautifulSoup(_text_of(_page_of(data), name), "lxml")
    title = _title_of(soup)
    hidden = take_out_hidden(soup)
    for tag in soup.find_all(DROPPED):
        tag.decompose()
    for tag in soup.find_all(is_frame):
        if not tag.decomposed:
            tag.decompose()
    body = soup.find("article") or soup.find("main") or soup.body or soup
    sizes = Sizes(body)
    container = container_of(body, sizes)
    builder = ContentBuilder()
    for piece in main_pieces(pieces_of(body, container, sizes), title):
        _add(builder, piece)
    for text in hidden:
        builder.hide("style", text)
    return builder.build(title=title)


def _add(builder: ContentBuilder, piece: Piece) -> None:
    if piece.rows:
        builder.table(piece.rows)
    elif piece.level:
        builder.heading(piece.text, piece.level)
    else:
        builder.paragraph(piece.text)


def _title_of(soup: BeautifulSoup) -> str:
    """The title of the article as the page's head states it."""
    for name in TITLES:
        for key in ("name", "property"):
            meta = soup.find("meta", attrs={key: name})
            if isinstance(meta, Tag) and str(meta.get("content") or "").strip():
                return squeezed(str(meta.get("content")))
    return squeezed(soup.title.get_text()) if soup.title else ""


def _page_of(data: bytes) -> bytes:
    """The page itself where the file is a web archive (MHTML)."""
    if not ARCHIVED.search(data[:4096]) or b"<html" in data[:512].lower():
        return data
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            page = part.get_payload(decode=True)
            charset = str(part.get_param("charset") or "")
            if isinstance(page, bytes):
                mark = f'<meta charset="{charset}">'.encode("ascii", "ignore")
                return (mark if charset.isascii() and charset else b"") + page
    return data


def _text_of(data: bytes, name: str) -> str:
    """Decode a page: UTF-8 where it is, else as declared, else by how it reads."""
    if data.startswith(tuple(bom for bom, _ in BOMS)):
        return decode(data, name)
    declared = CHARSET.search(data[:4096])
    if declared and not _is_utf8(data):
        encoding = declared.group(1).decode("ascii", "replace").lower()
        try:
            text = data.decode(WIDER.get(encoding, encoding), errors="replace")
        except LookupError:
            return decode(data, name)
        if "\ufffd" not in text or plausibility(text) >= PLAUSIBLE:
            return text
    return decode(data, name)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
