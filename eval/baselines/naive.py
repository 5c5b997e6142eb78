"""The pipeline that a user writes in an afternoon, measured like ours.

LangChain loaders, a recursive splitter (1000/200), Chroma, the four nearest chunks, one call per
feature that asks for a verdict and a quote. Embedder, model and endpoint are ours.

``python -m eval.baselines.naive GOLD_DIR --judge provider:model --base-url URL -o out/naive.json``
Replies are kept beside the output, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.documents import Document
from rich.console import Console

from auditor.cli.eval_view import print_evaluation
from auditor.core.criteria import Feature
from auditor.core.disclosure import Disclosure
from auditor.core.documents import MarkKind
from auditor.core.errors import AuditorError, ReplyError
from auditor.core.findings import Failure, Finding, Judgement
from auditor.core.search import SearchRecord
from auditor.core.usage import Usage
from auditor.evaluation.bootstrap import RESAMPLES
from auditor.evaluation.compare import compare
from auditor.evaluation.gold import GoldCity
from auditor.evaluation.whole import whole_table
from auditor.ingest.marks import find_marks
from auditor.judge.disclosure import require_open
from auditor.judge.endpoints import Endpoint, parse_endpoint
from auditor.standard import load_standard
from auditor.wiring import build_embedder
from eval.baselines.naive_calls import Asker, Reply, ReplyJournal, open_naive_chat
from eval.baselines.naive_loading import Loaded, load_folder
from eval.baselines.naive_prompt import question, read_reply
from eval.baselines.naive_quotes import FoldedText, cite_quote, folded
from eval.baselines.naive_search import OurEmbeddings, search, split
from eval.subset import Subset, add_subset_options, read_subset, write_json

CONCURRENCY = 8
"""As many calls at a time as ours."""
WITHHELD = (MarkKind.SECRET, MarkKind.INTERNAL)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run of one city took.

    ``kept`` replies came from an earlier, interrupted run: they count in ``usage`` and in
    ``call_s`` (the sum over all calls), not in ``seconds`` (of this run, all stages).
    """

    usage: Usage
    call_s: float
    seconds: float
    kept: int

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            **self.usage.as_dict(),
            "call_s": round(self.call_s, 1),
            "seconds": round(self.seconds, 1),
            "kept": self.kept,
        }


@dataclass(frozen=True, slots=True)
class NaiveRun:
    """What the naive pipeline found in one city; ``skipped`` files have no loader."""

    records: tuple[SearchRecord, ...]
    findings: tuple[Finding, ...]
    cost: Cost
    skipped: tuple[str, ...]

    @property
    def quotes(self) -> tuple[int, int]:
        """Quotes that stand in no document, and all quotes."""
        cited = [c for f in self.findings for c in _citations(f)]
        return sum(not c.quote for c in cited), len(cited)


def _citations(finding: Finding) -> tuple[Any, ...]:
    return finding.outcome.citations if isinstance(finding.outcome, Judgement) else ()


def run_naive(
    documents: Path, city: str, features: Sequence[Feature], embeddings: OurEmbeddings, asker: Asker
) -> NaiveRun:
    """Load, split, search, ask: the whole naive pipeline on one folder.

    Raises:
        EndpointError: the endpoint refuses or cannot be reached at all.
    """
    began = time.perf_counter()
    loaded = sendable(load_folder(documents), asker.endpoint)
    records = search(split(loaded.documents), embeddings, features)
    prompts = {f.id: question(city, f, r) for f, r in zip(features, records, strict=True)}
    known = set(asker.journal.keys())
    replies = dict(asker.ask_all(prompts))
    texts = {name: folded(text) for name, text in loaded.texts().items()}
    findings = tuple(finding_of(f.id, replies[f.id], texts, asker.endpoint.name) for f in features)
    cost = Cost(
        usage=sum((r.usage for r in replies.values()), Usage()),
        call_s=sum(r.seconds for r in replies.values()),
        seconds=time.perf_counter() - began,
        kept=sum(asker.key_of(prompt) in known for prompt in prompts.values()),
    )
    return NaiveRun(records, findings, cost, loaded.skipped)


def sendable(loaded: Loaded, endpoint: Endpoint) -> Loaded:
    """Leave out files with marks of secrecy where the endpoint is not on this machine."""
    if not endpoint.leaves:
        return loaded
    marked = {name for name, text in loaded.texts().items() if _is_marked(text)}
    kept = tuple(d for d in loaded.documents if _source(d) not in marked)
    skipped = tuple(f"{name}: marked as secret or internal" for name in sorted(marked))
    return Loaded(kept, (*loaded.skipped, *skipped))


def _source(document: Document) -> str:
    return str(document.metadata["source"])


def _is_marked(text: str) -> bool:
    return any(mark.kind in WITHHELD for mark in find_marks(text))


def finding_of(
    feature_id: str, reply: Reply, documents: dict[str, FoldedText], judge: str
) -> Finding:
    """A finding from a reply: without checks, without relations, quotes looked up."""
    if reply.error:
        return Finding(Failure(feature_id, judge, "EndpointError", reply.error), None, None)
    try:
        answer = read_reply(reply.text)
    except ReplyError as error:
        return Finding(Failure(feature_id, judge, "ReplyError", error.message), None, None)
    citations = tuple(cite_quote(quote, documents) for quote in answer.quotes)
    lost = [q for q, c in zip(answer.quotes, citations, strict=True) if not c.quote]
    reason = "".join(f"引文不在材料中：{quote}" for quote in lost)
    judgement = Judgement(feature_id, answer.verdict, citations, reason, judge)
    return Finding(judgement, answer.verdict, answer.verdict)


def naive_table(
    golds: Sequence[GoldCity], runs: Sequence[NaiveRun], endpoint: Endpoint, resamples: int = 0
) -> dict[str, Any]:
    """The table that ``auditor eval -o`` gives, with the quotes that stand nowhere."""
    results = [compare(g, r.records, r.findings) for g, r in zip(golds, runs, strict=True)]
    table = whole_table(results, golds, load_standard(), resamples=resamples)
    costs = {g.name: r.cost.as_dict() for g, r in zip(golds, runs, strict=True)}
    names = list(next(iter(costs.values()), ()))
    quotes = {g.name: r.quotes for g, r in zip(golds, runs, strict=True)}
    return table | {
        "judge": f"naive pipeline, {endpoint.name}",
        "judged": True,
        "weights": "none",
        "in_sample": [],
        "warnings": [f"{g.name}: {s}" for g, r in zip(golds, runs, strict=True) for s in r.skipped],
        "cost": {name: round(sum(c[name] for c in costs.values()), 1) for name in names}
        | {"cities": costs},
        "quotes": {c: {"not_verbatim": q[0], "given": q[1]} for c, q in quotes.items()},
    }


def open_asker(endpoint: Endpoint, public: bool, concurrency: int, journal: Path | None) -> Asker:
    """An asker for an endpoint; refuses one off this machine unless the papers are public.

    Raises:
        ConfigurationError: the dossiers may not be sent, or the endpoint cannot be opened.
    """
    if endpoint.leaves:
        require_open(endpoint.name, Disclosure(public))
    return Asker(open_naive_chat(endpoint), endpoint, ReplyJournal(journal), concurrency)


def run_all(subset: Subset, asker: Asker, embeddings: OurEmbeddings, say: Say) -> list[NaiveRun]:
    """Run every city of a subset."""
    runs = []
    for gold in subset.golds:
        say(f"naive: {gold.name}, {len(subset.features)} features")
        runs.append(run_naive(gold.documents, gold.name, subset.features, embeddings, asker))
    return runs


def main() -> None:
    """Measure the naive pipeline, print, and keep the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_subset_options(parser)
    parser.add_argument("--judge", required=True, help="provider:model")
    parser.add_argument("--base-url")
    parser.add_argument("--public", action="store_true", help="every paper is public")
    parser.add_argument("--concurrency", type=int, default=CONCURRENCY)
    parser.add_argument("-o", "--output", type=Path, default=Path("out/naive.json"))
    given = parser.parse_args()
    console = Console(width=150)
    try:
        subset = read_subset(given.gold_dir, load_standard(), given.cities, given.only)
        endpoint = parse_endpoint(given.judge, given.base_url)
        journal = given.output.with_suffix(".replies.jsonl")
        asker = open_asker(endpoint, given.public, given.concurrency, journal)
        runs = run_all(subset, asker, OurEmbeddings(build_embedder(None)), console.log)
        table = naive_table(subset.golds, runs, endpoint, RESAMPLES)
    except AuditorError as error:
        raise SystemExit(str(error)) from error
    write_json(table, given.output)
    print_evaluation(console, table)
    console.print(f"figures: {given.output}")


if __name__ == "__main__":
    main()
