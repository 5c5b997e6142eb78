"""The naive pipeline and ours on the same cities, embedder, model and endpoint, in one run.

``python -m eval.compare_naive GOLD_DIR --judge provider:model --base-url URL -o out/compare``
runs both and prints them side by side: quality, gold quotes among what was shown, calls, tokens,
time. ``--local`` serves the embedded GGUF instead: without any network, but slow, so give
``--cities`` and ``--only``. Everything that a model answered is kept in the folder: an interrupted
run goes on. ``--leave-out`` fits our search on the other cities of GOLD_DIR, where the shipped
weights have seen them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from auditor.core.errors import AuditorError, ConfigurationError
from auditor.judge.endpoints import REPLY_FORMS, Endpoint, parse_endpoint
from auditor.standard import load_standard
from auditor.wiring import build_embedder
from eval.baselines.naive import CONCURRENCY, naive_table, open_asker, run_all
from eval.baselines.naive_search import OurEmbeddings
from eval.local_endpoint import local_endpoint
from eval.quotes_shown import pieces_of_records, recall_shown
from eval.run_ours import Voice, measure_ours
from eval.subset import Subset, add_subset_options, read_subset, write_json

QUALITY = (
    "n", "qwk", "green_f1", "false_green", "planned_as_green", "exact", "citation_precision",
    "citations", "failures",
)  # fmt: skip
SPENT = ("calls", "prompt_tokens", "completion_tokens", "seconds")
LOCAL_TIMEOUT_S = 1800.0
TIMEOUT_S = 180.0
Say = Callable[[str], None]
Sides = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared: the subset, how a model is asked, where answers are kept."""

    subset: Subset
    voice: Voice
    folder: Path
    leave_out: Path | None = None


def compare_both(plan: Plan, say: Say) -> dict[str, Any]:
    """Run the naive pipeline, then ours; gives both tables and the rows side by side.

    Raises:
        EndpointError: the endpoint refuses or cannot be reached; what was answered is kept.
    """
    tables = {"naive": measure_naive(plan, say)}
    tables["ours"] = measure_ours(plan.subset, plan.voice, plan.folder, plan.leave_out, say)
    return {
        "model": plan.voice.endpoint.name,
        "only": plan.subset.only,
        "per_feature": plan.voice.per_feature,
        "side_by_side": rows_of(tables),
        **tables,
    }


def measure_naive(plan: Plan, say: Say) -> dict[str, Any]:
    """Run and measure the naive pipeline, with the gold quotes among what it shows."""
    voice = plan.voice
    replies = plan.folder / "naive-replies.jsonl"
    asker = open_asker(voice.endpoint, voice.public, voice.concurrency, replies)
    golds = plan.subset.golds
    runs = run_all(plan.subset, asker, OurEmbeddings(build_embedder(None)), say)
    table = naive_table(golds, runs, voice.endpoint)
    shown = [
        recall_shown(g, pieces_of_records(r.records)) for g, r in zip(golds, runs, strict=True)
    ]
    table["shown"] = {g.name: list(counts) for g, counts in zip(golds, shown, strict=True)}
    return table


def rows_of(tables: Sides) -> dict[str, dict[str, float | None]]:
    """One row a measure, pooled over the cities: naive and ours."""
    rows: dict[str, dict[str, float | None]] = {}
    for side, table in tables.items():
        found = {name: table["pooled"].get(name) for name in QUALITY}
        given = _sums(row.values() for row in table["quotes"].values())
        found["quotes_not_verbatim"] = given[0]
        shown = _sums(table["shown"].values())
        found["gold_quotes_shown"] = round(shown[0] / shown[1], 4) if shown[1] else None
        found["supported_features"] = shown[1]
        found |= {name: table["cost"].get(name) for name in SPENT}
        for name, value in found.items():
            rows.setdefault(name, {})[side] = value
    return rows


def _sums(pairs: Any) -> tuple[int, int]:
    listed = [tuple(pair) for pair in pairs]
    return sum(p[0] for p in listed), sum(p[1] for p in listed)


def print_rows(console: Console, table: Mapping[str, Any]) -> None:
    """Naive beside ours, and ours as a share of naive where that says something."""
    grid = Table(f"{table['model']}  {table['only'] or ''}", "naive", "ours", "ours / naive")
    for name, row in table["side_by_side"].items():
        naive, ours = row["naive"], row["ours"]
        share = f"{ours / naive:.2f}" if name in SPENT and naive and ours is not None else ""
        grid.add_row(name, *("—" if v is None else f"{v:g}" for v in (naive, ours)), share)
    console.print(grid)
    fitted = table["ours"]["in_sample"]
    if fitted:
        console.print(f"in-sample for the shipped search weights: {', '.join(fitted)}")


@contextmanager
def chosen_endpoint(given: argparse.Namespace) -> Iterator[Endpoint]:
    """The endpoint that was named, or the embedded model served for as long as this lasts."""
    if given.local:
        with local_endpoint(threads=given.threads) as served:
            found = parse_endpoint(served.spec, served.base_url, given.reply_form)
            yield replace(found, timeout_s=LOCAL_TIMEOUT_S, max_retries=0)
    elif given.judge:
        yield parse_endpoint(given.judge, given.base_url, given.reply_form)
    else:
        raise ConfigurationError("No model is named.", hint="Give --judge provider:model.")


def main() -> None:
    """Compare, print, and keep the figures as compare.json in the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_subset_options(parser)
    parser.add_argument("--judge", help="provider:model")
    parser.add_argument("--base-url")
    parser.add_argument("--local", action="store_true", help="serve the embedded GGUF")
    parser.add_argument("--threads", type=int, help="of the local model")
    parser.add_argument("--public", action="store_true", help="every paper is public")
    parser.add_argument("--per-feature", action="store_true", help="ours: one call a feature")
    parser.add_argument("--reply-form", default="auto", choices=("auto", *REPLY_FORMS))
    parser.add_argument("--concurrency", type=int, help=f"default {CONCURRENCY}, 1 with --local")
    parser.add_argument("--leave-out", action="store_true", help="fit our search on other cities")
    parser.add_argument("-o", "--output", type=Path, default=Path("out/compare"))
    given = parser.parse_args()
    console = Console(width=120)
    at_once = given.concurrency or (1 if given.local else CONCURRENCY)
    try:
        subset = read_subset(given.gold_dir, load_standard(), given.cities, given.only)
        with chosen_endpoint(given) as endpoint:
            voice = Voice(endpoint, given.per_feature, given.public, at_once)
            folds = given.gold_dir if given.leave_out else None
            table = compare_both(Plan(subset, voice, given.output, folds), console.log)
    except AuditorError as error:
        raise SystemExit(str(error)) from error
    write_json(table, given.output / "compare.json")
    print_rows(console, table)


if __name__ == "__main__":
    main()
