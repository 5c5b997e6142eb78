"""Take characters that nobody sees out of a text, and say what they held.

Zero-width characters split words so that no search finds them, Unicode tags and runs of variation
selectors carry whole hidden sentences, and bidirectional controls show another order than the one
that is judged. What writing really needs goes without a report: the byte order mark, soft
hyphens, the joiners of emoji, one variation selector after a character; joiners inside words of
Arabic, Indic and Mongolian script stay.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from auditor.core.documents import Block, HiddenText, Page, Span
from auditor.core.layout import BOX_BYTES
from auditor.ingest.content import Content

JOINED_SCRIPTS = "\u0600-\u08ff\u0900-\u0dff\u1800-\u18af"
TAGS = "\U000e0000-\U000e007f"
BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
ZERO_WIDTH = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb"
)
INVISIBLE = re.compile(
    rf"(?P<tag>[{TAGS}]+)|(?P<bidi>[{BIDI}]+)|(?P<selector>[{SELECTORS}]+)"
    rf"|(?P<zero_width>(?:[{ZERO_WIDTH}]|(?<![{JOINED_SCRIPTS}])[\u200c\u200d])+)"
)
NEEDED = {"\u00ad", "\ufeff"}
JOINER, FLAG, TAG_END = "\u200d", "\U0001f3f4", "\U000e007f"
TAG_BASE = 0xE0000
FIRST_EMOJI = 0x2190


@dataclass(frozen=True, slots=True)
class Removed:
    """A run of invisible characters that was taken out.

    ``how``: ``zero_width``, ``tag`` or ``bidi``; ``text`` what it says (tags and selectors decoded,
    else the characters' names such as ``U+200B×3``); ``offset`` and ``length`` in the text before;
    ``needed``: writing needs it, nobody hides anything with it.
    """

    how: str
    text: str
    offset: int
    length: int
    needed: bool = False


def without_invisible(text: str) -> tuple[str, tuple[Removed, ...]]:
    """Give the text without invisible characters, and every run that was taken out, in order."""
    removed = tuple(_removed(text, match) for match in INVISIBLE.finditer(text))
    return (INVISIBLE.sub("", text) if removed else text), removed


def clean_content(content: Content) -> Content:
    """Take invisible characters out of what a reader gave.

    Blocks, pages and boxes are shifted so that they hold the same visible characters; a block of
    invisible characters only is dropped. What was taken out becomes ``HiddenText``, by page.
    """
    text, removed = without_invisible(content.text)
    blocks = tuple(_clean_heads(block) for block in content.blocks)
    title = without_invisible(content.title)[0]
    if not removed:
        return replace(content, blocks=blocks, title=title)
    shift = _Shift(removed)
    return replace(
        content,
        text=text,
        title=title,
        blocks=tuple(_shifted_blocks(blocks, shift)),
        pages=tuple(replace(page, span=shift.span(page.span)) for page in content.pages),
        layout=_kept_boxes(content.layout, removed),
        hidden=(*content.hidden, *_hidden(removed, content.pages)),
    )


class _Shift:
    """Offsets before -> offsets after the removal."""

    def __init__(self, removed: Sequence[Removed]) -> None:
        self._starts = [run.offset for run in removed]
        self._lengths = [run.length for run in removed]
        self._gone = [0, *accumulate(self._lengths)]

    def offset(self, before: int) -> int:
        """The offset after; one inside a removed run falls on the run's place."""
        index = bisect_right(self._starts, before) - 1
        if index < 0:
            return before
        inside = min(before - self._starts[index], self._lengths[index])
        return before - self._gone[index] - inside

    def span(self, before: Span) -> Span:
        """The span after."""
        return Span(self.offset(before.start), self.offset(before.end))


def _shifted_blocks(blocks: Sequence[Block], shift: _Shift) -> Iterator[Block]:
    for block in blocks:
        span = shift.span(block.span)
        if len(span) or not len(block.span):
            yield replace(block, span=span)


def _clean_heads(block: Block) -> Block:
    if not block.header:
        return block
    return replace(block, header=tuple(without_invisible(cell)[0] for cell in block.header))


def _kept_boxes(layout: bytes, removed: Sequence[Removed]) -> bytes:
    if not layout:
        return layout
    kept = []
    start = 0
    for run in removed:
        kept.append(layout[start * BOX_BYTES : run.offset * BOX_BYTES])
        start = run.offset + run.length
    return b"".join([*kept, layout[start * BOX_BYTES :]])


def _hidden(removed: Sequence[Removed], pages: Sequence[Page]) -> Iterator[HiddenText]:
    """Decoded texts one by one; what only has names is counted, one entry a page and way."""
    starts = [page.span.start for page in pages]
    counted: dict[tuple[int | None, str], Counter[str]] = {}
    for run in removed:
        if run.needed:
            continue
        page = pages[max(0, bisect_right(starts, run.offset) - 1)].number if pages else None
        if run.how == "tag":
            yield HiddenText(run.how, run.text, page)
            continue
        counts = counted.setdefault((page, run.how), Counter())
        for part in run.text.split(" "):
            name, _, times = part.partition("×")
            counts[name] += int(times or 1)
    for (page, how), counts in counted.items():
        yield HiddenText(how, _counted(counts), page)


def _removed(text: str, match: re.Match[str]) -> Removed:
    run = match.group()
    kind = match.lastgroup or ""
    if kind == "tag":
        flag = text[match.start() - 1 : match.start()] == FLAG and run.endswith(TAG_END)
        return Removed("tag", _decoded_tags(run), match.start(), len(run), flag and len(run) < 8)
    if kind == "selector":
        return _removed_selectors(run, match.start())
    needed = kind == "zero_width" and _is_needed(text, match)
    return Removed(kind, _names(run), match.start(), len(run), needed)


def _removed_selectors(run: str, offset: int) -> Removed:
    """One selector chooses a glyph; a run of them can only carry bytes."""
    if len(run) == 1:
        return Removed("zero_width", _names(run), offset, 1, needed=True)
    codes = [ord(c) - 0xFE00 if ord(c) < TAG_BASE else ord(c) - 0xE0100 + 16 for c in run]
    decoded = bytes(codes).decode("utf-8", "replace")
    return Removed("tag", decoded if decoded.isprintable() else _names(run), offset, len(run))


def _decoded_tags(run: str) -> str:
    """The ASCII behind Unicode tags; their names where it is none that can be shown."""
    decoded = "".join(chr(ord(c) - TAG_BASE) for c in run if 0x20 <= ord(c) - TAG_BASE < 0x7F)
    return decoded.strip() or _names(run)


def _is_needed(text: str, match: re.Match[str]) -> bool:
    run = match.group()
    if set(run) <= NEEDED:
        return len(run) == 1
    if run != JOINER:
        return False
    beside = (text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1])
    return all(c and (ord(c) >= FIRST_EMOJI and not c.isalnum()) for c in beside)


def _names(run: str) -> str:
    return _counted(Counter(f"U+{ord(c):04X}" for c in run))


def _counted(counts: Counter[str]) -> str:
    return " ".join(f"{name}×{times}" if times > 1 else name for name, times in counts.items())
