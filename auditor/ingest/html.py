"""Web pages: the main text without navigation, scripts and hidden parts."""

from __future__ import annotations

import re
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag

from auditor.ingest.content import Content, ContentBuilder
from auditor.ingest.text import decode

DROPPED = ("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form",
           "button", "select", "iframe", "svg", "head")  # fmt: skip
BLOCKS = {"p", "div", "section", "article", "li", "dd", "dt", "blockquote", "pre", "td", "th",
          "main", "body", "ul", "ol", "dl", "figure", "figcaption", "center", "html"}  # fmt: skip
HEADING = re.compile(r"^h([1-6])$")
CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.I)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
CHROME = re.compile(
    r"(?:^|[-_ ])(?:nav|menu|breadcrumb|crumb|sidebar|footer|header|toolbar|share|copyright)"
    r"(?:$|[-_ ])",
    re.I,
)


def read_html(data: bytes, name: str) -> Content:
    """Read a page: headings by level, paragraphs, list items and tables in order."""
    soup = BeautifulSoup(_text_of(data, name), "lxml")
    title = soup.title.get_text(strip=True) if soup.title else ""
    for tag in soup.find_all(DROPPED):
        tag.decompose()
    for tag in soup.find_all(_is_chrome):
        if not tag.decomposed:
            tag.decompose()
    builder = ContentBuilder()
    body = soup.find("article") or soup.find("main") or soup.body or soup
    _walk(body, builder)
    return builder.build(title=title)


def _text_of(data: bytes, name: str) -> str:
    declared = CHARSET.search(data[:2048])
    if declared:
        encoding = declared.group(1).decode("ascii").lower()
        encoding = "gb18030" if encoding in ("gb2312", "gbk") else encoding
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data, name)


def _is_chrome(tag: Tag) -> bool:
    """Tell hidden parts, and parts whose class or id says that they frame the page."""
    if tag.name in ("html", "body", "main", "article"):
        return False
    style = str(tag.get("style") or "")
    if tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or HIDDEN.search(style):
        return True
    classes: Any = tag.get("class") or []
    marks = [*(classes if isinstance(classes, list) else [classes]), str(tag.get("id") or "")]
    return any(CHROME.search(str(mark)) for mark in marks if mark)


def _walk(node: Tag, builder: ContentBuilder) -> None:
    """Add the blocks below ``node``; runs of inline text become one paragraph."""
    inline: list[str] = []
    for child in node.children:
        if isinstance(child, Tag) and _is_block(child):
            _flush(inline, builder)
            _add_block(child, builder)
        elif isinstance(child, Tag) and child.name == "br":
            _flush(inline, builder)
        else:
            inline.append(_inline_text(child))
    _flush(inline, builder)


def _is_block(tag: Tag) -> bool:
    named = tag.name in BLOCKS or tag.name == "table" or HEADING.match(tag.name)
    return bool(named) or tag.find(list(BLOCKS)) is not None


def _is_link_list(tag: Tag) -> bool:
    """Tell menus: short blocks that are mostly links, several of them."""
    text = _squeezed(tag.get_text())
    links = tag.find_all("a")
    linked = sum(len(_squeezed(link.get_text())) for link in links)
    return len(links) >= 3 and len(text) < 600 and linked > 0.6 * len(text)


def _add_block(tag: Tag, builder: ContentBuilder) -> None:
    if _is_link_list(tag):
        return
    mark = HEADING.match(tag.name)
    if mark:
        builder.heading(_squeezed(tag.get_text()), int(mark.group(1)))
    elif tag.name == "table" and tag.find("table") is None:
        rows = [
            [_squeezed(cell.get_text()) for cell in row.find_all(["td", "th"])]
            for row in tag.find_all("tr")
        ]
        builder.table(rows)
    else:
        _walk(tag, builder)


def _inline_text(node: PageElement) -> str:
    if isinstance(node, Tag):
        return node.get_text()
    return str(node) if type(node) is NavigableString else ""


def _flush(inline: list[str], builder: ContentBuilder) -> None:
    builder.paragraph(_squeezed("".join(inline)))
    inline.clear()


def _squeezed(text: str) -> str:
    return " ".join(text.split())
