"""The judging stage: cases in, one judgement or failure per feature out, kept in the journal.

Every finished judgement is put into the journal at once, under a key made of everything that it
depends on; a resumed run takes it from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from auditor.core.criteria import Item
from auditor.core.findings import Failure, Judgement
from auditor.core.run import Case, Judge, Progress
from auditor.store.journal import Journal
from auditor.store.records import outcome_from, outcome_json

Outcomes = dict[str, Judgement | Failure]


def judge_cases(
    cases: Sequence[Case], judge: Judge, items: Sequence[Item], journal: Journal, progress: Progress
) -> Outcomes:
    """Judge item by item, in the order of the standard; gives the outcomes by feature id."""
    progress.begin("judge", len(cases))
    outcomes: Outcomes = {}
    for item in by_item(cases, items):
        for group in [item] if judge.together else [[case] for case in item]:
            for outcome in _judged(group, judge, journal):
                outcomes[outcome.feature_id] = outcome
            progress.advance("judge", len(group), note=group[0].feature.id)
    progress.end("judge")
    return outcomes


def by_item(cases: Sequence[Case], items: Sequence[Item]) -> Iterable[list[Case]]:
    """Group cases by the item that their feature belongs to, in the order of the standard."""
    wanted = {case.feature.id: case for case in cases}
    for item in items:
        group = [wanted[f.id] for f in item.features if f.id in wanted]
        if group:
            yield group


def _judged(group: list[Case], judge: Judge, journal: Journal) -> list[Judgement | Failure]:
    keys = [case_key(case, judge) for case in group]
    kept = [journal.get(key) for key in keys]
    missing = [case for case, row in zip(group, kept, strict=True) if row is None]
    fresh = iter(judge.judge(missing) if missing else [])
    outcomes = []
    for key, row in zip(keys, kept, strict=True):
        if row is None:
            outcome = next(fresh)
            row = outcome_json(outcome)
            if isinstance(outcome, Judgement):
                journal.put(key, row)
        outcomes.append(outcome_from(row))
    return outcomes


def case_key(case: Case, judge: Judge) -> str:
    """Hash everything that a judgement depends on: judge, feature, city, date, shown passages."""
    shown = [f"{hit.passage.id}:{hit.passage.text}" for hit in case.record.hits]
    scores = [f"{score:.6f}" for hit in case.record.hits for score in hit.sentence_scores]
    parts = [judge.fingerprint, repr(case.feature), case.city, str(case.as_of), *shown, *scores]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
