"""What holds a level down whatever the coverage: must-haves, vetoes, floors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.core.findings import Verdict
from auditor.core.scores import MustHave, Profile, Veto
from auditor.scoring.counting import Verdicts
from auditor.scoring.tree import CITY, Branch


@dataclass(slots=True)
class Levels:
    """Levels of all nodes, and for each what lowered it."""

    by_id: dict[str, int]
    notes: dict[str, list[str]]

    def lower(self, node_id: str, level: int, note: str) -> None:
        """Hold a node down to a level."""
        if node_id in self.by_id and level < self.by_id[node_id]:
            self.by_id[node_id] = level
            self.notes.setdefault(node_id, []).append(note)


def capped(levels: Mapping[str, int], tree: Branch, verdicts: Verdicts, profile: Profile) -> Levels:
    """Apply must-haves to every node, then vetoes and floors to the city."""
    held = Levels(dict(levels), {})
    above = holders(tree) if profile.must_have else {}
    for must in profile.must_have:
        _demand(must, above, verdicts, held)
    for veto in profile.vetoes:
        if vetoed(veto, verdicts):
            held.lower(CITY, veto.level, f"否决项 {veto.feature_id}，城市不高于 {veto.level} 级")
    _floor(tree, profile, held)
    return held


def holders(tree: Branch) -> dict[str, tuple[tuple[str, int], ...]]:
    """For each feature the nodes that hold it, each with the feature's level."""
    found: dict[str, list[tuple[str, int]]] = {}
    for node in tree.walk():
        for feature in node.leaves():
            found.setdefault(feature.id, []).append((node.id, feature.level))
    return {key: tuple(nodes) for key, nodes in found.items()}


def lacking(must: MustHave, verdicts: Verdicts) -> bool:
    """Tell whether a must-have that counts is not shown well enough."""
    verdict = verdicts.get(must.feature_id, Verdict.NO_EVIDENCE)
    return verdict.rank < must.least.rank


def vetoed(veto: Veto, verdicts: Verdicts) -> bool:
    """Tell whether a veto holds."""
    return verdicts.get(veto.feature_id) in veto.verdicts


def _demand(
    must: MustHave,
    above: Mapping[str, tuple[tuple[str, int], ...]],
    verdicts: Verdicts,
    held: Levels,
) -> None:
    if lacking(must, verdicts):
        for node_id, level in above.get(must.feature_id, ()):
            held.lower(node_id, level - 1, f"缺必备特征 {must.feature_id}，不高于 {level - 1} 级")


def _floor(tree: Branch, profile: Profile, held: Levels) -> None:
    """Lower the city until no floor is broken; each cut leaves a note."""
    gap = profile.floors.domain_gap
    if gap is not None:
        for domain in tree.children:
            own = held.by_id[domain.id]
            note = f"{domain.id} {domain.name} 为 {own} 级，城市不高于 {own + gap} 级"
            held.lower(CITY, own + gap, note)
    for node_id in profile.floors.not_below:
        if node_id in held.by_id:
            own = held.by_id[node_id]
            held.lower(CITY, own, f"{node_id} 为 {own} 级，城市等级不高于它")
