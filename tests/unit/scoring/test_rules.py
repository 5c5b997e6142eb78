"""Must-haves, vetoes, proof, what is left out, what is paid once, decisions of people, order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from auditor.core.documents import Span
from auditor.core.findings import Citation, Decision, Finding, Judgement, Verdict
from auditor.core.scores import MustHave, Profile, Proof, Treatment, Veto
from auditor.core.stress import Anomaly
from auditor.profiles import load_profile
from auditor.scoring import score_findings
from auditor.scoring.order import anomalies_of, fewest_changes
from tests.unit.scoring.cities import STANDARD, finding

PROFILE = load_profile("ctmm")
LEVEL_THREE = "8.2.4.1-L3-a"
ITEM = "8.1.2.1"
FIRST = [f.id for i in STANDARD.items if i.id == ITEM for f in i.features if f.level == 2]


def city(default: Verdict, changed: Mapping[str, Verdict | None] | None = None) -> list[Finding]:
    changed = changed or {}
    return [finding(f.id, changed.get(f.id, default)) for f in STANDARD.features]


def level(rows: list[Finding], profile: Profile, node: str = "city") -> int:
    return score_findings(rows, STANDARD, profile).node(node).level


def test_a_must_have_holds_down_every_node_that_holds_it_and_no_other() -> None:
    rule = replace(PROFILE, must_have=(MustHave(LEVEL_THREE, Verdict.MET),))
    rows = city(Verdict.MET, {LEVEL_THREE: Verdict.MOSTLY_MET})
    assert level(rows, PROFILE) == 5
    held = score_findings(rows, STANDARD, rule)
    assert [held.node(n).level for n in ("8.2.4.1", "8.2.4", "8.2", "city")] == [2, 2, 2, 2]
    assert held.node("8.1").level == 5
    assert held.interval == (2, 5)
    assert f"缺必备特征 {LEVEL_THREE}" in held.node("8.2.4.1").notes[0]


def test_a_veto_caps_the_city_and_says_so() -> None:
    rule = replace(PROFILE, vetoes=(Veto(LEVEL_THREE, (Verdict.NOT_MET,), 1),))
    refuted = score_findings(city(Verdict.MET, {LEVEL_THREE: Verdict.NOT_MET}), STANDARD, rule)
    assert refuted.level == 1
    assert refuted.interval == (1, 1)
    assert "否决项" in refuted.floor_notes[0]
    assert level(city(Verdict.MET, {LEVEL_THREE: Verdict.PLANNED}), rule) > 1


def test_what_asks_for_outside_proof_waits_for_a_person() -> None:
    rule = replace(PROFILE, proof=Proof((), (FIRST[0],), Verdict.PARTLY_MET))
    rows = city(Verdict.NO_EVIDENCE, {FIRST[0]: Verdict.MET})
    waiting = score_findings(rows, STANDARD, rule).node(ITEM).coverage[2]
    decided = [_decided(f, Verdict.MET) if f.feature_id == FIRST[0] else f for f in rows]
    confirmed = score_findings(decided, STANDARD, rule).node(ITEM).coverage[2]
    assert waiting is not None
    assert confirmed == 2 * waiting


def test_unresolved_features_can_be_left_out_of_the_mean_but_not_of_the_potential() -> None:
    rule = replace(PROFILE, silent=Treatment.LEFT_OUT, failures=Treatment.LEFT_OUT)
    rows = city(Verdict.NO_EVIDENCE, {FIRST[0]: Verdict.PARTLY_MET, FIRST[1]: None})
    score = score_findings(rows, STANDARD, rule)
    assert str(score.node(ITEM).coverage[2]) == "0.5"
    assert FIRST[1] in score.left_out
    assert score.interval[1] == 5


def test_not_applicable_leaves_the_denominator_and_a_decision_is_final() -> None:
    rows = city(Verdict.MET, dict.fromkeys(FIRST, Verdict.NO_EVIDENCE))
    assert level(rows, PROFILE, ITEM) == 1
    excused = [_decided(f, None) if f.feature_id in FIRST else f for f in rows]
    score = score_findings(excused, STANDARD, PROFILE)
    assert score.node(ITEM).level == 5
    assert score.node(ITEM).coverage[2] is None
    assert score.counted == 376 - len(FIRST)
    denied = [_decided(f, Verdict.NO_EVIDENCE) if f.feature_id in FIRST else f for f in rows]
    assert score_findings(denied, STANDARD, PROFILE).node(ITEM).interval == (1, 1)


def test_one_fact_pays_once_where_the_rule_says_so() -> None:
    shared = [_cited(FIRST[0], "s1"), _cited(FIRST[1], "s1")]
    rows = [f for f in city(Verdict.NO_EVIDENCE) if f.feature_id not in FIRST[:2]] + shared
    once = score_findings(rows, STANDARD, replace(PROFILE, count_once=True))
    twice = score_findings(rows, STANDARD, PROFILE)
    assert once.paid_before == {FIRST[1]: FIRST[0]}
    assert once.node(ITEM).coverage[2] == (twice.node(ITEM).coverage[2] or 0) / 2


def test_an_item_whose_level_hangs_on_one_verdict_is_indicative() -> None:
    assert (
        not score_findings(city(Verdict.NO_EVIDENCE), STANDARD, PROFILE).node("8.2.4.1").indicative
    )
    only = {f.id: Verdict.MET for f in STANDARD.features if f.id.startswith(f"{ITEM}-L1")}
    assert score_findings(city(Verdict.NO_EVIDENCE, only), STANDARD, PROFILE).node(ITEM).indicative


def test_order_anomalies_name_the_nearest_lower_level() -> None:
    held = [(1, True), (2, False), (3, True), (5, False)]
    assert anomalies_of("i", held) == [Anomaly("i", 3, 2)]
    assert fewest_changes([True, False, True, False]) == 1
    assert fewest_changes([False, True, True]) == 1
    assert fewest_changes([True, True, False]) == 0


def _decided(row: Finding, verdict: Verdict | None) -> Finding:
    decision = Decision(verdict, "a", "r", "2026-01-01T00:00:00+08:00", "e1")
    return replace(row, verdict=verdict, direct_verdict=verdict, decision=decision)


def _cited(feature_id: str, sentence_id: str) -> Finding:
    citation = Citation(sentence_id, "d", 1, Span(0, 1), "x")
    judgement = Judgement(feature_id, Verdict.MET, (citation,), "", "test")
    return Finding(judgement, Verdict.MET, Verdict.MET)
