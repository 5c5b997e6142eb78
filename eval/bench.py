"""Benchmarks: ratios measured in one run, never timed tests. ``python -m eval.bench``

1. Embedding: passages of 300 characters a second, ours beside the wheel's own engine.
2. A dossier of 300,000 characters in ``screen``, after the embedding (which is kept and timed
   apart).
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from auditor.core.run import Silence
from auditor.pipeline import Request, run_audit
from auditor.standard import load_standard
from auditor.store.run_folder import write_run
from auditor.wiring import Choice, build_parts
from eval.bench_embedding import main as bench_embedding

CHARACTERS = 300_000
FILES = 12


def invented_dossier(folder: Path) -> int:
    """Write a dossier of about 300,000 characters, made of the standard's own phrases."""
    rng = random.Random(0)
    phrases = [p for f in load_standard().features for p in f.phrases]
    written = 0
    for number in range(FILES):
        lines = ["一、2023年工作回顾" if number % 2 else "二、2024年重点任务"]
        while sum(map(len, lines)) < CHARACTERS // FILES:
            chosen = rng.sample(phrases, 4)
            lines.append(f"{'，'.join(chosen)}，累计达到{rng.randint(10, 99)}项。")
        text = "\n".join(lines)
        (folder / f"材料{number:02d}.txt").write_text(text, encoding="utf-8")
        written += len(text)
    return written


class Stopwatch(Silence):
    """Takes the time of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._started = 0.0

    def begin(self, stage: str, total: int) -> None:
        """Note the start."""
        self.seconds[stage] = float(total)
        self._started = time.perf_counter()

    def end(self, stage: str) -> None:
        """Note the seconds since the start."""
        self.seconds[stage] = time.perf_counter() - self._started


def bench_screen() -> None:
    """Time a large dossier through ``screen``, stage by stage."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "dossier"
        folder.mkdir()
        written = invented_dossier(folder)
        watch = Stopwatch()
        choice = Choice(dossier=str(folder), city="临江市", judge="screen")
        parts = build_parts(choice, Path(name) / "out", watch, print)
        start = time.perf_counter()
        run = run_audit(Request(folder, "临江市"), parts)
        write_run(Path(name) / "out", run)
        whole = time.perf_counter() - start
    embed = watch.seconds["embed"]
    print(f"dossier: {written} characters, {run.manifest['passages']} passages")
    print(f"embedding: {embed:.1f} s; everything else: {whole - embed:.1f} s (asked: 60 s)")


if __name__ == "__main__":
    bench_embedding()
    bench_screen()
