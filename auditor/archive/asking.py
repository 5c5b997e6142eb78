"""Batch files of an archive: one set of requests over all its cities, answers into its journal.

The cities were searched by a pass (with any judge). What the journal does not hold is written to
request files; the answers become judgements in the journal, under the keys that a pass with the
same model asks it for. So that pass takes them from there, and asks about nothing but the rest.
A request's id depends on all that is sent, the city's name among it: it needs no other mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from auditor.batching import SENT_FILE, Batch, judge_by
from auditor.core.criteria import Item
from auditor.core.errors import ConfigurationError
from auditor.core.findings import Judgement
from auditor.core.jobs import Job, JobState
from auditor.core.run import Case
from auditor.judge.calls import Reply
from auditor.judge.imported import ImportedJudge
from auditor.judge.sent import SentLog
from auditor.judging import Judged, Memory, Shelf, groups_of, recalled

BATCH_FOLDER = "batch"
"""Of an archive's output folder: what was exported, the replies, and a log of what left a city."""


def home_of(out: Path) -> Path:
    """Where the batch of an archive stands."""
    return out / BATCH_FOLDER


def open_answers(
    out: Path, subject: str, batch: Batch, replies: Mapping[str, Sequence[Reply]]
) -> ImportedJudge:
    """The judge of one city made of the answers that an archive holds.

    Raises:
        ConfigurationError: the papers are neither public nor opened by a person.
    """
    sent = SentLog(home_of(out) / subject / SENT_FILE)
    return judge_by(batch, sent, replies, as_online=True)


def take_over(
    judge: ImportedJudge, cases: Sequence[Case], items: Sequence[Item], journal: Memory
) -> int:
    """Hold the talks on what the journal does not hold, and keep what is answered to its end.

    Tells how many judgements were kept; ``judge`` knows the open calls then. A talk with an open
    call is not kept at all, since its further answers may change it.
    """
    shelf = Shelf(journal)
    count = 0
    for group in groups_of(cases, judge, items):
        found, kept = recalled(group, judge, shelf)
        keys = {case.feature.id: key for case, key in zip(group, found, strict=True)}
        missing = [case for case, row in zip(group, kept, strict=True) if row is None]
        open_before = len(judge.open_calls)
        outcomes = judge.judge(missing) if missing else []
        if len(judge.open_calls) == open_before:
            shelf.keep([Judged(keys[o.feature_id], o, is_new=True) for o in outcomes])
            count += sum(isinstance(outcome, Judgement) for outcome in outcomes)
    return count


def searched_subjects(jobs: Sequence[Job], out: Path) -> list[str]:
    """The cities of the latest plan that were searched, in the order of their names.

    Raises:
        ConfigurationError: there is none.
    """
    done = sorted(job.subject for job in jobs if job.is_wanted and job.state is JobState.DONE)
    if not done:
        raise ConfigurationError(
            f"{out} 里还没有检索过的城市 (holds no searched city yet).",
            hint="先运行 auditor batch … --judge none (let a pass search them first).",
        )
    return done
