"""A whole record goes out of one copy of a run and into another, and nothing is lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from auditor.cli.review import app, log_app
from auditor.core.events import EventContent, EventKind, Step
from auditor.core.findings import Verdict
from auditor.core.signing import signatures_of
from auditor.reviewing import Taken, take_decisions
from auditor.store.events import (
    append_events,
    chain_faults,
    content_json,
    event_json,
    finding_hash,
    read_events,
)
from auditor.store.run_folder import read_run
from tests.unit.report.full_city import STANDARD, full_city

ITEM = "8.2.4.1"
ONE, TWO, THIRD = "评审员甲", "评审员乙", "组长甲"


def said(kind: EventKind, n: int, author: str, **more: Any) -> EventContent:
    time = f"2026-11-02T10:{n // 60:02d}:{n % 60:02d}+08:00"
    base = {"feature_id": "", "finding_hash": "", "reason": "核对"}
    return EventContent(kind, author=author, time=time, **{**base, **more})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    full_city(tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def whole(folder: Path, tmp_path: Path) -> list[dict[str, Any]]:
    """The exported record of a copy: opinions, adjudications, signatures, a reopening."""
    copy = Path(shutil.copytree(folder, tmp_path / "other"))
    for content in story(copy):
        append_events(copy, [content])
    head = read_events(copy)[-1].hash
    append_events(copy, [said(EventKind.SIGN_OFF, 900, THIRD, node=ITEM, step=Step.COMPILED,
                              reason="", finding_hash=head)])  # fmt: skip
    append_events(copy, [said(EventKind.REOPENING, 901, THIRD, node=ITEM)])
    return [event_json(event) for event in read_events(copy)]


def story(copy: Path) -> Iterator[EventContent]:
    findings = {f.feature_id: f for f in read_run(copy).findings}
    ids = [f for f in findings if f.startswith(f"{ITEM}-")]
    for n, key in enumerate(ids):
        seen = finding_hash(findings[key])
        both = [
            said(EventKind.BLIND, 10 * n + k, who, feature_id=key, finding_hash=seen,
                 verdict=Verdict.PLANNED)
            for k, who in enumerate((ONE, TWO))
        ]  # fmt: skip
        yield from both
        before = [e.id for e in read_events(copy) if e.feature_id == key]
        yield said(EventKind.DECISION, 10 * n + 5, THIRD, feature_id=key, finding_hash=seen,
                   verdict=Verdict.PLANNED, basis=tuple(before))  # fmt: skip
    for n, who in enumerate((ONE, TWO, THIRD)):
        yield said(EventKind.DECLARATION, 800 + n, who, reason="没有利害关系")
    for n, (step, who) in enumerate(zip(Step, (ONE, TWO, THIRD), strict=True)):
        head = read_events(copy)[-1].hash
        yield said(EventKind.SIGN_OFF, 850 + n, who, node=ITEM, step=step, reason="",
                   finding_hash=head)  # fmt: skip
    yield said(EventKind.REOPENING, 880, THIRD, node=ITEM, reason="城市补充材料")


def take(folder: Path, rows: Sequence[dict[str, Any]]) -> Taken:
    return take_decisions(folder, enumerate(rows, 1), STANDARD)


def test_export_and_import_lose_nothing(folder: Path, whole: list[dict[str, Any]]) -> None:
    kinds = {row["kind"] for row in whole}
    assert kinds == {"blind", "decision", "declaration", "sign_off", "reopening"}
    taken = take(folder, whole)
    assert taken.refused == () and len(taken.events) == len(whole)
    assert [event_json(event) for event in read_events(folder)] == whole
    assert chain_faults(read_events(folder), whole[-1]["hash"]) == []
    again = take(folder, whole)
    assert (len(again.events), again.known, again.refused) == (0, len(whole), ())


def test_a_record_comes_in_two_parts(folder: Path, whole: list[dict[str, Any]]) -> None:
    half = len(whole) - 3
    take(folder, whole[:half])
    assert len(signatures_of(read_events(folder))[ITEM]) == 3
    assert take(folder, whole).refused == ()
    assert [event_json(event) for event in read_events(folder)] == whole


def row_of(content: EventContent) -> dict[str, Any]:
    return dict(content_json(content))


def test_what_is_signed_is_locked_for_files_as_well(
    folder: Path, whole: list[dict[str, Any]]
) -> None:
    take(folder, whole[: len(whole) - 3])
    key = next(r["feature_id"] for r in whole if r["kind"] == "decision")
    late = {**row_of(said(EventKind.DECISION, 3000, TWO, feature_id=key)), "verdict": "not_met"}
    (refused,) = take(folder, [late]).refused
    assert "签署" in refused
    reopened = row_of(said(EventKind.REOPENING, 3001, TWO, node=ITEM))
    assert take(folder, [reopened, late]).refused == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"step": "approved"}, "轮到"),
        ({"author": "外人甲"}, "回避声明"),
        ({"author": TWO}, "三人"),
        ({"node": "8.2"}, "未复核"),
        ({"node": "9.9"}, "没有这个节点"),
        ({"finding_hash": "0" * 64}, "不在这里"),
        ({"feature_id": "8.2.4.1-L1-a"}, "不针对单条特征"),
        ({"verdict": "met"}, "不带结论"),
        ({"author": " "}, "没有署名"),
    ],
)
def test_a_signature_that_nobody_could_set_is_refused(
    folder: Path, whole: list[dict[str, Any]], change: dict[str, Any], why: str
) -> None:
    firsts = [n for n, row in enumerate(whole) if row["kind"] == "sign_off"]
    before = firsts[1] if change == {"author": TWO} else firsts[0]
    rows = whole[:before]
    if change == {"author": TWO}:
        rows = [*whole[:before], whole[before]]
        before += 1
    take(folder, rows)
    due = {**whole[before], **change}
    if change == {"node": "8.2"}:
        due["step"] = "compiled"
    assert why in take(folder, [due]).refused[0]
    assert take(folder, [whole[before]]).refused == ()


def test_an_adjudication_rests_on_opinions_that_are_here_by_others(
    folder: Path, whole: list[dict[str, Any]]
) -> None:
    decision = next(row for row in whole if row["kind"] == "decision")
    assert "不在这里" in take(folder, [decision]).refused[0]
    take(folder, [row for row in whole[:2] if row["kind"] == "blind"])
    assert "其中一位" in take(folder, [{**decision, "author": ONE}]).refused[0]
    assert take(folder, [decision]).refused == ()


def test_an_opinion_needs_a_verdict_and_the_present_finding(
    folder: Path, whole: list[dict[str, Any]]
) -> None:
    opinion = next(row for row in whole if row["kind"] == "blind")
    assert "没有结论" in take(folder, [{**opinion, "verdict": None}]).refused[0]
    assert "没有引证" in take(folder, [{**opinion, "reason": ""}]).refused[0]
    assert "已变" in take(folder, [{**opinion, "finding_hash": "0" * 64}]).refused[0]
    assert (
        "没有内容"
        in take(folder, [row_of(said(EventKind.DECLARATION, 1, ONE, reason=""))]).refused[0]
    )


def test_the_list_names_every_kind(folder: Path, whole: list[dict[str, Any]]) -> None:
    take(folder, whole)
    listed = CliRunner().invoke(app, ["list", str(folder)], env={"COLUMNS": "200"})
    assert listed.exit_code == 0, listed.output
    for words in ("盲评意见", "签署（批准）", "重新打开", "回避声明", ITEM):
        assert words in listed.output
    checked = CliRunner().invoke(log_app, [str(folder), "--head", whole[-1]["hash"]])
    assert checked.exit_code == 0, checked.output
    assert whole[-1]["hash"] in checked.output
