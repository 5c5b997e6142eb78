"""The numbers of a run as they stand after the last decision, under the rule that is chosen."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from auditor.core.gap import Gap
from auditor.core.scores import Profile
from auditor.core.standing import Standing
from auditor.scoring.gap import gap_to
from auditor.standing import KeptNumbers, standing_of
from auditor.workbench.opened import OpenRun, Present

TOP = 5
KEPT = 64


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers after ``events`` review events; ``gap`` to the next level, None at the top."""

    events: int
    head: str
    standing: Standing
    gap: Gap | None


class LiveFigures:
    """Numbers by run, rule and head of the record; each is computed once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str, bool], Figures] = OrderedDict()
        self._lock = threading.Lock()
        self._computing: dict[str, threading.Lock] = {}

    def of(self, opened: OpenRun, profile: Profile, *, with_gap: bool = False) -> Figures:
        """The numbers now; a reader who comes while others compute the same waits for them."""
        present = opened.present
        key = (opened.id, profile.digest, present.head, with_gap)
        with self._lock:
            computing = self._computing.setdefault(opened.id, threading.Lock())
        with computing:
            kept = self._get(key)
            if kept is None:
                kept = _figures(opened, present, profile, with_gap)
                self._put(key, kept)
        return kept

    def _get(self, key: tuple[str, str, str, bool]) -> Figures | None:
        with self._lock:
            return self._kept.get(key)

    def _put(self, key: tuple[str, str, str, bool], figures: Figures) -> None:
        with self._lock:
            self._kept[key] = figures
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _figures(opened: OpenRun, present: Present, profile: Profile, with_gap: bool) -> Figures:
    kept = opened.once(("numbers", profile.digest), KeptNumbers)
    standing = standing_of(opened.reviewed(present), opened.standard, profile, kept)
    level, gap = standing.shown.level, None
    if with_gap and level < TOP:
        gap = gap_to(present.decided.findings, opened.standard, profile, level + 1)
    return Figures(len(present.events), present.head, standing, gap)
