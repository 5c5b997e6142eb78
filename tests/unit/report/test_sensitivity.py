"""The sheet of sensitivity: other rules always, thresholds and flips where they were worked out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from auditor.core.result import Result
from auditor.core.stress import Stress
from auditor.profiles import all_profiles, load_profile
from auditor.report import write_report
from auditor.report.language import words
from auditor.scoring.stress import stress
from auditor.standing import result_of, reviewed_run
from auditor.store.run_folder import write_json
from auditor.store.stress import STRESS_FILE, read_stress, stress_json
from tests.unit.report.full_city import STANDARD, full_city

W = words("zh")
RULE = load_profile()


def cells(result: Result, folder: Path, lang: str = "zh") -> list[list[str]]:
    book = load_workbook(write_report(result, STANDARD, folder, "xlsx", lang))
    rows = book[words(lang)["wp_sheet_rules"]].iter_rows()
    return [[str(cell.value or "") for cell in row] for row in rows]


def again(result: Result, folder: Path, rule: str = "ctmm") -> Result:
    """The same run read once more, with what lies in its folder."""
    return result_of(reviewed_run(folder, result.run, STANDARD), STANDARD, load_profile(rule))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result, Stress]:
    """A run with its stress test beside it."""
    folder = tmp_path_factory.mktemp("run")
    result = full_city(folder)
    found = stress(result.findings, STANDARD, RULE, all_profiles(), None)
    write_json(folder / STRESS_FILE, stress_json(found, None))
    return folder, again(result, folder), found


def test_a_stress_test_comes_back_as_it_was_written(city: tuple[Path, Result, Stress]) -> None:
    folder, result, found = city
    assert result.stress == read_stress(folder)
    assert stress_json(result.stress, None) == stress_json(found, None)


def test_thresholds_and_smallest_flips_of_city_and_domains_are_shown(
    city: tuple[Path, Result, Stress], tmp_path: Path
) -> None:
    _, result, found = city
    rows = cells(result, tmp_path)
    shares = [row for row in rows if row[1].startswith("τ = ")]
    assert [row[1] for row in shares] == [f"τ = {n / 100:.2f}" for n in range(60, 101, 5)]
    nodes = [n.id for n in result.standing.shown.nodes if n.kind in ("city", "domain")]
    loose = min(found.thresholds)
    assert shares[0][2:] == [str(found.thresholds[loose][node]) for node in nodes]
    flips = [row for row in rows if row[1].startswith(("升到", "失去"))]
    asked = [f for f in found.flips if f.node_id in nodes]
    assert len(flips) == len(asked) > len(STANDARD.domains)
    up = next(f for f in asked if f.node_id == "city" and f.up)
    assert flips[0][:4] == [
        result.standing.shown.nodes[0].name,
        f"升到 {up.level} 级至少还须满足",
        str(len(up.feature_ids)),
        "、".join(up.feature_ids),
    ]
    assert not any(W["st_none"] in row for row in rows)


def test_without_a_fitting_stress_test_a_sentence_says_what_writes_it(
    city: tuple[Path, Result, Stress], tmp_path: Path
) -> None:
    folder, result, found = city
    assert again(result, folder, "literal").stress is None
    other = full_city(tmp_path / "other", seed=2)
    write_json(tmp_path / "other" / STRESS_FILE, stress_json(found, None))
    assert again(other, tmp_path / "other").stress is None
    rows = cells(replace(result, stress=None), tmp_path)
    assert [W["st_none"]] == [text for row in rows for text in row if "auditor stress" in text]
    assert not any(row[1].startswith("τ") for row in rows)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"profile": "ctmm"}'])
def test_a_damaged_stress_test_is_none(
    city: tuple[Path, Result, Stress], tmp_path: Path, text: str
) -> None:
    (tmp_path / STRESS_FILE).write_text(text, "utf-8")
    assert read_stress(tmp_path) is None
    assert read_stress(tmp_path / "nowhere") is None
