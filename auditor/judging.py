"""The judging stage: cases in, one judgement or failure per feature out, kept in the journal.

Every finished judgement is put into the journal at once, under a key made of everything that it
depends on; a resumed run takes it from there. A judge that waits for others (an endpoint) may have
several groups under way at once; the outcomes come in the order of the standard all the same.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from auditor.core.criteria import Item
from auditor.core.findings import Failure, Judgement
from auditor.core.passages import Sentence
from auditor.core.run import Case, Judge, Progress
from auditor.operations import metrics
from auditor.operations.context import bound
from auditor.store.records import outcome_from, outcome_json

LOGGER = logging.getLogger(__name__)
Outcomes = dict[str, Judgement | Failure]
Group = list[Case]


@dataclass(frozen=True, slots=True)
class Judged:
    """An outcome with its key in the journal; ``is_new`` tells whether it is to be kept there."""

    key: str
    outcome: Judgement | Failure
    is_new: bool


Done = tuple[int, list[Judged] | BaseException]
Work = Callable[[Group], list[Judged]]
Keep = Callable[[list[Judged]], None]
Turns = Generator[Done, None, None]


class Memory(Protocol):
    """Where finished judgements are kept (``store.journal.Journal``): JSON values by key."""

    def get(self, key: str) -> Any | None:
        """Give the value kept under ``key``, None where there is none."""

    def put_all(self, values: Mapping[str, Any]) -> None:
        """Keep values by key at once, all or none; a key that is there keeps its first value."""


def judge_cases(
    cases: Sequence[Case], judge: Judge, items: Sequence[Item], journal: Memory, progress: Progress
) -> Outcomes:
    """Judge group by group; gives the outcomes by feature id, in the order of the standard.

    A group is an item, or a feature where the judge takes one at a time. ``judge.concurrency``
    (1 where it has none) groups are under way at once. An error ends the stage; what was finished
    before is in the journal.
    """
    groups = groups_of(cases, judge, items)
    progress.begin("judge", len(cases))
    shelf = Shelf(None if getattr(judge, "keeps_itself", False) else journal)
    outcomes: dict[int, list[Judged]] = {}
    with closing(_in_turn(groups, lambda g: _judged(g, judge, shelf), judge, shelf.keep)) as turns:
        for place, found in turns:
            if isinstance(found, BaseException):
                raise found
            shelf.keep(found)
            outcomes[place] = found
            progress.advance("judge", len(groups[place]), note=groups[place][0].feature.id)
    progress.end("judge")
    ordered = (judged.outcome for place in sorted(outcomes) for judged in outcomes[place])
    return {outcome.feature_id: outcome for outcome in ordered}


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


def _in_turn(groups: Sequence[Group], work: Work, judge: Judge, keep: Keep) -> Turns:
    """Work through the groups, one after another or several at once; gives each as it is done."""
    count = min(max(int(getattr(judge, "concurrency", 1)), 1), len(groups))
    if count > 1:
        yield from _at_once(groups, work, count, keep)
        return
    for place, group in enumerate(groups):
        yield place, work(group)


def _at_once(groups: Sequence[Group], work: Work, count: int, keep: Keep) -> Turns:
    """Several threads take group after group; after an error or an interruption no more is begun.

    The threads are daemons: Ctrl-C need not wait for calls that are under way. What was done by
    then and not yet given is kept all the same.
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

    for _ in range(count):
        threading.Thread(target=copy_context().run, args=(labour,), daemon=True).start()
    try:
        for _ in groups:
            yield done.get()
    finally:
        stopped.set()
        _keep_the_rest(done, keep)


def _keep_the_rest(done: SimpleQueue[Done], keep: Keep) -> None:
    while not done.empty():
        found = done.get()[1]
        if not isinstance(found, BaseException):
            keep(found)


class Shelf:
    """The journal as many threads may use it: one at a time; None keeps nothing.

    A judge that only reads what is stored already (answers of batch files) needs no journal.
    """

    def __init__(self, journal: Memory | None) -> None:
        self._journal = journal
        self._lock = threading.Lock()

    def get(self, key: str) -> Any | None:
        """Give the value kept under ``key``, None where there is none."""
        with self._lock:
            return self._journal.get(key) if self._journal else None

    def keep(self, found: list[Judged]) -> None:
        """Keep the new judgements; a failure is not kept, so that it is tried again."""
        new = {
            judged.key: outcome_json(judged.outcome)
            for judged in found
            if judged.is_new and isinstance(judged.outcome, Judgement)
        }
        if self._journal and new:
            with self._lock:
                self._journal.put_all(new)


def _judged(group: Group, judge: Judge, shelf: Shelf) -> list[Judged]:
    """Take a group's outcomes from the journal, and judge what is not there.

    A fresh outcome has the form that the journal would give back, so that a resumed run has the
    bytes of one that was never interrupted.
    """
    keys, kept = recalled(group, judge, shelf)
    missing = [case for case, row in zip(group, kept, strict=True) if row is None]
    with bound(feature=_named(group)):
        answers = judge.judge(missing) if missing else []
        _tell(answers, judge.name, len(group) - len(missing))
    fresh = iter(answers)
    found = []
    for key, row in zip(keys, kept, strict=True):
        plain = outcome_json(next(fresh)) if row is None else row
        found.append(Judged(key, outcome_from(plain), row is None))
    return found


def recalled(group: Group, judge: Judge, shelf: Shelf) -> tuple[list[str], list[Any | None]]:
    """The keys of a group's cases, and what is kept under them (None: to be judged).

    A kept citation may be of a passage that another feature brought, and whose paper is gone by
    now. Such a case has a key of its own, over all that the group found: the journal keeps the
    first value of a key, so the new judgement would be lost under the old one.
    """
    there = {s.id for case in group for hit in case.record.hits for s in hit.passage.sentences}
    keys = [case_key(case, judge) for case in group]
    rows = [shelf.get(key) for key in keys]
    for place, row in enumerate(rows):
        if row is not None and not _is_sound(row, there):
            found = "\0".join((keys[place], *sorted(there)))
            keys[place] = hashlib.sha256(found.encode()).hexdigest()
            rows[place] = shelf.get(keys[place])
    return keys, rows


def _is_sound(row: Any, there: Collection[str]) -> bool:
    """Whether all that a kept outcome cites is still among what was found."""
    return all(citation["sentence_id"] in there for citation in row.get("citations", ()))


def _named(group: Group) -> str:
    """The feature of a group, or the item that all of them belong to."""
    first = group[0].feature.id
    return first if len(group) == 1 else first.partition("-")[0]


def _tell(answers: Sequence[Judgement | Failure], judge: str, kept: int) -> None:
    """Let the operator know what was judged, and what could not be."""
    failures = [answer for answer in answers if isinstance(answer, Failure)]
    for failure in failures:
        with bound(feature=failure.feature_id):
            LOGGER.warning("feature not judged", extra={"kind": failure.error})
    metrics.judged(judge, len(answers) - len(failures), len(failures))
    metrics.kept(judge, kept)


def sentence_marks(sentence: Sentence) -> str:
    """What was read out of a sentence, as far as judges see it."""
    flags = (sentence.foreign, sentence.citable, sentence.instruction)
    return f"{sentence.id}:{sentence.modality.value}:{flags}"


def case_key(case: Case, judge: Judge) -> str:
    """Hash everything that a judgement depends on: judge, feature, city, date, what is shown.

    A judge that shows a part of what was found tells which (``shown``): what stays out of it, and
    ranks within it, judge nothing again. For others it is all passages with their scores, and the
    signals of the search where they are read.
    """
    tell = getattr(judge, "shown", None)
    told = tell(case) if tell else None
    parts = [judge.fingerprint, repr(case.feature), case.city, str(case.as_of)]
    parts += _found(case, judge) if told is None else [told]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def _found(case: Case, judge: Judge) -> list[str]:
    shown = [f"{hit.passage.id}:{hit.passage.text}" for hit in case.record.hits]
    scores = [f"{score:.6f}" for hit in case.record.hits for score in hit.sentence_scores]
    marks = [sentence_marks(s) for hit in case.record.hits for s in hit.passage.sentences]
    signals = sorted(case.record.signals.items()) if getattr(judge, "reads_signals", False) else []
    return [*shown, *scores, *marks, *(f"{name}={value:.6f}" for name, value in signals)]
