"""Choose what a model is shown: the best sentences of each feature, with what they lean on.

Whole passages cost four times the tokens of the sentences that matter in them. Each feature has a
budget of characters, the features of an item take turns, and a sentence that one of them brought is
free for the others.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.core.criteria import Element
from auditor.core.passages import Passage, Sentence
from auditor.core.run import Case

SHORTEST = 4
LEANS = re.compile(
    r"^\s*(?:其中|其|该|此|这|同时|并|还|另|对此|上述|以上|在此|二是|三是|四是|五是)"
)
"""Words that begin a sentence which is not understood without the one before it."""
LEAST_OF_BEST = 0.02
"""A sentence whose odds are below this share of the feature's best is shown only for an element."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Characters of sentences that a feature may bring, and that one call may show in all.

    Measured leave-one-city-out on seven cities (``eval.shown``): 500 characters a feature in calls
    on items show a gold quote of 98.7 % of the supported features (300: 97.0 %, 700: 98.9 %); alone
    a feature lacks what its neighbours bring: 85.5 % with 500 characters, 90.4 % with 1,000.
    """

    per_feature: int = 500
    per_call: int = 12_000


ALONE = Budget(per_feature=1000)
"""The budget of a call on one feature."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that the search found for a feature, by its score and place."""

    passage: Passage
    place: int
    score: float

    @property
    def sentence(self) -> Sentence:
        """The sentence itself."""
        return self.passage.sentences[self.place]


@dataclass
class Shown:
    """What was chosen so far: by passage the places of its sentences; the characters spent."""

    passages: dict[str, Passage] = field(default_factory=dict)
    places: dict[str, set[int]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    spent: int = 0

    def has(self, passage: Passage, place: int) -> bool:
        """Whether a sentence is shown already."""
        return place in self.places.get(passage.id, ())

    def take(self, passage: Passage, place: int) -> int:
        """Show a sentence; gives the characters that this costs."""
        if self.has(passage, place):
            return 0
        text = passage.sentences[place].text
        self.passages[passage.id] = passage
        self.places.setdefault(passage.id, set()).add(place)
        self.texts.add(text.strip())
        self.spent += len(text)
        return len(text)

    def in_order(self) -> list[tuple[Passage, list[int]]]:
        """Passages in the order of the documents, each with the places shown of it."""
        ordered = sorted(self.passages.values(), key=lambda p: (p.document, p.span.start))
        return [(passage, sorted(self.places[passage.id])) for passage in ordered]


def choose(cases: Sequence[Case], budget: Budget, hidden: Collection[str] = ()) -> Shown:
    """Choose the sentences of one call; ``hidden`` are ids of sentences not to be shown.

    The features take turns, best sentence first, until each has spent its budget.
    """
    shown = Shown()
    queues = {case.feature.id: _ranked(case, hidden) for case in cases}
    left = dict.fromkeys(queues, budget.per_feature)
    while queues:
        for feature_id in tuple(queues):
            candidate = next(queues[feature_id], None)
            if candidate is None or shown.spent >= budget.per_call:
                del queues[feature_id]
                continue
            cost = _show(candidate, shown, left[feature_id], hidden)
            left[feature_id] -= cost
            if left[feature_id] <= 0:
                del queues[feature_id]
    return shown


def _show(candidate: Candidate, shown: Shown, left: int, hidden: Collection[str]) -> int:
    """Show a candidate with the sentence that it leans on, where the budget allows it."""
    passage, place = candidate.passage, candidate.place
    sentence = candidate.sentence
    if shown.has(passage, place) or sentence.text.strip() in shown.texts:
        return 0
    if len(sentence.text) > left and left < len(sentence.text) // 2:
        return 0
    cost = shown.take(passage, place)
    if place and LEANS.search(sentence.text):
        before = passage.sentences[place - 1]
        if before.id not in hidden and cost + len(before.text) <= left:
            cost += shown.take(passage, place - 1)
    return cost


def _ranked(case: Case, hidden: Collection[str]) -> Iterator[Candidate]:
    """A feature's sentences, best first; the best one of each element comes right behind it."""
    found = [c for c in _candidates(case) if c.sentence.id not in hidden]
    found.sort(key=lambda c: (-c.score, c.sentence.id))
    if not found:
        return iter(())
    least = LEAST_OF_BEST * odds(found[0].score)
    likely = [c for c in found if odds(c.score) >= least]
    order = [found[0], *_best_of_elements(found, case.feature.elements), *likely]
    return iter({(c.passage.id, c.place): c for c in order}.values())


def _best_of_elements(
    found: Sequence[Candidate], elements: Sequence[Element]
) -> Iterator[Candidate]:
    for element in elements:
        named = (c for c in found if any(t in c.sentence.text for t in element.terms))
        yield from list(named)[:1]


def _candidates(case: Case) -> Iterator[Candidate]:
    for hit in case.record.hits:
        sentences = hit.passage.sentences
        scores = hit.sentence_scores or (hit.score,) * len(sentences)
        for place, (sentence, score) in enumerate(zip(sentences, scores, strict=True)):
            if sentence.citable and len(sentence.text.strip()) >= SHORTEST:
                yield Candidate(hit.passage, place, score)


def odds(score: float) -> float:
    """Chance over counter-chance."""
    return score / max(1.0 - score, 1e-9)


def found_for(cases: Sequence[Case]) -> Mapping[str, tuple[str, ...]]:
    """By passage id the features whose search found it."""
    found: dict[str, list[str]] = {}
    for case in cases:
        for hit in case.record.hits:
            found.setdefault(hit.passage.id, []).append(case.feature.id)
    return {passage: tuple(features) for passage, features in found.items()}
