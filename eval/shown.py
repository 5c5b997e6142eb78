"""What a large model is shown, by budget: tokens of all first calls, and gold quotes among it.

``python -m eval.shown GOLD_DIR --cities 杭州市 --budgets 300,500,700`` prints a row a city, way
(one call an item, one a feature) and budget. Nothing is asked of a model. Tokens are those of the
embedded e5's tokenizer (XLM-R), which counts Chinese about as a chat model's does. By default each
city is searched with weights fitted on the others; ``--in-sample`` takes the shipped ones.

Recall is of supported features (``eval.quotes_shown``): any gold quote among the sentences shown.
``of all``: the share of all their quotes. ``passages``: any quote in a passage of which something
is shown.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tokenizers import Tokenizer

from auditor.core.criteria import Standard
from auditor.core.run import Case
from auditor.evaluation.gold import GoldCity, fold
from auditor.evaluation.retrieval import shares
from auditor.judge.calls import FIRST, Asker, Asking, Call
from auditor.judge.disclosure import OpenGate
from auditor.judge.endpoints import Endpoint
from auditor.judge.showing import Budget
from auditor.judging import by_item
from auditor.prompts import load_prompt
from auditor.search.engine import Searcher
from auditor.standard import load_standard
from auditor.wiring import build_embedder, build_searcher, cache_dir
from eval.base import unfitted_searcher
from eval.cities import City, load_cities, shared_gold
from eval.fit_screen import cases_of, fold_searcher
from eval.quotes_shown import Pieces, pieces_of_calls, recall_shown

NOWHERE = Endpoint("openai", "none", "http://127.0.0.1:9/v1")
NAIVE_TOP, NAIVE_CHUNK, NAIVE_PROMPT = 4, 800, 450
"""What a call of the naive pipeline holds: chunks, their characters, tokens of its own words."""
Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Row:
    """One way to show one city within one budget."""

    city: str
    way: str
    budget: int
    calls: int
    tokens: int
    any_quote: float
    all_quotes: float
    passages: float


def first_calls(cases: Sequence[Case], standard: Standard, asking: Asking) -> list[Call]:
    """The calls that open each talk; a group without any sentence asks nothing."""
    task = "judge-feature" if asking.per_feature else "judge-item"
    asker = Asker(NOWHERE, load_prompt(task), OpenGate(), asking)
    calls = []
    for item in by_item(cases, standard.items):
        for group in [[case] for case in item] if asking.per_feature else [item]:
            sheet = asker.sheet(group)
            if sheet.by_label:
                calls.append(asker.call(group, sheet, FIRST))
    return calls


def measure_shown(
    gold: GoldCity, cases: Sequence[Case], standard: Standard, asking: Asking, count: Count
) -> Row:
    """Measure one city with one budget."""
    calls = first_calls(cases, standard, asking)
    pieces = pieces_of_calls(calls)
    found, asked = recall_shown(gold, pieces)
    in_passages, _ = recall_shown(gold, _whole_passages(calls))
    return Row(
        city=gold.name,
        way="feature" if asking.per_feature else "item",
        budget=asking.budget.per_feature,
        calls=len(calls),
        tokens=sum(count(call.system) + count(call.user) for call in calls),
        any_quote=found / max(asked, 1),
        all_quotes=_share_of_quotes(gold, pieces),
        passages=in_passages / max(asked, 1),
    )


def _whole_passages(calls: Iterable[Call]) -> dict[str, Pieces]:
    return {
        feature.id: tuple((p.document, p.text) for p in call.sheet.passages)
        for call in calls
        for feature in call.features
    }


def _share_of_quotes(gold: GoldCity, pieces: dict[str, Pieces]) -> float:
    found = asked = 0
    for feature_id, row in gold.rows.items():
        if not row.verdict.is_fact:
            continue
        for quote in row.quotes:
            asked += 1
            found += any(
                document == quote.document and shares(fold(text), fold(quote.text))
                for document, text in pieces.get(feature_id, ())
            )
    return found / max(asked, 1)


def naive_tokens(city: City, count: Count) -> int:
    """About what one call a feature with the top four chunks takes, in the same tokens."""
    text = "".join(d.text for d in city.documents)
    per_character = count(text) / max(len(text), 1)
    chunk = min(NAIVE_CHUNK, len(text) / NAIVE_TOP)
    return round(376 * (NAIVE_TOP * chunk * per_character + NAIVE_PROMPT))


def e5_tokens() -> Count:
    """A counter of the embedded e5's tokens."""
    (file,) = (cache_dir() / "models").glob("multilingual-e5-small-onnx-*/tokenizer.json")
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def table_of(rows: Iterable[Row], naive: dict[str, int]) -> Table:
    """One line a row; tokens beside those of the naive pipeline."""
    grid = Table(
        "city", "way", "budget", "calls", "tokens", "of naive", "any", "of all", "passages"
    )
    for row in rows:
        shares_ = (f"{value:.3f}" for value in (row.any_quote, row.all_quotes, row.passages))
        share = f"{row.tokens / naive[row.city]:.2f}"
        grid.add_row(
            row.city, row.way, str(row.budget), str(row.calls), str(row.tokens), share, *shares_
        )
    return grid


def searcher_for(city: City, cities: Sequence[City], base: Searcher, in_sample: bool) -> Searcher:
    """The shipped searcher, or one whose weights never saw the city."""
    if in_sample:
        return build_searcher(build_embedder())
    return fold_searcher(base, [c for c in cities if c is not city], True)


def main() -> None:
    """Sweep the budgets over the cities."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path, nargs="?", default=shared_gold())
    parser.add_argument("--cities", nargs="*")
    parser.add_argument("--budgets", default="700", help="characters a feature, comma between")
    parser.add_argument("--ways", nargs="*", choices=("item", "feature"), default=["item"])
    parser.add_argument("--in-sample", action="store_true")
    given = parser.parse_args()
    standard, base, count = load_standard(), unfitted_searcher(), e5_tokens()
    cities = load_cities(given.gold, standard, base)
    naive, rows = {}, []
    for city in cities:
        if given.cities and city.name not in given.cities:
            continue
        naive[city.name] = naive_tokens(city, count)
        cases = cases_of(city, standard, searcher_for(city, cities, base, given.in_sample))
        for way in given.ways:
            for budget in map(int, given.budgets.split(",")):
                asking = Asking(way == "feature", Budget(per_feature=budget))
                rows.append(measure_shown(city.gold, cases, standard, asking, count))
    Console(width=110).print(table_of(rows, naive))


if __name__ == "__main__":
    main()
