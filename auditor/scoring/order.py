"""Order anomalies: levels that hold while a lower one does not (Guttman's reproducibility)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.core.scores import Profile
from auditor.core.stress import Anomaly, Order
from auditor.scoring.coverage import Shares
from auditor.scoring.tree import Branch


def order_of(tree: Branch, coverage: Mapping[str, Shares], profile: Profile) -> Order:
    """Look at every item of the tree: which levels hold by themselves."""
    anomalies: list[Anomaly] = []
    errors = answers = 0
    for item in (node for node in tree.walk() if node.kind == "item"):
        held = [
            (level, profile.own.holds(share))
            for level, share in enumerate(coverage[item.id], start=1)
            if share is not None
        ]
        anomalies += anomalies_of(item.id, held)
        errors += fewest_changes([holds for _, holds in held])
        answers += len(held)
    return Order(tuple(anomalies), errors, answers)


def anomalies_of(item_id: str, held: Sequence[tuple[int, bool]]) -> list[Anomaly]:
    """Each level that holds above one that does not, with the nearest such lower level."""
    found = []
    for level, holds in held:
        lower = [below for below, own in held if below < level and not own]
        if holds and lower:
            found.append(Anomaly(item_id, level, lower[-1]))
    return found


def fewest_changes(held: Sequence[bool]) -> int:
    """How many answers must change for all that hold to come first."""
    return min(sum(not own for own in held[:cut]) + sum(held[cut:]) for cut in range(len(held) + 1))
