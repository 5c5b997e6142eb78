"""Scoring rules as data: those that ship, a user's own, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from auditor.core.errors import CriteriaError
from auditor.core.findings import Verdict
from auditor.core.scores import MustHave, Threshold, Veto
from auditor.profiles import all_profiles, load_profile, profile_file, profiles
from auditor.scoring.coverage import level_of, passed_up

VALUES = {
    "met": "1",
    "mostly_met": "0.8",
    "partly_met": "0.5",
    "planned": "0",
    "not_met": "0",
    "no_evidence": "0",
}
OWN = {
    "id": "own",
    "version": "1",
    "title": "自定规则",
    "note": "",
    "values": VALUES,
    "own": {"at_least": "0.7"},
    "lower": {"above": "0.6"},
}


def written(folder: Path, **changes: object) -> str:
    file = folder / "own.yaml"
    file.write_text(yaml.safe_dump({**OWN, **changes}, allow_unicode=True), "utf-8")
    return str(file)


def shares(*values: str) -> tuple[Fraction, ...]:
    return tuple(Fraction(v) for v in values)


def test_five_rules_ship_and_the_default_comes_first() -> None:
    assert profiles() == ("ctmm", "bottleneck", "gb-0.8", "iso33020", "literal")
    assert len({p.digest for p in all_profiles()}) == 5


def test_the_literal_rule_asks_for_all_of_a_level_and_most_of_the_lower() -> None:
    literal = load_profile("literal")
    assert level_of(shares("0.8", "1", "0", "0", "0"), literal) == 2
    assert level_of(shares("0.79", "1", "0", "0", "0"), literal) == 0


def test_iso_33020_counts_a_level_that_is_largely_reached_above_full_ones() -> None:
    iso = load_profile("iso33020")
    assert level_of(shares("0.86", "0.51", "0", "0", "0"), iso) == 2
    assert level_of(shares("0.86", "0.5", "0", "0", "0"), iso) == 1
    assert level_of(shares("0.85", "0.9", "0", "0", "0"), iso) == 1


def test_passed_levels_count_one_above_and_nothing_counts_beyond_the_next() -> None:
    given = passed_up(shares("0.9", "0.8", "0.6", "0.9", "1"), load_profile("gb-0.8"))
    assert given == shares("1", "1", "0.6", "0", "0")


def test_ones_own_rule_works_by_its_path(tmp_path: Path) -> None:
    name = written(
        tmp_path,
        weights={"8.2.4": "2"},
        must_have=[{"feature": "8.2.4.1-L3-a"}],
        vetoes=[{"feature": "8.2.4.1-L2-a", "level": 1}],
        unresolved={"no_evidence": "left_out"},
        proof={"types": ["external"], "most": "partly_met"},
    )
    own = load_profile(name)
    assert own.own == Threshold(Decimal("0.7"))
    assert own.lower == Threshold(Decimal("0.6"), strict=True)
    assert own.must_have == (MustHave("8.2.4.1-L3-a", Verdict.MOSTLY_MET),)
    assert own.vetoes == (Veto("8.2.4.1-L2-a", (Verdict.NOT_MET,), 1),)
    assert own.proof is not None
    assert own.proof.most is Verdict.PARTLY_MET


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"own": {"at_least": "1.8"}}, r"own\.yaml:\d+: own/at_least"),
        ({"own": {"at_least": "0.8", "above": "0.7"}}, "own"),
        ({"weights": {"9.9": "1"}}, "weights: 9.9 is not in"),
        ({"must_have": [{"feature": "8.9.9.9-L1-a"}]}, "must_have: 8.9.9.9-L1-a is not in"),
        ({"vetoes": [{"feature": "8.2.4.1-L2-a", "verdicts": ["met"], "level": 1}]}, "vetoes"),
        ({"values": {**VALUES, "planned": "0.9"}}, "planned is worth more than partly_met"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_broken_rule_is_refused_by_name_and_place(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with pytest.raises(CriteriaError, match=message):
        load_profile(written(tmp_path, **change))


def test_an_unknown_rule_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(CriteriaError, match="Known profiles: ctmm"):
        load_profile("nowhere")
    with pytest.raises(CriteriaError, match="no such file"):
        profile_file(str(tmp_path / "none.yaml"))
