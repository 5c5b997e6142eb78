"""The machine form of an intake, and what the terminal shows of it."""

from __future__ import annotations

import io
import json
from dataclasses import replace

from rich.console import Console

from auditor.cli.intake_view import print_intake
from auditor.core.intake import Intake
from auditor.report.intake_json import intake_json, quality_json
from tests.unit.report.intake_samples import (
    PHONE,
    TEXT,
    empty_intake,
    full_intake,
    hostile_intake,
    read_pages,
)


def written(intake: Intake) -> str:
    return json.dumps(intake_json(intake), ensure_ascii=False, sort_keys=True)


def seen(intake: Intake) -> str:
    stream = io.StringIO()
    print_intake(Console(file=stream, width=200, color_system=None), intake)
    return stream.getvalue()


def test_the_machine_form_is_the_same_whatever_the_order_of_files() -> None:
    intake = full_intake()
    turned = replace(intake, documents=intake.documents[::-1])
    assert written(intake) == written(turned)


def test_documents_are_given_without_their_text_and_without_personal_data() -> None:
    row = intake_json(full_intake())
    assert "text" not in row["documents"][0]
    assert TEXT not in written(full_intake())
    assert PHONE not in written(full_intake())


def test_flags_stand_only_where_they_apply() -> None:
    by_name = {d["name"]: d for d in intake_json(full_intake())["documents"]}
    assert by_name["副本.pdf"]["duplicate_of"] == "办法.pdf"
    assert by_name["旧.pdf"]["superseded_by_document"] == "办法.pdf"
    assert by_name["外.pdf"]["foreign"] == "外地文件（江源市）"
    assert by_name["办法.pdf"]["unread_pages"][0] == {"page": 3, "reason": "字迹过淡"}
    assert by_name["办法.pdf"]["marks"] == {"internal": 1, "phone": 1}
    flags = {"foreign", "duplicate_of", "superseded_by_document", "unread_pages"}
    assert flags & by_name["副本.pdf"].keys() == {"duplicate_of"}


def test_counts_refusals_and_coverage_are_there() -> None:
    row = intake_json(full_intake())
    assert row["counts"]["submitted"] == 5
    assert row["counts"]["judged"] == 1
    assert row["left_out"] == [
        {
            "name": "演示.mp4",
            "code": "unsupported",
            "refused": "不支持的格式",
            "hint": "请提交文字材料。",
        }
    ]
    assert [c["subdomain_id"] for c in row["coverage"]] == ["8.1.1", "8.1.2"]
    assert row["as_of"] == "2024-06-01"
    assert "documents" not in row["manifest"]


def test_a_file_that_is_both_read_and_listed_is_submitted_once() -> None:
    intake = full_intake()
    twice = replace(intake.left_out[0], name="办法.pdf")
    row = intake_json(replace(intake, left_out=(*intake.left_out, twice)))
    assert (row["counts"]["submitted"], row["counts"]["refused"]) == (5, 2)


def test_unread_pages_do_not_lower_the_share_of_readable_characters() -> None:
    quality = quality_json(read_pages())
    assert quality == {
        "readers": {"ocr": 1, "text": 1, "unread": 3},
        "readable": 0.98,
        "least_confidence": 0.64,
        "mean_confidence": 0.64,
        "rotated": [2],
    }
    assert quality_json(()) is None
    assert quality_json(read_pages()[2:])["readable"] is None  # type: ignore[index]


def test_names_in_other_encodings_can_be_written_as_utf8() -> None:
    text = written(hostile_intake())
    assert json.loads(text.encode("utf-8"))["left_out"][0]["name"].endswith("\\udcc4\\udce3.doc")


def test_the_terminal_shows_counts_gaps_refusals_and_flags() -> None:
    text = seen(full_intake())
    assert "提交 5 个文件，接收 4，其中参与审核 1" in text
    assert "拒收 演示.mp4：不支持的格式 请提交文字材料。" in text
    assert "标志 办法.pdf：内部标志 1 处、手机号 1 处" in text
    assert "未读出 办法.pdf：第 3–4 页：字迹过淡" in text
    assert "重复 副本.pdf：与 办法.pdf 相同" in text
    lines = [line for line in text.splitlines() if "8.1." in line]
    assert "6/10" in lines[0] and "统计数据或台账" in lines[0]
    assert "0/10" in lines[1] and "█" not in lines[1] and "没有任何材料涉及" in lines[1]
    assert PHONE not in text


def test_the_terminal_takes_no_commands_from_names() -> None:
    intake = empty_intake()
    evil = replace(intake.documents[0], name="[red]a\x1b[2J[/red].pdf", foreign="[bold]外地")
    text = seen(replace(intake, documents=(evil,)))
    assert "[red]a⟨U+001B⟩[2J[/red].pdf：[bold]外地" in text
    assert "\x1b" not in text
    seen(hostile_intake()).encode("utf-8")
