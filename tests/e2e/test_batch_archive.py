"""An archive of invented cities judged through batch files: the pass after them asks nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import auditor, lines
from tests.recorded import response_line

pytestmark = pytest.mark.model
MODEL = "gpt-recorded"
PAPER = """{city}2024年政府工作报告
一、2023年工作回顾
建成城市运行管理中心，接入部门系统86个，实现一屏统揽。
12345热线诉求按时办结率达99.1%。
二、2024年工作安排
推进城市大脑二期建设。
"""
CITIES = ("溪甲市", "溪乙市")


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    for city in CITIES:
        folder = tmp_path / "papers" / city
        folder.mkdir(parents=True)
        text = PAPER.format(city=city)
        (folder / "政府工作报告.txt").write_text(text, encoding="utf-8")
    return tmp_path / "papers"


def export(out: Path, *more: str) -> list[dict[str, Any]]:
    file = out.parent / "requests.jsonl"
    done = auditor("batch-export", out, "-o", file, *more)
    assert done.code == 0, done.err
    return lines(file)


def test_all_cities_are_asked_in_one_file_and_the_pass_takes_the_answers_from_the_journal(
    papers: Path, tmp_path: Path
) -> None:
    out, only = tmp_path / "out", ("--only", "8.3", "--workers", "1", "--yes")
    done = auditor("batch", papers, "-o", out, "--judge", "none", *only)
    assert done.code == 0, done.err
    refused = auditor("batch-export", out, "-o", tmp_path / "q.jsonl", "--model", MODEL)
    assert refused.code == 2 and "not public" in refused.err
    asked = rows = export(out, "--model", MODEL, "--public")
    texts = [json.dumps(row, ensure_ascii=False) for row in rows]
    assert {sum(city in text for text in texts) for city in CITIES} == {len(rows) // 2}
    answers = tmp_path / "answers.jsonl"
    while rows:
        answers.write_text("\n".join(map(response_line, rows)), encoding="utf-8")
        done = auditor("batch-import", out, answers)
        assert f"新答复 new：{len(rows)}" in done.out, done.err
        rows = export(out, "--remaining")
        assert len(rows) < len(asked)
    key = {"OPENAI_API_KEY": "none"}
    done = auditor(
        "batch", papers, "-o", out, "--judge", f"openai:{MODEL}", "--public", *only, **key
    )
    assert done.code == 0, done.err
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    counts = [city["counts"] for city in summary["cities"]]
    assert [c["features_judged"] for c in counts] == [0, 0]
    assert all(c["features_kept"] > 0 for c in counts) and summary["failed_features"] == 0
    assert all(city["usage"]["calls"] == 0 for city in summary["cities"])
