"""Fit what a small model's reading is worth, and measure ``local`` beside ``screen``.

``python -m eval.fit_local`` reads the evidence of every labelled city (hours without the kept
readings; they are kept under the cache folder, so that it can be broken off and go on), each
under weights fitted on the other cities. The mix is fitted leave-one-city-out; ``--write`` fits
it on all cities and writes auditor/judge/weights/local.json; where held-out cities show no gain,
every weight is 0.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from rich.progress import track

from auditor.checking import check_and_relate
from auditor.core.criteria import Standard
from auditor.core.errors import AuditorError
from auditor.core.findings import Failure, Judgement
from auditor.core.run import Case
from auditor.evaluation.compare import CityResult, compare, summary
from auditor.evaluation.metrics import measure
from auditor.judge.local import LocalJudge, Mix, Reader
from auditor.judge.screen import STEPS, ScreenJudge, ScreenModel, screen_from
from auditor.prompts import load_prompt
from auditor.search.engine import Searcher
from auditor.standard import load_standard
from auditor.store.journal import Journal
from auditor.wiring import cache_dir, prepare_local
from eval.base import unfitted_searcher
from eval.cities import City, load_cities, shared_gold
from eval.fit_screen import cases_of, fit_screen, fold_searcher

WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0)
LEAST_GAIN = 0.005
VALUED = ("qwk", "green_f1")
POSSIBLE = 0.15
TARGET = Path(__file__).resolve().parents[1] / "auditor/judge/weights/local.json"


class NotKeptError(AuditorError):
    """A reading is asked for that was not kept, and there is no model to make it."""


class KeptReader:
    """A reader whose replies are kept under a hash of everything that was asked."""

    def __init__(self, name: str, journal: Journal, reader: Reader | None) -> None:
        self.name = name
        self._journal = journal
        self._reader = reader

    def ask(self, messages: tuple[str, str], schema: Mapping[str, Any], tokens: int) -> Any:
        """Give the kept reply, or ask and keep it."""
        asked = json.dumps([self.name, messages, schema, tokens], ensure_ascii=False)
        key = hashlib.sha256(asked.encode()).hexdigest()
        kept = self._journal.get(key)
        if kept is None:
            if self._reader is None:
                raise NotKeptError(
                    "this reading was not kept", hint="Run python -m eval.fit_local."
                )
            kept = {"reply": self._reader.ask(messages, schema, tokens)}
            self._journal.put(key, kept)
        return kept["reply"]


@dataclass(frozen=True, slots=True)
class Read:
    """A labelled city, its cases, the screen that never saw it, and the readings."""

    city: City
    cases: Sequence[Case]
    screen: ScreenModel
    reader: KeptReader


def fold_of(
    city: City, cities: Sequence[City], standard: Standard, base: Searcher, reader: KeptReader
) -> Read:
    """Fit on the other cities and search this one."""
    others = [c for c in cities if c is not city]
    screen = screen_from(fit_screen(others, standard, base), "fold")
    cases = cases_of(city, standard, fold_searcher(base, others, True))
    return Read(city, cases, screen, reader)


def read_all(read: Read, only_kept: bool) -> bool:
    """Make or look up every reading of a city; tell whether all are there."""
    judge = LocalJudge(read.screen, read.reader, load_prompt("read-evidence"), mix_of((0.0,) * 4))
    cases = read.cases if only_kept else track(read.cases, description=read.city.name)
    try:
        for case in cases:
            judge.judge_one(case)
    except NotKeptError:
        return False
    return True


def mix_of(weights: Sequence[float], quality: str = "") -> Mix:
    """A mix with the given weight per step."""
    return Mix(dict(zip(STEPS, weights, strict=True)), 0.5, POSSIBLE, quality, "fit")


def result_of(read: Read, standard: Standard, mix: Mix | None) -> CityResult:
    """Judge a city with a mix (None: screen alone), check, relate and compare."""
    judge = ScreenJudge(read.screen)
    if mix is not None:
        judge = LocalJudge(read.screen, read.reader, load_prompt("read-evidence"), mix)
    outcomes: dict[str, Judgement | Failure] = {
        o.feature_id: o for o in judge.judge(list(read.cases))
    }
    findings = check_and_relate(read.cases, outcomes, standard)
    return compare(read.city.gold, [c.record for c in read.cases], findings)


def value_of(results: Sequence[CityResult]) -> float:
    """What the fit maximises: QWK plus F1 of green, pooled."""
    pooled = measure([pair for result in results for pair in result.pairs])
    return pooled.qwk + pooled.green_f1


def best_mix(reads: Sequence[Read], standard: Standard) -> tuple[float, ...]:
    """The weights that help most; none where the gain is within noise."""
    zero = (0.0, 0.0, 0.0, 0.0)
    best, best_value = zero, value_of([result_of(r, standard, None) for r in reads]) + LEAST_GAIN
    for partly, green in product(WEIGHTS, WEIGHTS):
        weights = (0.0, partly, green, green)
        if weights == zero:
            continue
        value = value_of([result_of(r, standard, mix_of(weights)) for r in reads])
        if value > best_value:
            best, best_value = weights, value
    return best


def measure_folds(reads: Sequence[Read], standard: Standard) -> dict[str, Any]:
    """``screen`` and ``local`` on the same cities, the mix of each fitted on the others."""
    screen = [result_of(r, standard, None) for r in reads]
    local, chosen = [], {}
    for read in reads:
        weights = best_mix([r for r in reads if r is not read], standard)
        chosen[read.city.name] = weights
        local.append(result_of(read, standard, mix_of(weights)))
    return {"screen": summary(screen), "local": summary(local), "weights": chosen}


def measure_local(
    cities: Sequence[City], standard: Standard, base: Searcher
) -> dict[str, Any] | None:
    """Measure with the readings that were kept; None where fewer than two cities were read."""
    journal = Journal(cache_dir() / "readings.db")
    reader = KeptReader(prepare_local(print).stem, journal, None)
    reads = [fold_of(c, cities, standard, base, reader) for c in cities]
    reads = [r for r in reads if read_all(r, only_kept=True)]
    return measure_folds(reads, standard) if len(reads) > 1 else None


def shipped_mix(
    reads: Sequence[Read], standard: Standard, table: Mapping[str, Any]
) -> tuple[float, ...]:
    """The mix fitted on all cities, or none where held-out cities show no gain."""
    gain = sum(table["local"]["pooled"][m] - table["screen"]["pooled"][m] for m in VALUED)
    return best_mix(reads, standard) if gain >= LEAST_GAIN else (0.0,) * len(STEPS)


def quality_line(weights: Sequence[float], table: Mapping[str, Any]) -> str:
    """One sentence on what ``local`` measured, for the first line of every output.

    Empty where the reading moves nothing: then ``screen``'s own line is shown.
    """
    pooled, beside = table["local"]["pooled"], table["screen"]["pooled"]
    names = "、".join(table["local"]["cities"])
    if not any(weights):
        return ""
    return (
        f"初筛模型加本地小模型读句；{names}逐城留出测得：QWK {pooled['qwk']:.2f}"
        f"（初筛 {beside['qwk']:.2f}），绿色 F1 {pooled['green_f1']:.2f}"
        f"（初筛 {beside['green_f1']:.2f}），误绿占特征 {pooled['false_green']:.1%}"
    )


def write_mix(weights: Sequence[float], table: Mapping[str, Any]) -> None:
    """Write the mix and its measured quality."""
    row = {
        "mean": 0.5,
        "possible": POSSIBLE,
        "quality": quality_line(weights, table),
        "weights": {s.value: w for s, w in zip(STEPS, weights, strict=True)},
    }
    TARGET.write_text(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def main() -> None:
    """Read, measure and, with --write, fit."""
    from auditor.judge.local_model import LlamaReader

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", type=Path, default=shared_gold())
    parser.add_argument("--cities", help="names, with commas; all by default")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    standard, base = load_standard(), unfitted_searcher()
    cities = load_cities(arguments.gold, standard, base)
    model = prepare_local(print)
    reader = KeptReader(model.stem, Journal(cache_dir() / "readings.db"), LlamaReader(model))
    wanted = arguments.cities.split(",") if arguments.cities else [c.name for c in cities]
    reads = []
    for city in (c for c in cities if c.name in wanted):
        reads.append(fold_of(city, cities, standard, base, reader))
        read_all(reads[-1], only_kept=False)
    table = measure_folds(reads, standard)
    text = json.dumps(table, ensure_ascii=False, indent=2, sort_keys=True)
    print(json.dumps({k: table[k]["pooled"] for k in ("screen", "local")}, indent=2))
    if arguments.output:
        arguments.output.write_text(text + "\n", encoding="utf-8")
    if arguments.write:
        write_mix(shipped_mix(reads, standard, table), table)


if __name__ == "__main__":
    main()
