"""Time of the judging stage against an endpoint that only waits. ``python -m eval.bench_judging``

All 376 features, one call each, over HTTP to a process of this machine; the ideal is the latency
times the number of rounds. Cases are cut from the sample dossier without any model.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
from pathlib import Path

from auditor.core.passages import Passage
from auditor.core.run import Case, Silence
from auditor.core.search import Hit, SearchRecord
from auditor.judge.disclosure import OpenGate
from auditor.judge.hosted import HostedJudge, Logs, open_chat
from auditor.judging import judge_cases
from auditor.pipeline import cut_all
from auditor.receiving import read_documents
from auditor.standard import load_standard
from auditor.store.journal import Journal
from auditor.voices import Hosting
from eval.stub_endpoint import stub_endpoint
from eval.twins import CITY, EXAMPLES

SHOWN = 20
BOUND = 1.1


def plain_cases() -> list[Case]:
    """One case per feature: twenty passages of the sample dossier, each feature others."""
    documents, _ = read_documents(EXAMPLES / "dossier", Silence())
    passages = cut_all(documents, CITY)
    by_name = {d.name: d for d in documents}
    features = load_standard().features
    return [
        Case(f, _record(f.id, passages, n), CITY, None, by_name) for n, f in enumerate(features)
    ]


def _record(feature_id: str, passages: tuple[Passage, ...], shift: int) -> SearchRecord:
    chosen = [passages[(shift + step) % len(passages)] for step in range(SHOWN)]
    unique = list({p.id: p for p in chosen}.values())
    hits = tuple(
        Hit(p, 0.9 / rank, {"dense": rank}, (0.9 / rank,) * len(p.sentences))
        for rank, p in enumerate(unique, start=1)
    )
    return SearchRecord(feature_id, (), hits, len(passages))


def measure(latency_s: float, concurrency: int) -> float:
    """Seconds of the stage over the ideal ones; prints both."""
    standard, cases = load_standard(), plain_cases()
    with stub_endpoint(latency_s) as url, tempfile.TemporaryDirectory() as folder:
        hosting = Hosting("openai:stub", url, per_feature=True, concurrency=concurrency)
        (endpoint,) = hosting.endpoints()
        logs = Logs.in_memory()
        askers = hosting.askers(lambda _: OpenGate())
        judge = HostedJudge.of(askers, {endpoint: open_chat(endpoint, None)}, logs, concurrency)
        journal = Journal(Path(folder) / "journal.db")
        began = time.perf_counter()
        outcomes = judge_cases(cases, judge, standard.items, journal, Silence())
        seconds = time.perf_counter() - began
        journal.close()
    calls = judge.usage.calls
    ideal = latency_s * math.ceil(calls / concurrency)
    print(
        f"{len(outcomes)} features, {calls} calls, {concurrency} at once, latency {latency_s} s: "
        f"{seconds:.2f} s, ideal {ideal:.2f} s, ratio {seconds / ideal:.3f} (bound {BOUND}); "
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"
    )
    return seconds / ideal


def main() -> None:
    """Measure once; exit 1 over the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--concurrency", type=int, default=16)
    arguments = parser.parse_args()
    raise SystemExit(measure(arguments.latency, arguments.concurrency) > BOUND)


if __name__ == "__main__":
    main()
