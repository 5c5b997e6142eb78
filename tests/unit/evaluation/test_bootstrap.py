"""Intervals: seeded, inside the possible, about as wide as theory says, fast."""

from __future__ import annotations

from time import process_time

import numpy as np
import pytest

from auditor.core.findings import VERDICTS
from auditor.evaluation.bootstrap import drawn, interval, resampled
from auditor.evaluation.compare import summary
from auditor.evaluation.rows import CityResult
from auditor.evaluation.tallies import added, blocks_of, measured, summed
from auditor.profiles import load_profile
from auditor.standard import load_standard
from tests.unit.evaluation.samples import IDS, E, M, city, row


def noisy_city(name: str, size: int = 376) -> CityResult:
    """A city over the real features, judged with errors."""
    rng = np.random.default_rng(len(name))
    features = load_standard().features[:size]
    golds, ours = rng.integers(0, 6, size), rng.integers(0, 6, size)
    keep = rng.random(size) < 0.6
    return city(
        name,
        [
            row(f.id, VERDICTS[g], VERDICTS[g if k else o], ranks=(1 + int(o),), hits=(bool(k),))
            for f, g, o, k in zip(features, golds, ours, keep, strict=True)
        ],
    )


def test_plain_sums_are_those_of_drawing_every_unit_once() -> None:
    blocks = blocks_of(noisy_city("甲市"), load_standard(), load_profile())
    ones = {kind: np.ones((1, len(next(iter(b.values()))))) for kind, b in blocks.items()}
    plain, drawn_once = measured(summed(blocks)), measured(summed(blocks, ones))
    assert all(np.array_equal(plain[k], drawn_once[k], equal_nan=True) for k in plain)


def test_every_resample_draws_as_many_units_as_there_are() -> None:
    blocks = blocks_of(noisy_city("甲市"), load_standard(), load_profile())
    for kind, weights in drawn(blocks, "甲市", 50).items():
        size = len(next(iter(blocks[kind].values())))
        assert weights.shape == (50, size) and (weights.sum(axis=1) == size).all()


def test_intervals_are_the_same_every_time_and_hold_the_figure() -> None:
    results = [noisy_city("甲市"), noisy_city("乙乙市")]
    first, second = summary(results, resamples=300), summary(results, resamples=300)
    assert first == second
    for name, ends in first["intervals"]["pooled"].items():
        value = first["pooled"][name]
        if ends is not None and value is not None:
            assert ends[0] - 1e-9 <= value <= ends[1] + 1e-9, name


def test_the_interval_of_a_share_is_as_wide_as_the_binomial_says() -> None:
    rows = [row(f.id, M, M if i % 2 else E) for i, f in enumerate(load_standard().features)]
    ends = summary([city("甲市", rows)], resamples=2000)["intervals"]["pooled"]["exact"]
    half = 1.96 * (0.5 * 0.5 / len(rows)) ** 0.5
    assert ends == pytest.approx((0.5 - half, 0.5 + half), abs=0.01)


def test_cities_are_drawn_apart_and_pooled() -> None:
    results = [noisy_city("甲市"), noisy_city("乙乙市")]
    standard, profile = load_standard(), load_profile()
    parts = resampled({r.city: blocks_of(r, standard, profile) for r in results}, 40)
    pooled = measured(added(list(parts.values())))
    assert (pooled["n"] == 2 * 376).all()
    alone = resampled({"甲市": blocks_of(results[0], standard, profile)}, 40)
    assert np.array_equal(alone["甲市"]["counts"], parts["甲市"]["counts"])


def test_what_is_undefined_has_no_interval() -> None:
    assert interval(np.full(5, np.nan)) is None
    table = summary([city("甲市", [row(IDS[0], M, M)])], resamples=10)
    assert table["intervals"]["pooled"]["brier"] is None
    assert table["intervals"]["pooled"]["qwk"] == (1.0, 1.0)


def test_a_thousand_resamples_of_seven_cities_take_seconds() -> None:
    results = [noisy_city("市" * n) for n in range(1, 8)]
    begun = process_time()
    summary(results, resamples=1000)
    assert process_time() - begun < 30  # 5 s of one core, however busy the machine
