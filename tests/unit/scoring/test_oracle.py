"""The scorer, the draws and the flips against second implementations on random cities."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import pytest

from auditor.core.criteria import Standard
from auditor.core.findings import VERDICTS, Verdict
from auditor.core.scores import MustHave, Profile, Treatment, Veto
from auditor.profiles import all_profiles
from auditor.scoring import score_findings
from auditor.scoring.draws import draw_levels
from auditor.scoring.flips import drop, lift
from auditor.scoring.scorer import deciding_in, rate
from auditor.scoring.tree import tree_of
from tests.unit.scoring.cities import (
    STANDARD,
    finding,
    naive_levels,
    random_verdicts,
    small_standard,
)

PROFILES = all_profiles()
CITIES = 40
MANY_CITIES = 4_000
FORMS = 3
"""A rule as it ships, and two others made of it (``variants``): the many cities take turns."""
MUST = MustHave("8.2.4.1-L3-a", Verdict.MOSTLY_MET)
VETO = Veto("8.2.4.1-L2-a", (Verdict.NOT_MET, Verdict.PLANNED), 1)


def variants(profile: Profile) -> tuple[Profile, ...]:
    """A profile as it ships, and with weights, must-haves, vetoes and what is left out."""
    weights = {"8.2": Decimal("2"), "8.1.1.1": Decimal("0.5"), "8.3.1.1-L1-a": Decimal(3)}
    strict = replace(profile, weights=weights, must_have=(MUST,), vetoes=(VETO,))
    loose = replace(profile, failures=Treatment.LEFT_OUT, silent=Treatment.LEFT_OUT)
    return profile, strict, loose


def compare(rng: random.Random, profiles: tuple[Profile, ...], standard: Standard) -> None:
    """Score one random city under every profile by both scorers."""
    verdicts: dict[str, Verdict | None] = dict(random_verdicts(rng, standard))
    for key in rng.sample(sorted(verdicts), 3):
        verdicts[key] = None
    rows = [finding(key, verdict) for key, verdict in verdicts.items()]
    rng.shuffle(rows)
    for profile in profiles:
        score = score_findings(rows, standard, profile)
        assert {n.id: n.level for n in score.nodes} == naive_levels(verdicts, standard, profile)
        assert score.interval[0] <= score.interval[1]


@pytest.mark.parametrize("seed", range(CITIES))
def test_the_scorer_gives_the_levels_of_a_plain_second_one(seed: int) -> None:
    every = tuple(v for profile in PROFILES for v in variants(profile))
    compare(random.Random(seed), every, STANDARD)


@pytest.mark.parametrize("seed", range(CITIES))
def test_the_scorer_gives_the_levels_of_a_plain_second_one_on_a_part(seed: int) -> None:
    rng = random.Random(seed)
    compare(rng, tuple(v for profile in PROFILES for v in variants(profile)), some_items(rng))


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.id)
def test_an_item_hangs_on_the_features_whose_change_moves_its_level_in_the_second_one(
    profile: Profile,
) -> None:
    rng = random.Random(profile.id)
    verdicts = dict(
        zip(
            (f.id for f in STANDARD.features),
            rng.choices(VERDICTS, (1, 0, 1, 1, 2, 8), k=376),
            strict=True,
        )
    )
    items = {i.id: i for i in STANDARD.items}
    branches = [n for n in tree_of(STANDARD, verdicts.keys()).walk() if n.features]
    chosen = [n for n in branches if n.id == "8.2.4.1"] + rng.sample(branches, 3)
    hanging = 0
    for rule in variants(profile)[:2]:
        for branch in chosen:
            found = set(deciding_in(branch, verdicts, rule))
            level = naive_levels(verdicts, STANDARD, rule)[branch.id]
            moved = {
                feature.id
                for feature in items[branch.id].features
                for other in (Verdict.MET, Verdict.NO_EVIDENCE)
                if naive_levels({**verdicts, feature.id: other}, STANDARD, rule)[branch.id] != level
            }
            assert found == moved
            hanging += len(found)
    assert hanging


@pytest.mark.long
@pytest.mark.parametrize("part", range(5))
def test_the_scorer_gives_the_levels_of_a_plain_second_one_on_many_cities(part: int) -> None:
    """Whole cities, all 376 features; one whole part in about three minutes."""
    every = [tuple(variants(profile)[form] for profile in PROFILES) for form in range(FORMS)]
    for seed in range(MANY_CITIES):
        rng = random.Random(100_000 * (part + 1) + seed)
        compare(rng, every[seed % FORMS], STANDARD)


def some_items(rng: random.Random) -> Standard:
    """The standard with a third of its items: the same tree, less to compute."""
    domains = []
    for domain in STANDARD.domains:
        subdomains = []
        for subdomain in domain.subdomains:
            items = tuple(i for i in subdomain.items if rng.random() < 0.3)
            subdomains.append(replace(subdomain, items=items or subdomain.items[:1]))
        domains.append(replace(domain, subdomains=tuple(subdomains)))
    return replace(STANDARD, domains=tuple(domains))


@pytest.mark.parametrize("seed", range(4))
def test_certain_draws_give_the_levels_of_the_scorer(seed: int) -> None:
    rng = random.Random(seed)
    rows = [finding(key, v) for key, v in random_verdicts(rng, STANDARD).items()]
    rows[3] = finding(rows[3].feature_id, None)
    for profile in (v for p in PROFILES for v in variants(p)):
        plain = replace(profile, relations=False)
        score = score_findings(rows, STANDARD, plain)
        drawn = draw_levels(rows, STANDARD, plain, draws=2, seed=1)
        for node in score.nodes:
            assert drawn.levels[node.id][node.level] == 1.0


def fewest(
    verdicts: Mapping[str, Verdict], standard: Standard, profile: Profile, aim: tuple[int, bool]
) -> int | None:
    """The size of the smallest set, by trying all of them."""
    level, up = aim
    tree = tree_of(standard, verdicts.keys())
    target = Verdict.MET if up else Verdict.NO_EVIDENCE
    for size in range(len(verdicts) + 1):
        for chosen in combinations(sorted(verdicts), size):
            changed = {**verdicts, **dict.fromkeys(chosen, target)}
            if (rate(tree, changed, profile).level("city") >= level) is up:
                return size
    return None


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.id)
@pytest.mark.parametrize("seed", range(12))
def test_the_smallest_sets_are_those_that_trying_all_would_find(
    profile: Profile, seed: int
) -> None:
    rng = random.Random(seed)
    standard = small_standard(rng)
    verdicts = random_verdicts(rng, standard)
    named = rng.choice(standard.features)
    weights = {standard.features[0].id: Decimal(2), "8.2": Decimal("1.5")}
    strict = replace(profile, weights=weights, must_have=(MustHave(named.id, Verdict.PARTLY_MET),))
    tree = tree_of(standard, verdicts.keys())
    for rule in (profile, strict):
        now = rate(tree, verdicts, rule).level("city")
        for level in (1, 2, 3):
            found = lift(tree, verdicts, rule, level)
            size = fewest(verdicts, standard, rule, (level, True)) if level > now else None
            assert (len(found.feature_ids) if found else None) == size
        if now:
            lost = drop(tree, verdicts, rule, now)
            assert lost is not None
            assert len(lost.feature_ids) == fewest(verdicts, standard, rule, (now, False))
