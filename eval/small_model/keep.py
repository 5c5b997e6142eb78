"""Ask the model about every row and keep what it says: ``python -m eval.small_model.keep``."""

from __future__ import annotations

import argparse
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.progress import track

from auditor.standard import load_standard
from auditor.wiring import cache_dir, prepare_local
from eval.base import unfitted_searcher
from eval.cities import load_cities, shared_gold
from eval.small_model.engine import SmallModel
from eval.small_model.pairs import Row, rows_of
from eval.small_model.uses import ask, likelihood, prefer, sample

SAMPLED, MOST = 100, 460
EVERY = 50


def kept_file() -> Path:
    """Where rows and answers are kept, so that a run can go on and be measured again."""
    return cache_dir() / "small-model.pkl"


def load_kept() -> dict[str, Any]:
    """What was kept: ``cities``, ``rows``, and one table of answers by row for each use."""
    file = kept_file()
    return dict(pickle.loads(file.read_bytes())) if file.is_file() else {}


def save_kept(kept: Mapping[str, Any]) -> None:
    """Write all of it, or nothing."""
    draft = kept_file().with_suffix(".part")
    draft.write_bytes(pickle.dumps(dict(kept)))
    draft.replace(kept_file())


def collect(
    kept: dict[str, Any], use: str, places: Sequence[int], asked: Callable[[Row], Any]
) -> None:
    """Ask for the rows that have no answer yet."""
    found = kept.setdefault(use, {})
    missing = [i for i in places if i not in found]
    for number, place in enumerate(track(missing, description=use), 1):
        found[place] = asked(kept["rows"][place])
        if number % EVERY == 0:
            save_kept(kept)
    save_kept(kept)


def main() -> None:
    """Make the rows, then ask in each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=Path, default=shared_gold())
    folder = parser.parse_args().gold
    kept = load_kept()
    if "rows" not in kept:
        standard, base = load_standard(), unfitted_searcher()
        cities = load_cities(folder, standard, base)
        kept = {"cities": [c.name for c in cities], "rows": rows_of(cities, standard, base)}
        save_kept(kept)
    rows = kept["rows"]
    model = SmallModel(prepare_local(print))
    few = sample(rows, SAMPLED)
    kept["likelihood"] = {i: v for i, v in kept.get("likelihood", {}).items() if i in few}
    collect(kept, "likelihood", few, lambda row: likelihood(model, row))
    collect(kept, "pairwise", few, lambda row: prefer(model, row))
    collect(kept, "answer", sample(rows, MOST), lambda row: ask(model, row))


if __name__ == "__main__":
    main()
