"""Two blind opinions on a feature wait for a third: who may decide it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from auditor.core.access import Account
from auditor.core.errors import ReviewError
from auditor.core.events import ReviewEvent
from auditor.core.workspace import BlindRound
from auditor.store.workspace.opening import Within
from auditor.workbench.acting import Answer, decide_features
from auditor.workbench.blind import Pair, pairs_of
from auditor.workbench.opened import OpenRun
from auditor.workbench.space import Space


@dataclass(frozen=True, slots=True)
class Case:
    """A feature with both opinions, and the round that they come from."""

    round: BlindRound
    pair: Pair

    @property
    def feature_id(self) -> str:
        """The feature."""
        return self.pair.feature_id

    @property
    def is_open(self) -> bool:
        """No decision stands that rests on the two opinions."""
        return self.pair.settled is None

    def is_of(self, account: Account) -> bool:
        """Whether a person is one of the two."""
        names = {event.content.author for event in self.pair.both or ()}
        return account.id in self.round.reviewers or account.name in names


def cases_of(space: Space, opened: OpenRun) -> tuple[Case, ...]:
    """The features of a run to which both reviewers of a round have given an opinion, in order."""
    found = [
        Case(round_, pair)
        for round_ in space.desks.rounds(opened.id)
        for pair in pairs_of(space, opened, round_).values()
        if pair.both
    ]
    place = {feature.id: n for n, feature in enumerate(opened.standard.features)}
    return tuple(sorted(found, key=lambda case: place[case.feature_id]))


def case_of(space: Space, opened: OpenRun, feature_id: str) -> Case | None:
    """The opinions on one feature, None where there are not both."""
    return next((c for c in cases_of(space, opened) if c.feature_id == feature_id), None)


def require_third(account: Account, case: Case) -> None:
    """Refuse one of the two; raises ``ReviewError``."""
    if case.is_of(account):
        raise ReviewError(
            f"{case.feature_id}: 您是其中一位评审员 (one of the two).", hint="须由他人裁定。"
        )


def require_not_waiting(
    space: Space, account: Account, opened: OpenRun, feature_ids: Sequence[str]
) -> None:
    """Refuse one of the two where their opinions wait for a third; raises ``ReviewError``."""
    for case in cases_of(space, opened):
        if case.is_open and case.feature_id in feature_ids:
            require_third(account, case)


def waits_for_third(space: Space, account: Account, opened: OpenRun, feature_id: str) -> bool:
    """Whether a person is one of two whose opinions on a feature wait for a third."""
    case = case_of(space, opened, feature_id)
    return case is not None and case.is_open and case.is_of(account)


def decide_apart(
    space: Space,
    account: Account,
    opened: OpenRun,
    answers: Sequence[Answer],
    also: Callable[[Sequence[ReviewEvent]], None] = lambda _there: None,
    together: Within | None = None,
) -> tuple[ReviewEvent, ...]:
    """Decide as ``decide_features``, but never as one of two whose opinions wait for a third.

    Every way by which a person decides an ordinary feature leads through here.

    Raises:
        ReviewError: one of the two decides, or as ``decide_features``.
    """
    require_not_waiting(space, account, opened, [answer.feature_id for answer in answers])
    return decide_features(space, account, opened, answers, also, together)
