"""Coverage, levels, intervals, floors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.core.findings import VERDICTS, Failure, Finding, Judgement, Verdict
from auditor.core.scores import Floors
from auditor.profiles import load_profile
from auditor.scoring import score_findings
from auditor.standard import load_standard

STANDARD = load_standard()
PROFILE = load_profile("ctmm")
FREE = replace(PROFILE, floors=Floors())


def finding(feature_id: str, verdict: Verdict | None) -> Finding:
    if verdict is None:
        return Finding(Failure(feature_id, "test", "EndpointError", "gone"), None, None)
    judgement = Judgement(feature_id, verdict, (), "", "test")
    return Finding(judgement, verdict, verdict)


def findings(
    default: Verdict | None, changed: Mapping[str, Verdict | None] | None = None
) -> list[Finding]:
    changed = changed or {}
    return [finding(f.id, changed.get(f.id, default)) for f in STANDARD.features]


def test_all_met_is_level_five_and_nothing_shown_is_level_zero() -> None:
    assert score_findings(findings(Verdict.MET), STANDARD, PROFILE).level == 5
    silent = score_findings(findings(Verdict.NO_EVIDENCE), STANDARD, PROFILE)
    assert (silent.level, silent.interval, silent.city_class) == (0, (0, 5), "未达一级")


def test_an_item_is_the_mean_of_its_features_and_a_node_the_mean_of_its_children() -> None:
    item = next(i for i in STANDARD.items if i.id == "8.1.2.1")
    level_two = [f.id for f in item.features if f.level == 2]
    score = score_findings(
        findings(Verdict.NO_EVIDENCE, {level_two[0]: Verdict.PARTLY_MET}), STANDARD, PROFILE
    )
    nodes = {node.id: node for node in score.nodes}
    assert nodes["8.1.2.1"].coverage[2] == Decimal("0.5") / len(level_two)
    children = [nodes["8.1.2.1"].coverage[2], nodes["8.1.2.2"].coverage[2]]
    assert nodes["8.1.2"].coverage[2] == sum(c for c in children if c is not None) / 2


def test_a_failure_is_no_zero_in_the_potential_and_is_counted() -> None:
    some = {f.id: None for f in STANDARD.features[:3]}
    score = score_findings(findings(Verdict.MET, some), STANDARD, PROFILE)
    assert score.failures == 3
    assert score.interval[1] == 5


def test_only_not_met_lowers_the_potential() -> None:
    refuted = {f.id: Verdict.NOT_MET for f in STANDARD.features if f.level == 1}
    assert score_findings(findings(Verdict.NO_EVIDENCE, refuted), STANDARD, PROFILE).interval == (
        0,
        0,
    )


def test_one_empty_domain_cannot_be_bought_off_by_the_others() -> None:
    empty = {f.id: Verdict.NO_EVIDENCE for f in STANDARD.features if f.id.startswith("8.6")}
    assert score_findings(findings(Verdict.MET, empty), STANDARD, FREE).level == 5
    floored = score_findings(findings(Verdict.MET, empty), STANDARD, PROFILE)
    assert floored.level == 1
    assert "8.6" in floored.floor_notes[0]


def test_security_below_the_city_limits_the_city() -> None:
    weak = {
        f.id: Verdict.NO_EVIDENCE
        for f in STANDARD.features
        if f.id.startswith("8.2.4") and f.level >= 4
    }
    assert score_findings(findings(Verdict.MET, weak), STANDARD, PROFILE).level == 3


def test_a_part_of_the_standard_is_scored_alone() -> None:
    part = [finding(f.id, Verdict.MET) for f in STANDARD.features if f.id.startswith("8.2.4")]
    score = score_findings(part, STANDARD, PROFILE)
    assert {n.id for n in score.nodes} == {"city", "8.2", "8.2.4", "8.2.4.1"}
    assert score.level == 5


VERDICT_LISTS = st.lists(
    st.sampled_from(VERDICTS),
    min_size=len(STANDARD.features),
    max_size=len(STANDARD.features),
)


@settings(max_examples=25, deadline=None)
@given(VERDICT_LISTS, st.integers(0, len(STANDARD.features) - 1), st.randoms())
def test_improving_a_verdict_never_lowers_anything(verdicts, place, random) -> None:  # type: ignore[no-untyped-def]
    before = [finding(f.id, v) for f, v in zip(STANDARD.features, verdicts, strict=True)]
    after = list(before)
    if verdicts[place] is not Verdict.MET:
        better = VERDICTS[verdicts[place].rank + 1]
        if PROFILE.values[better] >= PROFILE.values[verdicts[place]]:
            after[place] = finding(STANDARD.features[place].id, better)
    shuffled = list(after)
    random.shuffle(shuffled)
    low = score_findings(before, STANDARD, PROFILE)
    high = score_findings(after, STANDARD, PROFILE)
    assert high.level >= low.level
    assert high == score_findings(shuffled, STANDARD, PROFILE)
    assert low.interval[0] <= low.level <= low.interval[1]
