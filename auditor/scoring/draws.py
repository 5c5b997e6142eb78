"""Monte Carlo over uncertain verdicts: how likely each level is, given calibrated chances.

Direct verdicts are drawn independently, feature by feature; relations, facts that pay once,
must-haves, vetoes and floors are then applied to every draw as the scorer applies them (numpy, all
draws at once). A person's decision is never drawn. What a finding cites is not drawn either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from auditor.core.criteria import LEVELS, Standard
from auditor.core.errors import ConfigurationError
from auditor.core.findings import CHANGED, VERDICTS, Failure, Finding, Judgement, Verdict
from auditor.core.scores import Profile
from auditor.core.stress import Drawn
from auditor.scoring.drawn_payments import own_facts, paid_once
from auditor.scoring.drawn_relations import related
from auditor.scoring.drawn_scores import drawn_levels
from auditor.scoring.tree import tree_of

Chances = Mapping[Verdict, float]
Ranks = NDArray[np.int8]
UNRESOLVED = -1
"""The rank of a failure in a draw."""


def draw_levels(
    findings: Sequence[Finding],
    standard: Standard,
    profile: Profile,
    draws: int,
    seed: int,
    assumed: Mapping[Verdict, Chances] | None = None,
) -> Drawn:
    """Draw all verdicts many times and score each draw.

    Raises:
        ConfigurationError: a finding has no calibrated chances, and none are assumed.
    """
    known = (f for f in findings if f.applicable and f.feature_id in standard.by_id)
    rows = sorted(known, key=lambda f: f.feature_id)
    ids = [f.feature_id for f in rows]
    chances, borrowed = _chances(rows, assumed or {})
    ranks = drawn_ranks(chances, draws, np.random.default_rng(seed))
    for column, finding in enumerate(rows):
        if _failed(finding):
            ranks[:, column] = UNRESOLVED
    decided = frozenset(f.feature_id for f in rows if f.decision is not None)
    direct = ranks
    if profile.relations:
        ranks = related(direct, rows, standard.relations)
    if profile.count_once:
        ranks = paid_once(ranks, own_facts(direct, ranks), rows)
    tree = tree_of(standard, ids)
    found = drawn_levels(tree, ids, ranks, profile, decided)
    shares = {
        key: tuple(float(np.mean(levels == n)) for n in (0, *LEVELS))
        for key, levels in found.items()
    }
    return Drawn(draws, seed, shares, borrowed)


def _chances(
    rows: Sequence[Finding], assumed: Mapping[Verdict, Chances]
) -> tuple[NDArray[np.float64], int]:
    """Chance of each verdict by rank, one row a finding; how many come from assumptions."""
    table = np.zeros((len(rows), len(VERDICTS)))
    borrowed = 0
    for place, finding in enumerate(rows):
        fixed = finding.direct_verdict or Verdict.NO_EVIDENCE
        chances = _own_chances(finding)
        if chances is None and fixed in assumed:
            chances, borrowed = assumed[fixed], borrowed + 1
        if chances is None:
            raise ConfigurationError(
                f"{finding.feature_id} has no calibrated probabilities.",
                hint="Name your assumptions: --assume FILE (docs/scoring.md), or use screen.",
            )
        for verdict, chance in chances.items():
            table[place, verdict.rank] = chance
    return table / table.sum(axis=1, keepdims=True), borrowed


def _failed(finding: Finding) -> bool:
    return isinstance(finding.outcome, Failure) and finding.decision is None


def _own_chances(finding: Finding) -> Chances | None:
    """Certain where a person decided or nothing could be judged; else the judge's chances."""
    if finding.decision is not None or _failed(finding):
        return {finding.direct_verdict or Verdict.NO_EVIDENCE: 1.0}
    outcome = finding.outcome
    assert isinstance(outcome, Judgement)
    return None if outcome.probabilities is None else allowed(outcome, outcome.probabilities)


def allowed(judgement: Judgement, chances: Chances) -> Chances:
    """The chances, those above what a check lowered the verdict to given to that verdict."""
    caps = [c.after for c in judgement.checks if c.outcome == CHANGED and c.after is not None]
    if not caps:
        return chances
    cap = min(caps, key=lambda v: v.rank)
    kept = {v: chance for v, chance in chances.items() if v.rank <= cap.rank}
    kept[cap] = kept.get(cap, 0.0) + sum(p for v, p in chances.items() if v.rank > cap.rank)
    return kept


def drawn_ranks(chances: NDArray[np.float64], draws: int, rng: np.random.Generator) -> Ranks:
    """Ranks of verdicts, shape (draws, features)."""
    steps = np.cumsum(chances, axis=1)
    steps[:, -1] = 1.0
    thrown = rng.random((draws, len(chances)))
    ranks: Ranks = (thrown[:, :, None] >= steps[None, :, :]).sum(axis=2).astype(np.int8)
    return ranks
