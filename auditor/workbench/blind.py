"""Blind double review: two people judge the same features apart; what they may not see meanwhile.

A round holds features for two reviewers. While it is open neither of them knows of these features
what the machine found, what the other said, or what was decided; ``hidden_from`` names them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from auditor.attesting import Attested, require_attested
from auditor.core.access import Account, Right
from auditor.core.criteria import Relations
from auditor.core.errors import ReviewError
from auditor.core.events import EventContent, EventKind, ReviewEvent
from auditor.core.signing import CITY, locked_by
from auditor.core.times import moment_of
from auditor.core.workspace import BlindRound, RunEntry
from auditor.store.workspace.runs import Appending
from auditor.workbench.acting import (
    NODE_EVENTS,
    Answer,
    content_of,
    feature_of,
    require_open,
)
from auditor.workbench.opened import OpenRun
from auditor.workbench.people import stamp
from auditor.workbench.queues import under
from auditor.workbench.space import Space

LARGEST_SEED = 10**9


@dataclass(frozen=True, slots=True)
class Asked:
    """A round that somebody wants: two accounts, and which features.

    ``node`` and ``level`` (0 for all) narrow the features down; ``sample`` draws so many of them
    (0 for all) with ``seed``, the same each time.
    """

    first_id: int
    second_id: int
    node: str = CITY
    level: int = 0
    sample: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """The two opinions on a feature, the last of each; ``settled`` is the decision that stands."""

    feature_id: str
    first: ReviewEvent | None = None
    second: ReviewEvent | None = None
    settled: ReviewEvent | None = None

    @property
    def both(self) -> tuple[ReviewEvent, ReviewEvent] | None:
        """The two, where both are there."""
        return (self.first, self.second) if self.first and self.second else None

    @property
    def basis(self) -> tuple[str, ...]:
        """What an adjudication rests on: the ids of the two opinions, none where one is missing."""
        return tuple(event.id for event in self.both or ())

    @property
    def agrees(self) -> bool:
        """Both gave the same answer."""
        return self.both is not None and len({said_by(event) for event in self.both}) == 1


def said_by(opinion: ReviewEvent) -> tuple[str, bool]:
    """The answer of an opinion, to compare: its verdict, and whether it is 不适用."""
    said = opinion.content
    return said.verdict.value if said.verdict else "", said.not_applicable


def hidden_from(space: Space, account: Account, run_id: str) -> frozenset[str]:
    """The features of which a person may know no verdict: what they review blind, what tells of it.

    A feature credited by another one (supersession, quantity ladder) tells of that one. Known is so
    what the machine found of a feature where one may see it, those that credit it, or those that
    these credit.
    """
    own = reviewed_blind(space, account, run_id)
    if not own:
        return own
    links = _credit_links(space.open(run_id).standard.relations)
    creditors = {creditor for creditor, credited in links if credited in own}
    telling = own | creditors
    return telling | {credited for creditor, credited in links if creditor in telling}


def _credit_links(relations: Relations) -> frozenset[tuple[str, str]]:
    """Pairs of features of which the first may credit the second; steps of a ladder both ways."""
    rules = {
        (creditor, rule.feature_id)
        for rule in relations.supersessions
        for creditor in (*rule.by, *rule.demand_shown_by)
    }
    ladders = {
        pair
        for ladder in relations.ladders
        for pair in permutations((step.feature_id for step in ladder.steps), 2)
    }
    return frozenset(rules | ladders)


def is_shut(space: Space, account: Account, entry: RunEntry) -> bool:
    """Whether a run is closed to a person, since they review another run of its city blind.

    What a machine or people found of the same papers would tell of what they review.
    """
    own = {r.run_id for r in space.desks.open_rounds() if account.id in r.reviewers}
    if not own or entry.id in own:
        return False
    return any(other.id in own and other.city == entry.city for other in space.runs.all())


def is_blind_in(space: Space, account: Account, city: str) -> bool:
    """Whether a person reviews a run of a city blind."""
    own = {r.run_id for r in space.desks.open_rounds() if account.id in r.reviewers}
    return bool(own) and any(e.id in own and e.city == city for e in space.runs.all())


def reviewed_blind(space: Space, account: Account, run_id: str) -> frozenset[str]:
    """The features of the open rounds in which a person is one of the two."""
    return frozenset(
        feature_id
        for round_ in space.desks.rounds(run_id)
        if not round_.closed_at and account.id in round_.reviewers
        for feature_id in round_.feature_ids
    )


def open_round_of(
    space: Space, account: Account, run_id: str, feature_id: str
) -> BlindRound | None:
    """The open round in which a person reviews a feature."""
    return next(
        (
            round_
            for round_ in space.desks.rounds(run_id)
            if not round_.closed_at
            and account.id in round_.reviewers
            and feature_id in round_.feature_ids
        ),
        None,
    )


def round_of(space: Space, run_id: str, round_id: int) -> BlindRound:
    """A round of a run; raises ``ReviewError`` where there is none."""
    found = next((r for r in space.desks.rounds(run_id) if r.id == round_id), None)
    if found is None:
        raise ReviewError("没有这一轮盲评 (no such round).", hint="请刷新页面。")
    return found


def begin_round(space: Space, account: Account, opened: OpenRun, asked: Asked) -> BlindRound:
    """Open a round.

    Left out are features that are signed, that lie in an open round, that have both opinions
    already, or of which one of the two has spoken before.

    Raises:
        ReviewError: the two are not two reviewers of the city, one of them reviews another run of
            it blind, or too few features are left.
    """
    pair = _reviewers(space, opened, asked)
    names = {person.name for person in pair}

    def compose(there: Sequence[BlindRound]) -> BlindRound:
        _require_nowhere_else(space, opened, pair, there)
        now = space.open(opened.id)  # what was said until this moment
        own = [round_ for round_ in there if round_.run_id == opened.id]
        ids = _drawn(_free(space, now, asked, names, own), asked)
        return BlindRound(
            0, opened.id, ids, asked.first_id, asked.second_id, account.name, space.stamp()
        )

    made = space.desks.open_round(opened.id, compose)
    drawn = f"sample {asked.sample} seed {asked.seed}" if asked.sample else "all"
    part = f"{len(made.feature_ids)} of {asked.node} L{asked.level or '*'} {drawn}"
    what = f"{opened.id} round {made.id}: {part}"
    space.people.note(account.login, "blind_round", what, done=True)
    return made


def _reviewers(space: Space, opened: OpenRun, asked: Asked) -> tuple[Account, Account]:
    found = [space.people.accounts.get(i) for i in (asked.first_id, asked.second_id)]
    first, second = found
    if first is None or second is None or first.id == second.id or first.name == second.name:
        raise ReviewError("盲评须由两位不同的评审员 (two reviewers).", hint="请分别选择。")
    for person in (first, second):
        if not person.active or not person.may(Right.REVIEW_BLIND, opened.city):
            raise ReviewError(f"{person.name} 不是本市的评审员 (no reviewer).", hint="请另选。")
    return first, second


def _require_nowhere_else(
    space: Space, opened: OpenRun, pair: Sequence[Account], there: Sequence[BlindRound]
) -> None:
    """Refuse who reviews another run of the city blind: each run would be closed for the other."""
    others = {e.id for e in space.runs.all() if e.city == opened.city and e.id != opened.id}
    going_on = [r for r in there if not r.closed_at and r.run_id in others]
    for person in pair:
        if any(person.id in round_.reviewers for round_ in going_on):
            raise ReviewError(
                f"{person.name} 正在盲评本市的另一次审核 (in another blind review).",
                hint="请先结束那一轮，或另选评审员。",
            )


def _free(
    space: Space,
    opened: OpenRun,
    asked: Asked,
    names: set[str],
    rounds: Sequence[BlindRound],
) -> list[str]:
    present = opened.present
    taken = {e.feature_id for e in present.events if e.content.author in names}
    for round_ in rounds:
        pairs = pairs_of(space, opened, round_) if round_.closed_at else {}
        taken |= {f for f in round_.feature_ids if not round_.closed_at or pairs[f].both}
    return [
        f.id
        for f in opened.standard.features
        if f.id in opened.findings
        and f.id not in taken
        and under(f, asked.node)
        and asked.level in (0, f.level)
        and locked_by(f, present.signatures) is None
    ]


def _drawn(free: Sequence[str], asked: Asked) -> tuple[str, ...]:
    if not free or len(free) < asked.sample:
        raise ReviewError(
            f"可供盲评的特征只有 {len(free)} 条 (too few features).",
            hint="已签署、正在盲评、已有两份意见，或两人之一已发表过意见的特征不再抽取。",
        )
    if not asked.sample:
        return tuple(free)
    drawn = set(random.Random(asked.seed).sample(free, asked.sample))
    return tuple(feature_id for feature_id in free if feature_id in drawn)


def end_round(space: Space, account: Account, opened: OpenRun, round_id: int) -> BlindRound:
    """Close a round: its opinions may be seen by all from now on, and change no more."""
    round_ = round_of(space, opened.id, round_id)
    if not round_.closed_at:
        space.desks.close_round(round_.id, space.stamp())
        space.people.note(account.login, "blind_close", f"{opened.id} round {round_id}", done=True)
    return round_of(space, opened.id, round_id)


def give_opinion(space: Space, account: Account, opened: OpenRun, answer: Answer) -> ReviewEvent:
    """Record what one of the two thinks; of several of one person the last counts.

    Raises:
        ReviewError: no open round of theirs holds the feature, it is signed or adjudicated, or the
            opinion breaks a rule (none of them looks at what the machine found).
    """
    feature = feature_of(opened, answer.feature_id)
    said = replace(content_of(space, account, opened, answer), kind=EventKind.BLIND)
    require_attested(Attested(said, ()))

    def compose(there: Sequence[ReviewEvent]) -> Sequence[EventContent]:
        if open_round_of(space, account, opened.id, feature.id) is None:
            raise ReviewError(f"{feature.id}: 不在您的盲评之内 (no open round).", hint="请刷新。")
        require_open(opened, feature.id, there)
        mine = {
            event.id
            for event in there
            if event.content.kind is EventKind.BLIND and event.content.author == account.name
        }
        if any(mine & set(event.content.basis) for event in there):
            raise ReviewError(
                f"{feature.id}: 已据您的意见裁定 (adjudicated).", hint="请看其他特征。"
            )
        return [said]

    addition = Appending(opened.id, account.id, space.stamp(), (feature.id, NODE_EVENTS))
    return space.runs.append(addition, compose)[0]


def pairs_of(space: Space, opened: OpenRun, round_: BlindRound) -> Mapping[str, Pair]:
    """The opinions of a round by feature, in its order: those given while it was open."""
    names = [_name(space, account_id) for account_id in round_.reviewers]
    said: dict[tuple[str, str], ReviewEvent] = {}
    within = set(round_.feature_ids)
    for event in opened.present.events:
        if event.content.kind is EventKind.BLIND and event.feature_id in within:
            moment = moment_of(event.content.time)
            at = stamp(moment) if moment else ""  # an import of before such times were refused
            if round_.opened_at <= at and (not round_.closed_at or at <= round_.closed_at):
                said[event.feature_id, event.content.author] = event
    rested = {key for event in opened.present.events for key in event.content.basis}
    decisions = opened.present.decisions
    pairs = {}
    for feature_id in round_.feature_ids:
        pair = Pair(feature_id, *(said.get((feature_id, name)) for name in names))
        settled = pair.both is not None and rested.issuperset(pair.basis)
        pairs[feature_id] = replace(pair, settled=decisions.get(feature_id) if settled else None)
    return pairs


def _name(space: Space, account_id: int) -> str:
    account = space.people.accounts.get(account_id)
    return account.name if account else ""
