"""Queues: which features, in which order, and filters that can be linked to."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from auditor.core.findings import Failure, Verdict
from auditor.core.workspace import DeskKind, DeskNote
from auditor.profiles import load_profile
from auditor.web.links import filter_of, query_of
from auditor.workbench.acting import Answer, decide_feature
from auditor.workbench.opened import OpenRun
from auditor.workbench.queues import (
    Done,
    Filter,
    Listed,
    Queue,
    impact_of,
    listed,
    uncertainty_of,
    under,
)
from auditor.workbench.space import Space
from tests.web.samples import CONFLICT_AT, FAILED_AT, ORDER_AT, STANDARD

FEATURES = [feature.id for feature in STANDARD.features]
PROFILE = load_profile()
ME, SOMEBODY = 1, 2
AT = "2026-11-02T02:00:00.000+00:00"


@pytest.fixture
def opened(space: Space) -> OpenRun:
    return space.open(space.entries()[0].id)


def rows(opened: OpenRun, chosen: Filter, *notes: DeskNote) -> tuple[Listed, ...]:
    return listed(opened, PROFILE, chosen, notes, ME)


def ids(opened: OpenRun, chosen: Filter, *notes: DeskNote) -> list[str]:
    return [row.feature.id for row in rows(opened, chosen, *notes)]


def note(feature_id: str, kind: DeskKind, account_id: int = ME) -> DeskNote:
    return DeskNote(feature_id, kind, account_id, {"on": True}, AT)


def test_the_order_of_the_standard_holds_every_feature(opened: OpenRun) -> None:
    assert ids(opened, Filter()) == FEATURES


@pytest.mark.parametrize(
    ("queue", "place"),
    [(Queue.FAILURES, FAILED_AT), (Queue.CONFLICTS, CONFLICT_AT), (Queue.INJECTIONS, ORDER_AT)],
)
def test_a_queue_of_what_went_wrong_holds_that_alone(
    opened: OpenRun, queue: Queue, place: int
) -> None:
    assert ids(opened, Filter(queue)) == [FEATURES[place]]


def test_what_hangs_most_on_a_feature_comes_first(opened: OpenRun) -> None:
    found = rows(opened, Filter(Queue.IMPACT))
    impacts = [row.impact for row in found]
    assert impacts == sorted(impacts, reverse=True)
    assert impacts[0] > 0
    assert set(ids(opened, Filter(Queue.IMPACT))) == set(FEATURES)
    assert impact_of(opened, PROFILE) is impact_of(opened, PROFILE), "computed once"


def test_the_machines_doubts_come_first(opened: OpenRun) -> None:
    doubts = [uncertainty_of(row.finding) for row in rows(opened, Filter(Queue.UNCERTAIN))]
    assert doubts == sorted(doubts, reverse=True)
    first = rows(opened, Filter(Queue.UNCERTAIN))[0]
    assert isinstance(first.finding.outcome, Failure), "a failure is nothing but doubt"


def test_own_features_are_those_that_were_given_to_one(opened: OpenRun) -> None:
    notes = (
        note(FEATURES[7], DeskKind.ASSIGNED),
        note(FEATURES[2], DeskKind.ASSIGNED),
        note(FEATURES[3], DeskKind.ASSIGNED, SOMEBODY),
        note(FEATURES[4], DeskKind.FLAG, SOMEBODY),
        note(FEATURES[5], DeskKind.PROPOSED, SOMEBODY),
        note(FEATURES[6], DeskKind.DRAFT),
    )
    assert ids(opened, Filter(Queue.MINE), *notes) == [FEATURES[2], FEATURES[7]]
    assert ids(opened, Filter(Queue.FLAGGED), *notes) == [FEATURES[4]]
    assert ids(opened, Filter(Queue.EXCUSED), *notes) == [FEATURES[5]]
    assert ids(opened, Filter(Queue.MINE)) == []


def test_what_is_decided_leaves_the_open_ones_and_no_order_moves(
    space: Space, opened: OpenRun
) -> None:
    before = ids(opened, Filter(Queue.IMPACT, Done.ALL))
    account = space.people.accounts.by_login("reviewer")
    assert account is not None
    chosen = before[0]
    decide_feature(
        space, account, opened, Answer(chosen, "not_met", "看过", "", opened.hashes[chosen])
    )
    now = space.open(opened.id)
    assert ids(now, Filter(Queue.IMPACT, Done.ALL)) == before
    assert ids(now, Filter(Queue.IMPACT, Done.OPEN)) == before[1:]
    assert ids(now, Filter(Queue.IMPACT, Done.DECIDED)) == before[:1]


def test_filters_narrow_a_queue_down(opened: OpenRun) -> None:
    for row in rows(opened, Filter(node="8.2", level=3)):
        assert row.feature.id.startswith("8.2.") and row.feature.level == 3
    assert {r.finding.verdict for r in rows(opened, Filter(verdict="planned"))} == {Verdict.PLANNED}
    assert ids(opened, Filter(verdict="failed")) == [FEATURES[FAILED_AT]]
    text = STANDARD.features[9].text[:8]
    assert FEATURES[9] in ids(opened, Filter(text=text))
    assert all(text in row.feature.text for row in rows(opened, Filter(text=text)))
    assert ids(opened, Filter(text=FEATURES[9])) == [FEATURES[9]]
    assert ids(opened, Filter(node="9")) == []


def test_a_node_holds_its_own_and_not_those_of_a_longer_number() -> None:
    by_id = STANDARD.by_id
    feature = by_id["8.1.1.1-L1-a"]
    assert all(under(feature, node) for node in ("8.1", "8.1.1", "8.1.1.1", "city"))
    assert (
        not under(feature, "8.1.1.10") and not under(feature, "8.11") and not under(feature, "8.2")
    )


@pytest.mark.parametrize(
    "chosen",
    [
        Filter(),
        Filter(Queue.IMPACT, Done.ALL),
        Filter(Queue.MINE, Done.DECIDED, "8.2.4", "planned", 3, "数据 & 安全?=#"),
    ],
)
def test_a_filter_stands_in_an_address(chosen: Filter) -> None:
    assert filter_of(dict(parse_qsl(query_of(chosen)))) == chosen


def test_what_is_no_filter_is_passed_over() -> None:
    given = {"queue": "nonsense", "done": "?", "level": "９", "node": "8" * 500, "x": "y"}
    read = filter_of(given)
    assert (read.queue, read.done, read.level) == (Queue.ORDER, Done.OPEN, 0)
    assert len(read.node) < 100
