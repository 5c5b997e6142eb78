"""Supersession and ladders: credit only from facts, only upwards, never in chains."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from auditor.core.criteria import Ladder, LadderStep, Relations, Supersession
from auditor.core.findings import (
    VERDICTS,
    ElementReading,
    Failure,
    Finding,
    Judgement,
    Verdict,
)
from auditor.relations import apply_relations
from auditor.standard import load_standard

LOW, HIGH, OTHER = "8.1.2.1-L1-a", "8.1.2.1-L3-a", "8.1.2.1-L2-a"


def finding(feature_id: str, verdict: Verdict, shown: tuple[str, ...] = ()) -> Finding:
    elements = tuple(ElementReading(e, Verdict.MET) for e in shown)
    judgement = Judgement(feature_id, verdict, (), "", "test", elements=elements)
    return Finding(judgement, verdict, verdict)


def rule(kind: str, demand: tuple[str, ...] = (), shown_by: tuple[str, ...] = ()) -> Relations:
    return Relations((Supersession(LOW, kind, (HIGH,), demand, shown_by, "because"),))


def outcome(relations: Relations, *findings: Finding) -> Finding:
    return apply_relations(findings, relations)[0]


def test_a_baseline_state_is_credited_by_the_fact_that_supersedes_it() -> None:
    result = outcome(rule("A"), finding(LOW, Verdict.NO_EVIDENCE), finding(HIGH, Verdict.MET))
    assert (result.verdict, result.direct_verdict) == (Verdict.MET, Verdict.NO_EVIDENCE)
    assert (result.credited_by, result.credit_reason) == ((HIGH,), "because")


def test_a_plan_credits_nothing() -> None:
    result = outcome(rule("A"), finding(LOW, Verdict.NO_EVIDENCE), finding(HIGH, Verdict.PLANNED))
    assert (result.verdict, result.credited_by) == (Verdict.NO_EVIDENCE, ())


def test_an_early_stage_gets_at_most_the_superseders_own_verdict() -> None:
    low, high = finding(LOW, Verdict.NO_EVIDENCE), finding(HIGH, Verdict.PARTLY_MET)
    assert outcome(rule("C"), low, high).verdict is Verdict.PARTLY_MET


def test_a_positive_demand_must_be_shown_too() -> None:
    low, high = finding(LOW, Verdict.NO_EVIDENCE), finding(HIGH, Verdict.MET)
    demand = rule("B", demand=("e2",), shown_by=(OTHER,))
    assert outcome(demand, low, high).verdict is Verdict.PARTLY_MET
    assert outcome(demand, low, high, finding(OTHER, Verdict.MET)).verdict is Verdict.MET
    own = finding(LOW, Verdict.PLANNED, shown=("e2",))
    assert outcome(demand, own, high).verdict is Verdict.MET


def test_credit_does_not_run_in_chains() -> None:
    relations = Relations(
        (
            Supersession(LOW, "A", (OTHER,), (), (), "first"),
            Supersession(OTHER, "A", (HIGH,), (), (), "second"),
        )
    )
    low, other = finding(LOW, Verdict.NO_EVIDENCE), finding(OTHER, Verdict.NO_EVIDENCE)
    rows = apply_relations((low, other, finding(HIGH, Verdict.MET)), relations)
    assert [row.verdict for row in rows] == [Verdict.NO_EVIDENCE, Verdict.MET, Verdict.MET]


def test_a_higher_step_satisfies_the_lower_ones_of_the_same_measure() -> None:
    ladder = Ladder(
        "share",
        "share",
        "%",
        (LadderStep(LOW, Decimal(30), ">="), LadderStep(HIGH, Decimal(80), ">=")),
        "80 includes 30",
    )
    relations = Relations(ladders=(ladder,))
    low, high = finding(LOW, Verdict.NO_EVIDENCE), finding(HIGH, Verdict.MET)
    assert outcome(relations, low, high).verdict is Verdict.MET
    assert apply_relations((low, high), relations)[1].credited_by == ()
    reverse = finding(LOW, Verdict.MET), finding(HIGH, Verdict.NO_EVIDENCE)
    assert apply_relations(reverse, relations)[1].verdict is Verdict.NO_EVIDENCE


def test_a_failure_is_never_credited() -> None:
    failed = Finding(Failure(LOW, "test", "EndpointError", "gone"), None, None)
    assert outcome(rule("A"), failed, finding(HIGH, Verdict.MET)).verdict is None


STANDARD = load_standard()


@given(
    st.dictionaries(st.sampled_from([f.id for f in STANDARD.features]), st.sampled_from(VERDICTS))
)
def test_the_real_relations_never_lower_a_verdict(verdicts: dict[str, Verdict]) -> None:
    rows = [finding(f.id, verdicts.get(f.id, Verdict.NO_EVIDENCE)) for f in STANDARD.features]
    for before, after in zip(rows, apply_relations(rows, STANDARD.relations), strict=True):
        assert before.verdict is not None and after.verdict is not None
        assert after.verdict.rank >= before.verdict.rank
        assert bool(after.credited_by) == (after.verdict is not before.verdict)
