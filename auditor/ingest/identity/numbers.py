"""A paper's own number (文号), not those of the papers that it cites."""

from __future__ import annotations

import re

from auditor.core.identity import Stated
from auditor.ingest.identity.frame import Line, Paper
from auditor.ingest.identity.meta import told_number
from auditor.ingest.identity.titles import STANDARD_NUMBER

NUMBER = re.compile(
    r"(?P<number>[一-龥]{1,12}(?:[〔\[﹝【(])(?:19|20)\d{2}[〕\]﹞】)](?:第)?\d{1,5}号)"
)
LABELLED = re.compile(r"^(?:文号|发文字号|文件编号|编号):?")
DECREE = re.compile(r"^(?:[一-龥]{2,16}令)?第\d{1,4}号(?:令)?$|^[一-龥]{2,16}令第\d{1,4}号$")
LOOKED_AT = 16


def find_number(paper: Paper) -> Stated | None:
    """Find the number on a line of its own above the body, or with a label before it."""
    told = told_number(paper)
    if told is not None:
        return told
    for line in paper.lines[:LOOKED_AT]:
        found = _own(line)
        if found:
            return found
        if line.text.startswith(("一、", "第一章", "第一条")):
            break
    return None


def _own(line: Line) -> Stated | None:
    text = line.text
    label = LABELLED.match(text)
    bare = text[label.end() :] if label else text
    match = NUMBER.match(bare)
    if match and len(bare) - match.end() <= (40 if label or "签发人" in bare else 0):
        return Stated(match["number"], 0.95, line.span)
    if STANDARD_NUMBER.match(text):
        return Stated(text, 0.9, line.span)
    if DECREE.match(text):
        return Stated(text, 0.8, line.span)
    return None
