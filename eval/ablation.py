"""What each lever of the search is worth: ``python -m eval.ablation [-o out/ablation.json]``.

Leave one city out: the ranking model is fitted on the other cities without one group of signals
and ranks the passages of the left-out city. Printed are recall@10 and @20 of gold quotes (facts,
any quote) and how often the best sentence is a quoted one (features with quotes).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from auditor.search.engine import merged
from auditor.search.queries import lexical_query
from auditor.search.relevance import best_of_passages
from auditor.search.signals import SIGNALS
from auditor.standard import load_standard
from eval.base import unfitted_searcher
from eval.cities import City, exemplars_of, labelled_signals, load_cities, shared_gold
from eval.figures import filled
from eval.fit_relevance import Lists, adapter_of, fit_listwise

Matrix = NDArray[np.float32]
Scores = Mapping[str, NDArray[np.float64]]


def _named(*parts: str) -> tuple[str, ...]:
    """The signals whose name holds one of the parts."""
    return tuple(n for n in SIGNALS if any(part in n for part in parts))


LEVERS: Mapping[str, tuple[str, ...]] = {
    "all signals": (),
    "without phrases and elements as queries": _named("dense_best", "dense_mean", "dense_z"),
    "without words (BM25)": _named("words"),
    "without core nouns and element terms": _named("core", "elements"),
    "without the passage around (headings)": _named("passage", "core_heading"),
    "without section role and modality": _named("role_", "modality_", "foreign"),
    "without places in the ranking": _named("rank_"),
    "without the crowd of features": _named("crowd_", "item_"),
    "without other cities' quotes": _named("exemplar"),
    "without the adapter": _named("adapted"),
    "passages only (no sentence signals)": tuple(
        n for n in SIGNALS if n not in _named("passage", "role_", "core_heading")
    ),
}
DEPTHS = (10, 20)
SPREAD = "all signals, at most two passages of a section"
SECOND_LOOK = "all signals, forty passages where the best sentence is unlikely"
TWICE = "all signals, forty passages for every feature"
PER_SECTION, SILENT, FAR = 2, 0.15, 1e3
ROOT = Path(__file__).resolve().parents[1]
CHINESE: Mapping[str, str] = {
    "nearness of sentences alone (e5)": "只看句子的向量远近（e5）",
    "words alone (BM25)": "只看词语（BM25）",
    "both by rank": "两者按名次合并",
    "all signals": "全部信号",
    "all signals, at most two passages of a section": "全部信号，每节至多两个片段",
    "all signals, forty passages where the best sentence is unlikely": (
        "全部信号，首句把握小时看四十个片段"
    ),
    "all signals, forty passages for every feature": "全部信号，一律看四十个片段",
    "without phrases and elements as queries": "不用常用说法和要素作检索式",
    "without words (BM25)": "不用词语（BM25）",
    "without core nouns and element terms": "不用核心名词和要素用语",
    "without the passage around (headings)": "不用所在片段和标题",
    "without section role and modality": "不用段落性质和语态",
    "without places in the ranking": "不用名次",
    "without the crowd of features": "不与其余特征相比",
    "without other cities' quotes": "不用其他城市的引句",
    "without the adapter": "不用适配器",
    "passages only (no sentence signals)": "只看片段（不看单句）",
    "best sentence is a quoted one": "首句即标注者所引",
}
PAGES: Mapping[str, Mapping[str, str]] = {
    "docs/how-it-judges.md": {},
    "docs/how-it-judges.zh.md": CHINESE,
}
FIRST = "best sentence is a quoted one"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over features: of those with a fact, found at each depth; of all, first is quoted."""

    found: tuple[int, ...]
    facts: int
    first: int
    quoted: int

    def __add__(self, other: Tally) -> Tally:
        found = tuple(a + b for a, b in zip(self.found, other.found, strict=True))
        facts, first = self.facts + other.facts, self.first + other.first
        return Tally(found, facts, first, self.quoted + other.quoted)

    def shares(self) -> dict[str, float]:
        """The counts as shares."""
        recall = {
            f"recall@{d}": round(n / self.facts, 4) for d, n in zip(DEPTHS, self.found, strict=True)
        }
        return {**recall, "best_quoted": round(self.first / self.quoted, 4)}


def tally(city: City, scores: Scores, depths: Sequence[int] = DEPTHS) -> Tally:
    """Count for one city; ``scores`` has one value a sentence for each feature with quotes."""
    corpus = city.corpus
    found, facts, first = [0] * len(depths), 0, 0
    for feature_id, row in scores.items():
        marks = city.quoted[feature_id]
        own = np.where(corpus.views["any"], row, -np.inf)
        first += bool(marks[int(np.argmax(own))])
        if not city.gold.rows[feature_id].verdict.is_fact:
            continue
        facts += 1
        order = np.argsort(-best_of_passages(row, corpus.owner, len(corpus.passages)))
        quoted = set(corpus.owner[marks].tolist())
        for place, depth in enumerate(depths):
            found[place] += bool(quoted & set(order[:depth].tolist()))
    return Tally(tuple(found), facts, first, len(scores))


def without(rows: Matrix, dropped: Sequence[str]) -> Matrix:
    """The signals with some of them silenced."""
    kept = rows.copy()
    kept[:, [SIGNALS.index(name) for name in dropped]] = 0.0
    return kept


def signals_of(city: City, others: tuple[City, ...]) -> dict[str, Matrix]:
    """A city's signals as other cities' labels make them."""
    return labelled_signals(city, exemplars_of(others, ""), adapter_of(others))


def measure_levers(city: City, others: tuple[City, ...]) -> Iterator[tuple[str, Tally]]:
    """Fit without each group in turn and rank the left-out city."""
    lists: Lists = []
    for one in others:
        rest = tuple(c for c in others if c is not one)
        lists += [(rows, one.quoted[key]) for key, rows in signals_of(one, rest).items()]
    own = signals_of(city, others)
    for name, dropped in LEVERS.items():
        model = fit_listwise([(without(rows, dropped), marks) for rows, marks in lists])
        scores = {key: model.logits(without(rows, dropped)) for key, rows in own.items()}
        yield name, tally(city, scores)
        if not dropped:
            yield from measure_lists(city, scores)


def measure_lists(city: City, scores: Scores) -> Iterator[tuple[str, Tally]]:
    """What could be done with the ranked list: spread it over sections, look farther at silence."""
    yield SPREAD, tally(city, {key: spread(city, row) for key, row in scores.items()})
    wide = tally(city, scores, (DEPTHS[0], 2 * DEPTHS[1]))
    silent = {key: row for key, row in scores.items() if chance(row.max()) < SILENT}
    spoken = tally(city, {key: row for key, row in scores.items() if key not in silent})
    farther = tally(city, silent, (DEPTHS[0], 2 * DEPTHS[1]))
    yield SECOND_LOOK, spoken + farther
    yield TWICE, wide


def chance(logit: float) -> float:
    """A logit as a chance."""
    return float(1 / (1 + np.exp(-logit)))


def spread(city: City, row: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores with all but the two best passages of each section put behind all others."""
    corpus = city.corpus
    best = best_of_passages(row, corpus.owner, len(corpus.passages))
    seen: dict[tuple[str, tuple[str, ...]], int] = {}
    later = np.zeros(len(best))
    for place in np.argsort(-best, kind="stable"):
        passage = corpus.passages[place]
        section = (passage.document, passage.heading_path)
        seen[section] = seen.get(section, 0) + 1
        if seen[section] > PER_SECTION:
            later[place] = FAR
    lowered: NDArray[np.float64] = row - later[corpus.owner]
    return lowered


def measure_simple(city: City) -> Iterator[tuple[str, Tally]]:
    """What needs no fitting: nearness, words, and both by rank."""
    corpus = city.corpus
    features = {f.id: f for f in city.prepared.background if city.quoted[f.id].any()}
    near = {
        key: (corpus.sentence_vectors @ city.prepared.queries[key][0]).astype(np.float64)
        for key in features
    }
    words = {
        key: corpus.sentence_words.scores(lexical_query(f)).astype(np.float64)
        for key, f in features.items()
    }
    yield "nearness of sentences alone (e5)", tally(city, near)
    yield "words alone (BM25)", tally(city, words)
    yield "both by rank", tally(city, {key: by_rank(near[key], words[key]) for key in features})


def by_rank(*columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Reciprocal rank fusion as a score."""
    order = merged([[int(i) for i in np.argsort(-column, kind="stable")] for column in columns])
    scores = np.empty(len(order))
    scores[order] = -np.arange(len(order), dtype=np.float64)
    return scores


def markdown(table: Mapping[str, Mapping[str, float]], words: Mapping[str, str]) -> str:
    """The table for a page, its rows named by ``words`` where they know the name."""
    lines = [f"| | recall@10 | recall@20 | {words.get(FIRST, FIRST)} |", "|---|---:|---:|---:|"]
    for name, row in table.items():
        lines.append(
            f"| {words.get(name, name)} | "
            + " | ".join(f"{value:.3f}" for value in row.values())
            + " |"
        )
    return "\n".join(lines)


def fill_pages(table: Mapping[str, Mapping[str, float]]) -> None:
    """Write the table between its marks in both languages."""
    for name, words in PAGES.items():
        page = ROOT / name
        text = filled(page.read_text(encoding="utf-8"), {"ablation": markdown(table, words)})
        page.write_text(text, encoding="utf-8")


def main() -> None:
    """Measure every lever on every city; print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=Path, default=shared_gold())
    parser.add_argument("-o", "--output", type=Path, default=Path("out/ablation.json"))
    arguments = parser.parse_args()
    cities = load_cities(arguments.gold, load_standard(), unfitted_searcher())
    total: dict[str, Tally] = {}
    for city in cities:
        others = tuple(c for c in cities if c is not city)
        for name, counted in [*measure_simple(city), *measure_levers(city, others)]:
            total[name] = total[name] + counted if name in total else counted
        print(f"{city.name}: {total['all signals'].shares()} (so far)", flush=True)
    table = {name: counted.shares() for name, counted in total.items()}
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(table, ensure_ascii=False, indent=2), encoding="utf-8")
    fill_pages(table)
    grid = Table("", *next(iter(table.values())))
    for name, row in table.items():
        grid.add_row(name, *(f"{value:.3f}" for value in row.values()))
    Console().print(grid)


if __name__ == "__main__":
    main()
