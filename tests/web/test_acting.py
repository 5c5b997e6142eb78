"""What people do to a run, and what they may not: the rules, and who was first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.core.access import Account
from auditor.core.documents import Span
from auditor.core.errors import ReviewError
from auditor.core.events import NOT_APPLICABLE, EventKind
from auditor.core.findings import Verdict
from auditor.workbench.acting import (
    LONGEST_QUOTE,
    LONGEST_TEXT,
    Answer,
    ChangedMeanwhileError,
    Cited,
    decide_feature,
    decide_features,
    remark,
    take_back,
    undo,
)
from auditor.workbench.opened import OpenRun
from auditor.workbench.space import Space
from tests.web.samples import RARE, SECOND_REVIEWER, STANDARD, STORY, Sample

FEATURES = [feature.id for feature in STANDARD.features]
FEATURE = FEATURES[1]


@pytest.fixture
def opened(any_space: Space) -> OpenRun:
    return any_space.open(any_space.entries()[0].id)


def person(space: Space, login: str = "reviewer") -> Account:
    account = space.people.accounts.by_login(login)
    assert account is not None
    return account


def answer(opened: OpenRun, feature_id: str = FEATURE) -> Answer:
    return Answer(feature_id, "not_met", "看过", "", opened.hashes[feature_id])


def test_a_decision_stands_with_author_reason_and_what_was_seen(
    any_space: Space, opened: OpenRun
) -> None:
    event = decide_feature(any_space, person(any_space), opened, answer(opened))
    said = any_space.open(opened.id).present.decisions[FEATURE].content
    assert event.content == said
    assert (said.author, said.reason, said.verdict) == ("评审员甲", "看过", Verdict.NOT_MET)
    assert said.finding_hash == opened.hashes[FEATURE]
    assert said.time.startswith("2026-11-02T10:00:00")


def test_who_did_not_see_what_stands_is_told_and_overwrites_nothing(
    any_space: Space, opened: OpenRun
) -> None:
    first = decide_feature(any_space, person(any_space), opened, answer(opened))
    second = person(any_space, SECOND_REVIEWER)
    with pytest.raises(ChangedMeanwhileError, match="评审员甲") as told:
        decide_feature(any_space, second, opened, answer(opened))
    assert told.value.event == first
    assert any_space.runs.events(opened.id) == (first,)
    seen = replace(answer(opened), seen=first.id, verdict="planned")
    decide_feature(any_space, second, opened, seen)
    decisions = any_space.open(opened.id).present.decisions
    assert decisions[FEATURE].content.author == "评审员乙"


def test_who_saw_what_was_taken_back_since_is_told(any_space: Space, opened: OpenRun) -> None:
    first = decide_feature(any_space, person(any_space), opened, answer(opened))
    now = any_space.open(opened.id)
    take_back(any_space, person(any_space), now, FEATURE, "看错了", first.id)
    with pytest.raises(ChangedMeanwhileError) as told:
        decide_feature(any_space, person(any_space), opened, replace(answer(opened), seen=first.id))
    assert told.value.event is None


def test_of_several_decisions_all_are_recorded_or_none(any_space: Space, opened: OpenRun) -> None:
    sound = [answer(opened, feature_id) for feature_id in FEATURES[1:4]]
    unsound = replace(answer(opened, FEATURES[5]), reason="")
    with pytest.raises(ReviewError, match="no reason"):
        decide_features(any_space, person(any_space), opened, [*sound, unsound])
    assert any_space.runs.events(opened.id) == ()
    decide_features(any_space, person(any_space), opened, sound)
    assert set(any_space.open(opened.id).present.decisions) == set(FEATURES[1:4])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"verdict": "excellent"}, "no such verdict"),
        ({"verdict": ""}, "no such verdict"),
        ({"finding_hash": "0" * 64}, "another finding"),
        ({"feature_id": "9.9.9.9-L1-a"}, "not judged"),
        ({"reason": "长" * (LONGEST_TEXT + 1)}, "too long"),
        ({"verdict": NOT_APPLICABLE}, "no approver"),
    ],
)
def test_what_is_malformed_is_refused(
    any_space: Space, opened: OpenRun, change: dict[str, str], why: str
) -> None:
    wrong = replace(answer(opened), **change)  # type: ignore[arg-type]
    with pytest.raises(ReviewError, match=why):
        decide_feature(any_space, person(any_space), opened, wrong)
    assert any_space.runs.events(opened.id) == ()


def test_a_quote_is_cut_from_the_text_by_code_points(
    any_space: Space, opened: OpenRun, sample: Sample
) -> None:
    story = sample.paper(STORY)
    start = story.text.index(RARE)
    cited = Cited(story.sha256, Span(start, start + len(RARE)))
    event = decide_feature(
        any_space, person(any_space), opened, replace(answer(opened), cited=(cited,))
    )
    (citation,) = event.content.citations
    assert (citation.quote, citation.document, citation.page) == (RARE, STORY, None)


@pytest.mark.parametrize(
    ("sha256", "span", "why"),
    [
        ("0" * 64, (0, 4), "no such place"),
        (None, (5, 5), "no such place"),
        (None, (0, 10**9), "no such place"),
        (None, (0, LONGEST_QUOTE + 1), "length of a quote"),
    ],
)
def test_a_citation_outside_the_papers_is_refused(
    any_space: Space, sample: Sample, sha256: str | None, span: tuple[int, int], why: str
) -> None:
    opened = any_space.open(any_space.entries()[0].id)
    cited = Cited(sha256 or sample.paper(STORY).sha256, Span(*span))
    with pytest.raises(ReviewError, match=why):
        decide_feature(
            any_space, person(any_space), opened, replace(answer(opened), cited=(cited,))
        )


def test_one_undoes_only_ones_own(any_space: Space, opened: OpenRun) -> None:
    decide_feature(any_space, person(any_space), opened, answer(opened))
    now = any_space.open(opened.id)
    with pytest.raises(ReviewError, match="not your own"):
        undo(any_space, person(any_space, SECOND_REVIEWER), now, FEATURE)
    undo(any_space, person(any_space), now, FEATURE)
    assert any_space.open(opened.id).present.decisions == {}
    with pytest.raises(ReviewError):
        undo(any_space, person(any_space), any_space.open(opened.id), FEATURE)


def test_taking_back_what_does_not_stand_or_without_reason_is_refused(
    any_space: Space, opened: OpenRun
) -> None:
    with pytest.raises(ReviewError, match="nothing stands"):
        take_back(any_space, person(any_space), opened, FEATURE, "看错了", "")
    first = decide_feature(any_space, person(any_space), opened, answer(opened))
    now = any_space.open(opened.id)
    with pytest.raises(ReviewError, match="no reason"):
        take_back(any_space, person(any_space), now, FEATURE, "  ", first.id)


def test_nobody_takes_back_a_decision_that_they_have_not_seen(
    any_space: Space, opened: OpenRun
) -> None:
    one, two = person(any_space), person(any_space, SECOND_REVIEWER)
    first = decide_feature(any_space, one, opened, answer(opened))
    seen = any_space.open(opened.id).present
    later = replace(answer(opened), seen=first.id, verdict="planned")
    second = decide_feature(any_space, two, opened, later)
    now = any_space.open(opened.id)
    for before in (first.id, ""):
        with pytest.raises(ChangedMeanwhileError, match="评审员乙") as told:
            take_back(any_space, one, now, FEATURE, "重新判断", before)
        assert told.value.event == second
    now.present = seen  # the page of somebody whose decision was changed a moment ago
    with pytest.raises(ChangedMeanwhileError, match="评审员乙"):
        undo(any_space, one, now, FEATURE)
    assert any_space.open(opened.id).present.decisions == {FEATURE: second}
    take_back(any_space, one, any_space.open(opened.id), FEATURE, "重新判断", second.id)
    with pytest.raises(ChangedMeanwhileError) as gone:
        take_back(any_space, one, any_space.open(opened.id), FEATURE, "重新判断", second.id)
    assert gone.value.event is None


def test_a_remark_decides_nothing(any_space: Space, opened: OpenRun) -> None:
    remark(any_space, person(any_space), opened, FEATURE, "请看第 3 页")
    now = any_space.open(opened.id).present
    assert now.decisions == {}
    assert [e.content.kind for e in now.of_feature(FEATURE)] == [EventKind.COMMENT]
    with pytest.raises(ReviewError):
        remark(any_space, person(any_space), opened, FEATURE, " ")
