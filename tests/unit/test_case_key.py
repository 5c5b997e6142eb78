"""A kept judgement is taken again only where all that it depended on is the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.core.documents import Span
from auditor.core.findings import Failure, Judgement
from auditor.core.passages import Modality, Passage, SectionRole, Sentence
from auditor.core.run import Case
from auditor.core.search import Hit, SearchRecord
from auditor.judging import case_key
from auditor.standard import load_standard

SENTENCE = Sentence("p1.1", Span(0, 8), "平台已建成投用。", Modality.FACT)


class Named:
    quality, together = "", False

    def __init__(self, name: str, reads_signals: bool) -> None:
        self.name = self.fingerprint = name
        self.reads_signals = reads_signals

    def judge(self, cases: list[Case]) -> list[Judgement | Failure]:
        return []


SCREEN, MODEL = Named("screen", True), Named("model", False)


def case_of(sentence: Sentence = SENTENCE, **signals: float) -> Case:
    passage = Passage("p1", "a", Span(0, 8), SENTENCE.text, (), SectionRole.OTHER, (sentence,))
    feature = load_standard().features[0]
    record = SearchRecord(feature.id, (), (Hit(passage, 1.0, {}, (0.5,)),), 1, signals)
    return Case(feature, record, "临澜市", None, {})


@pytest.mark.parametrize(
    "changed",
    [
        replace(SENTENCE, modality=Modality.PLAN),
        replace(SENTENCE, foreign=True),
        replace(SENTENCE, citable=False),
        replace(SENTENCE, instruction="order"),
    ],
)
def test_what_is_read_out_of_a_sentence_is_part_of_the_key(changed: Sentence) -> None:
    assert case_key(case_of(changed), MODEL) != case_key(case_of(), MODEL)


def test_signals_count_for_judges_that_read_them_and_for_no_other() -> None:
    assert case_key(case_of(fact_1=0.4), SCREEN) != case_key(case_of(fact_1=0.5), SCREEN)
    assert case_key(case_of(fact_1=0.4), MODEL) == case_key(case_of(fact_1=0.5), MODEL)
