"""Names and values of WordprocessingML that several modules of the Word reader need."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
VAL = f"{W}val"
OFF = ("0", "false", "off", "none")
CHOICE, FALLBACK = f"{MC}Choice", f"{MC}Fallback"
WRAPPERS = frozenset(
    [f"{W}{n}" for n in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo",
                         "hyperlink", "fldSimple", "dir", "bdo")]
)  # fmt: skip
"""Elements that only hold what is read: content controls, accepted insertions, links, results."""
DELETED = frozenset([f"{W}del", f"{W}moveFrom"])
Element = etree._Element


def unwrapped(element: Element) -> Iterator[Element]:
    """The children of an element in order, those inside wrappers in their place.

    Of the two forms of one drawing (``mc:AlternateContent``) only the first is entered.
    """
    waiting: list[Iterator[Element]] = [iter(element)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
        elif child.tag in WRAPPERS:
            waiting.append(iter(child))
        elif child.tag == f"{MC}AlternateContent":
            chosen = chosen_form(child)
            waiting.append(iter(chosen if chosen is not None else ()))
        elif isinstance(child.tag, str):
            yield child


def chosen_form(alternate: Element) -> Element | None:
    """The first form of an ``mc:AlternateContent`` that holds anything."""
    forms = [form for form in alternate if form.tag in (CHOICE, FALLBACK) and len(form)]
    forms.sort(key=lambda form: form.tag != CHOICE)
    return forms[0] if forms else None


def find(element: Element | None, *names: str) -> Element | None:
    """The element at the end of a path of child names (namespace of WordprocessingML)."""
    for name in names:
        if element is None:
            return None
        element = element.find(W + name)
    return element


def value(element: Element | None, name: str = "val") -> str:
    """The value of an attribute, empty where the element or the attribute is missing."""
    return (element.get(W + name) or "") if element is not None else ""


def number(element: Element | None, name: str = "val") -> int | None:
    """An attribute as a whole number, None where it is none."""
    text = value(element, name)
    return int(text) if text[:9].lstrip("-").isdecimal() and len(text) < 10 else None


def is_on(element: Element | None) -> bool:
    """Tell whether a switch such as ``w:vanish`` is set: present and not switched off."""
    return element is not None and value(element).lower() not in OFF
