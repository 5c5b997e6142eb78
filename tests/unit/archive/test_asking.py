"""Batch files of an archive: answered into its journal, where a pass by the model finds them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.archive.asking import home_of, open_answers, searched_subjects, take_over
from auditor.archive.request import ArchiveRequest, keep_request
from auditor.batching import (
    Batch,
    RequestFiles,
    StoredReplies,
    chosen_calls,
    keep_batch,
    take_in,
)
from auditor.choice import Choice
from auditor.cli.batch_archive import next_pass
from auditor.core.disclosure import Disclosure
from auditor.core.errors import ConfigurationError
from auditor.core.findings import Failure, Judgement
from auditor.core.jobs import Job, JobState
from auditor.core.run import Case, Silence
from auditor.judge.disclosure import Gate
from auditor.judge.hosted import HostedJudge, Logs
from auditor.judge.imported import ImportedJudge
from auditor.judge.sent import SentLog
from auditor.judging import judge_cases
from auditor.standard import DEFAULT_STANDARD, load_standard
from auditor.store.journal import Journal
from auditor.voices import Hosting
from tests.recorded import error_line, reply_to, response_line
from tests.unit.judge.conftest import REPORT, case_for
from tests.unit.judge.scripts import Echo

ITEMS = tuple(i for i in load_standard().items if i.id.startswith("8.3"))
PUBLIC = Disclosure(public=True)
CITIES = ("临江市", "临澜市")
SETTINGS = [Hosting("openai:m"), Hosting("openai:m", samples=2, second_look=True)]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def cities() -> dict[str, list[Case]]:
    """Two invented cities with the same papers but for their names."""
    plain = [case_for(feature, REPORT) for item in ITEMS for feature in item.features]
    return {name: [replace(case, city=name) for case in plain] for name in CITIES}


def held(
    out: Path, cities: dict[str, list[Case]], hosting: Hosting
) -> Iterable[tuple[ImportedJudge, int]]:
    batch, replies = Batch(hosting, PUBLIC), StoredReplies(home_of(out))
    for name, cases in cities.items():
        judge = open_answers(out, name, batch, replies)
        yield judge, take_over(judge, cases, ITEMS, Journal(out / "journal.db"))


def export(
    out: Path, cities: dict[str, list[Case]], hosting: Hosting, remaining: bool = False
) -> list[Row]:
    keep_batch(home_of(out), Batch(hosting, PUBLIC))
    with RequestFiles(out / "requests.jsonl") as files:
        for judge, _ in held(out, cities, hosting):
            files.write(chosen_calls(judge, remaining))
    return [json.loads(line) for f in files.names for line in f.read_text("utf-8").splitlines()]


def answer(out: Path, lines: Iterable[str]) -> None:
    file = out / "answers.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    take_in(home_of(out), [file])


def judged_in_a_pass(
    out: Path, cases: list[Case], hosting: Hosting, reply: Callable[[str], str]
) -> tuple[list[Judgement | Failure], int]:
    """What a pass makes of a city with the archive's journal, and how often it asks."""
    chat = Echo(reply=reply, sent=[])
    logs = Logs.in_memory()
    askers = hosting.askers(lambda _: Gate(PUBLIC, "host", logs.sent))
    judge = HostedJudge.of(askers, dict.fromkeys(hosting.endpoints(), chat), logs)
    found = judge_cases(cases, judge, ITEMS, Journal(out / "journal.db"), Silence())
    return list(found.values()), len(chat.sent)


def silent(_: str) -> str:
    raise AssertionError("nothing is to be asked")


@pytest.mark.parametrize("hosting", SETTINGS)
def test_a_pass_finds_all_answers_in_the_journal_and_asks_nothing(
    tmp_path: Path, cities: dict[str, list[Case]], hosting: Hosting
) -> None:
    rows = export(tmp_path / "a", cities, hosting)
    assert {city for row in rows for city in CITIES if city in json.dumps(row, ensure_ascii=False)}
    assert len(rows) == len({row["custom_id"] for row in rows}) == 2 * len(ITEMS) * hosting.samples
    while rows:
        answer(tmp_path / "a", map(response_line, rows))
        assert sum(kept for _, kept in held(tmp_path / "a", cities, hosting))
        rows = export(tmp_path / "a", cities, hosting, remaining=True)
    for cases in cities.values():
        online, asked = judged_in_a_pass(tmp_path / "b", cases, hosting, reply_to)
        assert asked and judged_in_a_pass(tmp_path / "a", cases, hosting, silent) == (online, 0)


def test_what_was_not_answered_is_asked_by_the_pass_and_nothing_half_answered_is_kept(
    tmp_path: Path, cities: dict[str, list[Case]]
) -> None:
    hosting = Hosting("openai:m", samples=2)
    rows = export(tmp_path, cities, hosting)
    late = [row for row in rows if row["custom_id"].split(".")[-2] == "2"]
    answer(tmp_path, [error_line(r) if r in late else response_line(r) for r in rows])
    assert late and not any(kept for _, kept in held(tmp_path, cities, hosting))
    sound = next(row for row in late if "对不起" not in response_line(row))
    item = next(item for item in ITEMS if sound["custom_id"].startswith(f"{item.id}."))
    ready = [row for row in late if row["custom_id"].startswith(f"{item.id}.")]
    answer(tmp_path, map(response_line, ready))
    kept = sum(count for _, count in held(tmp_path, cities, hosting))
    assert kept == 2 * len(item.features)
    for cases in cities.values():
        online, every = judged_in_a_pass(tmp_path / "b", cases, hosting, reply_to)
        found, asked = judged_in_a_pass(tmp_path, cases, hosting, reply_to)
        assert found == online and 0 < asked < every


def test_what_the_journal_holds_is_not_exported(
    tmp_path: Path, cities: dict[str, list[Case]]
) -> None:
    first, second = cities.values()
    judged_in_a_pass(tmp_path, first, SETTINGS[0], lambda p: reply_to(p + "上一次回复不合要求"))
    rows = export(tmp_path, cities, SETTINGS[0])
    assert len(rows) == len(ITEMS)
    assert all(second[0].city in json.dumps(row, ensure_ascii=False) for row in rows)
    log = SentLog(home_of(tmp_path) / CITIES[1] / "sent.jsonl").facts()
    assert [(e["host"], e["calls"]) for e in log["endpoints"]] == [("batch:openai", len(ITEMS))]
    assert not (home_of(tmp_path) / CITIES[0] / "sent.jsonl").exists()


def test_the_same_request_of_two_cities_is_written_once(
    tmp_path: Path, cities: dict[str, list[Case]]
) -> None:
    cases = cities[CITIES[0]]
    rows = export(tmp_path, {"临江市": cases, "临江市@2024": cases}, SETTINGS[0])
    assert len(rows) == len(ITEMS)


def test_request_files_that_fail_half_way_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), RequestFiles(tmp_path / "q.jsonl") as files:
        files.add("m", "{}\n")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_nothing_leaves_of_papers_that_nobody_opened(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not public"):
        open_answers(tmp_path, "临江市", Batch(SETTINGS[0]), {})


def test_only_cities_that_a_pass_has_searched_are_asked_about(tmp_path: Path) -> None:
    def job(name: str, state: JobState, *, is_wanted: bool = True) -> Job:
        return Job(name, "city", name, {}, state, is_wanted=is_wanted)

    jobs = [job("丙市", JobState.DONE), job("乙市", JobState.FAILED), job("甲市", JobState.DONE)]
    gone = job("旧市", JobState.DONE, is_wanted=False)
    assert searched_subjects([*jobs, gone], tmp_path) == ["丙市", "甲市"]
    with pytest.raises(ConfigurationError, match="no searched city"):
        searched_subjects([gone], tmp_path)


def test_the_pass_that_takes_the_answers_is_named_with_all_its_options(tmp_path: Path) -> None:
    hosting = Hosting("openai:m", None, True, 3, None, True, "json_object")
    choice = Choice("", "", as_of="2024-12-31", only="8.3", criteria=DEFAULT_STANDARD)
    keep_request(tmp_path, ArchiveRequest("/papers/a b", choice, "/papers/whose.csv"))
    keep_batch(home_of(tmp_path), Batch(hosting, PUBLIC))
    assert next_pass(tmp_path) == (
        f"auditor batch '/papers/a b' -o {tmp_path} --judge openai:m --manifest /papers/whose.csv"
        " --as-of 2024-12-31 --only 8.3 --per-feature --samples 3 --second-look"
        " --reply-form json_object --public"
    )
