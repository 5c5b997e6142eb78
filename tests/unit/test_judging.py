"""The judging stage: several calls at once, nothing lost, the same order, whatever comes first."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from auditor.core.errors import EndpointError
from auditor.core.findings import Failure, Judgement, Verdict
from auditor.core.run import Case, Silence
from auditor.core.search import SearchRecord
from auditor.judging import judge_cases
from auditor.standard import load_standard
from auditor.store.journal import Journal

STANDARD = load_standard()


class Waiting:
    """A judge that takes a different time for each group; ``stop_at`` raises at that call."""

    name, fingerprint, quality = "waiting", "waiting", ""

    def __init__(
        self, concurrency: int, together: bool, error: BaseException | None = None
    ) -> None:
        self.concurrency, self.together, self.error = concurrency, together, error
        self.calls: list[str] = []
        self.at_once = self.most = 0
        self._lock = threading.Lock()
        self._random = random.Random(5)

    def judge(self, cases: Sequence[Case]) -> list[Judgement | Failure]:
        with self._lock:
            self.calls.append(cases[0].feature.id)
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            wait_s = self._random.uniform(0.001, 0.02)
            count = len(self.calls)
        time.sleep(wait_s)
        with self._lock:
            self.at_once -= 1
        if self.error is not None and count >= 20:
            raise self.error
        return [self._outcome(case) for case in cases]

    @staticmethod
    def _outcome(case: Case) -> Judgement | Failure:
        if case.feature.letter == "c":
            return Failure(case.feature.id, "waiting", "ReplyError", "没有")
        return Judgement(case.feature.id, Verdict.NO_EVIDENCE, (), case.feature.id, "waiting")


class Counting(Silence):
    def __init__(self) -> None:
        self.steps = 0

    def advance(self, stage: str, steps: int = 1, note: str = "") -> None:
        self.steps += steps


def cases() -> list[Case]:
    return [Case(f, SearchRecord(f.id, (), (), 0), "临江市", None, {}) for f in STANDARD.features]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("concurrency", [1, 16])
def test_every_feature_is_judged_once_and_in_order(
    tmp_path: Path, together: bool, concurrency: int
) -> None:
    judge, progress = Waiting(concurrency, together), Counting()
    outcomes = judge_cases(cases(), judge, STANDARD.items, Journal(tmp_path / "j.db"), progress)
    assert list(outcomes) == [f.id for f in STANDARD.features]
    assert all(outcomes[key].feature_id == key for key in outcomes)
    assert len(set(judge.calls)) == len(judge.calls) == (39 if together else 376)
    assert progress.steps == 376
    assert (judge.most > 1) == (concurrency > 1) and judge.most <= concurrency


def test_what_was_judged_is_not_judged_again_and_failures_are(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    first, again = Waiting(16, False), Waiting(16, False)
    one = judge_cases(cases(), first, STANDARD.items, journal, Silence())
    two = judge_cases(cases(), again, STANDARD.items, journal, Silence())
    assert one == two
    failed = {key for key, outcome in one.items() if isinstance(outcome, Failure)}
    assert failed and set(again.calls) == failed


@pytest.mark.parametrize("error", [EndpointError("no key"), KeyboardInterrupt()])
def test_an_error_ends_the_stage_and_keeps_what_was_finished(
    tmp_path: Path, error: BaseException
) -> None:
    journal = Journal(tmp_path / "j.db")
    broken = Waiting(8, False, error)
    with pytest.raises(type(error)):
        judge_cases(cases(), broken, STANDARD.items, journal, Silence())
    time.sleep(0.1)
    assert len(broken.calls) < 40
    again = Waiting(8, False)
    outcomes = judge_cases(cases(), again, STANDARD.items, journal, Silence())
    assert len(outcomes) == 376
    assert 376 - 20 <= len(again.calls) < 376


class Interrupted(Counting):
    def advance(self, stage: str, steps: int = 1, note: str = "") -> None:
        super().advance(stage, steps, note)
        if self.steps == 10:
            raise KeyboardInterrupt


def test_ctrl_c_ends_at_once_and_keeps_what_was_done(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    first, again = Waiting(8, False), Waiting(8, False)
    with pytest.raises(KeyboardInterrupt):
        judge_cases(cases(), first, STANDARD.items, journal, Interrupted())
    time.sleep(0.1)
    begun = len(first.calls)
    assert 10 <= begun < 60
    judge_cases(cases(), again, STANDARD.items, journal, Silence())
    failed = sum(case.feature.letter == "c" for case in cases()[:begun])
    assert len(again.calls) <= 376 - 10 + failed
