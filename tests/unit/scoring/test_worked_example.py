"""The item that docs/scoring.md works by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from auditor.core.criteria import Feature
from auditor.core.findings import Verdict
from auditor.profiles import load_profile
from auditor.scoring.counting import values_of
from auditor.scoring.coverage import item_shares
from auditor.scoring.scorer import hangs_on_one, item_level
from auditor.scoring.tree import Branch
from tests.unit.scoring.cities import STANDARD

GIVEN = (
    (1, Verdict.MET), (1, Verdict.PARTLY_MET),
    (2, Verdict.MOSTLY_MET), (2, Verdict.MET), (2, Verdict.NO_EVIDENCE),
    (3, Verdict.MET),
)  # fmt: skip
PLAIN = STANDARD.features[0]
FEATURES: tuple[Feature, ...] = tuple(
    replace(PLAIN, id=f"X-L{level}-{n}", level=level) for n, (level, _) in enumerate(GIVEN)
)
ITEM = Branch("X", "X", "item", features=FEATURES)
VERDICTS = {f.id: verdict for f, (_, verdict) in zip(FEATURES, GIVEN, strict=True)}


def test_its_coverage() -> None:
    shares = item_shares(ITEM, values_of(VERDICTS, load_profile()), load_profile())
    assert shares == (Fraction(3, 4), Fraction(3, 5), Fraction(1), None, None)


@pytest.mark.parametrize(("rule", "level", "after"), [("ctmm", 0, 1), ("iso33020", 1, 2)])
def test_its_levels_before_and_after_one_more_verdict(rule: str, level: int, after: int) -> None:
    profile = load_profile(rule)
    assert item_level(ITEM, VERDICTS, profile) == level
    better = {**VERDICTS, FEATURES[1].id: Verdict.MET}
    assert item_level(ITEM, better, profile) == after
    assert hangs_on_one(ITEM, VERDICTS, profile)
