"""Ranks of gold quotes, recall and nDCG by hand."""

from __future__ import annotations

from math import log2

import pytest

from auditor.evaluation.compare import recall_curve, retrieval_by_verdict, summary
from auditor.evaluation.gold import GoldQuote
from auditor.evaluation.retrieval import ndcg, ranks_of
from tests.unit.evaluation.samples import IDS, E, L, M, P, city, record, row


def test_the_rank_of_a_quote_is_that_of_the_first_passage_that_holds_it() -> None:
    found = record(IDS[0], "别的内容。", "建成数据平台，汇聚数据。", "建成数据平台，汇聚数据。")
    quotes = [GoldQuote("报告.md", "建成 数据平台"), GoldQuote("报告.md", "没有这句")]
    assert ranks_of(quotes, found) == (2, None)


def test_a_quote_of_another_document_is_not_found() -> None:
    found = record(IDS[0], "建成数据平台。")
    assert ranks_of([GoldQuote("别的.md", "建成数据平台")], found) == (None,)


def test_a_quote_cut_by_two_passages_is_found_by_a_whole_sentence_of_it() -> None:
    found = record(IDS[0], "全市建成统一的数据共享交换平台。")
    quote = GoldQuote("报告.md", "全市建成统一的数据共享交换平台。汇聚数据二十亿条。")
    assert ranks_of([quote], found) == (1,)


def test_ndcg_by_hand() -> None:
    assert ndcg([1]) == 1.0
    assert ndcg([2]) == pytest.approx(1 / log2(3))
    assert ndcg([1, None]) == pytest.approx(1 / (1 + 1 / log2(3)))
    assert ndcg([3, 3]) == pytest.approx(1 / log2(4))  # one passage holds both quotes
    assert ndcg([11]) == 0.0 and ndcg([]) == 0.0


def test_recall_asks_for_facts_alone_and_tells_any_quote_from_all_quotes() -> None:
    rows = [
        row(IDS[0], M, M, ranks=(1, 7)),
        row(IDS[1], P, P, ranks=(12, None)),
        row(IDS[2], L, L, ranks=(None,)),
        row(IDS[3], E, E),
    ]
    pooled = summary([city("甲市", rows)])["pooled"]
    assert (pooled["asked"], pooled["recall@5"], pooled["recall@20"]) == (2, 0.5, 1.0)
    assert (pooled["recall_all@5"], pooled["recall_all@10"], pooled["recall_all@20"]) == (
        0,
        0.5,
        0.5,
    )
    curves = recall_curve([city("甲市", rows)])
    assert curves["any"][:1] == [0.5] and curves["any"][11] == 1.0
    assert curves["all"][5:7] == [0.0, 0.5] and curves["all"][-1] == 0.5
    classes = retrieval_by_verdict([city("甲市", rows)])
    assert set(classes) == {"met", "partly_met", "planned"}
    assert classes["planned"] == {
        "asked": 1, "recall@5": 0, "recall@10": 0, "recall@20": 0, "recall_all@5": 0,
        "recall_all@10": 0, "recall_all@20": 0, "ndcg@10": 0,
    }  # fmt: skip
