"""CPU seconds per city and stage, one city after another in one process, from an empty cache.

``python -m eval.bench_city FOLDER --cities 3`` takes FOLDER's files as one dossier each (the name
up to the first ``_`` is the city). Seconds are of processor time, of this process and of the
programs that it ran and that ended in order; LibreOffice, which is ended by force, is looked at
while it runs. Wall time means nothing on a busy machine.
A stage's seconds do not hold those of a stage within it.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import importlib
import os
import pstats
import resource
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from auditor.choice import Choice
from auditor.core.run import Silence
from auditor.delivering import deliver
from auditor.ingest import taking
from auditor.ingest.lending import LentPools
from auditor.pipeline import run_audit
from auditor.store.journal import Journal
from auditor.store.run_folder import STATE_FOLDER
from auditor.wiring import Common, Place, build_common, cache_dir, parts_of

STAGES = {
    "intake": ("auditor.pipeline", "receive"),
    "cut": ("auditor.pipeline", "cut_all"),
    "embed": ("auditor.store.vectors", "VectorStore.get_or_embed"),
    "index (Chroma)": ("auditor.search.engine", "Searcher._nearest"),
    "lexical index": ("auditor.search.lexical", "LexicalIndex.__init__"),
    "search, signals": ("auditor.search.engine", "Searcher.search"),
    "coverage": ("auditor.pipeline", "_coverage"),
    "judge": ("auditor.pipeline", "judge_cases"),
    "instructions": ("auditor.pipeline", "instructions_of"),
    "checks, relations": ("auditor.pipeline", "check_and_relate"),
    "contradictions": ("auditor.pipeline", "contradictions_in"),
    "score": ("auditor.pipeline", "score_findings"),
    "write run folder": ("auditor.delivering", "write_run"),
    "write intake": ("auditor.delivering", "write_intake"),
    "numbers of the report": ("auditor.delivering", "result_of"),
    "HTML report": ("auditor.delivering", "write_report"),
}
"""A stage and the function that it is, by the name under which it is called."""
OFFICE = "layout (LibreOffice)"
SHOWN = 40
LOOK_S = 0.02
POOLS = LentPools(1)


def processor_s() -> float:
    """Seconds of processor time so far, of this process and of those that it waited for."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


class Clock:
    """Adds up processor seconds by stage; a stage within another is taken out of it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._open: list[float] = []

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Take the time of what is done inside."""
        began = processor_s()
        self._open.append(0.0)
        try:
            yield
        finally:
            spent = processor_s() - began
            own = spent - self._open.pop()
            self.add(name, own)
            if self._open:
                self._open[-1] += spent

    def add(self, name: str, seconds: float) -> None:
        """Add what was measured in another way."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The function with its time taken."""

        def timed(*given: Any, **named: Any) -> Any:
            with self.stage(name):
                return call(*given, **named)

        return timed


def watch(clock: Clock, stages: Mapping[str, tuple[str, str]]) -> None:
    """Put the clock around the functions of the stages, for the rest of this process."""
    for name, (module, path) in stages.items():
        owner: Any = importlib.import_module(module)
        *classes, last = path.split(".")
        for part in classes:
            owner = getattr(owner, part)
        setattr(owner, last, clock.around(name, getattr(owner, last)))


def watch_office(clock: Clock) -> None:
    """Add LibreOffice's own time: it is ended by force, so that the system adds it to nobody's."""

    def timed(*given: Any, **named: Any) -> Any:
        seconds: dict[int, float] = {}
        over = threading.Event()

        def look() -> None:
            while not over.wait(LOOK_S):
                seconds.update(office_seconds())

        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        try:
            return convert(*given, **named)
        finally:
            over.set()
            looking.join()
            clock.add(OFFICE, sum(seconds.values()))

    convert = taking.convert
    taking.convert = timed


def office_seconds() -> dict[int, float]:
    """Processor seconds so far of each LibreOffice that descends from this process (Linux)."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = file.read_text().partition("(")[2].rpartition(")")
            words, pid = rest.split(), int(file.parent.name)
            parents[pid] = int(words[1])
            if name == "soffice.bin":
                spent[pid] = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    return {pid: seconds for pid, seconds in spent.items() if descends(pid, parents)}


def descends(pid: int, parents: Mapping[int, int]) -> bool:
    """Whether this process is among the parents of another."""
    while pid in parents:
        pid = parents[pid]
        if pid == os.getpid():
            return True
    return False


def use_cache(folder: Path) -> None:
    """Take a folder as cache, with the models that are prepared already."""
    models = cache_dir() / "models"
    folder.mkdir(parents=True, exist_ok=True)
    if models.is_dir() and not (folder / "models").exists():
        (folder / "models").symlink_to(models.resolve())
    os.environ["AUDITOR_CACHE"] = str(folder)


def audit(file: Path, work: Path, out: Path, clock: Clock, common: Common | None) -> Common:
    """Audit one paper as the dossier of its city, as a worker of ``auditor batch`` does."""
    city = city_of(file)
    dossier = work / city
    dossier.mkdir(parents=True)
    shutil.copy(file, dossier / file.name)
    choice = Choice(dossier=str(dossier), city=city, judge="screen")
    if common is None:
        with clock.stage("load models"):
            common = build_common(choice, print, threads=1)
    with clock.stage("the rest"):
        journal = Journal(work / "journal.db")
        place = Place(out, out / STATE_FOLDER, journal)
        parts = parts_of(common, choice, place, Silence())
        parts.intake.processes, parts.intake.pools = 1, POOLS
        deliver(out, run_audit(choice.request(), parts), parts, "zh")
        journal.close()
    return common


def city_of(file: Path) -> str:
    """The city that a paper is of: its name up to the first ``_``."""
    return file.stem.split("_")[0]


def memory_mb() -> int:
    """Resident memory now, and not at its highest (Linux); 0 elsewhere."""
    file = Path("/proc/self/statm")
    if not file.is_file():
        return 0
    return int(file.read_text().split()[1]) * resource.getpagesize() >> 20


def show(city: str, seconds: Mapping[str, float]) -> None:
    """Print a city's seconds by stage, the largest first."""
    whole = sum(seconds.values())
    print(f"{city}: {whole:.1f} s of processor time; resident {memory_mb()} MB")
    for name, spent in sorted(seconds.items(), key=lambda row: -row[1]):
        if spent >= 0.005:
            print(f"  {spent:7.2f}  {name}")


def main() -> None:
    """Audit the first cities of a folder and print what each cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder of papers, one a city")
    parser.add_argument("--cities", type=int, default=3)
    parser.add_argument("--out", type=Path, help="keep the run folders here")
    parser.add_argument("--cache", type=Path, help="go on with this cache (default: an empty one)")
    parser.add_argument("--profile", type=Path, help="profile all cities but the first to a file")
    arguments = parser.parse_args()
    files = sorted(p for p in arguments.folder.iterdir() if p.is_file())[: arguments.cities]
    with tempfile.TemporaryDirectory(prefix="bench-city-") as name:
        work = Path(name)
        use_cache(arguments.cache or work / "cache")
        clock, common = Clock(), None
        watch(clock, STAGES)
        watch_office(clock)
        profiler = cProfile.Profile()
        for place, file in enumerate(files):
            out = (arguments.out or work / "out") / city_of(file)
            out.mkdir(parents=True, exist_ok=True)
            if arguments.profile and place:
                profiler.enable()
            common = audit(file, work / "dossiers", out, clock, common)
            profiler.disable()
            show(city_of(file), clock.seconds)
            clock.seconds.clear()
        if arguments.profile and len(files) > 1:
            profiler.dump_stats(arguments.profile)
            pstats.Stats(profiler).sort_stats("tottime").print_stats(SHOWN)


if __name__ == "__main__":
    main()
