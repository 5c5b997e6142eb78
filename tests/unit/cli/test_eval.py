"""``auditor eval`` and ``auditor eval-compare``: what they print, write, refuse and return."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from auditor.cli.eval_view import print_comparison, print_evaluation
from auditor.cli.evaluate import (
    Measured,
    facts_of,
    finish,
    fitted_cities,
    read_beside,
    read_cities,
    spent,
)
from auditor.cli.main import app
from auditor.core.errors import ConfigurationError
from auditor.evaluation.compare import summary
from auditor.evaluation.flips import compare_results
from auditor.standard import load_standard
from tests.unit.evaluation.samples import IDS, E, M, P, city, row, write_gold

BEFORE = [city("甲市", [row(IDS[0], M, E), row(IDS[1], E, E), row(IDS[2], P, M, hits=(False,))])]
AFTER = [city("甲市", [row(IDS[0], M, M, hits=(True,)), row(IDS[1], E, M), row(IDS[2], P, M)])]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two evaluations as ``auditor eval -o`` writes them."""
    pair = tmp_path / "a.json", tmp_path / "b.json"
    for file, results in zip(pair, (BEFORE, AFTER), strict=True):
        file.write_text(json.dumps(summary(results), ensure_ascii=False), encoding="utf-8")
    return pair


def invoke(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "160"})


def shown(table: dict[str, Any], print_one: Any) -> str:
    console = Console(width=200, record=True)
    print_one(console, table)
    return console.export_text()


def test_two_evaluations_are_compared_and_the_exit_code_is_0(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    out, page = tmp_path / "new" / "compare.json", tmp_path / "new" / "compare.html"
    done = invoke("eval-compare", *files, "-o", out, "--page", page, "--resamples", 20)
    assert done.exit_code == 0, done.output
    assert "变好 1，变差 1，持平 0" in done.output and "「引文0」" in done.output
    table = json.loads(out.read_text(encoding="utf-8"))
    assert (table["before"], table["compared"]) == (str(files[0]), 3)
    assert "引文0" in page.read_text(encoding="utf-8")


def test_a_gain_below_its_bound_ends_with_1_and_says_which(files: tuple[Path, Path]) -> None:
    asked = ("eval-compare", *files, "--resamples", 5)
    assert invoke(*asked, "--fail-below", "false_green=-0.5").exit_code == 0
    done = invoke(*asked, "--fail-below", "false_green=-0.1", "--fail-below", "green_recall=0")
    assert done.exit_code == 1
    assert (
        "false_green 变化 -0.3333" in done.output
        and "green_recall" not in done.output.split("false_green 变化")[1]
    )


def test_the_comparison_for_machines_is_json_alone(files: tuple[Path, Path]) -> None:
    done = CliRunner().invoke(app, ["eval-compare", *map(str, files), "--json", "--resamples", "5"])
    assert json.loads(done.stdout)["form"] == "ctmm-eval-compare-1"


@pytest.mark.parametrize("bound", ["qwk", "qwk=much"])
def test_a_bound_that_is_no_number_is_refused(files: tuple[Path, Path], bound: str) -> None:
    done = invoke("eval-compare", *files, "--fail-below", bound)
    assert isinstance(done.exception, ConfigurationError) and bound in str(done.exception)


@pytest.mark.parametrize("text", ["not json", "[1]", '{"pooled": {}}'])
def test_a_file_that_is_no_evaluation_is_refused_by_name(
    files: tuple[Path, Path], tmp_path: Path, text: str
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(text, encoding="utf-8")
    done = invoke("eval-compare", files[0], broken)
    assert isinstance(done.exception, ConfigurationError) and "broken.json" in str(done.exception)


def test_results_beside_have_their_given_name_or_that_of_the_file(files: tuple[Path, Path]) -> None:
    assert set(read_beside([str(files[0]), f"naive={files[1]}"])) == {"a", "naive"}
    with pytest.raises(ConfigurationError, match="nowhere"):
        read_beside(["x=nowhere.json"])


def test_a_broken_gold_set_is_refused_before_any_model_is_loaded(tmp_path: Path) -> None:
    folder = write_gold(tmp_path / "甲市", [{"id": "1.1", "verdict": "met"}])
    done = invoke("eval", folder)
    assert isinstance(done.exception, ConfigurationError)
    assert "gold.jsonl:1" in str(done.exception) and "1.1" in str(done.exception)


def test_cities_of_several_folders_are_read_and_none_twice(tmp_path: Path) -> None:
    line = {"id": IDS[0], "verdict": "met"}
    known = load_standard().by_id
    for place in ("one/甲市", "two/乙市", "three/甲市"):
        write_gold(tmp_path / place, [line])
    names = [c.name for c in read_cities([tmp_path / "one", tmp_path / "two" / "乙市"], known)]
    assert names == ["甲市", "乙市"]
    with pytest.raises(ConfigurationError, match="甲市"):
        read_cities([tmp_path / "one", tmp_path / "three"], known)


def test_every_city_that_any_part_was_fitted_on_is_in_sample() -> None:
    manifest = {
        "search": {"exemplars_from": ["甲市"], "weights": "sha256:0"},
        "judge": {"name": "screen", "reader": {"fitted_on": ["乙市", "丙市"]}},
    }
    assert fitted_cities(manifest) == {"甲市", "乙市", "丙市"}
    parts: Any = SimpleNamespace(manifest=manifest, judge=None)
    cost = {"calls": None, "prompt_tokens": None, "completion_tokens": None, "seconds": 2.5}
    runs = [Measured(AFTER[0], ("提示",), cost)]
    facts = facts_of(parts, ["甲市", "丁市"], runs)
    assert (facts["in_sample"], facts["judged"], facts["warnings"]) == (["甲市"], False, ["提示"])
    assert facts["cost"]["seconds"] == 2.5 and facts["cost"]["calls"] is None


def test_what_the_judge_spent_is_read_from_its_usage() -> None:
    usage = SimpleNamespace(calls=3, prompt_tokens=900, completion_tokens=None)
    parts: Any = SimpleNamespace(judge=SimpleNamespace(usage=usage))
    assert spent(parts) == {"calls": 3, "prompt_tokens": 900, "completion_tokens": None}
    none: Any = SimpleNamespace(judge=SimpleNamespace())
    assert set(spent(none).values()) == {None}


def test_in_sample_cities_are_marked_in_the_terminal() -> None:
    cost = {"calls": 3, "prompt_tokens": 1200, "completion_tokens": None, "seconds": 4}
    facts = {"in_sample": ["甲市"], "unlabelled": {"甲市": 373}, "cost": cost}
    table = {**summary(AFTER, resamples=5), **facts, "warnings": ["引文不在"] * 12}
    text = shown(table, print_evaluation)
    assert "甲市*" in text and "样本内" in text and "另有 2 条" in text and "373" in text
    assert "调用 3　输入 token 1,200　4 秒" in text
    assert "甲市*" not in shown(summary(AFTER), print_evaluation)


def test_figures_are_whole_on_eighty_columns_whatever_the_number_of_cities() -> None:
    cities = [city(f"第{n}十一市", AFTER[0].rows) for n in "一二三四五六七"]
    table = {**summary(cities, resamples=5), "in_sample": [c.city for c in cities]}
    console = Console(width=80, record=True)
    print_evaluation(console, table)
    text = console.export_text()
    assert "…" not in text and "0.000–0.000" in text and "第七十一市*" in text


def test_only_retrieval_is_shown_where_nothing_was_judged() -> None:
    text = shown({**summary(AFTER), "judged": False}, print_evaluation)
    assert "recall@10" in text and "qwk" not in text


def test_a_judgement_that_failed_ends_with_1_and_is_said() -> None:
    failed = summary([city("甲市", [row(IDS[0], M, None), row(IDS[1], E, E)])])
    assert "1 条特征判断失败" in shown(failed, print_evaluation)
    with pytest.raises(typer.Exit) as left:
        finish(failed)
    assert left.value.exit_code == 1
    finish(summary(AFTER))


def test_what_was_not_compared_is_said() -> None:
    more = [city("甲市", [*AFTER[0].rows, row(IDS[3], E, E)])]
    text = shown(compare_results(BEFORE, more, load_standard(), 5), print_comparison)
    assert "只在 B 中 1 条" in text
    assert "未比较" not in shown(
        compare_results(BEFORE, AFTER, load_standard(), 5), print_comparison
    )


def test_more_flips_than_fit_are_said() -> None:
    features = load_standard().features[:60]
    sides = [[city("甲市", [row(f.id, M, v) for f in features])] for v in (E, M)]
    text = shown(compare_results(*sides, load_standard(), 5), print_comparison)
    assert "另有 20 条" in text and text.count("未见证据 → B 满足") == 40
