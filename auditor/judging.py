"""The judging stage: cases in, one judgement or failure per feature out, kept in the journal.

Every finished judgement is put into the journal at once, under a key made of everything that it
depends on; a resumed run takes it from there. A judge that waits for others (an endpoint) may have
several groups under way at once; the outcomes come in the order of the standard all the same.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from auditor.core.criteria import Item
from auditor.core.findings import Failure, Judgement
from auditor.core.run import Case, Judge, Progress
from auditor.store.journal import Journal
from auditor.store.records import outcome_from, outcome_json

Outcomes = dict[str, Judgement | Failure]
Group = list[Case]
Done = tuple[int, list[Judgement | Failure] | BaseException]


def judge_cases(
    cases: Sequence[Case], judge: Judge, items: Sequence[Item], journal: Journal, progress: Progress
) -> Outcomes:
    """Judge group by group; gives the outcomes by feature id, in the order of the standard.

    A group is an item, or a feature where the judge takes one at a time. ``judge.concurrency``
    (1 where it has none) groups are under way at once. An error ends the stage; what was finished
    before is in the journal.
    """
    groups = groups_of(cases, judge, items)
    progress.begin("judge", len(cases))
    shelf = Shelf(None if getattr(judge, "keeps_itself", False) else journal)
    outcomes: dict[int, list[Judgement | Failure]] = {}
    for place, found in _in_turn(groups, lambda group: _judged(group, judge, shelf), judge):
        if isinstance(found, BaseException):
            raise found
        outcomes[place] = found
        progress.advance("judge", len(groups[place]), note=groups[place][0].feature.id)
    progress.end("judge")
    return {o.feature_id: o for place in sorted(outcomes) for o in outcomes[place]}


def groups_of(cases: Sequence[Case], judge: Judge, items: Sequence[Item]) -> list[Group]:
    """The cases that are judged together, in the order of the standard."""
    grouped = by_item(cases, items)
    return [group for item in grouped for group in ([item] if judge.together else split(item))]


def split(group: Group) -> list[Group]:
    """One group a case."""
    return [[case] for case in group]


def by_item(cases: Sequence[Case], items: Sequence[Item]) -> Iterable[Group]:
    """Group cases by the item that their feature belongs to, in the order of the standard."""
    wanted = {case.feature.id: case for case in cases}
    for item in items:
        group = [wanted[f.id] for f in item.features if f.id in wanted]
        if group:
            yield group


def _in_turn(
    groups: Sequence[Group], work: Callable[[Group], list[Judgement | Failure]], judge: Judge
) -> Iterable[Done]:
    """Work through the groups, one after another or several at once; gives each as it is done."""
    count = min(max(int(getattr(judge, "concurrency", 1)), 1), len(groups))
    if count <= 1:
        return ((place, work(group)) for place, group in enumerate(groups))
    return _at_once(groups, work, count)


def _at_once(
    groups: Sequence[Group], work: Callable[[Group], list[Judgement | Failure]], count: int
) -> Iterable[Done]:
    """Several threads take group after group; after an error or an interruption no more is begun.

    The threads are daemons: Ctrl-C need not wait for calls that are under way.
    """
    waiting: SimpleQueue[int] = SimpleQueue()
    done: SimpleQueue[Done] = SimpleQueue()
    stopped = threading.Event()
    for place in range(len(groups)):
        waiting.put(place)

    def labour() -> None:
        while not stopped.is_set():
            try:
                place = waiting.get_nowait()
            except Empty:
                return
            try:
                done.put((place, work(groups[place])))
            except BaseException as error:
                stopped.set()
                done.put((place, error))

    threads = [threading.Thread(target=labour, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        for _ in groups:
            yield done.get()
    finally:
        stopped.set()


class Shelf:
    """The journal as many threads may use it: one at a time; None keeps nothing.

    A judge that only reads what is stored already (answers of batch files) needs no journal.
    """

    def __init__(self, journal: Journal | None) -> None:
        self._journal = journal
        self._lock = threading.Lock()

    def get(self, key: str) -> Any | None:
        """Give the value kept under ``key``, None where there is none."""
        with self._lock:
            return self._journal.get(key) if self._journal else None

    def put(self, key: str, value: Any) -> None:
        """Keep a value under ``key``."""
        with self._lock:
            if self._journal:
                self._journal.put(key, value)


def _judged(group: Group, judge: Judge, shelf: Shelf) -> list[Judgement | Failure]:
    keys = [case_key(case, judge) for case in group]
    kept = [shelf.get(key) for key in keys]
    missing = [case for case, row in zip(group, kept, strict=True) if row is None]
    fresh = iter(judge.judge(missing) if missing else [])
    outcomes = []
    for key, row in zip(keys, kept, strict=True):
        if row is None:
            outcome = next(fresh)
            row = outcome_json(outcome)
            if isinstance(outcome, Judgement):
                shelf.put(key, row)
        outcomes.append(outcome_from(row))
    return outcomes


def case_key(case: Case, judge: Judge) -> str:
    """Hash everything that a judgement depends on: judge, feature, city, date, shown passages."""
    shown = [f"{hit.passage.id}:{hit.passage.text}" for hit in case.record.hits]
    scores = [f"{score:.6f}" for hit in case.record.hits for score in hit.sentence_scores]
    parts = [judge.fingerprint, repr(case.feature), case.city, str(case.as_of), *shown, *scores]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
