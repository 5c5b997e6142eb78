"""Draws where a fact pays once: each is what the scorer makes of the verdicts that were drawn."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from auditor.core.criteria import FeatureType
from auditor.core.documents import Span
from auditor.core.findings import VERDICTS, Citation, Decision, Finding, Judgement, Verdict
from auditor.core.scores import Profile, Proof, Treatment
from auditor.profiles import load_profile
from auditor.relations import apply_relations
from auditor.scoring import score_findings
from auditor.scoring.draws import draw_levels, drawn_ranks
from tests.unit.scoring.cities import STANDARD, random_verdicts

ONCE = replace(load_profile("ctmm"), count_once=True)
SENTENCES = 60
"""Few for 376 features, so that most sentences serve several."""
RULES = {
    "relations": ONCE,
    "no relations": replace(ONCE, relations=False),
    "left out": replace(ONCE, silent=Treatment.LEFT_OUT, failures=Treatment.LEFT_OUT),
    "proof": replace(ONCE, proof=Proof((FeatureType.CAPABILITY,), (), Verdict.PARTLY_MET)),
    "bottleneck": replace(load_profile("bottleneck"), count_once=True),
}


def citations(rng: random.Random) -> tuple[Citation, ...]:
    count = rng.choice((0, 1, 1, 2, 3))
    numbers = (rng.randrange(SENTENCES) for _ in range(count))
    return tuple(Citation(f"s{n}", "d", 1, Span(0, 1), "x") for n in numbers)


def cited_city(rng: random.Random) -> list[Finding]:
    """Findings whose chances spread over two verdicts; a few are decided by a person."""
    rows = []
    for key, verdict in random_verdicts(rng, STANDARD).items():
        chances = {verdict: 0.6, rng.choice(VERDICTS): 0.4}
        judgement = Judgement(key, verdict, citations(rng), "", "test", probabilities=chances)
        row = Finding(judgement, verdict, verdict)
        rows.append(decided(row, rng) if rng.random() < 0.05 else row)
    return rows


def decided(row: Finding, rng: random.Random) -> Finding:
    verdict = rng.choice(VERDICTS)
    said = Decision(verdict, "甲", "r", "2026-01-01T00:00:00+08:00", "e", citations(rng))
    return replace(row, verdict=verdict, direct_verdict=verdict, decision=said)


def drawn(rows: Sequence[Finding], ranks: Sequence[int]) -> list[Finding]:
    """The findings with the drawn verdicts, relations applied; a decision stays as it is."""
    bare = []
    for row, rank in zip(rows, ranks, strict=True):
        verdict = row.verdict if row.decision else VERDICTS[rank]
        bare.append(replace(row, verdict=verdict, direct_verdict=verdict))
    related = apply_relations(bare, STANDARD.relations)
    return [b if b.decision else r for b, r in zip(bare, related, strict=True)]


def chances_table(rows: Sequence[Finding]) -> np.ndarray:
    table = np.zeros((len(rows), len(VERDICTS)))
    for place, row in enumerate(rows):
        assert isinstance(row.outcome, Judgement)
        for verdict, chance in (row.outcome.probabilities or {}).items():
            table[place, verdict.rank] = chance
    return table / table.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_draw_has_the_levels_that_the_scorer_gives_it(rule: Profile) -> None:
    rng = random.Random(rule.id + str(rule.relations))
    rows = sorted(cited_city(rng), key=lambda f: f.feature_id)
    decided_ids = {f.feature_id for f in rows if f.decision}
    draws, seed = 20, 5
    table = chances_table(rows)
    for place, row in enumerate(rows):
        if row.feature_id in decided_ids and row.verdict is not None:
            table[place] = np.eye(len(VERDICTS))[row.verdict.rank]
    ranks = drawn_ranks(table, draws, np.random.default_rng(seed))
    counts: dict[str, Counter[int]] = {}
    paid = 0
    for row_ranks in ranks:
        score = score_findings(drawn(rows, row_ranks), STANDARD, rule)
        paid += len(score.paid_before)
        for node in score.nodes:
            counts.setdefault(node.id, Counter())[node.level] += 1
    assert paid > draws  # the rule does something here
    found = draw_levels(rows, STANDARD, rule, draws, seed)
    for key, counted in counts.items():
        assert found.levels[key] == tuple(counted[n] / draws for n in range(6))


def test_paying_once_lowers_what_is_drawn() -> None:
    rows = cited_city(random.Random(3))
    once = draw_levels(rows, STANDARD, ONCE, 50, 1)
    often = draw_levels(rows, STANDARD, replace(ONCE, count_once=False), 50, 1)
    mean = {
        key: sum(n * share for n, share in enumerate(shares)) for key, shares in once.levels.items()
    }
    more = {key: sum(n * s for n, s in enumerate(shares)) for key, shares in often.levels.items()}
    assert all(mean[key] <= more[key] for key in mean)
    assert any(mean[key] < more[key] for key in mean)
