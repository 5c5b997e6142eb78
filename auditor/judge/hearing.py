"""One talk with a model about a group of features, as calls out and replies in.

First call, once more with the error where the reply breaks the form, then a failure. Where it was
asked for, what came back silent is looked at a second time. The talk knows nothing of how calls
travel: ``calls.held`` drives it over a network, over stored replies, or both.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import replace

from auditor.core.errors import EndpointError, JudgeError, ReplyError
from auditor.core.findings import Check, Failure, Judgement, Verdict
from auditor.core.run import Case
from auditor.judge.calls import AGAIN, FIRST, SECOND, SECOND_AGAIN, Asker, Call, Outcomes, Reply
from auditor.judge.disclosure import Released
from auditor.judge.reading import Answered, judgement_of
from auditor.judge.reply import Answer, parse_reply
from auditor.judge.sheet import Sheet
from auditor.judge.showing import found_for

RULE = "second-look"
Step = Generator[Call, Reply, dict[str, Judgement]]


def hear(cases: Sequence[Case], asker: Asker) -> Generator[Call, Reply, Outcomes]:
    """Talk about the cases of one group; gives one outcome per case, in order.

    Raises:
        EndpointError: the endpoint refuses altogether (not ``retryable``).
    """
    released = [asker.gate.release(case) for case in cases]
    shown = [r.case for r in released if not r.is_empty]
    outcomes: dict[str, Judgement | Failure] = {}
    if shown:
        outcomes = yield from _heard(shown, asker)
    return [_outcome(r, outcomes, asker.name) for r in released]


def shown_alone(case: Case, asker: Asker) -> str:
    """What a call on one case alone would show, with what was read out of its sentences."""
    released = asker.gate.release(case)
    sheet = asker.sheet([released.case])
    marks = (f"{s.id}:{s.modality.value}:{s.foreign}" for _, s in sheet.by_label.values())
    return "\n".join((str(released.withheld), sheet.text, *marks))


def _outcome(
    released: Released, outcomes: dict[str, Judgement | Failure], judge: str
) -> Judgement | Failure:
    if released.is_empty:
        return released.failure(judge)
    return released.noted(outcomes[released.case.feature.id])


def _heard(
    cases: list[Case], asker: Asker
) -> Generator[Call, Reply, dict[str, Judgement | Failure]]:
    sheet = asker.sheet(cases)
    if not sheet.by_label:
        return {c.feature.id: _silent(c, asker.name) for c in cases}
    outcomes: dict[str, Judgement | Failure] = {}
    try:
        outcomes |= yield from _answered(cases, asker, sheet, (FIRST, AGAIN))
    except JudgeError as error:
        return {c.feature.id: failure_of(c, asker.name, error) for c in cases}
    if asker.asking.second_look:
        outcomes |= yield from _looked_again(cases, asker, sheet, outcomes)
    return outcomes


def failure_of(case: Case, judge: str, error: JudgeError) -> Failure:
    """The failure of one feature; raises again what must stop the whole run."""
    if isinstance(error, EndpointError) and not error.retryable:
        raise error
    return Failure(case.feature.id, judge, type(error).__name__, error.message)


def _silent(case: Case, judge: str) -> Judgement:
    return Judgement(case.feature.id, Verdict.NO_EVIDENCE, (), "检索没有找到任何片段。", judge)


def _answered(cases: list[Case], asker: Asker, sheet: Sheet, steps: tuple[str, str]) -> Step:
    """One question, asked once more with the error where its reply breaks the form."""
    first, again = steps
    call = asker.call(cases, sheet, first)
    reply = yield call
    try:
        answers = parse_reply(reply.text, call.features, sheet.by_label)
    except ReplyError as error:
        call = asker.call(cases, sheet, again, error.message)
        reply = yield call
        answers = parse_reply(reply.text, call.features, sheet.by_label)
    return _judgements(cases, answers, sheet, asker.name)


def _judgements(
    cases: Sequence[Case], answers: dict[str, Answer], sheet: Sheet, judge: str
) -> dict[str, Judgement]:
    found = found_for(cases)
    return {
        c.feature.id: judgement_of(Answered(c, answers[c.feature.id], sheet, found), judge)
        for c in cases
    }


def _looked_again(
    cases: Sequence[Case],
    asker: Asker,
    sheet: Sheet,
    outcomes: dict[str, Judgement | Failure],
) -> Step:
    """Ask once more about the features that came back silent, on sentences not shown before."""
    silent = [c for c in cases if _is_silent(outcomes[c.feature.id])]
    hidden: Collection[str] = sheet.sentence_ids
    other = asker.sheet(silent, hidden) if silent else Sheet({}, "")
    if not other.by_label:
        return {}
    try:
        found = yield from _answered(silent, asker, other, (SECOND, SECOND_AGAIN))
    except JudgeError as error:
        if isinstance(error, EndpointError) and not error.retryable:
            raise
        return {k: _unanswered(outcomes[k]) for k in (c.feature.id for c in silent)}
    return {key: _found_late(judgement) for key, judgement in found.items()}


def _is_silent(outcome: Judgement | Failure) -> bool:
    return isinstance(outcome, Judgement) and outcome.verdict is Verdict.NO_EVIDENCE


def _found_late(judgement: Judgement) -> Judgement:
    """Say that a judgement is that of the second look."""
    said = "再看其余片段仍未见证据" if _is_silent(judgement) else "首看未见证据，再看其余片段得出"
    return replace(judgement, checks=(*judgement.checks, Check(RULE, "noted", said)))


def _unanswered(outcome: Judgement | Failure) -> Judgement:
    assert isinstance(outcome, Judgement)
    check = Check(RULE, "flagged", "首看未见证据；再看的一次没有得到可用的答复")
    return replace(outcome, checks=(*outcome.checks, check))
