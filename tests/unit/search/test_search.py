"""Search without a model: words, merged ranks, the vector index as a cache that can be rebuilt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from auditor.core.documents import Document
from auditor.core.run import Silence
from auditor.passages import CityNames, cut_passages
from auditor.search.engine import SHOWN, Searcher, merged, ranks_in
from auditor.search.lexical import LexicalIndex, tokens_of
from auditor.search.queries import queries_of
from auditor.search.relevance import Logistic, Relevance
from auditor.search.signals import MATTER_SIGNALS, SIGNALS
from auditor.search.vector_index import VectorIndex
from auditor.standard import load_standard
from auditor.store.vectors import VectorStore

Vectors = NDArray[np.float32]


def unit_vectors(count: int, width: int = 24, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_words_and_bigrams_are_indexed_together() -> None:
    tokens = tokens_of("建成城市大脑，12345热线接通率98.5%")
    assert "_大脑" in tokens and "12345" in tokens and "98.5%" in tokens
    assert "的" not in tokens_of("城市的大脑")


def test_the_text_that_shares_rare_words_scores_best() -> None:
    index = LexicalIndex(["推进城市建设", "建成城市大脑并投入运行", "改善老旧小区供水"])
    scores = index.scores("城市大脑")
    assert scores.argmax() == 1 and scores[2] == 0
    assert not index.scores("完全无关词语xyz").any()


def test_an_index_of_nothing_answers_nothing() -> None:
    assert len(LexicalIndex([]).scores("城市大脑")) == 0


def test_lists_are_merged_by_reciprocal_rank_with_ties_by_position() -> None:
    assert merged([[3, 1], [1, 3]]) == [1, 3]
    assert merged([[5, 2], [5, 7]])[0] == 5
    assert ranks_in([4, 9]) == {4: 1, 9: 2}


def test_the_vector_index_gives_what_exact_search_gives(tmp_path: Path) -> None:
    vectors, queries = unit_vectors(300), unit_vectors(5, seed=1)
    index = VectorIndex([f"p{i}" for i in range(300)], vectors, tmp_path)
    exact = [list(np.argsort(-(vectors @ q), kind="stable")[:10]) for q in queries]
    assert index.nearest(queries, 10) == exact


@pytest.mark.parametrize("harm", ["cut", "emptied"])
def test_a_damaged_index_is_built_again(tmp_path: Path, harm: str) -> None:
    keys, vectors = [f"p{i}" for i in range(40)], unit_vectors(40)
    before = VectorIndex(keys, vectors, tmp_path / "first").nearest(vectors[:3], 5)
    folder = tmp_path / "second"
    (name,) = [p.name for p in (tmp_path / "first").iterdir()]
    (folder / name).mkdir(parents=True)
    if harm == "cut":
        (folder / name / "chroma.sqlite3").write_bytes(b"SQLite format 3\x00 cut off")
    assert VectorIndex(keys, vectors, folder).nearest(vectors[:3], 5) == before
    assert not [p for p in folder.iterdir() if p.name.startswith(".chroma-")]


def test_an_empty_dossier_has_an_index_that_finds_nothing(tmp_path: Path) -> None:
    index = VectorIndex([], np.zeros((0, 4), dtype=np.float32), tmp_path)
    assert index.nearest(unit_vectors(2, 4), 5) == [[], []]


class Letters:
    """An embedder that counts characters: near texts share letters."""

    name, fingerprint, dimension = "letters", "letters-1", 64

    def embed_queries(self, texts: list[str]) -> Vectors:
        return self.embed_passages(texts)

    def embed_passages(self, texts: list[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for char in text:
                row[ord(char) % self.dimension] += 1
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6))


def searcher(folder: Path) -> Searcher:
    """Ranks by words and nearness alone."""

    def model(names: tuple[str, ...]) -> Logistic:
        wanted = {"dense_best": 4.0, "words_share": 4.0}
        weights = np.asarray([wanted.get(name, 0.0) for name in names])
        return Logistic(np.zeros(len(names)), np.ones(len(names)), weights, -4.0)

    return Searcher(
        Letters(),
        VectorStore(folder / "vectors.db"),
        Relevance(model(SIGNALS), model(MATTER_SIGNALS)),
        folder / "indexes",
    )


def test_every_feature_gets_a_record_with_ranks_and_what_was_asked(tmp_path: Path) -> None:
    text = "".join(f"第{n}项工作：完成道路养护{n}公里，改善出行条件。\n" for n in range(40))
    text += "市城市大脑建成投用，实现城市运行“一网统管”。\n"
    document = Document("报告.txt", "0" * 64, "txt", text, ())
    passages = cut_passages(document, CityNames("临澜市"))
    features = load_standard().features[:30]
    records = searcher(tmp_path).search(passages, features, Silence())
    assert [r.feature_id for r in records] == [f.id for f in features]
    for feature, record in zip(features, records, strict=True):
        assert record.queries == queries_of(feature) and record.queries[0] == feature.text
        assert len(record.hits) == min(SHOWN, len(passages))
        assert record.searched == len(passages)
        assert all(hit.ranks for hit in record.hits)
        scores = [hit.score for hit in record.hits]
        assert scores == sorted(scores, reverse=True)


def test_a_dossier_without_passages_still_gets_records(tmp_path: Path) -> None:
    (record,) = searcher(tmp_path).search((), load_standard().features[:1], Silence())
    assert record.hits == () and record.searched == 0 and record.queries
