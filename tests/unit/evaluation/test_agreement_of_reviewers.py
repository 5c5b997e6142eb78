"""Two blind reviewers: what is measured, on what, and what is said where it cannot be."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from auditor.core.errors import ReviewError
from auditor.core.findings import VERDICTS, Verdict
from auditor.evaluation.double_review import (
    CATEGORIES,
    FEWEST_PAIRS,
    Agreement,
    Answer,
    Estimate,
    Oddity,
    Standing,
    agreement_between,
    agreement_of,
    agreement_with_machine,
    standing_of,
)
from auditor.standard import load_standard
from tests.unit.evaluation.samples import E, L, M, N, P, S

STANDARD = load_standard()
IDS = [feature.id for feature in STANDARD.features]
MEASURES = ("raw", "kappa", "ac1", "qwk", "ac2_ordinal", "ac2_quadratic")
ANSWER = st.sampled_from([*VERDICTS, None])
PAIRS = st.lists(st.tuples(ANSWER, ANSWER), max_size=60)


def answers(*given: Answer) -> dict[str, Answer]:
    """The first features of the standard, answered in their order."""
    return dict(zip(IDS, given, strict=False))


def estimates(agreement: Agreement) -> list[Estimate]:
    return [getattr(agreement, name) for name in MEASURES]


def test_measures_by_hand() -> None:
    # rater 1: met 5, planned 5; rater 2: met 6, planned 4; 7 of 10 the same
    figures = agreement_of([(M, M)] * 4 + [(M, L)] + [(L, M)] * 2 + [(L, L)] * 3)
    chance = 0.5 * 0.6 + 0.5 * 0.4
    assert figures.pairs == figures.ordered_pairs == 10
    assert figures.raw.value == pytest.approx(0.7)
    assert figures.kappa.value == pytest.approx((0.7 - chance) / (1 - chance))
    # two verdicts alone: every disagreement weighs the same, so QWK is kappa
    assert figures.qwk.value == pytest.approx(figures.kappa.value)
    spread = 2 * 0.55 * 0.45
    assert figures.ac1.value == pytest.approx((0.7 - spread / 6) / (1 - spread / 6))
    # met and planned are three apart: ordinal weight 1 - 6 / 15, all 36 weights sum to 80 / 3
    seen, chance = 0.7 + 0.3 * 0.6, (80 / 3) / 30 * spread
    assert figures.ac2_ordinal.value == pytest.approx((seen - chance) / (1 - chance))
    # quadratic: 1 - 9 / 25, all weights sum to 36 - 210 / 25
    seen, chance = 0.7 + 0.3 * 16 / 25, (36 - 210 / 25) / 30 * spread
    assert figures.ac2_quadratic.value == pytest.approx((seen - chance) / (1 - chance))


def test_not_applicable_is_a_category_unweighted_and_stands_apart_weighted() -> None:
    six = [(M, M), (M, S), (P, P), (E, N)]
    figures = agreement_of([*six, (None, None), (None, None), (None, M), (E, None), (L, None)])
    assert (figures.pairs, figures.ordered_pairs) == (9, 4)
    assert figures.both_not_applicable == 2
    assert figures.first_alone_not_applicable == 1
    assert figures.second_alone_not_applicable == 2
    assert figures.raw.value == pytest.approx(4 / 9)
    words = [[str(v or "none") for v in side] for side in zip(*six, strict=True)]
    more = (["none"] * 3 + [E, L], ["none"] * 2 + [M, "none", "none"])
    first, second = words[0] + more[0], words[1] + more[1]
    assert figures.kappa.value == pytest.approx(cohen_kappa_score(first, second))
    for name in ("qwk", "ac2_ordinal", "ac2_quadratic"):
        assert getattr(figures, name) == getattr(agreement_of(six), name)


def test_the_table_has_the_first_rater_by_row() -> None:
    table = agreement_of([(M, E), (M, E), (None, P)]).table
    at = {name: place for place, name in enumerate(CATEGORIES)}
    assert table[at["met"]][at["no_evidence"]] == 2
    assert table[at["not_applicable"]][at["partly_met"]] == 1
    assert sum(map(sum, table)) == 3 and len(table) == len(table[0]) == 7


def test_no_pairs_and_one_pair_are_said_to_be_that() -> None:
    none = agreement_of([])
    assert all(e == Estimate(0, oddity=Oddity.NO_PAIRS) for e in estimates(none))
    one = agreement_of([(M, S)])
    assert all(e == Estimate(1, oddity=Oddity.ONE_PAIR) for e in estimates(one)[1:])
    assert (one.raw.value, one.raw.low, one.raw.standard_error) == (0.0, 0.0, None)
    assert one.raw.high == pytest.approx(0.7935, abs=1e-4)
    assert none.standing is one.standing is Standing.TOO_FEW
    excused = agreement_of([(None, None)] * 40)
    assert excused.qwk == Estimate(0, oddity=Oddity.NO_PAIRS)


def test_one_category_throughout_has_no_kappa_but_ac1() -> None:
    figures = agreement_of([(E, E)] * 40)
    for estimate in (figures.kappa, figures.qwk):
        assert estimate == Estimate(40, oddity=Oddity.ONE_CATEGORY)
    for estimate in (figures.raw, figures.ac1, figures.ac2_ordinal, figures.ac2_quadratic):
        assert (estimate.value, estimate.high) == (1.0, 1.0)
        assert estimate.low == pytest.approx(40 / (40 + 1.96**2), abs=1e-4)
        assert estimate.oddity is Oddity.ONE_CATEGORY
    assert figures.standing is Standing.UNDEFINED


def test_a_rater_of_one_category_leaves_kappa_at_nought_without_interval() -> None:
    figures = agreement_of([(E, E)] * 30 + [(E, M)] * 3)
    assert figures.kappa.value == pytest.approx(0.0, abs=1e-12)
    assert figures.kappa.low is figures.kappa.high is figures.kappa.standard_error is None
    assert figures.kappa.oddity is Oddity.ONE_SIDED
    assert figures.standing is Standing.UNDEFINED
    assert figures.ac1.value is not None and figures.ac1.value > 0.8
    apart = agreement_of([(E, M)] * 40)
    assert apart.ac1.low is None and apart.ac1.oddity is Oddity.ONE_SIDED


def test_the_standing_against_the_mark() -> None:
    def kappa(low: float, high: float, pairs: int = FEWEST_PAIRS) -> Estimate:
        return Estimate(pairs, (low + high) / 2, low, high, 0.1)

    assert standing_of(kappa(0.63, 0.9)) is Standing.REACHED
    assert standing_of(kappa(0.62, 0.9)) is Standing.OPEN
    assert standing_of(kappa(0.4, 0.62)) is Standing.OPEN
    assert standing_of(kappa(0.1, 0.61)) is Standing.NOT_REACHED
    assert standing_of(kappa(0.63, 0.9, FEWEST_PAIRS - 1)) is Standing.TOO_FEW
    assert standing_of(kappa(0.5, 0.7), mark=0.45) is Standing.REACHED


def test_reviewers_who_agree_reach_the_mark_and_those_who_guess_do_not() -> None:
    alike = [(v, v) for v in VERDICTS for _ in range(20)]
    guessed = [(first, second) for first in VERDICTS for second in VERDICTS for _ in range(3)]
    assert agreement_of(alike).standing is Standing.REACHED
    assert agreement_of(guessed).standing is Standing.NOT_REACHED
    assert agreement_of(alike[:80] + guessed[:40]).standing is Standing.OPEN


def test_domains_hold_their_own_features_and_add_up() -> None:
    chance = random.Random(5)
    first = {key: chance.choice([*VERDICTS, None]) for key in IDS}
    second = {key: chance.choice([first[key], M]) for key in IDS}
    review = agreement_between(first, second, STANDARD)
    assert list(review.domains) == ["8.1", "8.2", "8.3", "8.4", "8.5", "8.6"]
    tables = np.array([domain.table for domain in review.domains.values()])
    assert (tables.sum(axis=0) == np.array(review.overall.table)).all()
    own = [(first[key], second[key]) for key in IDS if key.startswith("8.2.")]
    assert review.domains["8.2"] == agreement_of(own)


def test_only_features_that_both_have_answered_are_pairs() -> None:
    first, second = answers(M, M, None, L), answers(M, S)
    second[IDS[200]] = E
    review = agreement_between(first, second, STANDARD)
    assert review.overall == agreement_of([(M, M), (M, S)])
    assert review.first_alone == (IDS[2], IDS[3])
    assert review.second_alone == (IDS[200],)
    assert agreement_between({}, {}, STANDARD).overall.kappa.oddity is Oddity.NO_PAIRS


def test_a_feature_that_the_standard_does_not_have_is_refused() -> None:
    for first, second in (({"9.9.9.9-L1-a": M}, {}), ({}, {"9.9.9.9-L1-a": M})):
        with pytest.raises(ReviewError, match=r"9\.9\.9\.9-L1-a"):
            agreement_between(first, second, STANDARD)


def test_each_reviewer_is_held_against_the_machine() -> None:
    machine: dict[str, Verdict] = dict.fromkeys(IDS[:4], M)
    machine[IDS[1]] = L
    reviewers = {"甲": answers(M, L, M, M), "乙": answers(M, M, None)}
    beside = agreement_with_machine(reviewers, machine, STANDARD)
    assert list(beside) == ["甲", "乙"]
    assert beside["甲"].overall.raw.value == 1.0
    assert beside["乙"].overall == agreement_of([(M, M), (M, L), (None, M)])
    assert beside["乙"].second_alone == (IDS[3],)


@given(PAIRS)
def test_raters_may_be_exchanged(pairs: list[tuple[Answer, Answer]]) -> None:
    forth, back = agreement_of(pairs), agreement_of([(b, a) for a, b in pairs])
    assert np.array_equal(np.array(forth.table).T, back.table)
    for one, other in zip(estimates(forth), estimates(back), strict=True):
        assert one.oddity is other.oddity
        for name in ("value", "low", "high", "standard_error"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-6)
    assert forth.first_alone_not_applicable == back.second_alone_not_applicable


@given(st.lists(ANSWER, min_size=2, max_size=60))
def test_the_same_answers_agree_fully(given: list[Answer]) -> None:
    for estimate in estimates(agreement_of([(one, one) for one in given])):
        if estimate.value is None:
            assert estimate.oddity is not None
        else:
            assert estimate.value == pytest.approx(1.0) and estimate.high == 1.0
            assert estimate.low is not None and estimate.low < 1.0


@given(PAIRS, st.randoms())
def test_the_order_of_features_changes_nothing(
    pairs: list[tuple[Answer, Answer]], chance: random.Random
) -> None:
    keys = chance.sample(IDS, len(pairs))
    first = {key: pair[0] for key, pair in zip(keys, pairs, strict=True)}
    second = {key: pair[1] for key, pair in zip(keys, pairs, strict=True)}
    review = agreement_between(first, second, STANDARD)
    shuffled = chance.sample(keys, len(keys))
    again = agreement_between(
        {key: first[key] for key in shuffled}, {key: second[key] for key in keys}, STANDARD
    )
    assert again == review
    assert review.overall == agreement_of(chance.sample(pairs, len(pairs)))


@given(PAIRS)
def test_numbers_are_in_their_bounds_and_never_nan(pairs: list[tuple[Answer, Answer]]) -> None:
    for estimate in estimates(agreement_of(pairs)):
        for number in (estimate.value, estimate.low, estimate.high, estimate.standard_error):
            assert number is None or np.isfinite(number)
        assert (estimate.low is None) == (estimate.high is None)
        if estimate.low is not None and estimate.high is not None:
            assert estimate.value is not None
            assert estimate.low <= estimate.value <= estimate.high <= 1
            assert estimate.low >= min(-1, estimate.value)


def test_an_ac2_below_minus_one_lies_in_its_interval() -> None:
    estimate = agreement_of([(E, S), (E, M), (E, M)]).ac2_quadratic
    assert estimate.value == estimate.low == pytest.approx(-1.010152, abs=1e-6)


@given(PAIRS)
def test_kappas_are_those_of_scikit_learn(pairs: list[tuple[Answer, Answer]]) -> None:
    figures = agreement_of(pairs)
    six = [(a.rank, b.rank) for a, b in pairs if a is not None and b is not None]
    seven = [tuple(6 if v is None else v.rank for v in pair) for pair in pairs]
    if figures.kappa.value is not None:
        first, second = zip(*seven, strict=True)
        assert figures.kappa.value == pytest.approx(cohen_kappa_score(first, second), abs=1e-9)
    if figures.qwk.value is not None:
        first, second = zip(*six, strict=True)
        expected = cohen_kappa_score(first, second, weights="quadratic", labels=range(6))
        assert figures.qwk.value == pytest.approx(expected, abs=1e-9)
