"""The crowd tells what share of a sentence is one feature's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from auditor.core.documents import Document
from auditor.core.run import Silence
from auditor.passages import CityNames, cut_passages
from auditor.search.crowd import crowd_of
from auditor.search.engine import Searcher
from auditor.search.exemplars import Exemplars, gather
from auditor.search.signals import SIGNALS
from auditor.search.sources import SignalSource
from auditor.standard import load_standard
from tests.unit.search.test_search import searcher

TEXT = (
    "市城市大脑建成投用，实现城市运行“一网统管”。全市建成数据共享平台，接入部门四十个。"
    "完成道路养护五十公里。数据安全管理办法印发实施。公共服务事项全部网上可办。\n"
)


def row(*values: float) -> np.ndarray:
    return np.asarray([values], dtype=np.float32)


def test_a_sentence_that_is_near_to_all_features_speaks_of_none() -> None:
    crowd = crowd_of([("a", row(0.9, 0.2)), ("a", row(0.9, 0.8)), ("b", row(0.9, 0.2))])
    above = crowd.signals(row(0.9, 0.8), "a")[:, 0]
    assert above[0] == pytest.approx(0.0, abs=1e-3)
    assert above[1] == pytest.approx((0.8 - 0.4) / np.std([0.2, 0.8, 0.2]), rel=1e-4)


def test_a_feature_is_held_against_its_own_item() -> None:
    crowd = crowd_of([("a", row(0.5)), ("a", row(0.7)), ("b", row(0.1))])
    assert crowd.signals(row(0.7), "a")[0, 1] == pytest.approx(0.1, abs=1e-6)
    assert crowd.signals(row(0.1), "b")[0, 1] == pytest.approx(0.0, abs=1e-6)


def test_the_crowd_does_not_depend_on_the_order_of_sentences() -> None:
    rng = np.random.default_rng(3)
    columns = [rng.random((2, 6)).astype(np.float32) for _ in range(5)]
    order = rng.permutation(6)
    plain = crowd_of([("a", c) for c in columns]).signals(columns[0], "a")
    moved = crowd_of([("a", c[:, order]) for c in columns]).signals(columns[0][:, order], "a")
    np.testing.assert_array_equal(plain[order], moved)


def prepared_source(folder: Path, asked: slice, background: bool) -> tuple[Searcher, SignalSource]:
    features = load_standard().features
    own = searcher(folder)
    if background:
        own = replace(own, background=features[:40])
    document = Document("报告.txt", "0" * 64, "txt", TEXT, ())
    passages = cut_passages(document, CityNames("临澜市"))
    prepared = own.prepare(passages, features[asked], Silence())
    return own, SignalSource(prepared, own.exemplars, own.adapter)


def test_what_is_asked_for_does_not_change_a_features_signals(tmp_path: Path) -> None:
    feature = load_standard().features[5]
    _, few = prepared_source(tmp_path / "few", slice(5, 6), background=True)
    _, many = prepared_source(tmp_path / "many", slice(0, 30), background=True)
    np.testing.assert_array_equal(few.of(feature), many.of(feature))


def test_signals_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    feature = load_standard().features[5]
    _, source = prepared_source(tmp_path, slice(0, 40), background=False)
    signals = source.of(feature)
    assert signals.shape[1] == len(SIGNALS)
    best = signals[:, SIGNALS.index("dense_best")]
    crowd = signals[:, SIGNALS.index("crowd_dense_best")]
    assert np.isfinite(signals).all() and 0 < best.max() <= 1.001 and crowd.std() > 0
    for name in ("adapted", "crowd_adapted", "crowd_exemplar_best", "exemplar_known"):
        assert not signals[:, SIGNALS.index(name)].any()


def test_exemplars_of_other_features_weigh_against_a_sentence(tmp_path: Path) -> None:
    features = load_standard().features[:40]
    own, _ = prepared_source(tmp_path, slice(0, 40), background=False)
    document = Document("报告.txt", "0" * 64, "txt", TEXT, ())
    passages = cut_passages(document, CityNames("临澜市"))
    prepared = own.prepare(passages, features, Silence())
    vectors = prepared.corpus.sentence_vectors
    rows = [(features[0].id, vectors[:1], "met"), (features[1].id, vectors[1:2], "met")]
    source = SignalSource(prepared, Exemplars("", (), gather(rows)), None)
    place = SIGNALS.index("crowd_exemplar_best")
    first, second = source.of(features[0])[:, place], source.of(features[1])[:, place]
    assert first[0] > 0 > second[0] and second[1] > 0 > first[1]
    assert not source.of(features[2])[:, place].any()
