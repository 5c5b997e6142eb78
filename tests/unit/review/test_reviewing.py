"""Rows taken into a run: what bears a decision out may come with it, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.core.errors import ReviewError
from auditor.reviewing import Taken, take_decisions
from auditor.store.events import append_events, content_from, event_json, read_events
from tests.unit.review.capable_city import CAPABLE, KEY, RULE, STANDARD, capable_city

INTERVIEW = {
    "method": "interview",
    "date": "2026-10-12",
    "place": "会议室",
    "roles_present": ["科长"],
    "result": "称已建成",
}
SHOWN = {**INTERVIEW, "method": "demonstration", "system": "共享平台", "result": "目录可查"}
BASE = {
    "kind": "decision",
    "feature_id": KEY,
    "author": "复核人甲",
    "time": "2026-10-13T09:00:00+08:00",
    "reason": "核对",
    "verdict": "met",
}
Take = Callable[..., Taken]


def seen(*visits: dict[str, Any], key: str = KEY) -> dict[str, Any]:
    return {**BASE, "kind": "evidence", "feature_id": key, "verdict": None, "site": list(visits)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return capable_city(tmp_path / "run")


@pytest.fixture
def take(folder: Path) -> Take:
    return lambda *rows: take_decisions(folder, enumerate(rows, 1), STANDARD)


def test_an_interview_recorded_apart_proves_no_capability_either(take: Take) -> None:
    assert len(take(seen(INTERVIEW)).events) == 1
    (refused,) = take(BASE).refused
    assert "第 1 行" in refused
    assert "仅凭访谈不能证明能力" in refused


def test_a_demonstration_recorded_before_bears_the_decision_out(take: Take) -> None:
    assert "没有依据" in take(BASE).refused[0]
    take(seen(INTERVIEW, SHOWN))
    assert take(BASE).refused == ()


def test_evidence_counts_in_whatever_order_it_comes_but_for_its_own_feature_only(
    take: Take,
) -> None:
    other = {**BASE, "feature_id": CAPABLE[1]}
    taken = take(BASE, other, seen(SHOWN))
    assert [event.feature_id for event in taken.events] == [KEY, KEY]
    (refused,) = taken.refused
    assert refused.startswith(f"第 2 行：{CAPABLE[1]}")


def test_evidence_that_is_refused_itself_bears_nothing_out(take: Take) -> None:
    taken = take({**seen(SHOWN), "author": " "}, BASE)
    assert len(taken.refused) == 2
    assert taken.events == ()


def test_a_credited_green_is_accepted_until_a_person_denies_the_fact_behind_it(take: Take) -> None:
    accepted = {**BASE, "feature_id": RULE.feature_id, "reason": ""}
    denied = {**BASE, "feature_id": RULE.by[0], "verdict": "no_evidence"}
    take(denied)
    assert "没有依据" in take(accepted).refused[0]
    back = {**denied, "kind": "withdrawal", "verdict": None, "time": "2026-10-14T09:00:00+08:00"}
    take(back)
    assert take(accepted).refused == ()


def test_an_older_chain_loads_and_is_known_although_the_rule_would_refuse_it_now(
    folder: Path, take: Take
) -> None:
    append_events(folder, [content_from({**BASE, "finding_hash": "f" * 64})])
    (event,) = read_events(folder)
    taken = take(event_json(event))
    assert (taken.events, taken.known, taken.refused) == ((), 1, ())


def test_what_cannot_be_read_is_refused_where_it_stands(folder: Path) -> None:
    wrong = ReviewError("方式不在列表中。", hint="请从列表中选。")
    rows = [("“现场记录”第 9 行", wrong), (3, ["no object"])]
    taken = take_decisions(folder, rows, STANDARD)
    assert taken.refused[0] == "“现场记录”第 9 行：方式不在列表中。 请从列表中选。"
    assert taken.refused[1].startswith("第 3 行：不是复核记录")
