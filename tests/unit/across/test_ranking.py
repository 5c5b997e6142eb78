"""Places of cities: ties are ties, the order of input says nothing, the tree is the scorer's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.across.ranking import Interval, _measures, measures_of, placed, rankings
from auditor.core.across import MEAN, MEASURES
from auditor.core.findings import Finding, Judgement, Verdict
from auditor.core.scores import Score
from auditor.profiles import all_profiles
from auditor.scoring import score_findings
from auditor.scoring.tree import tree_of
from tests.unit.across.cities import PROFILE, STANDARD, findings_of, paper

TREE = tree_of(STANDARD, {f.id for f in STANDARD.features})
PAPER = paper("报告.txt", ["全市已建成统一的数据共享平台。"])


def scored(seed: int, skill: float) -> Score:
    return score_findings(findings_of((PAPER,), seed, skill), STANDARD, PROFILE)


@st.composite
def coverages(draw: st.DrawFn) -> dict[str, tuple[float, float, float]]:
    rows = draw(
        st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6), st.integers(0, 6)), max_size=12)
    )
    return {
        f"城{number}": (share / 20, max(0.0, (share - low) / 20), min(1.0, (share + high) / 20))
        for number, (share, low, high) in enumerate(rows)
    }


@given(coverages(), st.randoms(use_true_random=False))
def test_the_order_in_which_cities_come_changes_no_place(found: dict, random: object) -> None:
    keys = list(found)
    random.shuffle(keys)
    assert placed({key: found[key] for key in keys}) == placed(found)


@given(coverages())
def test_bands_are_ties_and_ranks_are_what_the_intervals_allow(found: dict) -> None:
    places = placed(found)
    assert sorted(p.key for p in places) == sorted(found)
    shares = [p.coverage for p in places]
    assert shares == sorted(shares, reverse=True)
    for one in places:
        above = sum(o.interval[0] > one.interval[1] for o in places)
        below = sum(o.interval[1] < one.interval[0] for o in places)
        assert (one.best, one.worst) == (above + 1, len(places) - below)
        assert one.best <= places.index(one) + 1 <= one.worst
        same = [o for o in places if o.coverage == one.coverage]
        assert {o.band for o in same} == {one.band}
    bands = [p.band for p in places]
    assert bands == sorted(bands) and set(bands) == set(range(1, max(bands, default=0) + 1))
    for band in set(bands):
        first, *others = (p for p in places if p.band == band)
        floor = min(p.interval[0] for p in (first, *others) if p.coverage == first.coverage)
        for one in others:
            same = [o for o in others if o.coverage == one.coverage]
            assert any(o.interval[1] >= floor for o in (*same, first))


def test_cities_apart_are_in_bands_of_their_own_and_a_chain_does_not_make_one_band() -> None:
    apart = {"甲": (0.9, 0.85, 0.95), "乙": (0.5, 0.45, 0.55), "丙": (0.1, 0.05, 0.15)}
    assert [(p.key, p.band, p.best, p.worst) for p in placed(apart)] == [
        ("甲", 1, 1, 1), ("乙", 2, 2, 2), ("丙", 3, 3, 3),
    ]  # fmt: skip
    chain = {f"{n}": (0.9 - n / 10, 0.82 - n / 10, 0.98 - n / 10) for n in range(5)}
    assert [p.band for p in placed(chain)] == [1, 1, 2, 2, 3]


@pytest.mark.parametrize("profile", all_profiles(), ids=lambda p: p.id)
def test_with_every_item_once_the_fold_is_the_scorers(profile: object) -> None:
    rows = findings_of((PAPER,), 3, 0.6)
    score = score_findings(rows, STANDARD, profile)
    whole = Interval(TREE, profile, 1).whole(score)
    said = measures_of(score)
    assert {name: whole[name] for name in MEASURES} == pytest.approx(said)


def test_the_weights_of_a_draw_give_what_folding_it_gives() -> None:
    interval = Interval(TREE, PROFILE, 50)
    for seed in range(3):
        score = scored(seed, 0.5)
        drawn = interval.drawn(score)
        folded = _measures(interval._folded(interval._rows(score), interval._times))
        for name in MEASURES:
            assert drawn[name] == pytest.approx(folded[name], nan_ok=True)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_coverage_lies_in_its_interval_and_one_more_city_changes_nothing(
    seed: int, skill: float
) -> None:
    first, other = scored(seed, skill), scored(seed + 1, 0.5)
    alone = rankings({"甲": first}, TREE, PROFILE)
    both = rankings({"乙": other, "甲": first}, TREE, PROFILE)
    for name in MEASURES:
        (place,) = alone[name]
        assert 0 <= place.interval[0] <= place.coverage <= place.interval[1] <= 1
        again = next(p for p in both[name] if p.key == "甲")
        assert (again.coverage, again.interval) == (place.coverage, place.interval)


def test_a_city_that_shows_all_or_nothing_has_no_spread() -> None:
    for verdict, share in ((Verdict.MET, 1.0), (Verdict.NO_EVIDENCE, 0.0)):
        rows = [
            Finding(Judgement(f.id, verdict, (), "", "screen"), verdict, verdict)
            for f in STANDARD.features
        ]
        (place,) = rankings({"甲": score_findings(rows, STANDARD, PROFILE)}, TREE, PROFILE)[MEAN]
        assert (place.coverage, place.interval) == (share, (share, share))
