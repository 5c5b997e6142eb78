"""Fit the weights that tell free-worded instructions from official prose.

Character pairs of the folded sentence, L1-regularised logistic regression: some hundred weights,
all readable. Instructions are the project's own strings (tests/injection), the rest are sentences
of the real reports, the neutral twins and the prose near to instructions. The threshold lets three
of 10,000 sentences of reports that were not fitted on pass. ``python -m eval.fit_instructions
FOLDER`` prints recall with each set of strings left out, then writes the weights.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from auditor.core.run import Silence
from auditor.instructions.folding import folded
from auditor.instructions.likeness import WEIGHTS_FILE
from auditor.passages.tiling import pieces_of
from auditor.receiving import read_documents
from auditor.wiring import intake_settings
from eval.injection import STRINGS, Injected, load_strings

NEUTRAL = STRINGS.with_name("neutral.yaml")
PASSING = 3e-4
STRENGTH, HEAVIER, REPEATED = 0.5, 20.0, 3


def main() -> None:
    """Fit, measure and write."""
    prose = real_sentences(Path(sys.argv[1]))
    half = len(prose) // 2
    strings = load_strings()
    near = [*neutral_sentences(), *(folded(t) for s in strings for t in s.twin)]
    for left_out in sorted({s.half for s in strings}):
        kept = [s for s in strings if s.half != left_out]
        row = fit(kept, near, prose[:half], prose[half:])
        held = [folded("".join(s.text)) for s in strings if s.half == left_out]
        recall = np.mean([score(row, text) > row["threshold"] for text in held])
        print(f"set {left_out} left out: recall {recall:.3f} of {len(held)}")
    row = fit(strings, near, prose[:half], prose[half:])
    text = json.dumps(row, ensure_ascii=False, indent=0, sort_keys=True)
    WEIGHTS_FILE.write_text(text + "\n", encoding="utf-8")
    print(f"{len(row['weights'])} weights, threshold {row['threshold']}")


def real_sentences(folder: Path) -> list[str]:
    """The folded sentences of the reports, report by report in a mixed order."""
    documents = read_documents(folder, Silence(), "", intake_settings())[0]
    order = np.random.default_rng(7).permutation(len(documents))
    texts = [
        folded(documents[i].quote(piece.span)) for i in order for piece in pieces_of(documents[i])
    ]
    return [text for text in dict.fromkeys(texts) if text]


def neutral_sentences() -> list[str]:
    """The prose near to instructions, folded."""
    return [folded(t) for t in yaml.safe_load(NEUTRAL.read_text(encoding="utf-8"))["sentences"]]


def fit(
    strings: Sequence[Injected], near: Sequence[str], prose: Sequence[str], other: Sequence[str]
) -> dict[str, Any]:
    """Fit on ``prose``; the threshold comes from ``other`` reports."""
    orders = [folded("".join(s.text)) for s in strings]
    orders += [folded(part) for s in strings if len(s.text) > 1 for part in s.text]
    rest = [*prose, *(list(near) * REPEATED)]
    counter = CountVectorizer(analyzer="char", ngram_range=(1, 2), binary=True, min_df=2)
    rows = counter.fit_transform([*orders, *rest])
    known = np.r_[np.ones(len(orders)), np.zeros(len(rest))]
    model = LogisticRegression(
        C=STRENGTH, penalty="l1", class_weight={1: HEAVIER, 0: 1}, solver="liblinear", max_iter=300
    ).fit(rows, known)
    names = counter.get_feature_names_out()
    weights = {
        str(names[i]): round(float(model.coef_[0, i]), 3) for i in np.flatnonzero(model.coef_[0])
    }
    row: dict[str, Any] = {"bias": round(float(model.intercept_[0]), 3), "weights": weights}
    passing = sorted((score(row, text) for text in other), reverse=True)
    row["threshold"] = round(passing[int(PASSING * len(passing))], 3)
    return row


def score(row: dict[str, Any], text: str) -> float:
    """The log odds of one folded text."""
    pairs = {text[i : i + n] for n in (1, 2) for i in range(len(text) - n + 1)}
    return float(row["bias"]) + sum(row["weights"].get(pair, 0.0) for pair in sorted(pairs))


if __name__ == "__main__":
    main()
