"""Several cities at once in one worker: they search one after another and share the endpoint."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from auditor.core.criteria import Feature
from auditor.core.findings import Failure, Judgement
from auditor.core.passages import Passage
from auditor.core.run import Case, Judge, Progress
from auditor.core.search import SearchRecord
from auditor.core.usage import Usage
from auditor.judge.panel import Panel
from auditor.judge.sent import SentLog
from auditor.pipeline import Searcher

if TYPE_CHECKING:
    from auditor.judge.hosted import HostedJudge


class InTurnSearcher:
    """A searcher that works for one city at a time: it takes all processors that it may use."""

    def __init__(self, searcher: Searcher, turn: threading.Lock) -> None:
        self._searcher = searcher
        self._turn = turn

    def search(
        self,
        passages: Sequence[Passage],
        features: Sequence[Feature],
        progress: Progress,
        listed: Mapping[str, frozenset[str]] | None = None,
    ) -> tuple[SearchRecord, ...]:
        """Search the whole dossier for every feature; listed passages come first."""
        with self._turn:
            return self._searcher.search(passages, features, progress, listed or {})


class InTurnJudge:
    """An endpoint's judge of one city, which asks when it is its turn among the worker's cities.

    Up to ``share`` groups are asked about at once by all cities of the worker together; each city
    may have them all while no other wants one.
    """

    def __init__(self, judge: HostedJudge, turns: threading.Semaphore, share: int) -> None:
        self._judge = judge
        self._turns = turns
        self.concurrency = share

    @property
    def name(self) -> str:
        """That of the judge."""
        return self._judge.name

    @property
    def fingerprint(self) -> str:
        """That of the judge: whose turn it is changes no answer."""
        return self._judge.fingerprint

    @property
    def quality(self) -> str:
        """That of the judge."""
        return self._judge.quality

    @property
    def together(self) -> bool:
        """As the judge."""
        return self._judge.together

    @property
    def prompts(self) -> tuple[str, ...]:
        """The digests of the prompts."""
        return self._judge.prompts

    @property
    def sent(self) -> SentLog:
        """What left the machine."""
        return self._judge.sent

    @property
    def usage(self) -> Usage:
        """What was used of the endpoint."""
        return self._judge.usage

    @property
    def answered(self) -> Mapping[str, object]:
        """Which address answered how many calls, and what that cost."""
        return self._judge.answered

    def shown(self, case: Case) -> str | None:
        """As the judge."""
        return self._judge.shown(case)

    def judge(self, cases: Sequence[Case]) -> list[Judgement | Failure]:
        """Judge the features of one item, when it is this city's turn."""
        with self._turns:
            return self._judge.judge(cases)


def in_turn(judge: Judge | None, turns: threading.Semaphore, share: int) -> Judge | None:
    """A judge that takes its turn, where it asks an endpoint; else the judge itself."""
    if not isinstance(judge, Panel):
        return judge
    from auditor.judge.hosted import HostedJudge  # and with it langchain: seconds at the start

    return InTurnJudge(judge, turns, share) if isinstance(judge, HostedJudge) else judge
