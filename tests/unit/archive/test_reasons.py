"""Why features were judged again: the first reason that holds, with the papers that are new."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from auditor.archive.reasons import REASONS, why_judged
from auditor.archive.summary import why_said, words
from auditor.store.run_folder import write_json, write_lines

PLAIN: Mapping[str, Any] = {
    "judge": {"fingerprint": "j"},
    "standard": {"digest": "s"},
    "as_of": "2024-12-31",
    "documents": [{"name": "a.txt", "sha256": "A"}],
}
Shown = Mapping[str, list[tuple[str, str]]]
"""By feature the paper and the text of each passage."""


def run_of(folder: Path, shown: Shown, **facts: Any) -> Path:
    write_json(folder / "run.json", {**PLAIN, **facts})
    rows = [
        {
            "feature_id": feature_id,
            "passages": [
                {"document": paper, "start": 0, "end": len(text), "text": text}
                for paper, text in passages
            ],
        }
        for feature_id, passages in shown.items()
    ]
    write_lines(folder / "search.jsonl", rows)
    return folder


SAME: Shown = {"x": [("a.txt", "甲")], "y": [("a.txt", "乙")]}


def test_nothing_judged_has_no_reason(tmp_path: Path) -> None:
    assert why_judged(set(), tmp_path, None) == {}


def test_a_city_without_earlier_results_is_judged_for_the_first_time(tmp_path: Path) -> None:
    now = run_of(tmp_path / "now", SAME)
    first = {"first": {"features": ["x", "y"]}}
    assert why_judged({"y", "x"}, now, None) == first
    (tmp_path / "odd").mkdir()
    assert why_judged({"y", "x"}, now, tmp_path / "odd") == first
    (tmp_path / "odd" / "run.json").write_text("{", encoding="utf-8")
    assert why_judged({"y", "x"}, now, tmp_path / "odd") == first


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"judge": {"fingerprint": "k"}, "standard": {"digest": "t"}}, "judge"),
        ({"standard": {"digest": "t"}, "as_of": "2025-01-01"}, "standard"),
        ({"as_of": "2025-01-01"}, "date"),
    ],
)
def test_what_asks_everything_anew_comes_first(
    tmp_path: Path, facts: dict[str, Any], reason: str
) -> None:
    before = run_of(tmp_path / "before", SAME)
    now = run_of(tmp_path / "now", {**SAME, "x": [("b.txt", "丙")]}, **facts)
    assert why_judged({"x", "y"}, now, before) == {reason: {"features": ["x", "y"]}}


def test_each_feature_has_the_reason_that_its_passages_show(tmp_path: Path) -> None:
    before = run_of(tmp_path / "before", {**SAME, "z": [("a.txt", "丁")]})
    papers = [*PLAIN["documents"], {"name": "b.txt", "sha256": "B"}]
    shown = {
        "x": [("b.txt", "丙"), ("a.txt", "甲")],
        "y": [("a.txt", "戊")],
        "z": [("a.txt", "丁")],
    }
    now = run_of(tmp_path / "now", shown, documents=papers)
    assert why_judged({"x", "y", "z"}, now, before) == {
        "new_document": {"features": ["x"], "documents": ["b.txt"]},
        "passages": {"features": ["y"]},
        "signals": {"features": ["z"]},
    }


def test_a_paper_that_has_another_name_is_not_new(tmp_path: Path) -> None:
    before = run_of(tmp_path / "before", SAME)
    renamed: Shown = {"x": [("c.txt", "甲")], "y": [("c.txt", "己")]}
    now = run_of(tmp_path / "now", renamed, documents=[{"name": "c.txt", "sha256": "A"}])
    assert why_judged({"x", "y"}, now, before) == {
        "signals": {"features": ["x"]}, "passages": {"features": ["y"]},
    }  # fmt: skip


def test_every_reason_can_be_said_in_both_languages() -> None:
    assert words("zh").keys() == words("en").keys()
    for lang in ("zh", "en"):
        for reason in REASONS:
            row = {"why": {reason: {"features": ["x", "y"]}}}
            assert words(lang)[f"why_{reason}"] in why_said(row, lang)
    named = {"why": {"new_document": {"features": ["x"], "documents": ["b.txt"]}}}
    assert "b.txt" in why_said(named, "zh")
