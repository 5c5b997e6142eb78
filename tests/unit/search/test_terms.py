from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auditor.search.terms import TermIndex

WORDS = st.text(alphabet="数据共享ab ", max_size=6)


@given(texts=st.lists(WORDS, max_size=8), term=WORDS)
def test_a_term_is_found_in_exactly_the_texts_that_hold_it(texts: list[str], term: str) -> None:
    index = TermIndex(texts)
    assert index.places(term).tolist() == [i for i, text in enumerate(texts) if term in text]


@given(texts=st.lists(WORDS, max_size=8), terms=st.lists(WORDS, max_size=4))
def test_named_and_count_say_what_looking_into_each_text_says(
    texts: list[str], terms: list[str]
) -> None:
    index = TermIndex(texts)
    assert index.named(terms).tolist() == [any(t in text for t in terms) for text in texts]
    assert index.count(terms).tolist() == [sum(t in text for t in terms) for text in texts]


def test_a_term_is_not_found_across_two_texts() -> None:
    assert TermIndex(["数据共", "享平台"]).places("共享").tolist() == []


def test_every_text_is_looked_at_though_one_names_the_term_twice() -> None:
    index = TermIndex(["共享共享", "", "共享"])
    assert np.array_equal(index.places("共享"), [0, 2])
