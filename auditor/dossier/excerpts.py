"""Papers that are not the whole: mere notices, abstracts, and texts that stand in another one."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from auditor.core.documents import Document
from auditor.dossier.duplicates import Compared, Overlap, fold

CONTAINED = 0.9
WHOLLY = 0.98
SHORTER = 0.6
LOSABLE = 60
"""Folded characters (a title, a date) that an excerpt may have beyond the whole."""
NOTICE_AT_MOST = 1500
RAW_AT_MOST = 6000
LEFT_AT_MOST = 200
_HANDS_ON = re.compile(
    r"(?:现|一并)[^。\n]{0,60}?(?:印发|转发|下发|公布|发布)|转发给你们|印发给你们|予以(?:印发|公布|转发)"
)
_ABSTRACT = re.compile(r"节选|摘录|摘编|选摘|[(（](?:摘要|要点)[)）]|(?:内容|文件|报告|规划)摘要")
_ABSTRACT_TEXT = re.compile(r"[(（](?:节选|摘要|摘录|以下略|下略)[)）]\s*$", re.M)
_SENTENCE = re.compile(r"[。；！？\n]+")

MERE_NOTICE = "只是转发或通知，正文不在其中"
ABSTRACT = "只是摘要/节选"


def own_notes(document: Document) -> tuple[str, ...]:
    """Say what the paper's own form shows: a mere notice, an abstract."""
    notes = []
    if is_mere_notice(document):
        notes.append(f"{MERE_NOTICE}（全文仅 {len(fold(document.text))} 字）")
    if is_abstract(document):
        notes.append(ABSTRACT)
    return tuple(notes)


def is_mere_notice(document: Document) -> bool:
    """Whether it hands on a paper ("现印发给你们") that does not follow."""
    if len(document.text) > RAW_AT_MOST or len(fold(document.text)) > NOTICE_AT_MOST:
        return False
    found = _HANDS_ON.search(document.text)
    return found is not None and len(fold(document.text[found.end() :])) <= LEFT_AT_MOST


def is_abstract(document: Document) -> bool:
    """Whether its name, title, first or last lines call it an abstract or excerpt."""
    title = document.identity.title.value if document.identity.title else document.title
    called = f"{PurePosixPath(document.name).stem}\n{title}"
    if _ABSTRACT.search(called):
        return True
    return bool(_ABSTRACT_TEXT.search(document.text[:300] + "\n" + document.text[-100:]))


def is_excerpt(part: Compared, whole: Compared, share: float) -> bool:
    """Whether ``part`` stands in ``whole`` by ``share`` of its shingles and is much shorter."""
    return share >= CONTAINED and len(part.folded) < SHORTER * len(whole.folded)


def adds_nothing(part: Compared, whole: Compared, share: float) -> bool:
    """Whether every sentence of ``part`` stands in ``whole``, but for a title's length.

    Then nothing is lost where only the whole is judged.
    """
    if share < WHOLLY:
        return False
    sentences = map(fold, _SENTENCE.split(part.document.text))
    return sum(len(words) for words in sentences if words not in whole.folded) <= LOSABLE


def part_and_whole(overlap: Overlap, a: Compared, b: Compared) -> tuple[Compared, Compared, float]:
    """Order two overlapping papers: the shorter, the longer, the share of the shorter in it."""
    if (len(a.folded), a.name) <= (len(b.folded), b.name):
        return a, b, overlap.first_in_second
    return b, a, overlap.second_in_first
