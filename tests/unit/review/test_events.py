"""Review events: chained, repeatable, never lost, and every change found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auditor.core.documents import Span
from auditor.core.errors import RunError
from auditor.core.events import EventContent, EventKind
from auditor.core.findings import Citation, Verdict
from auditor.core.site import Attachment, SiteMethod, SiteVisit
from auditor.store.events import (
    EVENTS_FILE,
    append_events,
    chain_faults,
    content_from,
    content_json,
    parse_events,
    read_events,
)

FEATURE = "8.2.4.1-L3-a"
VISIT = SiteVisit(
    SiteMethod.DEMONSTRATION,
    "2026-10-12",
    "市大数据局",
    ("系统管理员", "评估组长"),
    "现场登录，目录可查",
    system="数据共享平台",
    network="政务外网",
    account_role="普通用户",
    steps=("登录", "检索目录"),
    attachments=(Attachment("截图.png", "ab" * 32),),
)


def said(reason: str, verdict: Verdict | None = Verdict.MET) -> EventContent:
    return EventContent(
        kind=EventKind.DECISION,
        feature_id=FEATURE,
        finding_hash="f" * 64,
        author="评估员甲",
        reason=reason,
        time="2026-10-12T09:30:00+08:00",
        verdict=verdict,
        citations=(Citation("d:1:2", "报告.pdf", 3, Span(4, 9), "已建成平台"),),
        site=(VISIT,),
    )


def test_an_event_comes_back_as_it_was_said(tmp_path: Path) -> None:
    excused = replace(said("本市无此类设施", None), not_applicable=True, approver="组长")
    append_events(tmp_path, [said("演示可见"), excused])
    back = read_events(tmp_path)
    assert [event.content for event in back] == [said("演示可见"), excused]
    assert content_from(content_json(excused)) == excused


def test_events_are_chained_and_the_same_one_is_taken_once(tmp_path: Path) -> None:
    first = append_events(tmp_path, [said("一")])
    second = append_events(tmp_path, [said("一"), said("二")])
    assert len(first) == len(second) == 1
    assert second[0].previous == first[0].hash
    assert not chain_faults(read_events(tmp_path))


def test_a_changed_word_is_found_and_named(tmp_path: Path) -> None:
    append_events(tmp_path, [said("一"), said("二"), said("三")])
    file = tmp_path / EVENTS_FILE
    file.write_text(file.read_text("utf-8").replace('"二"', '"贰"'), "utf-8")
    with pytest.raises(RunError, match="第 2 条复核记录不可信"):
        read_events(tmp_path)
    assert [f.place for f in chain_faults(parse_events(file))] == [2]


def test_a_line_taken_out_or_moved_is_found(tmp_path: Path) -> None:
    append_events(tmp_path, [said("一"), said("二"), said("三")])
    file = tmp_path / EVENTS_FILE
    one, two, three = file.read_text("utf-8").splitlines()
    for lines in ([one, three], [two, one, three], [two, three]):
        file.write_text("\n".join(lines) + "\n", "utf-8")
        assert chain_faults(parse_events(file))


def test_a_cut_end_is_found_by_the_last_hash_alone(tmp_path: Path) -> None:
    head = append_events(tmp_path, [said("一"), said("二")])[-1].hash
    file = tmp_path / EVENTS_FILE
    file.write_text(file.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    assert not chain_faults(read_events(tmp_path))
    assert "末尾缺少记录" in chain_faults(read_events(tmp_path), head)[0].message


def test_a_torn_last_line_is_no_event_and_harms_none(tmp_path: Path) -> None:
    append_events(tmp_path, [said("一")])
    file = tmp_path / EVENTS_FILE
    with file.open("a", encoding="utf-8") as stream:
        stream.write('{"kind":"deci')
    assert len(read_events(tmp_path)) == 1
    append_events(tmp_path, [said("二")])
    assert [e.content.reason for e in read_events(tmp_path)] == ["一", "二"]


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x0c"])
def test_odd_line_breaks_in_a_text_do_no_harm(tmp_path: Path, odd: str) -> None:
    append_events(tmp_path, [said(f"一{odd}行"), said("二")])
    assert [e.content.reason for e in read_events(tmp_path)] == [f"一{odd}行", "二"]


def test_a_key_written_twice_is_found(tmp_path: Path) -> None:
    append_events(tmp_path, [said("一")])
    file = tmp_path / EVENTS_FILE
    file.write_text('{"verdict":"not_met",' + file.read_text("utf-8")[1:], "utf-8")
    with pytest.raises(RunError, match="not as it was written"):
        read_events(tmp_path)


def test_a_line_of_something_else_is_named(tmp_path: Path) -> None:
    append_events(tmp_path, [said("一")])
    with (tmp_path / EVENTS_FILE).open("a", encoding="utf-8") as stream:
        stream.write('{"kind":"rumour"}\n')
    with pytest.raises(RunError, match=r"events\.jsonl:2 is no review event"):
        read_events(tmp_path)
