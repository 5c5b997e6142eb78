"""Tokens of all prompts of a city, the naive pipeline's beside ours, without asking any model.

``python -m eval.prompt_tokens GOLD_DIR --cities 济南市 -o out/tokens.json`` renders every prompt
(naive: one a feature; ours: one an item, and one a feature) and counts with the tokenizer of the
embedded GGUF, template included. Beside it stand the share of supported features of which a gold
quote is among what is shown, and the least that replies can take: the gold verdict with its first
quote for the naive pipeline, the form with nothing filled in for ours. Search weights are fitted on
the other cities of GOLD_DIR.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.table import Table

from auditor.core.criteria import Standard
from auditor.core.errors import AuditorError
from auditor.core.findings import Verdict
from auditor.core.run import Case
from auditor.evaluation.gold import GoldCity, GoldRow, gold_cities
from auditor.judge.calls import FIRST, Asker, Call
from auditor.judge.disclosure import OpenGate
from auditor.judge.sheet import form_of
from auditor.judging import by_item
from auditor.judging import split as split_cases
from auditor.search.engine import Searcher
from auditor.standard import load_standard
from auditor.voices import Hosting
from auditor.wiring import build_searcher
from eval.base import unfitted_searcher
from eval.baselines.naive_loading import load_folder
from eval.baselines.naive_prompt import question
from eval.baselines.naive_search import OurEmbeddings, search, split
from eval.cities import City, load_city
from eval.fit_screen import cases_of, fold_searcher
from eval.local_endpoint import local_endpoint
from eval.quotes_shown import Pieces, pieces_of_calls, pieces_of_records, recall_shown
from eval.subset import add_subset_options, read_subset, write_json

SMALL = 512


class Counter(Protocol):
    """Counts tokens: of a chat with its template, of a text alone."""

    def count_tokens(self, prompt: tuple[str, str]) -> int:
        """The tokens of (system, user)."""

    def count_text(self, text: str) -> int:
        """The tokens of a text."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """All prompts of one way to ask about a city, shortest replies, what is shown by feature."""

    way: str
    prompts: tuple[tuple[str, str], ...]
    replies: tuple[str, ...]
    pieces: dict[str, Pieces]


def naive_prompts(gold: GoldCity, standard: Standard, embeddings: OurEmbeddings) -> Prompts:
    """The naive pipeline's prompts: one a feature."""
    features = standard.features
    records = search(split(load_folder(gold.documents).documents), embeddings, features)
    asked = tuple(question(gold.name, f, r) for f, r in zip(features, records, strict=True))
    replies = tuple(right_reply(gold.rows[f.id]) for f in features if f.id in gold.rows)
    return Prompts("naive", asked, replies, pieces_of_records(records))


def right_reply(row: GoldRow) -> str:
    """What the naive pipeline's model would say if it were right."""
    quote = row.quotes[0].text if row.quotes and row.verdict is not Verdict.NO_EVIDENCE else ""
    return json.dumps({"verdict": row.verdict.value, "quote": quote}, ensure_ascii=False)


def our_prompts(cases: Sequence[Case], standard: Standard, per_feature: bool) -> Prompts:
    """Our first calls: one an item, or one a feature; a feature without passages asks nothing."""
    hosting = Hosting("openai:none", "http://127.0.0.1:9/v1", per_feature=per_feature)
    asker = hosting.askers(lambda _: OpenGate())[0]
    calls = first_calls(cases, standard, asker)
    asked = tuple((call.system, call.user) for call in calls)
    forms = tuple(form_of(call.features) for call in calls)
    way = "per feature" if per_feature else "per item"
    return Prompts(way, asked, forms, pieces_of_calls(calls))


def first_calls(cases: Sequence[Case], standard: Standard, asker: Asker) -> list[Call]:
    """The first call on each group of features, as the hosted judge makes them."""
    calls = []
    for item in by_item(cases, standard.items):
        for group in split_cases(item) if asker.asking.per_feature else [item]:
            sheet = asker.sheet(group)
            if sheet.by_label:
                calls.append(asker.call(group, sheet, FIRST))
    return calls


def left_out_searcher(city: City, cities: Sequence[City], base: Searcher) -> Searcher:
    """A searcher whose weights were fitted on every other city."""
    return fold_searcher(base, [other for other in cities if other is not city], True)


def measured(gold: GoldCity, ways: Iterable[Prompts], counter: Counter) -> dict[str, Any]:
    """Tokens, calls and recall of each way, and each way's tokens as a share of the naive ones."""
    table: dict[str, Any] = {}
    for way in ways:
        found, asked = recall_shown(gold, way.pieces)
        table[way.way] = {
            "calls": len(way.prompts),
            "prompt_tokens": sum(map(counter.count_tokens, way.prompts)),
            "least_reply_tokens": sum(map(counter.count_text, way.replies)),
            "shown_recall": round(found / asked, 4) if asked else None,
            "supported": asked,
        }
    naive = table["naive"]["prompt_tokens"]
    for row in table.values():
        row["of_naive"] = round(row["prompt_tokens"] / naive, 4) if naive else None
    return table


def measure_tokens(
    folder: Path, names: Sequence[str], counter: Counter, in_sample: bool = False
) -> dict[str, Any]:
    """Measure the named cities.

    By default every city of the folder is read, to fit the search weights; ``in_sample`` takes the
    shipped ones, which may have seen the cities.
    """
    standard, base = load_standard(), unfitted_searcher()
    golds = {gold.name: gold for gold in read_subset(folder, standard, names).golds}
    read = golds.values() if in_sample else gold_cities(folder)
    cities = [load_city(gold, standard, base) for gold in read]
    embeddings = OurEmbeddings(base.embedder)
    table = {}
    for city in (c for c in cities if c.name in golds):
        shipped = build_searcher(base.embedder) if in_sample else None
        cases = cases_of(city, standard, shipped or left_out_searcher(city, cities, base))
        ways = [naive_prompts(city.gold, standard, embeddings)]
        ways += [our_prompts(cases, standard, per_feature) for per_feature in (False, True)]
        table[city.name] = measured(city.gold, ways, counter)
    return table


def print_tokens(console: Console, table: dict[str, Any]) -> None:
    """One row a city and way."""
    names = (
        "calls",
        "prompt_tokens",
        "of_naive",
        "least_reply_tokens",
        "shown_recall",
        "supported",
    )
    grid = Table("", "way", *names)
    for city, ways in table.items():
        for way, row in ways.items():
            grid.add_row(city, way, *(str(row[name]) for name in names))
    console.print(grid)


def main() -> None:
    """Render, count, print, and keep the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_subset_options(parser)
    parser.add_argument("--in-sample", action="store_true", help="shipped search weights")
    parser.add_argument("-o", "--output", type=Path, default=Path("out/prompt-tokens.json"))
    given = parser.parse_args()
    console = Console(width=120)
    try:
        with local_endpoint(context=SMALL) as endpoint:
            table = measure_tokens(given.gold_dir, given.cities, endpoint, given.in_sample)
    except AuditorError as error:
        raise SystemExit(str(error)) from error
    write_json(table, given.output)
    print_tokens(console, table)


if __name__ == "__main__":
    main()
