"""The docs' figures: every part of both pages can be filled from what ``make eval`` writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditor.evaluation.gold import GoldCity, GoldRow
from auditor.evaluation.whole import whole_table
from auditor.standard import load_standard
from eval.figures import PAGES, filled, parts_of
from tests.unit.evaluation.samples import IDS, E, L, M, P, chances, city, row


@pytest.fixture(scope="module")
def table() -> dict[str, Any]:
    rows = [
        row(IDS[0], M, M, ranks=(1,), hits=(True,), probabilities=chances(met=1.0)),
        row(IDS[1], L, E, ranks=(7,)),
        row(IDS[2], E, P, hits=(False,)),
    ]
    labels = {key: GoldRow(key, M, (M, P), False, ()) for key in IDS[:3]}
    golds = [GoldCity("甲市", Path(), labels)]
    naive = {"features": {"甲市": [{"feature": IDS[0], "gold": "met", "verdict": "planned"}]}}
    whole = whole_table([city("甲市", rows)], golds, load_standard(), {"naive": naive}, 20)
    twins = {"plans": {"planted": 24, "green": 1, "green_capabilities": ["x", "y"]}}
    beside = {"dense": {"甲市": 0.5}}
    return {**whole, "recall_baselines": beside, "examples": {"twins": twins}}


@pytest.mark.parametrize("page", PAGES)
def test_every_part_of_the_page_is_filled(root: Path, table: dict[str, Any], page: str) -> None:
    text = (root / page).read_text(encoding="utf-8")
    parts = parts_of(table, PAGES[page])
    done = filled(text, parts)
    assert all(part in done for part in parts.values())
    assert text.count("<!-- ") == 2 * len(parts)
    assert filled(done, parts) == done


@pytest.mark.parametrize("page", PAGES)
def test_tables_have_as_many_cells_in_every_line(table: dict[str, Any], page: str) -> None:
    for name, part in parts_of(table, PAGES[page]).items():
        lines = [line for line in part.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1, name


def test_figures_are_those_of_the_table(table: dict[str, Any]) -> None:
    parts = parts_of(table, PAGES["docs/evaluation.md"])
    assert "| naive | 0." in parts["cities"] and "second annotation pass" in parts["cities"]
    assert f"{table['pooled']['qwk']:.3f}" in parts["measures"]
    assert "| plans | 24 | 1 | 2 |" in parts["twins"]
    assert "| dense | 0.500 |" in parts["search"] and "| **ours** | 1.000 |" in parts["search"]
    assert parts["local"] == "Not measured here."
    assert "| met | 1 | 0 | 0 | 0 | 0 | 0 |" in parts["confusion"]
