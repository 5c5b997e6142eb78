"""Which parts of a web page no reader sees: hidden by attribute, inline style or simple rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Tag

HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![-\w])opacity\s*:\s*0?(?:\.0+)?\s*(?:;|$|!)"
    r"|font-size\s*:\s*(?:0(?:\.0+)?(?:px|pt|r?em|%)?\s*(?:;|$|!)|[01](?:\.\d+)?(?:px|pt))"
    r"|(?:text-indent|left|top|right)\s*:\s*-(?:[5-9]\d\d|\d{4})",
    re.I,
)
WHITE = re.compile(
    r"(?<![-\w])color\s*:\s*(?:white|#fff(?:fff)?|rgba?\(\s*255\s*,\s*255\s*,\s*255)(?![\da-f])",
    re.I,
)
GROUND = re.compile(r"background", re.I)
SIMPLE = re.compile(r"[.#][\w-]+")
COMMENT_END = "*/"
CHINESE = re.compile(r"[\u3400-\u9fff]")
LEAST_CHINESE = 4
MOSTLY_LINKS = 0.3
AROUND = 60


def take_out_hidden(soup: BeautifulSoup) -> list[str]:
    """Remove what is hidden from the page; gives the texts that say something.

    Menus that open on a click are hidden too: texts that are mostly links are not given.
    """
    marks = hidden_marks(soup)
    texts = []
    for tag in soup.find_all(lambda t: is_hidden(t, marks)):
        if tag.decomposed:
            continue
        text = " ".join(tag.get_text(" ").split())
        linked = sum(len(link.get_text(strip=True)) for link in tag.find_all("a"))
        says = len(CHINESE.findall(text)) >= LEAST_CHINESE and linked <= MOSTLY_LINKS * len(text)
        if says and tag.name not in ("script", "style", "template"):
            texts.append(text)
        tag.decompose()
    return texts


def is_hidden(tag: Tag, marks: frozenset[str]) -> bool:
    """Tell whether a tag is hidden by its attributes or by one of the ``marks`` (.class, #id)."""
    if tag.name in ("html", "body", "head", "input"):
        return False
    style = str(tag.get("style") or "")
    if tag.has_attr("hidden") or HIDDEN.search(style):
        return True
    if WHITE.search(style) and not _has_ground(tag):
        return True
    return bool(marks) and not marks.isdisjoint(marks_of(tag))


def _has_ground(tag: Tag) -> bool:
    """Tell whether the tag or one around it is given a background."""
    for around in (tag, *islice(tag.parents, AROUND)):
        if GROUND.search(str(around.get("style") or "")) or around.get("bgcolor"):
            return True
    return False


def marks_of(tag: Tag) -> set[str]:
    """The classes (``.x``) and the id (``#x``) of a tag."""
    classes: Any = tag.get("class") or []
    found = {f".{name}" for name in (classes if isinstance(classes, list) else [classes])}
    if tag.get("id"):
        found.add(f"#{tag.get('id')}")
    return found


def hidden_marks(soup: BeautifulSoup) -> frozenset[str]:
    """Classes and ids that the page's own style sheets hide on every screen."""
    found: set[str] = set()
    for sheet in soup.find_all("style"):
        for selectors, body in _rules(sheet.get_text()):
            if HIDDEN.search(body):
                parts = (selector.strip() for selector in selectors.split(","))
                found.update(part for part in parts if SIMPLE.fullmatch(part))
    return frozenset(found)


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and bodies of a style sheet; rules inside of ``@media`` … are passed over."""
    sheet = "".join(_without_comments(sheet))
    place = 0
    while (opened := sheet.find("{", place)) >= 0:
        selectors = sheet[place:opened].strip()
        closed = _end_of(sheet, opened) if selectors.startswith("@") else sheet.find("}", opened)
        if closed < 0:
            return
        if not selectors.startswith("@"):
            yield selectors, sheet[opened + 1 : closed]
        place = closed + 1


def _end_of(sheet: str, opened: int) -> int:
    depth = 0
    for match in re.compile(r"[{}]").finditer(sheet, opened):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return match.start()
    return -1


def _without_comments(sheet: str) -> Iterator[str]:
    place = 0
    while (start := sheet.find("/*", place)) >= 0:
        yield sheet[place:start]
        end = sheet.find(COMMENT_END, start + 2)
        if end < 0:
            return
        place = end + 2
    yield sheet[place:]
