"""How far two blind reviewers agree, and each with the machine, over the rounds of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.core.events import EventKind, ReviewEvent
from auditor.core.findings import Verdict
from auditor.evaluation.double_review import (
    Answer,
    DoubleReview,
    agreement_between,
    agreement_with_machine,
)
from auditor.workbench.blind import pairs_of
from auditor.workbench.opened import OpenRun
from auditor.workbench.space import Space

Opinions = Mapping[str, tuple[ReviewEvent | None, ReviewEvent | None]]
"""The opinions of the first and of the second reviewer, by feature."""


@dataclass(frozen=True, slots=True)
class Source:
    """Opinions that belong together: a round, those that were imported, or all of a run.

    ``key`` names it in links; ``names`` are the two reviewers where it has just two.
    """

    key: str
    opinions: Opinions
    names: tuple[str, str] | None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """The agreement of the two with each other, and of each reviewer with the machine by name."""

    pair: DoubleReview
    machine: Mapping[str, DoubleReview]


def sources_of(space: Space, opened: OpenRun) -> tuple[Source, ...]:
    """The rounds of a run, what was imported from elsewhere, and where there are several all."""
    found = []
    for round_ in space.desks.rounds(opened.id):
        pairs = pairs_of(space, opened, round_)
        opinions = {key: (pair.first, pair.second) for key, pair in pairs.items()}
        people = [space.people.accounts.get(i) for i in round_.reviewers]
        names = [person.name if person else "" for person in people]
        found.append(Source(str(round_.id), opinions, (names[0], names[1]), not round_.closed_at))
    imported = _imported(opened.present.events, {key for s in found for key in s.opinions})
    if imported:
        found.append(Source("imported", imported, _pair_of_names(imported)))
    if len(found) > 1:
        every = {key: both for source in found for key, both in _given(source).items()}
        found.insert(0, Source("all", every, _pair_of_names(every)))
    return tuple(found)


def _given(source: Source) -> Opinions:
    return {key: both for key, both in source.opinions.items() if both[0] or both[1]}


def _imported(events: Iterable[ReviewEvent], here: set[str]) -> Opinions:
    """Opinions of no round of this workspace: the last of each author, by name; two a feature."""
    said: dict[str, dict[str, ReviewEvent]] = {}
    for event in events:
        if event.content.kind is EventKind.BLIND and event.feature_id not in here:
            said.setdefault(event.feature_id, {})[event.content.author] = event
    found: dict[str, tuple[ReviewEvent | None, ReviewEvent | None]] = {}
    for feature_id, by in said.items():
        first, second, *_ = (*(by[name] for name in sorted(by)), None, None)
        found[feature_id] = first, second
    return found


def _pair_of_names(opinions: Opinions) -> tuple[str, str] | None:
    first = {both[0].content.author for both in opinions.values() if both[0]}
    second = {both[1].content.author for both in opinions.values() if both[1]}
    return (min(first), min(second)) if len(first) == len(second) == 1 else None


def compared(opened: OpenRun, source: Source) -> Compared:
    """Measure the agreement in a source; failures of the machine are no verdicts."""
    first = {key: answer_of(both[0]) for key, both in source.opinions.items() if both[0]}
    second = {key: answer_of(both[1]) for key, both in source.opinions.items() if both[1]}
    machine = {f.feature_id: f.verdict for f in opened.run.findings if f.verdict is not None}
    standard = opened.standard
    return Compared(
        agreement_between(first, second, standard),
        agreement_with_machine(_by_author(source.opinions), machine, standard),
    )


def answer_of(opinion: ReviewEvent) -> Answer:
    """What an opinion says: a verdict, None for 不适用."""
    return opinion.content.verdict


def _by_author(opinions: Opinions) -> Mapping[str, Mapping[str, Verdict | None]]:
    said: dict[str, dict[str, Verdict | None]] = {}
    for feature_id, both in opinions.items():
        for event in both:
            if event is not None:
                said.setdefault(event.content.author, {})[feature_id] = answer_of(event)
    return {name: said[name] for name in sorted(said)}
