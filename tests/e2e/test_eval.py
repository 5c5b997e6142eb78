"""The gate on quality: ``auditor eval`` for real, with ``screen``, on two invented labelled cities.

The bounds stand a little below what was measured when they were set. They are there to catch what
breaks; how good the judges are is measured on real cities (docs/evaluation.md).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.evaluation.gold import fold, gold_cities
from auditor.standard import load_standard
from tests.e2e.conftest import auditor

pytestmark = pytest.mark.model
AT_LEAST = {
    "qwk": 0.45, "green_precision": 0.75, "green_f1": 0.35, "fact_f1": 0.65, "recall@5": 0.9,
    "recall@10": 0.95, "recall_all@10": 0.9, "ndcg@10": 0.85, "citation_precision": 0.65,
    "level_exact": 0.5,
}  # fmt: skip
AT_MOST = {
    "false_green": 0.03, "planned_as_green": 0.0, "failures": 0, "coverage_domain_mae": 0.25,
    "brier": 0.767,
}  # fmt: skip


@pytest.fixture(scope="module")
def gold(root: Path) -> Path:
    return root / "examples" / "gold-mini"


@pytest.fixture(scope="module")
def evaluated(gold: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what ``auditor eval`` wrote."""
    out = tmp_path_factory.mktemp("eval")
    done = auditor(
        "eval", gold, "--judge", "screen", "-o", out / "eval.json", "--page", out / "eval.html"
    )
    assert done.code == 0, done.err
    assert "qwk" in done.out and "云汀市" in done.out
    return out


@pytest.fixture(scope="module")
def table(evaluated: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((evaluated / "eval.json").read_text(encoding="utf-8"))
    return found


def test_the_invented_gold_is_sound(gold: Path) -> None:
    cities = gold_cities(gold, load_standard().by_id)
    assert len(cities) == 2
    for city in cities:
        texts = {p.name: fold(p.read_text(encoding="utf-8")) for p in city.documents.iterdir()}
        for row in city.rows.values():
            assert all(fold(q.text) in texts[q.document] for q in row.quotes), row.feature_id
            assert row.verdict is min(row.passes, key=lambda v: v.rank)
            assert len(row.pass_quotes) == 2


@pytest.mark.parametrize("name", AT_LEAST)
def test_quality_does_not_fall_below_its_bound(table: dict[str, Any], name: str) -> None:
    assert table["pooled"][name] >= AT_LEAST[name]


@pytest.mark.parametrize("name", AT_MOST)
def test_what_must_stay_low_stays_low(table: dict[str, Any], name: str) -> None:
    assert table["pooled"][name] <= AT_MOST[name]


def test_ours_is_better_than_saying_nothing_and_no_better_than_the_annotators(
    table: dict[str, Any],
) -> None:
    trivial, passes = table["baselines"]["always_no_evidence"], table["agreement_of_passes"]
    for name in ("qwk", "ac2", "green_f1", "fact_f1", "exact", "level_kappa"):
        assert trivial[name] < table["pooled"][name] < passes[name], name
    assert table["pooled"]["coverage_item_mae"] < trivial["coverage_item_mae"]


def test_the_invented_cities_are_in_nobodys_sample_and_their_quotes_are_in_their_papers(
    table: dict[str, Any],
) -> None:
    assert table["in_sample"] == [] and table["warnings"] == []
    assert {city: len(rows) for city, rows in table["features"].items()} == {
        city: figures["n"] for city, figures in table["cities"].items()
    }


def test_an_evaluation_done_again_is_the_same_but_for_its_cost(
    gold: Path, evaluated: Path, table: dict[str, Any]
) -> None:
    again = evaluated / "again.json"
    assert auditor("eval", gold, "--judge", "screen", "-o", again).code == 0
    second = json.loads(again.read_text(encoding="utf-8"))
    apart = {"cost": None, "manifest": None}  # seconds, and the commit that the code stood at
    assert {**second, **apart} == {**table, **apart}
    done = auditor(
        "eval-compare", evaluated / "eval.json", again, "--fail-below", "qwk=0",
        "--fail-below", "citation_precision=0",
    )  # fmt: skip
    assert done.code == 0 and "结论改变 0" in done.out


def test_the_page_is_whole(evaluated: Path) -> None:
    page = (evaluated / "eval.html").read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>") and page.count("<svg") == 7
    assert "砚溪市" in page and "误绿" in page and "样本内" not in page


def test_without_a_judge_only_retrieval_is_measured(gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "search.json"
    done = auditor("eval", gold / "云汀市", "--judge", "none", "-o", out)
    assert done.code == 0 and "recall@10" in done.out and "qwk" not in done.out
    table = json.loads(out.read_text(encoding="utf-8"))
    assert not table["judged"] and table["pooled"]["recall@10"] > 0.9
