"""Formulas (Office MathML) on one line: ``(a+b)/c``, ``x^2``, ``√(x)``."""

from __future__ import annotations

from auditor.ingest.docx_markup import Element, M, W

SCRIPTS = {"sup": "^", "sub": "_"}
UNREAD = ("Pr", "ctrlPr")


def linear(element: Element) -> str:
    """The text of a formula; numerators, roots and scripts keep their meaning."""
    tag = element.tag
    if tag in (f"{M}t", f"{W}t"):
        return element.text or ""
    if not isinstance(tag, str) or tag.endswith(UNREAD) or not tag.startswith((M, f"{W}r")):
        return ""
    name = tag.removeprefix(M)
    parts = {child.tag: linear(child) for child in element} if name in ("f", "rad") else {}
    if name == "f":
        top, bottom = parts.get(f"{M}num", ""), parts.get(f"{M}den", "")
        return f"{_grouped(top)}/{_grouped(bottom)}"
    if name == "rad":
        return f"{parts.get(f'{M}deg', '')}√{_grouped(parts.get(f'{M}e', ''))}"
    text = "".join(linear(child) for child in element)
    if name in SCRIPTS and text:
        return SCRIPTS[name] + _grouped(text)
    return f"({text})" if name == "d" else text


def _grouped(text: str) -> str:
    """Brackets where the text is more than one number or word."""
    return text if text.isalnum() or len(text) < 2 else f"({text})"
