"""Texts for spreadsheets and Word files: what they refuse replaced, formulas made harmless."""

from __future__ import annotations

import re

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
GUARD = "'"


def printable(text: str) -> str:
    """Replace the characters that spreadsheets and Word files refuse by spaces."""
    return UNPRINTABLE.sub(" ", text)


def neutral(text: str) -> str:
    """Make a text harmless in a spreadsheet: what would start a formula gets an apostrophe."""
    clean = printable(text)
    return GUARD + clean if FORMULA.match(clean) else clean


def plain(text: str) -> str:
    """A text as it was before ``neutral``."""
    return text[1:] if text.startswith(GUARD) and FORMULA.match(text[1:]) else text
