"""What the nodes came to, kept for scores that are computed again after every decision.

A decision changes one feature, so all nodes but the few above it come to what they came to before.
What is kept belongs to one standard and one rule; who scores by several keeps one for each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from auditor.core.findings import Verdict
from auditor.scoring.counting import Verdicts
from auditor.scoring.coverage import Coverage
from auditor.scoring.tree import Branch

MOST = 8192
Key = tuple[str, tuple[str, ...], tuple[Verdict | None, ...]]
Kept = TypeVar("Kept")


class KeptNodes:
    """Coverage of nodes, and whether items hang on one verdict, by the verdicts of their features.

    Safe for threads: at worst two of them compute the same.
    """

    def __init__(self) -> None:
        self._coverage: dict[Key, Coverage] = {}
        self._hanging: dict[Key, bool] = {}

    def coverage(self, node: Branch, verdicts: Verdicts, make: Callable[[], Coverage]) -> Coverage:
        """The coverage of a node and of all below it, by node id."""
        return _kept(self._coverage, _key(node, verdicts), make)

    def hanging(self, item: Branch, verdicts: Verdicts, make: Callable[[], bool]) -> bool:
        """Whether one other verdict would change an item's level."""
        return _kept(self._hanging, _key(item, verdicts), make)


def _key(node: Branch, verdicts: Verdicts) -> Key:
    ids = tuple(f.id for f in node.leaves())
    return node.id, ids, tuple(verdicts.get(key) for key in ids)


def _kept(known: dict[Key, Kept], key: Key, make: Callable[[], Kept]) -> Kept:
    found = known.get(key)
    if found is None:
        if len(known) >= MOST:
            known.clear()
        found = known[key] = make()
    return found
