"""The upper layers are really tuned, on the invented labelled cities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from auditor.standard import load_standard

pytestmark = [pytest.mark.model, pytest.mark.long]


def test_what_was_quoted_is_nearer_after_the_fit(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eval.base import unfitted_searcher
    from eval.cities import City, Matrix, load_cities
    from eval.tuning.__main__ import encoded
    from eval.tuning.fit import fit_upper, query_states, sentence_states
    from eval.tuning.layers import Upper
    from eval.tuning.states import load_trunk

    monkeypatch.setenv("AUDITOR_CACHE", str(tmp_path))
    cities = load_cities(root / "examples/gold-mini", load_standard(), unfitted_searcher())
    upper, before = fit_upper(cities), Upper(load_trunk()).eval()

    def gap(city: City, queries: dict[str, Matrix], sentences: Matrix) -> float:
        """How much nearer quoted sentences are than the others, in spreads, on average."""
        gaps = []
        for key, marks in city.quoted.items():
            if marks.any():
                near = sentences @ queries[key].mean(axis=0)
                gaps.append(float(near[marks].mean() - near[~marks].mean()) / float(near.std()))
        return float(np.mean(gaps))

    def gap_by(model: Upper, city: City) -> float:
        places, states = query_states(city)
        rows = encoded(model, states)
        asked = {key: rows[found] for key, found in places.items()}
        return gap(city, asked, encoded(model, sentence_states(city)))

    for city in cities:
        plain = gap(city, dict(city.prepared.queries), city.corpus.sentence_vectors)
        assert gap_by(before, city) == pytest.approx(plain, abs=0.1)
        assert gap_by(upper, city) > gap_by(before, city) + 0.2
