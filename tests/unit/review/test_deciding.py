"""Decisions of people over findings of the machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from auditor.core.criteria import FeatureType
from auditor.core.documents import Span
from auditor.core.errors import ReviewError
from auditor.core.events import EventContent, EventKind, ReviewEvent
from auditor.core.findings import Citation, Failure, Finding, Judgement, Verdict
from auditor.core.site import SiteMethod, SiteVisit
from auditor.deciding import Said, decide, found_on_site, require_sound, standing_decisions
from auditor.relations import apply_relations
from auditor.standard import load_standard
from auditor.store.events import chained, finding_hash

STANDARD = load_standard()
RULE = next(s for s in STANDARD.relations.supersessions if s.kind == "A")
CAPABILITY = next(f for f in STANDARD.features if f.types[0] is FeatureType.CAPABILITY)
MECHANISM = next(f for f in STANDARD.features if f.types[0] is FeatureType.MECHANISM)


def machine(changed: dict[str, Verdict]) -> tuple[Finding, ...]:
    rows = []
    for feature in STANDARD.features:
        verdict = changed.get(feature.id, Verdict.NO_EVIDENCE)
        rows.append(Finding(Judgement(feature.id, verdict, (), "", "test"), verdict, verdict))
    return apply_relations(rows, STANDARD.relations)


def content(feature_id: str, findings: tuple[Finding, ...], **changes: Any) -> EventContent:
    seen = next(f for f in findings if f.feature_id == feature_id)
    said = EventContent(
        kind=EventKind.DECISION,
        feature_id=feature_id,
        finding_hash=finding_hash(seen),
        author="甲",
        reason="核对原文",
        time="2026-11-02T10:00:00+08:00",
        verdict=Verdict.NO_EVIDENCE,
    )
    return replace(said, **changes)


def event(said: EventContent) -> ReviewEvent:
    return chained(said, "")


def by_id(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {f.feature_id: f for f in findings}


def test_without_decisions_the_findings_are_the_machines() -> None:
    findings = machine({RULE.by[0]: Verdict.MET})
    assert decide(findings, (), STANDARD, finding_hash).findings == findings


def test_a_fact_that_a_person_takes_away_credits_nothing_any_more() -> None:
    findings = machine({RULE.by[0]: Verdict.MET})
    assert by_id(findings)[RULE.feature_id].verdict is Verdict.MET
    decided = decide(findings, [event(content(RULE.by[0], findings))], STANDARD, finding_hash)
    after = by_id(decided.findings)
    assert after[RULE.by[0]].verdict is Verdict.NO_EVIDENCE
    assert after[RULE.feature_id].verdict is Verdict.NO_EVIDENCE
    assert decided.reviewed == 1
    judged = after[RULE.by[0]].outcome
    assert isinstance(judged, Judgement)
    assert judged.verdict is Verdict.MET


def test_a_persons_word_earns_no_credit_on_top() -> None:
    findings = machine({RULE.by[0]: Verdict.MET})
    said = content(RULE.feature_id, findings, verdict=Verdict.PARTLY_MET)
    after = by_id(decide(findings, [event(said)], STANDARD, finding_hash).findings)
    assert after[RULE.feature_id].verdict is Verdict.PARTLY_MET


def test_the_last_word_stands_and_can_be_withdrawn() -> None:
    findings = machine({})
    one = content(CAPABILITY.id, findings, verdict=Verdict.MET)
    two = replace(one, verdict=Verdict.PLANNED, time="2026-11-02T10:30:00+08:00")
    later = "2026-11-02T03:00:00+00:00"
    back = replace(one, kind=EventKind.WITHDRAWAL, verdict=None, time=later)
    row = by_id(decide(findings, map(event, (one, two)), STANDARD, finding_hash).findings)
    assert row[CAPABILITY.id].verdict is Verdict.PLANNED
    none = decide(findings, map(event, (one, two, back)), STANDARD, finding_hash)
    assert none.reviewed == 0


def test_copies_that_exchange_their_events_agree_whatever_came_first() -> None:
    findings = machine({})
    early = content(CAPABILITY.id, findings, verdict=Verdict.MET)
    late = replace(early, verdict=Verdict.NOT_MET, time="2026-11-02T12:00:00+08:00")
    for order in ((early, late), (late, early)):
        decided = decide(findings, map(event, order), STANDARD, finding_hash)
        assert by_id(decided.findings)[CAPABILITY.id].verdict is Verdict.NOT_MET


def test_credit_that_other_features_give_does_not_unsettle_a_decision() -> None:
    before = machine({})
    said = event(content(RULE.feature_id, before, verdict=Verdict.PARTLY_MET))
    credited = machine({RULE.by[0]: Verdict.MET})
    assert not decide(credited, [said], STANDARD, finding_hash).stale


def test_a_decision_on_a_finding_that_has_changed_waits_to_be_reconfirmed() -> None:
    before = machine({CAPABILITY.id: Verdict.PARTLY_MET})
    said = event(content(CAPABILITY.id, before, verdict=Verdict.MET))
    now = machine({CAPABILITY.id: Verdict.PLANNED})
    decided = decide(now, [said], STANDARD, finding_hash)
    assert decided.stale == (said,)
    assert by_id(decided.findings)[CAPABILITY.id].verdict is Verdict.PLANNED


INTERVIEW = SiteVisit(SiteMethod.INTERVIEW, "2026-10-12", "会议室", ("科长",), "称已建成")
SEEN = replace(INTERVIEW, method=SiteMethod.DEMONSTRATION, result="目录可查")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"author": " "}, "没有复核人"),
        ({"verdict": Verdict.MET, "reason": ""}, "没有理由"),
        ({"verdict": None}, "与记录类型不符"),
        ({"kind": EventKind.COMMENT}, "与记录类型不符"),
        ({"verdict": None, "not_applicable": True}, "没有批准人"),
        ({"verdict": Verdict.MET, "site": (INTERVIEW,)}, "仅凭访谈不能证明能力"),
        ({"verdict": Verdict.MOSTLY_MET}, "认定具备能力却没有依据"),
        ({"time": "2026-13-02T10:00:00+08:00"}, "没有这个时间"),
        ({"site": (replace(INTERVIEW, date="2026-02-30"),)}, "现场记录不全"),
        ({"site": (replace(INTERVIEW, roles_present=(" ",)),)}, "现场记录不全"),
    ],
)
def test_what_no_reviewer_may_decide_is_refused(changes: dict[str, object], message: str) -> None:
    findings = machine({})
    said = content(CAPABILITY.id, findings, **changes)
    with pytest.raises(ReviewError, match=message):
        require_sound(Said(said, CAPABILITY, by_id(findings)[CAPABILITY.id]))


def test_accepting_the_machines_verdict_needs_no_reason_and_a_demonstration_proves() -> None:
    findings = machine({})
    finding = by_id(findings)[CAPABILITY.id]
    require_sound(Said(content(CAPABILITY.id, findings, reason=""), CAPABILITY, finding))
    met = content(CAPABILITY.id, findings, verdict=Verdict.MET, site=(INTERVIEW, SEEN))
    require_sound(Said(met, CAPABILITY, finding))


CITED = (Citation("d:1:0", "报告.txt", 2, Span(0, 4), "平台建成"),)
GREEN = Judgement(CAPABILITY.id, Verdict.MOSTLY_MET, CITED, "", "test")


@pytest.mark.parametrize("method", [SiteMethod.DEMONSTRATION, SiteMethod.INSPECTION])
def test_what_evidence_events_saw_bears_a_green_capability_out(method: SiteMethod) -> None:
    findings = machine({})
    met = content(CAPABILITY.id, findings, verdict=Verdict.MET, reason="现场所见")
    said = Said(met, CAPABILITY, by_id(findings)[CAPABILITY.id])
    require_sound(replace(said, visits=(INTERVIEW, replace(INTERVIEW, method=method))))
    with pytest.raises(ReviewError, match="仅凭访谈不能证明能力"):
        require_sound(replace(said, visits=(INTERVIEW, INTERVIEW)))


def test_own_citations_bear_a_green_capability_out() -> None:
    findings = machine({})
    met = content(CAPABILITY.id, findings, verdict=Verdict.MET, citations=CITED, site=(INTERVIEW,))
    require_sound(Said(met, CAPABILITY, by_id(findings)[CAPABILITY.id]))


def test_an_accepted_green_rests_on_the_machines_own_citations() -> None:
    green = Finding(GREEN, Verdict.MOSTLY_MET, Verdict.MOSTLY_MET)
    met = content(CAPABILITY.id, machine({}), verdict=Verdict.MOSTLY_MET, reason="")
    require_sound(Said(met, CAPABILITY, green))
    require_sound(Said(replace(met, reason="另见一处", verdict=Verdict.MET), CAPABILITY, green))
    bare = replace(green, outcome=replace(GREEN, citations=()))
    with pytest.raises(ReviewError, match="没有依据"):
        require_sound(Said(met, CAPABILITY, bare))
    require_sound(Said(met, CAPABILITY, replace(bare, credited_by=("8.1.1.1-L5-a",))))


def test_what_the_machine_cites_for_less_does_not_bear_a_green_out() -> None:
    partly = replace(GREEN, verdict=Verdict.PARTLY_MET)
    finding = Finding(partly, Verdict.PARTLY_MET, Verdict.PARTLY_MET)
    met = content(CAPABILITY.id, machine({}), verdict=Verdict.MET)
    with pytest.raises(ReviewError, match="底稿“现场记录”表"):
        require_sound(Said(met, CAPABILITY, finding))
    failed = Finding(Failure(CAPABILITY.id, "t", "Fault", ""), None, None)
    with pytest.raises(ReviewError, match="没有依据"):
        require_sound(Said(met, CAPABILITY, failed))


def test_less_than_green_and_other_types_of_features_need_a_reason_only() -> None:
    findings = machine({})
    partly = content(CAPABILITY.id, findings, verdict=Verdict.PARTLY_MET, site=(INTERVIEW,))
    require_sound(Said(partly, CAPABILITY, by_id(findings)[CAPABILITY.id]))
    met = content(MECHANISM.id, findings, verdict=Verdict.MET)
    require_sound(Said(met, MECHANISM, by_id(findings)[MECHANISM.id]))
    with pytest.raises(ReviewError, match="没有理由"):
        require_sound(Said(replace(met, reason=""), MECHANISM, by_id(findings)[MECHANISM.id]))


def test_a_visit_stays_found_whatever_is_decided_but_not_one_that_was_withdrawn() -> None:
    findings = machine({})
    first = content(CAPABILITY.id, findings, verdict=Verdict.MET, site=(SEEN,))
    back = replace(
        first, kind=EventKind.WITHDRAWAL, verdict=None, site=(), time="2026-11-02T11:00:00+08:00"
    )
    seen = replace(first, kind=EventKind.EVIDENCE, verdict=None, site=(INTERVIEW,))
    again = replace(first, verdict=Verdict.PARTLY_MET, site=(), time="2026-11-02T10:30:00+08:00")
    assert found_on_site(map(event, (first, again, seen))) == {CAPABILITY.id: (INTERVIEW, SEEN)}
    assert found_on_site(map(event, (back, seen, first))) == {CAPABILITY.id: (INTERVIEW,)}


def test_evidence_that_is_taken_back_counts_for_nothing_and_decisions_stay() -> None:
    findings = machine({})
    seen = content(CAPABILITY.id, findings, kind=EventKind.EVIDENCE, verdict=None, site=(SEEN,))
    record = event(seen)
    met = content(CAPABILITY.id, findings, verdict=Verdict.MET, time="2026-11-02T10:30:00+08:00")
    back = replace(
        seen, kind=EventKind.WITHDRAWAL, site=(), basis=(record.id,), reason="记错了项目",
        time="2026-11-02T11:00:00+08:00",
    )  # fmt: skip
    events = (record, event(met), event(back))
    assert found_on_site(events) == {}
    assert set(standing_decisions(events)) == {CAPABILITY.id}
    assert found_on_site(events[:2]) == {CAPABILITY.id: (SEEN,)}
