"""Tell which sentences talk to the judge: alone, split over neighbours, or going on with one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from auditor.core.instructions import Family
from auditor.instructions.cues import (
    ADDRESS,
    DEFY,
    GUISE,
    OUTCOME,
    READER,
    speaks_to_judge,
    weights_of,
)
from auditor.instructions.families import FAMILIES, NEARBY, SPLIT_CUE
from auditor.instructions.folding import decoded_parts, folded, plain
from auditor.instructions.likeness import is_like_instruction

WINDOWS = (2, 3)
REACH = 2
"""How many sentences beside an instruction may go on with it."""
TELLING = (ADDRESS, READER, OUTCOME, DEFY, GUISE)
"""Kinds of cues of which one must stand where only likeness tells."""
JOINT = 24
"""Characters on each side of a joint in which a split instruction is looked for."""
ENDS = "。；;！!？?，,、：:.…|「」『』“”\"' \n\t\u3000"


@lru_cache(maxsize=32768)
def family_in(text: str) -> Family | None:
    """The family of the instruction that one text holds, None where it holds none.

    What is found only after folding away a disguise is ``Family.DISGUISED``; what no expression
    knows but its words together tell is ``Family.ORDER``.
    """
    known = known_family(text)
    if known is not None:
        return known
    hidden = folded(text)
    if speaks_to_judge(hidden):
        return Family.ORDER
    hinted = any(kind in TELLING for kind in weights_of(hidden))
    return Family.ORDER if hinted and is_like_instruction(hidden) else None


@lru_cache(maxsize=32768)
def known_family(text: str) -> Family | None:
    """The family of an instruction of a known form, undisguised or folded."""
    clear = plain(text)
    found = _family(clear)
    if found is not None:
        return found
    hidden = folded(text)
    if hidden != clear and _family(hidden) is not None:
        return Family.DISGUISED
    if any(_family(folded(part)) is not None for part in decoded_parts(text)):
        return Family.DISGUISED
    return None


def marks_of(texts: Sequence[str]) -> list[Family | None]:
    """For the sentences of a document, in order: the family of each that talks to the judge."""
    marks = [family_in(text) for text in texts]
    written = [place for place, text in enumerate(texts) if text.strip()]
    for size in WINDOWS:
        for window in _open_windows(written, marks, size):
            joined = _joined([texts[place] for place in window])
            if SPLIT_CUE.search(plain(joined)) and known_family(joined) is not None:
                for place in window:
                    marks[place] = Family.SPLIT
    _spread(texts, written, marks)
    return marks


def _family(text: str) -> Family | None:
    for family, forms in FAMILIES.items():
        if any(form.search(text) for form in forms):
            return family
    return None


def _joined(parts: Sequence[str]) -> str:
    """Neighbours as one sentence: only what stands near the joint of the first and the last."""
    bare = [part.strip().strip(ENDS) for part in parts]
    return "".join([bare[0][-JOINT:], *bare[1:-1], bare[-1][:JOINT]])


def _open_windows(
    written: Sequence[int], marks: Sequence[Family | None], size: int
) -> Iterator[tuple[int, ...]]:
    """Runs of neighbours of which none is marked yet (looked at anew for each run)."""
    for start in range(len(written) - size + 1):
        window = tuple(written[start : start + size])
        if all(marks[place] is None for place in window):
            yield window


def _spread(texts: Sequence[str], written: Sequence[int], marks: list[Family | None]) -> None:
    """Mark what goes on with an instruction: weaker words count beside a sure sentence."""
    order = {place: index for index, place in enumerate(written)}
    open_ends = [place for place in written if marks[place] is not None]
    while open_ends:
        place = open_ends.pop()
        index = order[place]
        for near in written[max(0, index - REACH) : index + REACH + 1]:
            if marks[near] is None and NEARBY.search(folded(texts[near])):
                marks[near] = marks[place]
                open_ends.append(near)
