"""What no rule may do: fall when the evidence improves, leave its interval, depend on order."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.core.findings import Finding, Verdict
from auditor.core.scores import Profile
from auditor.profiles import all_profiles
from auditor.relations import apply_relations
from auditor.scoring import score_findings
from auditor.store.scores import score_from, score_json
from tests.unit.scoring.cities import STANDARD, finding, random_verdicts

PROFILES = all_profiles()
RISING = (
    Verdict.NOT_MET, Verdict.NO_EVIDENCE, Verdict.PLANNED, Verdict.PARTLY_MET,
    Verdict.MOSTLY_MET, Verdict.MET,
)  # fmt: skip
seeds = st.integers(0, 10**9)
any_profile = st.sampled_from(PROFILES)


def rows_of(verdicts: dict[str, Verdict]) -> list[Finding]:
    return [finding(key, verdict) for key, verdict in verdicts.items()]


@settings(max_examples=60, deadline=None)
@given(seed=seeds, profile=any_profile, many=st.integers(1, 60))
def test_better_verdicts_never_lower_a_level(seed: int, profile: Profile, many: int) -> None:
    rng = random.Random(seed)
    verdicts = random_verdicts(rng, STANDARD)
    better = dict(verdicts)
    for key in rng.sample(sorted(verdicts), many):
        better[key] = rng.choice(RISING[RISING.index(verdicts[key]) :])
    before = score_findings(rows_of(verdicts), STANDARD, profile)
    after = score_findings(rows_of(better), STANDARD, profile)
    for old, new in zip(before.nodes, after.nodes, strict=True):
        assert new.level >= old.level
        if Verdict.NOT_MET not in better.values():
            assert new.interval[1] >= old.interval[1]


@settings(max_examples=60, deadline=None)
@given(seed=seeds, profile=any_profile, many=st.integers(1, 60))
def test_a_further_document_lowers_what_is_possible_only_by_a_not_met(
    seed: int, profile: Profile, many: int
) -> None:
    rng = random.Random(seed)
    verdicts = random_verdicts(rng, STANDARD)
    other = dict(verdicts)
    for key in rng.sample(sorted(verdicts), many):
        other[key] = rng.choice(RISING[1:])
    before = score_findings(rows_of(verdicts), STANDARD, profile)
    after = score_findings(rows_of(other), STANDARD, profile)
    for old, new in zip(before.nodes, after.nodes, strict=True):
        assert new.interval[1] >= old.interval[1]
        assert new.interval[0] <= new.level <= new.interval[1]


@settings(max_examples=40, deadline=None)
@given(seed=seeds, profile=any_profile)
def test_relations_never_lower_and_order_never_matters(seed: int, profile: Profile) -> None:
    rng = random.Random(seed)
    rows = rows_of(random_verdicts(rng, STANDARD))
    related = list(apply_relations(rows, STANDARD.relations))
    on = score_findings(related, STANDARD, profile)
    off = score_findings(related, STANDARD, replace(profile, relations=False))
    for plain, credited in zip(off.nodes, on.nodes, strict=True):
        assert credited.level >= plain.level
    rng.shuffle(related)
    assert score_findings(related, STANDARD, profile) == on
    assert score_json(score_from(score_json(on))) == score_json(on)
