"""What a second worker adds, on either engine. ``python -m eval.bench_scaling [ARCHIVE]``

Audits the same cities with ``screen`` (read, embed, search, screen, check, score: all of it work
for processors) with one worker and with two, one thread each, from an empty cache each time, and
prints how many cities an hour that makes, from the moment that the first worker is ready until the
last city is done; models that are loaded and a Ray that starts are told apart. ARCHIVE is a
folder as ``auditor batch`` takes it; without it ``--cities`` invented ones are made, the papers of
the sample with other figures, so that no vector serves two cities.

Run it on a machine that does nothing else and has a processor a worker. Exit 1 where two workers
of an engine make less than ``--least`` times the cities of one.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from auditor.archive.city import open_auditor
from auditor.archive.driving import Pass, alone
from auditor.archive.engines import Engine, Order, Told, Word
from auditor.archive.passing import Archive, Means, ask_for, plan_of
from auditor.archive.request import ArchiveRequest, keep_request
from auditor.choice import Choice
from auditor.cli.batch import ENGINES, engine_of
from auditor.core.jobs import JobState
from eval.bench_city import use_cache

SOURCE = Path(__file__).resolve().parents[1] / "examples/source"
CITY = "临澜市"
WORKERS = (1, 2)
FIRST_NAMES, LAST_NAMES = "甲乙丙丁戊己庚辛壬癸", "东南西北中"
SPREAD = 7
HOUR_S = 3600


@dataclass
class Clock:
    """Takes the times of a pass."""

    began: float = field(default_factory=time.monotonic)
    ready: float | None = None
    last: float = 0.0
    failed: list[str] = field(default_factory=list)

    def hear(self, told: Told) -> None:
        """A worker told something."""
        now = time.monotonic()
        if told.word is Word.READY and self.ready is None:
            self.ready = now
        elif told.word is Word.DONE:
            self.last = now
        elif told.word is Word.FAILED:
            self.failed.append(f"{told.subject}: {told.note}")

    def tick(self) -> None:
        """Time has passed."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A pass: cities done, seconds from the first ready worker to the last city, and before it."""

    cities: int
    seconds: float
    before: float

    @property
    def an_hour(self) -> float:
        """Cities an hour."""
        return self.cities * HOUR_S / self.seconds


def invent(folder: Path, cities: int) -> None:
    """Write the papers of so many invented cities: those of the sample with other figures."""
    names = [f"临{first}{last}市" for last in LAST_NAMES for first in FIRST_NAMES][:cities]
    for number, name in enumerate(names, start=1):
        (folder / name).mkdir(parents=True)
        for source in sorted(SOURCE.glob("*.md")):
            text = source.read_text(encoding="utf-8").replace(CITY, name)
            (folder / name / source.name).write_text(varied(text, number), encoding="utf-8")


def varied(text: str, number: int) -> str:
    """A text in which every line of words differs from that of any other city."""
    shift = number * SPREAD
    moved = re.sub(r"(?<![\d.])[1-9]\d{0,2}(?![\d.年])", lambda n: str(int(n[0]) + shift), text)
    return re.sub(r"。", f"（第{number}号）。", moved)


def measure(archive: Path, work: Path, opened: Callable[[], Engine], workers: int) -> Measured:
    """One pass from an empty cache into an empty folder."""
    use_cache(work / "cache")
    request = ArchiveRequest(str(archive.resolve()), Choice(dossier="", city="", judge="screen"))
    asked = ask_for(work / "out", request, Means(opened, workers=workers))
    asked.out.mkdir()
    with alone(asked.out):
        clock, done = drive(asked, opened, workers)
    if clock.ready is None or clock.failed:
        sys.exit("\n".join(clock.failed) or "no worker was ready")
    seconds, before = clock.last - clock.ready, clock.ready - clock.began
    return Measured(done, seconds, before)


def drive(asked: Archive, opened: Callable[[], Engine], workers: int) -> tuple[Clock, int]:
    """Plan and work; gives the times and how many cities were done."""
    keep_request(asked.out, asked.asked)
    store = asked.store()
    store.plan([city.job for city in plan_of(asked).cities])
    clock = Clock()
    engine = opened()
    order = Order(asked.out.resolve(), asked.asked.id, open_auditor)
    Pass(order, engine, store, clock, workers).drive()
    done = store.counts().get(JobState.DONE, 0)
    store.close()
    return clock, done


def compare(archive: Path, engines: Sequence[str], least: float) -> bool:
    """Measure each engine with one worker and two; tells whether all are good enough."""
    good = True
    kept = os.environ.get("AUDITOR_CACHE")
    for engine in engines:
        rates = []
        for workers in WORKERS:
            restore("AUDITOR_CACHE", kept)
            with tempfile.TemporaryDirectory(prefix="bench-scaling-") as folder:
                found = measure(archive, Path(folder), engine_of(engine), workers)
            rates.append(found.an_hour)
            print(
                f"{engine}, {workers} workers: {found.cities} cities in {found.seconds:.1f} s, "
                f"{found.an_hour:.1f} an hour; {found.before:.1f} s before the first began",
                flush=True,
            )
        ratio = rates[1] / rates[0]
        good &= ratio >= least
        print(f"{engine}: two workers make {ratio:.2f} times the cities of one", flush=True)
    return good


def restore(name: str, value: str | None) -> None:
    """Set a variable as it was."""
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path, nargs="?", help="a folder of cities")
    parser.add_argument("--cities", type=int, default=20, help="of the invented ones (50 at most)")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="default: each")
    parser.add_argument("--least", type=float, default=1.5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-cities-") as folder:
        archive = given.archive or Path(folder)
        if given.archive is None:
            invent(archive, given.cities)
        sys.exit(0 if compare(archive, given.engine or ENGINES, given.least) else 1)


if __name__ == "__main__":
    main()
