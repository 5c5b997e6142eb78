"""The experiment on small models: what is mixed is fitted on other cities only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from auditor.core.findings import Verdict
from auditor.standard import load_standard
from eval.small_model.mixing import mixed, probed
from eval.small_model.pairs import Row

FEATURE = load_standard().features[0]
ROW = Row(0, FEATURE, {}, Verdict.MET, ("a", "b"), (0.6, 0.5), (False, True), True)


def rows(cities: int, each: int) -> list[Row]:
    """Rows of which the second sentence is the quoted one, always."""
    return [replace(ROW, city=city) for city in range(cities) for _ in range(each)]


def test_a_use_that_tells_the_quoted_sentence_corrects_the_search() -> None:
    found = rows(3, 8)
    base = {i: np.asarray(row.scores) for i, row in enumerate(found)}
    use = {i: np.asarray([-1.0, 1.0]) for i in base}
    both = mixed(found, base, use)
    assert all(np.argmax(both[i]) == 1 for i in base)
    assert all(np.argmax(base[i]) == 0 for i in base)


def test_a_citys_own_labels_are_never_learned_from() -> None:
    """Where one city's labels run the other way, its answers follow the others."""
    found = rows(3, 8)
    found[:8] = [replace(row, quoted=(True, False)) for row in found[:8]]
    states = {i: np.asarray([[0.0, 1.0], [1.0, 0.0]], dtype=np.float16) for i in range(len(found))}
    answers = probed(found, states)
    assert all(np.argmax(answers[i]) == 1 for i in range(8))


def test_rows_without_a_likely_sentence_are_not_asked_about() -> None:
    assert ROW.asked
    assert not replace(ROW, scores=(0.1, 0.05)).asked
    assert not replace(ROW, scores=()).asked


def test_only_quoted_sentences_show_or_plan() -> None:
    pytest.importorskip("torch")
    from eval.small_model.cross import FACT, NOT, PLANNED, label_of

    assert label_of(Verdict.PARTLY_MET, quoted=True) == FACT
    assert label_of(Verdict.PLANNED, quoted=True) == PLANNED
    assert label_of(Verdict.MET, quoted=False) == NOT
