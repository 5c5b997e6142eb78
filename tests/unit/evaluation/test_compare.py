"""One city held against its labels: citations, failures, passes, the JSON form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.core.errors import ConfigurationError
from auditor.core.findings import Failure, Finding
from auditor.evaluation.compare import (
    citation_hits,
    compare,
    pass_agreement,
    pass_figures,
    passes_of,
    recall_of,
    summary,
)
from auditor.evaluation.gold import GoldCity, GoldQuote, GoldRow
from auditor.evaluation.rows import results_from, row_from, row_json
from auditor.evaluation.whole import whole_table
from auditor.standard import load_standard
from tests.unit.evaluation.samples import (
    IDS,
    PAPER,
    E,
    L,
    M,
    P,
    S,
    chances,
    city,
    finding,
    record,
    row,
)

QUOTE = GoldQuote(PAPER, "建成数据平台")


def gold_row(feature_id: str, *verdicts, quotes=(QUOTE,), pass_quotes=()) -> GoldRow:
    low = min(verdicts, key=lambda v: v.rank)
    return GoldRow(feature_id, low, tuple(verdicts), False, tuple(quotes), tuple(pass_quotes))


def gold(*rows: GoldRow) -> GoldCity:
    return GoldCity("甲市", Path("甲市/documents"), {r.feature_id: r for r in rows})


def test_a_citation_hits_where_it_holds_or_lies_in_a_gold_quote() -> None:
    label = gold_row(IDS[0], M)
    cited = finding(IDS[0], M, "全市建成数据平台。", "数据平台", "别的句子。")
    assert citation_hits(label, cited) == (2, 3)
    assert citation_hits(label, finding(IDS[0], E, "全市建成数据平台。")) == (0, 0)


def test_a_feature_without_gold_quote_counts_as_a_miss() -> None:
    label = gold_row(IDS[0], E, quotes=())
    assert citation_hits(label, finding(IDS[0], M, "随便一句。")) == (0, 1)


def test_a_failure_counts_as_no_evidence_and_is_told_apart() -> None:
    failed = Finding(Failure(IDS[0], "hosted", "EndpointError", "超时"), None, None)
    result = compare(gold(gold_row(IDS[0], M), gold_row(IDS[1], E)), (), [failed])
    pooled = summary([result])["pooled"]
    assert (result.pairs[0], result.failures, pooled["failures"]) == ((M, E), 1, 1)
    assert pooled["abstention"] == 0.5  # the one that nobody judged is silent, not failed


def test_recall_of_is_what_compare_finds() -> None:
    labels = gold(gold_row(IDS[0], M), gold_row(IDS[1], P), gold_row(IDS[2], L))
    records = [
        record(IDS[0], "建成数据平台。"),
        record(IDS[1], *["别的。"] * 6, "建成数据平台。"),
        record(IDS[2], "建成数据平台。"),
    ]
    assert recall_of(labels, records) == {5: (1, 2), 10: (2, 2), 20: (2, 2)}


def test_the_second_pass_is_measured_as_an_answer_to_the_first() -> None:
    other = GoldQuote(PAPER, "别的引文")
    labels = gold(
        gold_row(IDS[0], M, S, pass_quotes=((QUOTE,), (GoldQuote(PAPER, "数据平台"), other))),
        gold_row(IDS[1], P, E, pass_quotes=((QUOTE,), (other,))),
    )
    figures = pass_figures([labels])
    assert figures is not None
    assert figures["pooled"]["exact"] == 0.0 and figures["pooled"]["green_f1"] == 1.0
    assert figures["pooled"]["citation_precision"] == 0.5  # B's quotes of its no_evidence are none
    assert figures["pooled"]["citation_recall"] == 0.5
    assert figures["cities"]["甲市"]["n"] == 2
    assert pass_agreement([labels]) == figures["pooled"]
    assert pass_agreement([gold(gold_row(IDS[0], M))]) is None
    assert passes_of(gold(gold_row(IDS[0], M))).rows == ()


def test_rows_come_back_from_json_as_they_were() -> None:
    one = row(IDS[0], M, S, ranks=(1, None), hits=(True, False),
              probabilities=chances(met=0.25, no_evidence=0.75))  # fmt: skip
    for compared in (one, row(IDS[1], E, None), row(IDS[2], P, L)):
        assert row_from(json.loads(json.dumps(row_json(compared)))) == compared


def test_a_table_is_read_back_and_measures_the_same() -> None:
    rows = [row(IDS[0], M, S, ranks=(1,), hits=(True,)), row(IDS[1], E, M, hits=(False,))]
    table = json.loads(json.dumps(summary([city("甲市", rows)])))
    again = summary(results_from(table, "out.json"))
    assert again == table


@pytest.mark.parametrize("table", [{}, {"features": {}}, {"features": {"甲市": [{"gold": "met"}]}}])
def test_what_is_no_evaluation_is_refused_by_name(table: dict) -> None:
    with pytest.raises(ConfigurationError, match=r"out\.json"):
        results_from(table, "out.json")


def test_other_results_are_measured_on_the_same_features() -> None:
    ours = [city("甲市", [row(IDS[0], M, M), row(IDS[1], P, P), row(IDS[2], E, E)])]
    naive = summary([city("甲市", [row(IDS[0], M, E), row(IDS[1], M, M), row("8.9-x", M, M)]),
                     city("乙市", [row(IDS[0], M, M)])])  # fmt: skip
    labels = gold(gold_row(IDS[0], M, M))
    table = whole_table(ours, [labels], load_standard(), {"naive": naive}, resamples=20)
    beside = table["beside"]["naive"]
    assert beside["pooled"]["n"] == 1 and beside["pooled"]["exact"] == 0.0
    assert beside["missing"] == 2
    assert table["unlabelled"] == {"甲市": 375}
    assert table["agreement_of_passes"]["exact"] == 1.0
    elsewhere = summary([city("乙市", [row(IDS[0], M, M)])])
    nothing = whole_table(ours, [labels], load_standard(), {"else": elsewhere}, 0)["beside"]["else"]
    assert nothing["pooled"] == {} and nothing["missing"] == 3
