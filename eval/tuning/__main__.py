"""``python -m eval.tuning``: nearness alone, on cities that no fit saw.

For each left-out city: how often a passage with a gold quote is among the ten whose best sentence
is nearest (recall@10, features that are facts), and how often the nearest sentence is a quoted
one; by the embedder as it came, with the adapter, and with its upper layers tuned.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from torch import Tensor

from auditor.standard import load_standard
from eval.ablation import Tally, tally
from eval.base import unfitted_searcher
from eval.cities import City, load_cities, shared_gold
from eval.fit_adapter import fit_adapter
from eval.tuning.fit import fit_upper, query_states, sentence_states
from eval.tuning.layers import Upper
from eval.tuning.states import States

CHUNK = 64
Matrix = NDArray[np.float32]


def nearness(city: City, asked: dict[str, Matrix], sentences: Matrix) -> Tally:
    """Rank by the cosine to the mean of a feature's queries."""
    scores = {
        key: (sentences @ queries.mean(axis=0)).astype(np.float64)
        for key, queries in asked.items()
        if city.quoted[key].any()
    }
    return tally(city, scores)


def plain(city: City) -> Tally:
    """The embedder as it came."""
    return nearness(city, dict(city.prepared.queries), city.corpus.sentence_vectors)


def adapted(city: City, others: Sequence[City]) -> Tally:
    """Its vectors turned by an adapter that was fitted on other cities."""
    adapter = fit_adapter(others)
    asked = {
        key: adapter.query.of(q.mean(axis=0)[None]) for key, q in city.prepared.queries.items()
    }
    return nearness(city, asked, adapter.passage.of(city.corpus.sentence_vectors))


def tuned(city: City, others: Sequence[City]) -> Tally:
    """Its upper layers tuned on other cities."""
    upper = fit_upper(others)
    places, states = query_states(city)
    rows = encoded(upper, states)
    asked = {key: rows[found] for key, found in places.items()}
    return nearness(city, asked, encoded(upper, sentence_states(city)))


@torch.inference_mode()
def encoded(upper: Upper, states: States) -> Matrix:
    """The vectors of all texts, shape (texts, width)."""
    parts: list[Tensor] = []
    for start in range(0, len(states), CHUNK):
        places = range(start, min(start + CHUNK, len(states)))
        parts.append(upper(states.rows(places)))
    return np.asarray(torch.cat(parts).numpy(), dtype=np.float32)


def main() -> None:
    """Measure every city, print the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=Path, default=shared_gold())
    cities = load_cities(parser.parse_args().gold, load_standard(), unfitted_searcher())
    total: dict[str, Tally] = {}
    for city in cities:
        others = [c for c in cities if c is not city]
        ways = {"plain": plain(city), "adapter": adapted(city, others)}
        ways["tuned"] = tuned(city, others)
        for name, counted in ways.items():
            total[name] = total[name] + counted if name in total else counted
            print(f"{city.name} {name}: {counted.shares()}", flush=True)
    grid = Table("", *next(iter(total.values())).shares())
    for name, counted in total.items():
        grid.add_row(name, *(f"{value:.3f}" for value in counted.shares().values()))
    Console().print(grid)


if __name__ == "__main__":
    main()
