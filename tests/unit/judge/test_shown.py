"""Only what a feature is shown decides whether it is asked about again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from auditor.core.findings import Judgement
from auditor.core.run import Case, Silence
from auditor.core.search import Hit
from auditor.judging import case_key, judge_cases
from auditor.standard import load_standard
from tests.unit.judge.conftest import case_for
from tests.unit.judge.scripts import answer
from tests.unit.judge.test_hosted_talk import SMALL, panel

LATER = """临江市2024年数据工作总结
一、2024年工作回顾
建成临江数据运营中心，汇聚部门系统目录37类。
"""


class Memory:
    """A journal."""

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {}

    def get(self, key: str) -> Any | None:
        return self.rows.get(key)

    def put_all(self, values: Mapping[str, Any]) -> None:
        for key, value in values.items():
            self.rows.setdefault(key, value)


@pytest.fixture
def case() -> Case:
    return case_for(next(i for i in load_standard().items if i.id == "8.3.1.1").features[0])


def scored(case: Case, *scores: float) -> Case:
    """The case with other scores of its sentences, hit by hit."""
    hits = tuple(
        replace(hit, sentence_scores=tuple(score for _ in hit.passage.sentences))
        for hit, score in zip(case.record.hits, scores, strict=True)
    )
    return replace(case, record=replace(case.record, hits=hits))


def joined(case: Case, text: str, score: float) -> Case:
    """The case with what was found in one more paper."""
    other = case_for(case.feature, text)
    found = scored(other, *(score for _ in other.record.hits)).record.hits
    later = [replace(h, passage=replace(h.passage, document="总结.txt")) for h in found]
    record = replace(case.record, hits=(*case.record.hits, *later))
    documents = {**case.documents, "总结.txt": next(iter(other.documents.values()))}
    return replace(case, record=record, documents=documents)


def test_ranks_and_what_stays_out_of_the_call_judge_nothing_again(case: Case) -> None:
    judge, _ = panel([])
    plain = scored(case, *(0.9 for _ in case.record.hits))
    key = case_key(plain, judge)
    assert key == case_key(scored(case, *(0.8 for _ in case.record.hits)), judge)
    hits: tuple[Hit, ...] = plain.record.hits
    turned = replace(plain, record=replace(plain.record, hits=hits[::-1]))
    assert key == case_key(turned, judge)
    assert key == case_key(joined(plain, LATER, 0.0001), judge)


def test_a_sentence_that_comes_to_be_shown_or_reads_otherwise_asks_again(case: Case) -> None:
    judge, _ = panel([])
    key = case_key(case, judge)
    assert key != case_key(joined(case, LATER, 0.99), judge)
    hit = case.record.hits[0]
    sentences = tuple(replace(s, foreign=not s.foreign) for s in hit.passage.sentences)
    moved = replace(hit, passage=replace(hit.passage, sentences=sentences))
    other = replace(case, record=replace(case.record, hits=(moved, *case.record.hits[1:])))
    assert key != case_key(other, judge)


def test_with_a_second_look_all_that_was_found_counts(case: Case) -> None:
    judge, _ = panel([], SMALL, second_look=True)
    assert case_key(case, judge) != case_key(joined(case, LATER, 0.0001), judge)


def test_a_kept_judgement_whose_citation_is_gone_is_made_anew(case: Case) -> None:
    items, journal = load_standard().items, Memory()
    judge, chat = panel([answer([case], "partly_met", ("S1:fact",)) for _ in range(2)])
    first = judge_cases([case], judge, items, journal, Silence())[case.feature.id]
    assert isinstance(first, Judgement) and first.citations
    assert judge_cases([case], judge, items, journal, Silence())[case.feature.id] == first
    assert len(chat.sent) == 1
    row = next(iter(journal.rows.values()))
    row["citations"][0]["sentence_id"] = "of-a-neighbour.7"
    for _ in range(2):  # and kept: it is not asked a third time
        judge_cases([case], judge, items, journal, Silence())
        assert len(chat.sent) == 2
