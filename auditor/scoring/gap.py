"""What stands in the way of a level: the features, what each lacks, and what it asks for."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.core.criteria import Feature, Standard
from auditor.core.errors import ConfigurationError, UnprovedFlipsError
from auditor.core.findings import Finding, Verdict
from auditor.core.gap import Gap, GapKind, GapRow, kind_of, lacking_of
from auditor.core.scores import Profile
from auditor.scoring.counting import counted_of
from auditor.scoring.flips import lift
from auditor.scoring.scorer import rate
from auditor.scoring.tree import CITY, Branch, tree_of

KINDS = tuple(GapKind)


def gap_to(
    findings: Sequence[Finding],
    standard: Standard,
    profile: Profile,
    target: int,
    node_id: str = CITY,
) -> Gap:
    """All features up to the target level that are not green, those of a smallest set first.

    Then by effort: the better verdict, papers before work on site before work to do, lower levels.

    Raises:
        ConfigurationError: no such node among the judged ones.
    """
    counted = counted_of(findings, standard, profile)
    node = node_of(tree_of(standard, counted.potential.keys()), node_id)
    level = rate(node, counted.shown, profile).level(node.id)
    found, proved = None, True
    try:
        found = lift(node, counted.shown, profile, target)
    except UnprovedFlipsError:
        proved = False
    chosen = set(found.feature_ids) if found else set()
    by_id = {f.feature_id: f for f in findings}
    rows = [
        _row(feature, by_id[feature.id], feature.id in chosen)
        for feature in node.leaves()
        if by_id[feature.id].verdict is not None
        and (
            feature.id in chosen
            or (feature.level <= target and not _green(counted.shown.get(feature.id)))
        )
    ]
    within_reach = found is not None or level >= target
    return Gap(
        node_id=node.id,
        level=level,
        target=target,
        rows=tuple(sorted(rows, key=_effort)),
        smallest=len(chosen) if within_reach and proved else None,
        proved=proved,
    )


def node_of(tree: Branch, node_id: str) -> Branch:
    """A node by its id."""
    for node in tree.walk():
        if node.id == node_id:
            return node
    raise ConfigurationError(
        f"{node_id} is no node that was judged.",
        hint="Name a domain, sub-domain or item, like 8.3 or 8.3.1.2.",
    )


def _green(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.is_green


def _row(feature: Feature, finding: Finding, chosen: bool) -> GapRow:
    verdict = finding.verdict or Verdict.NO_EVIDENCE
    return GapRow(feature, verdict, kind_of(feature, finding), lacking_of(feature, finding), chosen)


def _effort(row: GapRow) -> tuple[bool, int, int, int, str]:
    place = KINDS.index(row.kind)
    return (not row.smallest, -row.verdict.rank, place, row.feature.level, row.feature.id)
