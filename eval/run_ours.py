"""Our pipeline with a hosted judge on part of a gold set, with cost and what was shown."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from auditor.choice import Choice
from auditor.cli.evaluate import fitted_cities
from auditor.core.criteria import Standard
from auditor.core.disclosure import Disclosure
from auditor.core.findings import Judgement
from auditor.core.run import Case, Run, Silence
from auditor.core.usage import Usage
from auditor.evaluation.compare import compare
from auditor.evaluation.gold import GoldCity
from auditor.evaluation.whole import whole_table
from auditor.judge.endpoints import Endpoint
from auditor.judge.hosted import HostedJudge, Logs, gate_of, open_chat
from auditor.judge.lines import UsageLines
from auditor.judge.sent import SentLog
from auditor.pipeline import Parts, Request, run_audit
from auditor.search.engine import Searcher
from auditor.standard import load_standard
from auditor.store.journal import Journal
from auditor.voices import Hosting
from auditor.wiring import build_parts
from eval.base import unfitted_searcher
from eval.cities import load_cities
from eval.prompt_tokens import first_calls, left_out_searcher
from eval.quotes_shown import pieces_of_calls, recall_shown
from eval.subset import Subset
from eval.worktime import Worktime

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Voice:
    """How a model is asked: endpoint, one call an item or a feature, calls at a time."""

    endpoint: Endpoint
    per_feature: bool = False
    public: bool = False
    concurrency: int = 1

    def judge(self, folder: Path) -> HostedJudge:
        """The hosted judge, keeping what it sent and used in a folder.

        Raises:
            ConfigurationError: the dossiers may not be sent, or the endpoint cannot be opened.
        """
        chat = open_chat(self.endpoint, os.environ.get("OPENAI_API_KEY"))
        logs = Logs(SentLog(folder / "sent.jsonl"), UsageLines(folder / "usage.jsonl"))
        gate = gate_of(chat, self.endpoint, Disclosure(self.public), logs.sent)
        hosting = Hosting(self.endpoint.name, self.endpoint.base_url, self.per_feature)
        askers = [replace(a, endpoint=self.endpoint) for a in hosting.askers(lambda _: gate)]
        return HostedJudge.of(askers, {self.endpoint: chat}, logs, self.concurrency)


@dataclass(frozen=True, slots=True)
class OurRun:
    """One city as our pipeline audited it."""

    run: Run
    usage: Usage
    seconds: float
    shown: tuple[int, int]

    @property
    def quotes(self) -> tuple[int, int]:
        """Quotes that do not stand in their document, and all quotes: looked up, not assumed."""
        texts = {document.name: document.text for document in self.run.documents}
        outcomes = [f.outcome for f in self.run.findings]
        cited = [c for o in outcomes if isinstance(o, Judgement) for c in o.citations]
        return sum(c.quote not in texts.get(c.document, "") for c in cited), len(cited)


def run_ours(gold: GoldCity, only: str | None, parts: Parts, voice: Voice, folder: Path) -> OurRun:
    """Audit one city; judgements are kept in the folder, so that an interrupted run goes on."""
    folder.mkdir(parents=True, exist_ok=True)
    judge, clock = voice.judge(folder), Worktime(folder / "seconds.txt")
    before, began = judge.usage.calls, time.perf_counter()
    journal = Journal(folder / "journal.db")
    try:
        own = replace(parts, judge=judge, journal=journal)
        run = run_audit(Request(gold.documents, gold.name, only=only), own)
    finally:
        journal.close()
        if judge.usage.calls > before:
            clock.add(time.perf_counter() - began)
    calls = first_calls(cases_of_run(run, parts.standard), parts.standard, judge.askers[0])
    shown = recall_shown(gold, pieces_of_calls(calls))
    return OurRun(run, judge.usage, clock.total(), shown)


def cases_of_run(run: Run, standard: Standard) -> list[Case]:
    """The judge's cases of a finished run."""
    documents = {document.name: document for document in run.documents}
    as_of = run.manifest["as_of"]
    day = date.fromisoformat(as_of) if as_of else None
    city = run.manifest["city"]
    return [Case(standard.by_id[r.feature_id], r, city, day, documents) for r in run.records]


def measure_ours(
    subset: Subset, voice: Voice, folder: Path, leave_out: Path | None, say: Say
) -> dict[str, Any]:
    """Audit and measure every city of a subset; ``leave_out`` is the folder to fit search on."""
    choice = Choice(dossier="", city="", judge="none", public=voice.public)
    parts = build_parts(choice, folder, Silence(), say)
    searchers = left_out_searchers(subset, leave_out, parts.standard) if leave_out else {}
    runs = []
    for gold in subset.golds:
        say(f"ours: {gold.name}, {len(subset.features)} features")
        own = replace(parts, searcher=searchers.get(gold.name, parts.searcher))
        runs.append(run_ours(gold, subset.only, own, voice, folder / gold.name))
    table = our_table(subset, runs, voice)
    fitted = frozenset() if leave_out else fitted_cities(parts.manifest)
    table["in_sample"] = sorted(g.name for g in subset.golds if g.name in fitted)
    table["weights"] = "leave_one_city_out" if leave_out else "as_shipped"
    return table


def left_out_searchers(subset: Subset, folder: Path, standard: Standard) -> dict[str, Searcher]:
    """For each city of a subset a searcher fitted on all other cities of a folder."""
    base = unfitted_searcher()
    cities = load_cities(folder, standard, base)
    wanted = {gold.name for gold in subset.golds}
    return {c.name: left_out_searcher(c, cities, base) for c in cities if c.name in wanted}


def our_table(subset: Subset, runs: list[OurRun], voice: Voice) -> dict[str, Any]:
    """The table that ``auditor eval -o`` gives, with quotes looked up and what was shown."""
    pairs = list(zip(subset.golds, runs, strict=True))
    results = [compare(gold, r.run.records, r.run.findings) for gold, r in pairs]
    costs = {gold.name: {**r.usage.as_dict(), "seconds": round(r.seconds, 1)} for gold, r in pairs}
    names = list(next(iter(costs.values()), ()))
    return whole_table(results, subset.golds, load_standard(), resamples=0) | {
        "judge": voice.endpoint.name,
        "judged": True,
        "warnings": [],
        "cost": {name: round(sum(c[name] for c in costs.values()), 1) for name in names}
        | {"cities": costs},
        "quotes": {g.name: {"not_verbatim": r.quotes[0], "given": r.quotes[1]} for g, r in pairs},
        "shown": {g.name: list(r.shown) for g, r in pairs},
    }
