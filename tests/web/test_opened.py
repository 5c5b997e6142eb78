"""Runs that are open, their numbers, and the workspace that holds them, over both databases."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.core.errors import ReviewError, RunError
from auditor.core.findings import Verdict
from auditor.core.workspace import RunEntry
from auditor.profiles import load_profile
from auditor.store.events import EVENTS_FILE, chain_faults, read_events
from auditor.workbench.acting import Answer, decide_feature
from auditor.workbench.figures import LiveFigures
from auditor.workbench.opened import KEPT_OPEN, OpenRun, OpenRuns
from auditor.workbench.space import Space, add_run, export_events, open_space
from tests.web.samples import STANDARD, Sample

FEATURES = [feature.id for feature in STANDARD.features]
READERS = 8


def decide(space: Space, feature_id: str, verdict: Verdict = Verdict.NOT_MET) -> None:
    account = space.people.accounts.by_login("reviewer")
    assert account is not None
    opened = space.open(space.entries()[0].id)
    standing = opened.present.decisions.get(feature_id)
    seen, hashed = standing.id if standing else "", opened.hashes[feature_id]
    decide_feature(space, account, opened, Answer(feature_id, verdict.value, "看过", seen, hashed))


def test_an_open_run_follows_what_is_decided(any_space: Space) -> None:
    opened = any_space.open(any_space.entries()[0].id)
    decide(any_space, FEATURES[1])
    assert opened.present.decisions == {}, "it is taken in when somebody looks"
    again = any_space.open(opened.id)
    assert again is opened
    assert again.present.findings[FEATURES[1]].verdict is Verdict.NOT_MET
    assert again.findings[FEATURES[1]].verdict is not Verdict.NOT_MET, "the machine's word stays"
    assert again.present.head == any_space.entries()[0].head


def test_an_entry_that_was_read_too_early_changes_nothing(space: Space) -> None:
    before = space.entries()[0]
    decide(space, FEATURES[1])
    opened = space.open(before.id)
    now = opened.present
    assert opened.follow(before, space.runs) is now


def test_of_what_two_programs_do_each_sees_the_other(
    any_space: Space, database_url: str | None
) -> None:
    other = open_space(any_space.folder, database_url)
    run_id = any_space.entries()[0].id
    assert other.open(run_id).present.events == ()
    decide(any_space, FEATURES[1])
    decide(other, FEATURES[2])
    for one in (any_space, other):
        assert set(one.open(run_id).present.decisions) == set(FEATURES[1:3])
    assert chain_faults(any_space.runs.events(run_id)) == []
    other.close()


def test_a_run_is_read_once_however_many_ask(
    space: Space, entry: RunEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[OpenRun] = []

    class Counted(OpenRun):
        def __init__(self, *parts: object) -> None:
            super().__init__(*parts)  # type: ignore[arg-type]
            read.append(self)

    monkeypatch.setattr("auditor.workbench.opened.OpenRun", Counted)
    runs = OpenRuns(space.runs, space.editions.of)
    with ThreadPoolExecutor(READERS) as pool:
        got = set(pool.map(runs.get, [entry] * READERS))
    assert got == set(read) and len(read) == 1


def test_what_was_opened_longest_ago_is_let_go(space: Space, entry: RunEntry) -> None:
    runs = OpenRuns(space.runs, space.editions.of)
    first = runs.get(entry)
    for number in range(KEPT_OPEN):
        runs._keep(OpenRun(_named(entry, f"other{number}"), first.run, first.edition))
    assert runs.get(entry) is not first


def _named(entry: RunEntry, run_id: str) -> RunEntry:
    return replace(entry, id=run_id)


def test_the_search_record_of_a_feature_is_read_where_it_stands(
    space: Space, entry: RunEntry
) -> None:
    opened = space.open(entry.id)
    for feature_id in (FEATURES[0], FEATURES[200], FEATURES[-1]):
        assert opened.search_record(feature_id)["feature_id"] == feature_id
    assert opened.search_record("9.9.9.9-L1-a")["passages"] == []


def test_the_numbers_follow_the_last_decision_and_are_computed_once(
    space: Space, entry: RunEntry
) -> None:
    live, profile = LiveFigures(), load_profile(entry.profile)
    before = live.of(space.open(entry.id), profile)
    assert live.of(space.open(entry.id), profile) is before
    green = next(f for f in space.open(entry.id).run.findings if f.verdict is Verdict.MET)
    decide(space, green.feature_id, Verdict.NOT_MET)
    after = live.of(space.open(entry.id), profile)
    assert (before.standing.decided, after.standing.decided) == (0, 1)
    assert after.standing.shown.nodes[0].coverage != before.standing.shown.nodes[0].coverage
    assert after.standing.machine == before.standing.machine
    assert after.head == space.entries()[0].head


def test_the_gap_is_to_the_next_level(space: Space, entry: RunEntry) -> None:
    figures = LiveFigures().of(space.open(entry.id), load_profile(), with_gap=True)
    assert figures.gap is not None
    assert figures.gap.target == figures.standing.shown.level + 1


def test_a_run_is_registered_with_its_papers_and_not_twice(space: Space, sample: Sample) -> None:
    entry = space.entries()[0]
    for document in sample.run.documents:
        assert space.originals.has(document.sha256)
    with pytest.raises(RunError, match="already"):
        add_run(space, sample.out, "组长甲")
    assert space.entries() == (entry,)
    with pytest.raises(RunError):
        space.entry("0" * 12)


def test_a_folder_that_holds_no_run_is_refused(space: Space, tmp_path: Path) -> None:
    with pytest.raises(RunError):
        add_run(space, tmp_path / "nothing", "组长甲")
    assert len(space.entries()) == 1


def test_events_go_out_and_come_in_with_the_run(
    any_space: Space, sample: Sample, tmp_path: Path
) -> None:
    entry = any_space.entries()[0]
    for feature_id in FEATURES[1:4]:
        decide(any_space, feature_id)
    file = export_events(any_space, entry.id)
    assert file == Path(entry.folder) / EVENTS_FILE
    events = any_space.runs.events(entry.id)
    assert read_events(Path(entry.folder)) == events
    out = tmp_path / "out"
    shutil.copytree(entry.folder, out)
    elsewhere = open_space(tmp_path / "elsewhere")
    came = add_run(elsewhere, out, "组长甲", sample.dossier)
    assert elsewhere.runs.events(came.id) == events
    assert (came.head, came.events) == (events[-1].hash, 3)
    elsewhere.close()


def test_a_workspace_that_is_closed_has_written_its_events(space: Space) -> None:
    entry = space.entries()[0]
    decide(space, FEATURES[1])
    space.close()
    assert len(read_events(Path(entry.folder))) == 1


def test_a_decision_that_breaks_a_rule_leaves_no_event(space: Space, entry: RunEntry) -> None:
    account = space.people.accounts.by_login("reviewer")
    assert account is not None
    opened = space.open(entry.id)
    answer = Answer(FEATURES[1], "not_met", " ", "", opened.hashes[FEATURES[1]])
    with pytest.raises(ReviewError, match="no reason"):
        decide_feature(space, account, opened, answer)
    assert space.runs.events(entry.id) == ()
