"""Calls under caps against a slow, failing, busy endpoint. ``python -m eval.bench_limits``

Several processes with one book ask about every item of invented cities. The wall time is held
against list scheduling of the same latencies, errors, waits and caps; the caps are measured at the
endpoint. Exit 1 where the ratio is over its bound or a cap was exceeded. Told beside it is how late
an idle process woke meanwhile: what others on this machine take of its processors, no caller can
make good.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from auditor.core.findings import Judgement
from auditor.core.limiting import MINUTE_S, NANO, Caps, Patience, money
from auditor.core.run import Case
from auditor.judge.calls import FIRST
from auditor.judge.disclosure import OpenGate
from auditor.judge.hosted import HostedJudge, Logs, open_chat
from auditor.judge.limits import backoff_s
from auditor.judging import groups_of
from auditor.metering import Account, Metering, open_limiter
from auditor.standard import load_standard
from auditor.voices import Hosting
from eval.bench_judging import plain_cases
from eval.limits_schedule import Planned, shortest_s
from eval.stub_endpoint import READY
from eval.stub_limits import Fate, Logged, key_of

BOUND = 1.1
GRACE_S = 0.25
"""Calls that were on their way when an endpoint said to wait; after it they count as too early."""
BEAT_S = 0.01
PRICES = "currency: CNY\nmodels:\n  stub: {input: 2, output: 8, most_output_tokens: 4096}\n"


@dataclass(frozen=True, slots=True)
class Load:
    """How much is asked, by how many, under which caps."""

    cities: int = 20
    processes: int = 4
    seed: int = 1
    in_flight: int = 64
    requests_per_minute: int | None = 500
    tokens_per_minute: int | None = None
    budget: str | None = None

    def metering(self, folder: Path) -> Metering:
        """The caps as they are asked for on the command line."""
        return Metering(
            None, self.requests_per_minute, self.tokens_per_minute, self.in_flight,
            self.budget or "1000", str(folder / "prices.yaml"),
        )  # fmt: skip

    @property
    def slots(self) -> int:
        """Threads of one process."""
        return -(-self.in_flight // self.processes)


def work(load: Load, number: int, url: str, folder: Path) -> None:
    """One process: wait for the word, ask about its cities, tell what came of it."""
    hosting = Hosting("openai:stub", url, concurrency=load.slots)
    (endpoint,) = hosting.endpoints()
    limiter = open_limiter(load.metering(folder), [endpoint], Account("bench", folder / "calls.db"))
    askers = hosting.askers(lambda _: OpenGate())
    chats = {endpoint: open_chat(endpoint, None)}
    judge = HostedJudge.of(askers, chats, Logs.in_memory(), load.slots, limiter)
    standard, cases = load_standard(), plain_cases()
    own = range(number, load.cities, load.processes)
    groups = [g for c in own for g in groups_of(of_city(cases, c), judge, standard.items)]
    calls = [askers[0].call(group, askers[0].sheet(group), FIRST) for group in groups]
    print(json.dumps([[key_of(call.user), call.id] for call in calls]), flush=True)
    sys.stdin.readline()
    print(json.dumps(asked(judge, groups, load.slots)), flush=True)


def asked(judge: HostedJudge, groups: Sequence[Sequence[Case]], slots: int) -> dict[str, Any]:
    """Ask about all groups; an end of the budget ends it, and is told."""
    with ThreadPoolExecutor(slots) as pool:
        waiting = [pool.submit(judge.judge, group) for group in groups]
        errors = [error for future in waiting if (error := future.exception()) is not None]
    outcomes = [o for future in waiting if future.exception() is None for o in future.result()]
    judged = sum(isinstance(outcome, Judgement) for outcome in outcomes)
    return {
        "judged": judged,
        "failed": len(outcomes) - judged,
        "stopped": sorted({type(error).__name__ for error in errors}),
        "cpu_s": time.process_time(),
    }


def of_city(cases: Sequence[Case], number: int) -> list[Case]:
    """The cases of an invented city: its name makes its prompts its own."""
    return [replace(case, city=f"{case.city}之{number}") for case in cases]


class Pulse:
    """Sleeps over and over while a load runs, and notes how late it wakes (s)."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.is_set():
            due = time.perf_counter() + BEAT_S
            time.sleep(BEAT_S)
            self.late.append(time.perf_counter() - due)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a load came to: seconds, lateness, what each process told, the endpoint's log."""

    seconds: float
    late: list[float]
    calls: list[list[tuple[str, str]]]
    told: list[dict[str, Any]]
    log: list[Logged]


def run(load: Load) -> Outcome:
    """Put the load on a stub of its own."""
    with tempfile.TemporaryDirectory() as name, stub(load.seed) as url:
        folder = Path(name)
        (folder / "prices.yaml").write_text(PRICES, encoding="utf-8")
        workers = [_worker(load, number, url, folder) for number in range(load.processes)]
        calls = [json.loads(_line(worker)) for worker in workers]
        began = time.perf_counter()
        with Pulse() as pulse:
            for worker in workers:
                assert worker.stdin is not None
                worker.stdin.write("go\n")
                worker.stdin.flush()
            told = [json.loads(_line(worker)) for worker in workers]
            seconds = time.perf_counter() - began
        for worker in workers:
            worker.communicate()
        with urllib.request.urlopen(f"{url}/log") as answer:
            rows = json.load(answer)
    log = [Logged(**{**row, "fate": Fate(**row["fate"])}) for row in rows]
    return Outcome(seconds, pulse.late, calls, told, log)


def _worker(load: Load, number: int, url: str, folder: Path) -> subprocess.Popen[str]:
    order = json.dumps([asdict(load), number, url, str(folder)])
    command = [sys.executable, "-m", "eval.bench_limits", "--worker", order]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    )


def _line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline()


@contextmanager
def stub(seed: int) -> Iterator[str]:
    """A stub in a process of its own; gives its base URL."""
    command = [sys.executable, "-m", "eval.stub_limits", "--seed", str(seed)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stdin is not None
    try:
        yield _line(process).removeprefix(READY).strip() + "/v1"
    finally:
        process.stdin.close()
        process.wait(30)


def ideal_s(load: Load, outcome: Outcome, folder: Path) -> float:
    """The seconds of list scheduling with the same fates, slots and caps."""
    fates: dict[str, list[Logged]] = {}
    for row in outcome.log:
        fates.setdefault(row.key, []).append(row)

    def planned(key: str, call_id: str) -> Planned:
        rows = fates.get(key, [])
        tokens = sum(sum(row.tokens) for row in rows)
        return Planned(
            tuple(row.fate for row in rows), tokens, lambda n: backoff_s(Patience(), call_id, n)
        )

    lists = [[planned(k, i) for k, i in calls if k in fates] for calls in outcome.calls]
    return shortest_s(lists, load.slots, load.metering(folder).caps())


@dataclass(frozen=True, slots=True)
class Seen:
    """What the endpoint saw at most, and how much too early it was called."""

    in_flight: int
    requests: int
    tokens: int
    cost: float
    too_early: int

    def exceeds(self, caps: Caps) -> bool:
        """Whether a cap was exceeded, or a time to wait was not kept."""
        pairs = (
            (self.in_flight, caps.in_flight),
            (self.requests, caps.requests_per_minute),
            (self.tokens, caps.tokens_per_minute),
            (round(self.cost * NANO), caps.budget),
        )
        return self.too_early > 0 or any(cap is not None and most > cap for most, cap in pairs)


def seen_of(log: Sequence[Logged]) -> Seen:
    """Measure the log: over every sliding minute, and over every moment."""
    moments = sorted([(row.arrived, 1) for row in log] + [(row.left, -1) for row in log])
    under_way = most = 0
    for _, step in moments:
        under_way += step
        most = max(most, under_way)
    waits = [(r.left + GRACE_S, r.left + r.fate.retry_after_s) for r in log if r.fate.retry_after_s]
    early = sum(any(begin < row.arrived < end for begin, end in waits) for row in log)
    return Seen(
        most,
        most_in_a_minute([(row.arrived, 1) for row in log]),
        most_in_a_minute([(row.arrived, sum(row.tokens)) for row in log]),
        sum(row.tokens[0] * 2 + row.tokens[1] * 8 for row in log) / 1e6,
        early,
    )


def most_in_a_minute(rows: Sequence[tuple[float, int]]) -> int:
    """The largest sum over any 60 s."""
    ordered = sorted(rows)
    most = total = first = 0
    for at, weight in ordered:
        total += weight
        while ordered[first][0] <= at - MINUTE_S:
            total -= ordered[first][1]
            first += 1
        most = max(most, total)
    return most


def report(load: Load, outcome: Outcome) -> bool:
    """Print what was measured; tells whether all of it is as it should be."""
    with tempfile.TemporaryDirectory() as folder:
        ideal = ideal_s(load, outcome, Path(folder))
        caps = load.metering(Path(folder)).caps()
    seen, kinds = seen_of(outcome.log), [row.fate.kind for row in outcome.log]
    attempts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    judged = sum(told["judged"] for told in outcome.told)
    stopped = sorted({name for told in outcome.told for name in told["stopped"]})
    ratio, late = outcome.seconds / ideal, sorted(outcome.late)
    held = f", list scheduling {ideal:.2f} s, ratio {ratio:.3f} (bound {BOUND})"
    print(
        f"{load.cities} cities, {load.processes} processes, {load.in_flight} in flight: {judged}"
        f" features judged, attempts {attempts}, stopped by {stopped or 'nothing'}\n"
        f"{outcome.seconds:.2f} s{'' if stopped else held}\n"
        f"at the endpoint: in flight {seen.in_flight} (cap {caps.in_flight}), a minute"
        f" {seen.requests} calls (cap {caps.requests_per_minute}) and {seen.tokens} tokens"
        f" (cap {caps.tokens_per_minute}), cost {seen.cost:.4f} (budget"
        f" {money(caps.budget or 0)}), called too early {seen.too_early}\n"
        f"CPU of the processes {sum(told['cpu_s'] for told in outcome.told):.1f} s;"
        f" {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, an idle process woke"
        f" {1e3 * sum(late) / len(late):.1f} ms late in the mean, {1e3 * late[-1]:.0f} at most"
    )
    return (bool(stopped) or ratio <= BOUND) and not seen.exceeds(caps)


def main() -> None:
    """Measure once; exit 1 over the bound, or where a cap was exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    plain = Load()
    for field in fields(Load):
        name, kind = f"--{field.name.replace('_', '-')}", str if field.name == "budget" else int
        parser.add_argument(name, type=kind, default=getattr(plain, field.name))
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    given = vars(parser.parse_args())
    order = given.pop("worker")
    if order:
        load, number, url, folder = json.loads(order)
        work(Load(**load), number, url, Path(folder))
        return
    load = Load(**given)
    raise SystemExit(not report(load, run(load)))


if __name__ == "__main__":
    main()
