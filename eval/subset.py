"""Part of a gold set: some cities, one node of the standard."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditor.core.criteria import Feature, Standard
from auditor.core.errors import ConfigurationError
from auditor.evaluation.gold import GoldCity, gold_cities
from auditor.pipeline import chosen_features


@dataclass(frozen=True, slots=True)
class Subset:
    """Labelled cities whose rows are those of the chosen features."""

    golds: tuple[GoldCity, ...]
    features: tuple[Feature, ...]
    only: str | None = None


def read_subset(
    folder: Path, standard: Standard, cities: Sequence[str] = (), only: str | None = None
) -> Subset:
    """Read a gold set and keep the named cities (default all) and one node's features.

    Raises:
        ConfigurationError: no such city, no such node, or no gold set.
    """
    features = chosen_features(standard, only)
    wanted = {feature.id for feature in features}
    golds = gold_cities(folder)
    unknown = set(cities) - {gold.name for gold in golds}
    if unknown:
        names = "、".join(gold.name for gold in golds)
        raise ConfigurationError(
            f"{folder} holds no gold set of {'、'.join(sorted(unknown))}.", hint=f"It has {names}."
        )
    kept = tuple(
        replace(gold, rows={key: row for key, row in gold.rows.items() if key in wanted})
        for gold in golds
        if not cities or gold.name in cities
    )
    return Subset(kept, features, only)


def add_subset_options(parser: argparse.ArgumentParser) -> None:
    """Declare GOLD_DIR, ``--cities`` and ``--only``."""
    parser.add_argument("gold_dir", type=Path, help="folder of labelled cities")
    parser.add_argument("--cities", nargs="+", default=(), help="names of cities, default all")
    parser.add_argument("--only", help="one node of the standard, e.g. 8.2.4")


def write_json(table: Mapping[str, Any], file: Path) -> None:
    """Write a table in the form that ``auditor eval -o`` writes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(table, ensure_ascii=False, sort_keys=True, indent=2)
    file.write_text(text + "\n", encoding="utf-8")
