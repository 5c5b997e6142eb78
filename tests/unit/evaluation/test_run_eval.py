"""``make eval`` writes what ``auditor eval`` writes: folds, baselines, annotators in one form."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rich.console import Console

from auditor.evaluation.compare import summary
from auditor.evaluation.gold import GoldCity, GoldQuote, GoldRow
from auditor.evaluation.rows import results_from
from auditor.report.eval_page import render_evaluation
from auditor.standard import load_standard
from eval.run_eval import whole_of, write_table
from tests.unit.evaluation.samples import IDS, PAPER, E, M, P, city, row

ROWS = [row(IDS[0], M, M, ranks=(1,), hits=(True,)), row(IDS[1], E, P)]
LABELS = {
    IDS[0]: GoldRow(IDS[0], M, (M, P), False, (GoldQuote(PAPER, "不在文中"),)),
    IDS[1]: GoldRow(IDS[1], E, (E, E), False, ()),
}


def labelled(name: str) -> Any:
    """A labelled city as the fitting scripts hold it."""
    document = SimpleNamespace(name=PAPER, text="全文。")
    return SimpleNamespace(name=name, gold=GoldCity(name, Path(), LABELS), documents=(document,))


def test_folds_become_the_table_of_an_evaluation(tmp_path: Path) -> None:
    folds, standard = summary([city("甲市", ROWS)]), load_standard()
    naive = summary([city("甲市", [row(IDS[0], M, E)])])
    cities = [labelled("甲市"), labelled("乙市")]
    table = whole_of(folds, "screen", cities, standard, {"naive": naive})
    assert (table["weights"], table["in_sample"]) == ("leave_one_city_out", [])
    assert table["pooled"]["exact"] == 0.5 and table["intervals"]["resamples"] == 1000
    assert table["beside"]["naive"]["pooled"]["exact"] == 0.0
    assert table["passes"]["pooled"]["n"] == 2  # 乙市 was not among the folds
    assert table["warnings"] == [f"甲市 {IDS[0]}：引文不在 {PAPER} 中：不在文中"]

    file = tmp_path / "out" / "eval.json"
    write_table(table, file, Console(quiet=True))
    again = json.loads(file.read_text(encoding="utf-8"))
    assert results_from(again, "eval.json") == [city("甲市", ROWS)]
    page = render_evaluation(again, standard)
    assert "逐城留出" in page and "样本内" not in page
