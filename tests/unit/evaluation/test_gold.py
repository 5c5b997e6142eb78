"""Gold folders: what is read, and what a user is told of a broken one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.core.errors import ConfigurationError
from auditor.core.findings import Verdict
from auditor.evaluation.gold import gold_cities, quote_warnings, read_gold
from tests.unit.evaluation.samples import IDS, PAPER, write_gold

GOOD = {"id": IDS[0], "verdict": "met", "quotes": [{"document": PAPER, "text": "全文"}]}


def test_a_users_own_folder_needs_only_ids_verdicts_and_quotes(tmp_path: Path) -> None:
    folder = write_gold(tmp_path / "甲市", [GOOD, {"id": IDS[1], "verdict": "no_evidence"}])
    city = read_gold(folder, set(IDS))
    assert city.name == "甲市" and set(city.rows) == set(IDS[:2])
    assert city.rows[IDS[0]].quotes[0].text == "全文"
    assert city.rows[IDS[1]].passes == (Verdict.NO_EVIDENCE,)


def test_a_file_with_a_byte_order_mark_and_empty_lines_is_read(tmp_path: Path) -> None:
    folder = write_gold(tmp_path / "甲市", ["\ufeff" + json.dumps(GOOD), "", "  "])
    assert set(read_gold(folder).rows) == {IDS[0]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{not json", "不是 JSON"),
        ('["a", "list"]', "行的形式不对"),
        ('{"verdict": "met"}', "缺少字段 'id'"),
        ('{"id": "8.1.1.1-L1-a"}', "缺少字段 'verdict'"),
        ('{"id": "8.1.1.1-L2-a", "verdict": "green"}', "没有结论 green"),
        ('{"id": "9.9.9.9-L1-a", "verdict": "met"}', "标准中没有特征 9.9.9.9-L1-a"),
        ('{"id": "8.1.1.1-L1-a", "verdict": "met"}', "特征 8.1.1.1-L1-a 重复"),
        ('{"id": "8.1.1.1-L2-a", "verdict": "met", "quotes": [{"text": "无文件"}]}', "'document'"),
        ('{"id": "8.1.1.1-L2-a", "verdict": "met", "quotes": ["只有字"]}', "行的形式不对"),
    ],
)
def test_a_broken_line_is_named_by_file_and_line(tmp_path: Path, line: str, said: str) -> None:
    folder = write_gold(tmp_path / "甲市", [GOOD, line])
    with pytest.raises(ConfigurationError) as error:
        read_gold(folder, set(IDS))
    assert f"{folder / 'gold.jsonl'}:2:" in str(error.value) and said in str(error.value)


def test_a_broken_pass_is_named_too(tmp_path: Path) -> None:
    folder = write_gold(tmp_path / "甲市", [GOOD])
    (folder / "annotations").mkdir()
    (folder / "annotations" / "A.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"A\.jsonl:1:"):
        read_gold(folder)


def test_both_passes_are_read_with_their_quotes(tmp_path: Path) -> None:
    folder = write_gold(tmp_path / "甲市", [GOOD])
    (folder / "annotations").mkdir()
    for name, verdict, text in (("A", "met", "全"), ("B", "partly_met", "文")):
        line = {**GOOD, "verdict": verdict, "quotes": [{"document": PAPER, "text": text}]}
        file = folder / "annotations" / f"{name}.jsonl"
        file.write_text(json.dumps(line), encoding="utf-8")
    row = read_gold(folder).rows[IDS[0]]
    assert row.passes == (Verdict.MET, Verdict.PARTLY_MET)
    assert [q.text for quotes in row.pass_quotes for q in quotes] == ["全", "文"]


@pytest.mark.parametrize("missing", ["gold.jsonl", "documents"])
def test_a_folder_that_is_no_gold_set_is_refused(tmp_path: Path, missing: str) -> None:
    folder = write_gold(tmp_path / "甲市", [GOOD])
    (folder / missing).rename(folder / "elsewhere")
    with pytest.raises(ConfigurationError, match="不是标注集"):
        read_gold(folder)
    with pytest.raises(ConfigurationError):
        gold_cities(tmp_path / "nowhere")


def test_every_city_below_a_folder_is_read_by_name(tmp_path: Path) -> None:
    for name in ("乙市", "甲市"):
        write_gold(tmp_path / name, [GOOD])
    (tmp_path / "notes").mkdir()
    assert [c.name for c in gold_cities(tmp_path)] == sorted(["乙市", "甲市"])
    assert [c.name for c in gold_cities(tmp_path / "甲市")] == ["甲市"]


def test_quotes_that_do_not_stand_in_their_document_are_warned_of(tmp_path: Path) -> None:
    rows = [
        {"id": IDS[0], "verdict": "met", "quotes": [{"document": PAPER, "text": "全 文"}]},
        {"id": IDS[1], "verdict": "met", "quotes": [{"document": PAPER, "text": "没有的话"}]},
        {"id": IDS[2], "verdict": "met", "quotes": [{"document": "丢了.md", "text": "全文"}]},
    ]
    city = read_gold(write_gold(tmp_path / "甲市", rows))
    said = quote_warnings(city, {PAPER: "这是全文。"})
    assert said == (
        f"甲市 {IDS[1]}：引文不在 {PAPER} 中：没有的话",
        f"甲市 {IDS[2]}：引文所在文件未读到：丢了.md",
    )
