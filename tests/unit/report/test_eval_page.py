"""The pages of an evaluation: every figure stands there, and no document text is markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from auditor.core.criteria import Standard
from auditor.evaluation.compare import summary
from auditor.evaluation.flips import compare_results
from auditor.evaluation.rows import Cited, Compared
from auditor.report.eval_charts import Bar, confusion_map, interval_bars, recall_lines, reliability
from auditor.report.eval_page import render_comparison, render_evaluation
from auditor.report.eval_words import CITY_COLUMNS, GROUPS, MEASURES, TILES, VERDICT_WORDS
from auditor.report.eval_worst import false_greens, wrong_citations
from auditor.standard import load_standard
from tests.unit.evaluation.samples import IDS, E, L, M, P, chances, city, row

SURE, DOUBTFUL = chances(met=0.9, no_evidence=0.1), chances(met=0.4, planned=0.6)
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def standard() -> Standard:
    return load_standard()


def rows() -> list[Compared]:
    evil = (Cited(EVIL, 1, EVIL, False),)
    return [
        row(IDS[0], M, M, ranks=(1, 4), hits=(True,), probabilities=SURE),
        replace(row(IDS[1], L, M, ranks=(2,), probabilities=DOUBTFUL), cited=evil, confidence=0.4),
        replace(row(IDS[2], E, M, hits=(False,), probabilities=SURE), confidence=0.9),
        row(IDS[3], P, P, ranks=(None,), hits=(False, False), probabilities=DOUBTFUL),
        row(IDS[4], M, None, ranks=(9,)),
    ]


@pytest.fixture(scope="module")
def table() -> dict[str, Any]:
    whole = summary([city("甲市", rows())], resamples=30)
    return json.loads(
        json.dumps({**whole, "judge": "screen", "in_sample": ["甲市"]}, sort_keys=True)
    )


def test_the_page_is_one_file_without_script_or_network(
    table: dict[str, Any], standard: Standard
) -> None:
    page = render_evaluation(table, standard)
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    assert not re.search(r"(?:src|href)=|@import|url\(|https?://", page)


def test_the_page_shows_the_figures_failures_and_in_sample_cities(
    table: dict[str, Any], standard: Standard
) -> None:
    page = render_evaluation(table, standard)
    for name in (*TILES, *CITY_COLUMNS):
        assert f"{table['pooled'][name]:.3f}" in page, name
    assert page.count("样本内") >= 2 and "有 1 条特征判断失败" in page
    plain = render_evaluation({**table, "in_sample": []}, standard)
    assert "样本内" not in plain


def test_every_measure_has_its_words(table: dict[str, Any]) -> None:
    named = [name for _, names in GROUPS for name in names]
    assert sorted(named) == sorted(set(MEASURES)) == sorted(set(named))
    assert set(table["pooled"]) - set(named) == {"n", "asked", "citations"}
    assert set(VERDICT_WORDS) == set(table["confusion"])


def test_every_plot_is_sound_xml(table: dict[str, Any], standard: Standard) -> None:
    plots = re.findall(r"<svg.*?</svg>", render_evaluation(table, standard), flags=re.S)
    assert len(plots) == 7
    for plot in plots:
        ElementTree.fromstring(plot)


def test_the_surest_false_green_comes_first(table: dict[str, Any], standard: Standard) -> None:
    found = false_greens(table, standard)
    assert [(w.feature, w.gold) for w in found] == [(IDS[2], "未见证据"), (IDS[1], "仅规划")]
    assert found[0].text == standard.by_id[IDS[2]].text and found[0].confidence == "90%"


def test_a_fact_without_one_right_citation_is_a_wrong_citation(
    table: dict[str, Any], standard: Standard
) -> None:
    assert [w.feature for w in wrong_citations(table, standard)] == [IDS[3]]


def test_what_was_not_measured_leaves_no_empty_plots(standard: Standard) -> None:
    bare = summary([city("甲市", [row(IDS[0], M, M), row(IDS[1], E, E)])])
    page = render_evaluation(bare, standard)
    assert page.count("<svg") == 5 and "None" not in page and "nan" not in page
    searched = render_evaluation({**bare, "judged": False}, standard)
    assert "只检索" in searched and "混淆" not in searched


def test_results_beside_and_passes_have_columns(table: dict[str, Any], standard: Standard) -> None:
    other = {"pooled": {"qwk": 0.123}, "cost": {"calls": 376, "seconds": 90}}
    more = {**table, "beside": {"naive": other}, "agreement_of_passes": {"qwk": 0.456}}
    more["unlabelled"] = {"甲市": 371}
    page = render_evaluation(more, standard)
    assert "0.123" in page and "0.456" in page and "376 次调用　90 秒" in page
    assert "两遍标注 A↔B" in page and "371 条特征没有标注" in page


def test_the_comparison_page_lists_the_flips(standard: Standard) -> None:
    after = [replace(r, verdict=E) if r.feature_id == IDS[1] else r for r in rows()]
    compared = compare_results([city("甲市", rows())], [city("甲市", after)], standard, 20)
    page = render_comparison({**compared, "before": "a.json", "after": EVIL}, standard)
    assert standard.by_id[IDS[1]].text in page and "变好 better：1" in page
    assert "<script" not in page and "变差 worse" not in page


def test_confusion_is_shaded_by_row_and_outlined_where_both_agree() -> None:
    counts = {g: {p: 3 if g == p else 1 for p in VERDICT_WORDS} for g in VERDICT_WORDS}
    plot = confusion_map(counts, VERDICT_WORDS, ("标注", "判断"))
    assert plot.count('stroke="#c7772c"') == 6 and "满足 8" in plot


def test_plots_bear_values_at_and_beyond_the_edges() -> None:
    bars = interval_bars([Bar("甲", -0.2, (-0.5, 1.2), 1.4), Bar("乙", None, None, None)])
    assert 'width="-' not in bars and "—" in bars
    assert recall_lines([("任一", "#000", [1.0])], ("k", "召回")).count("<circle") == 0
    assert reliability([("p", "#000", [])], ("x", "y")).startswith("<svg")
