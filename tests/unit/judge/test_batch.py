"""Batch files: stable requests, answers in any order and state, the same judgements as online."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.batching import (
    Batch,
    RequestFiles,
    chosen_calls,
    keep_batch,
    open_imported,
    read_batch,
    replies_of,
    survey,
    take_in,
    write_requests,
)
from auditor.core.disclosure import Disclosure
from auditor.core.errors import ConfigurationError, RunError
from auditor.core.findings import Failure, Judgement
from auditor.core.run import Case
from auditor.core.usage import Usage
from auditor.judge.batch import MOST_BYTES, MOST_REQUESTS, Limits, responses_in
from auditor.judge.disclosure import Gate
from auditor.judge.hosted import HostedJudge, Logs
from auditor.judge.imported import Standing, digest_of
from auditor.judge.sent import SentLog
from auditor.standard import load_standard
from auditor.voices import Hosting
from tests.recorded import error_line, refused_line, reply_to, response_line
from tests.unit.judge.conftest import REPORT, case_for
from tests.unit.judge.scripts import Echo

ITEMS = tuple(i for i in load_standard().items if i.id.startswith("8.3"))
PUBLIC = Disclosure(public=True)
LONG = "已接入各部门，运行平稳，成效明显，覆盖全市各区县，数据每日更新，满意度逐年提高"
SETTINGS = [
    Hosting("openai:m"),
    Hosting("openai:m", per_feature=True),
    Hosting("openai:m", samples=2),
    Hosting("openai:m", second="openai:n"),
    Hosting("openai:m", second_look=True),
]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    text = REPORT + "".join(f"建成第{n}类业务系统，{LONG}。\n" for n in range(1, 160))
    return [case_for(feature, text) for item in ITEMS for feature in item.features]


def export(run: Path, cases: list[Case], hosting: Hosting, remaining: bool = False) -> list[Any]:
    """What ``batch-export`` does after the search; gives the rows of its files."""
    batch = Batch(hosting, PUBLIC)
    keep_batch(run, batch)
    judge = open_imported(run, batch)
    survey(judge, cases, ITEMS)
    files = write_requests(chosen_calls(judge, remaining), run / "q.jsonl", Limits())
    return [json.loads(line) for f in files for line in f.read_text("utf-8").splitlines()]


def answer(run: Path, lines: Iterable[str]) -> None:
    file = run / "answers.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    take_in(run, [file])


def outcomes(run: Path, cases: list[Case], hosting: Hosting) -> list[Judgement | Failure]:
    judge = open_imported(run, Batch(hosting, PUBLIC))
    return [
        o for item in ITEMS for o in judge.judge([c for c in cases if c.feature in item.features])
    ]


def standing(run: Path, cases: list[Case], hosting: Hosting) -> Standing:
    return survey(open_imported(run, Batch(hosting, PUBLIC)), cases, ITEMS)


def online(cases: list[Case], hosting: Hosting) -> list[Judgement | Failure]:
    chat = Echo(reply=reply_to, sent=[])
    logs = Logs.in_memory()
    askers = hosting.askers(lambda _: Gate(PUBLIC, "host", logs.sent))
    judge = HostedJudge.of(askers, dict.fromkeys(hosting.endpoints(), chat), logs)
    return [
        o for item in ITEMS for o in judge.judge([c for c in cases if c.feature in item.features])
    ]


@pytest.mark.parametrize("hosting", SETTINGS)
def test_answers_in_files_give_the_judgements_of_the_same_answers_online(
    tmp_path: Path, cases: list[Case], hosting: Hosting
) -> None:
    rows = export(tmp_path, cases, hosting)
    asked = list(rows)
    while rows:
        answer(tmp_path, map(response_line, rows))
        rows = export(tmp_path, cases, hosting, remaining=True)
        asked += rows
    assert outcomes(tmp_path, cases, hosting) == online(cases, hosting)
    again = [row for row in asked if ".again." in row["custom_id"]]
    assert again and len({row["custom_id"] for row in asked}) == len(asked)
    assert any(".second." in row["custom_id"] for row in asked) == hosting.second_look
    judge = open_imported(tmp_path, Batch(hosting, PUBLIC))
    assert judge.usage == Usage(len(asked), 700 * len(asked), 90 * len(asked))


def test_requests_are_stable_named_after_their_node_and_of_the_providers_form(
    tmp_path: Path, cases: list[Case]
) -> None:
    one = export(tmp_path / "a", cases, SETTINGS[0])
    assert one == export(tmp_path / "b", cases, SETTINGS[0])
    assert [r["custom_id"].split(".first.")[0] for r in one] == [i.id for i in ITEMS]
    for row in export(tmp_path / "c", cases, SETTINGS[1]):
        assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", row["custom_id"])
        assert (row["method"], row["url"]) == ("POST", "/v1/chat/completions")
        assert row["body"]["model"] == "m" and row["body"]["temperature"] == 0.0
        assert [m["role"] for m in row["body"]["messages"]] == ["system", "user"]
        assert row["body"]["response_format"]["type"] == "json_schema"


def test_order_repetition_and_errors_in_answer_files_change_nothing(
    tmp_path: Path, cases: list[Case]
) -> None:
    hosting = SETTINGS[1]
    rows = export(tmp_path / "a", cases, hosting)
    answer(tmp_path / "a", map(response_line, rows))
    lines = [*map(response_line, rows), *map(error_line, rows), *map(refused_line, rows)]
    lines += [*lines, "", "{cut", '{"custom_id": "8.1.1.1.first.1.0", "response": {}}']
    export(tmp_path / "b", cases, hosting)
    random.Random(3).shuffle(lines)
    for part in (lines[:50], lines[50:], lines):
        answer(tmp_path / "b", part)
    assert outcomes(tmp_path / "a", cases, hosting) == outcomes(tmp_path / "b", cases, hosting)
    assert replies_of(tmp_path / "a").keys() == replies_of(tmp_path / "b").keys()


def test_what_never_came_is_a_failure_and_is_written_again(
    tmp_path: Path, cases: list[Case]
) -> None:
    hosting = SETTINGS[1]
    rows = export(tmp_path, cases, hosting)
    answer(tmp_path, [response_line(rows[0]), error_line(rows[1])])
    found = outcomes(tmp_path, cases, hosting)
    missing = [o for o in found if isinstance(o, Failure) and o.error == "MissingReplyError"]
    assert len(missing) >= len(rows) - 1 and "没有收到答复" in missing[-1].detail
    remaining = export(tmp_path, cases, hosting, remaining=True)
    assert [r["custom_id"] for r in remaining if ".first." in r["custom_id"]] == [
        r["custom_id"] for r in rows[1:]
    ]


def test_where_a_batch_stands_is_counted_by_kind(tmp_path: Path, cases: list[Case]) -> None:
    hosting = SETTINGS[0]
    rows = export(tmp_path, cases, hosting)
    assert standing(tmp_path, cases, hosting) == Standing(0, len(rows), 0, 0, 0)
    answer(tmp_path, map(response_line, rows[:-1]))
    broken = sum("对不起" in response_line(row) for row in rows[:-1])
    assert broken
    expected = Standing(len(rows) - 1, 1, broken, 0, 0)
    assert standing(tmp_path, cases, hosting) == expected
    stranger = response_line(rows[0] | {"custom_id": "8.9.9.9.first.1.00"})
    answer(tmp_path, [stranger])
    assert standing(tmp_path, cases, hosting) == replace(expected, unused=1)


def test_a_reply_of_the_asked_form_counts_before_a_broken_one(
    tmp_path: Path, cases: list[Case]
) -> None:
    hosting = SETTINGS[0]
    rows = export(tmp_path, cases, hosting)
    good = [response_line(r) for r in rows]
    broken = [line.replace('\\"features\\"', '\\"feature\\"') for line in good]
    for folder, parts in (("first", (broken, good)), ("last", (good, broken))):
        run = tmp_path / folder
        run.mkdir(exist_ok=True)
        keep_batch(run, Batch(hosting, PUBLIC))
        for part in parts:
            answer(run, part)
    one, two = (outcomes(tmp_path / f, cases, hosting) for f in ("first", "last"))
    assert one == two and any(isinstance(o, Judgement) for o in one)


def test_more_answers_change_the_fingerprint_so_that_no_old_judgement_is_kept(
    tmp_path: Path, cases: list[Case]
) -> None:
    rows = export(tmp_path, cases, SETTINGS[0])
    before = open_imported(tmp_path, Batch(SETTINGS[0], PUBLIC)).fingerprint
    answer(tmp_path, [response_line(rows[0])])
    after = open_imported(tmp_path, Batch(SETTINGS[0], PUBLIC)).fingerprint
    answer(tmp_path, [response_line(rows[0])])
    assert before != after == open_imported(tmp_path, Batch(SETTINGS[0], PUBLIC)).fingerprint


def test_files_keep_to_the_limits_and_hold_one_model_each(tmp_path: Path) -> None:
    assert (MOST_REQUESTS, MOST_BYTES) == (50_000, 200 * 1024 * 1024)
    rows: list[dict[str, Any]] = [
        {"custom_id": str(n), "body": {"model": "mn"[n % 2], "text": "字" * n}} for n in range(40)
    ]
    for limits in (Limits(), Limits(requests=7), Limits(bytes=300)):
        with RequestFiles(tmp_path / f"{limits.requests}-{limits.bytes}.jsonl", limits) as files:
            for row in rows:
                files.add(row["body"]["model"], json.dumps(row, ensure_ascii=False) + "\n")
        texts = [file.read_text("utf-8") for file in files.names]
        found = [[json.loads(line) for line in text.splitlines()] for text in texts]
        assert sorted(int(r["custom_id"]) for part in found for r in part) == list(range(40))
        for text, part in zip(texts, found, strict=True):
            assert len({r["body"]["model"] for r in part}) == 1
            assert len(part) <= limits.requests
            assert len(text.encode()) <= limits.bytes or len(part) == 1


def test_exported_files_are_masked_withheld_and_logged_like_calls(tmp_path: Path) -> None:
    from tests.unit.judge.test_disclosure import ID, INTERNAL, PHONE, SECRET, case
    from tests.unit.judge.test_disclosure import PUBLIC as PAPER

    item = ITEMS[0]
    judged = [case(feature, PAPER, SECRET, INTERNAL) for feature in item.features]
    rows = export(tmp_path, judged, SETTINGS[0])
    text = json.dumps(rows, ensure_ascii=False)
    assert "接入部门系统86个" in text
    for word in ("青石", "白鹭", PHONE, ID):
        assert word not in text
    facts = SentLog(tmp_path / ".state" / "sent.jsonl").facts()
    assert [(e["host"], e["calls"]) for e in facts["endpoints"]] == [("batch:openai", 1)]
    assert {w["document"] for w in facts["withheld"]} == {SECRET.name, INTERNAL.name}


def test_nothing_is_exported_of_a_dossier_that_nobody_opened(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not public"):
        open_imported(tmp_path, Batch(SETTINGS[0]))


def test_settings_are_kept_and_others_are_refused_once_answers_came(
    tmp_path: Path, cases: list[Case]
) -> None:
    assert read_batch(tmp_path) is None
    export(tmp_path, cases, SETTINGS[1])
    rows = export(tmp_path, cases, SETTINGS[0])
    assert read_batch(tmp_path) == Batch(SETTINGS[0], PUBLIC)
    answer(tmp_path, [response_line(rows[0])])
    with pytest.raises(RunError, match="other settings"):
        export(tmp_path, cases, SETTINGS[1])
    (tmp_path / "batch.json").write_text('{"hosting": {"mode": 1}}')
    with pytest.raises(RunError, match="another version"):
        read_batch(tmp_path)


def test_lines_of_every_provider_form_are_read_or_named() -> None:
    row = {"custom_id": "a", "body": {"messages": []}}
    texts = [
        error_line(row, "batch_expired"),
        refused_line(row),
        '{"custom_id": "a", "response": {"status_code": 500}}',
        "[]",
        "{",
        json.dumps({"custom_id": "a", "response": {"status_code": 200, "body": {"choices": []}}}),
    ]
    found = list(responses_in("\n".join(texts)))
    assert [r.error for r in found] == [
        "batch_expired", "rate_limit_exceeded", "status 500", "unreadable", "unreadable",
        "unreadable",
    ]  # fmt: skip
    assert all(r.reply is None for r in found)


def test_answers_are_not_taken_for_those_on_another_dossier(
    tmp_path: Path, cases: list[Case]
) -> None:
    documents = cases[0].documents
    batch = Batch(SETTINGS[0], PUBLIC, digest_of(documents.values()))
    keep_batch(tmp_path, batch)
    survey(open_imported(tmp_path, batch), cases, ITEMS)
    other = {name: replace(d, sha256="0" * 64) for name, d in documents.items()}
    changed = [replace(case, documents=other) for case in cases]
    with pytest.raises(RunError, match="dossier has changed"):
        survey(open_imported(tmp_path, batch), changed, ITEMS)
