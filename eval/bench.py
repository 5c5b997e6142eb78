"""Benchmarks: ratios measured in one run, never timed tests. ``python -m eval.bench``

1. Embedding: passages of 300 characters a second, ours beside the wheel's own engine.
2. A dossier of 300,000 characters in ``screen``, after the embedding (which is kept and timed
   apart).
3. A judged city: scoring, stress test with 10,000 draws, every report but the PDF.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from auditor.choice import Choice
from auditor.cli.report import as_pdf
from auditor.core.run import Silence
from auditor.pipeline import Request, run_audit
from auditor.profiles import all_profiles, load_profile
from auditor.report import FORMATS, write_report
from auditor.scoring.stress import Dice, stress
from auditor.standard import load_standard
from auditor.standing import read_reviewed, result_of, standing_of
from auditor.store.run_folder import write_run
from auditor.wiring import build_parts
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


def bench_scoring() -> None:
    """Time what is done with the findings of a whole city (376 features, invented dossier)."""
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "dossier", Path(name) / "out"
        folder.mkdir()
        invented_dossier(folder)
        parts = build_parts(
            Choice(dossier=str(folder), city="临江市", judge="screen"), out, Silence(), print
        )
        write_run(out, run_audit(Request(folder, "临江市"), parts))
        standard, profile = load_standard(), load_profile()
        reviewed = read_reviewed(out, standard)
        steps: dict[str, Callable[[], object]] = {
            "score, all numbers (asked: 0.5 s)": lambda: standing_of(reviewed, standard, profile),
            "stress, 10,000 draws (asked: 10 s)": lambda: stress(
                reviewed.findings, standard, profile, all_profiles(), Dice()
            ),
            "reports, PDF apart (asked: 20 s with it)": lambda: [
                write_report(result_of(reviewed, standard, profile), standard, out, form)
                for form in FORMATS
            ],
        }
        for label, step in steps.items():
            start = time.perf_counter()
            step()
            print(f"{label}: {time.perf_counter() - start:.2f} s")
        start = time.perf_counter()
        as_pdf(out / "评估报告.docx")
        print(f"PDF of the report by LibreOffice: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    bench_embedding()
    bench_screen()
    bench_scoring()
