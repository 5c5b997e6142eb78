"""Hold every cited sentence against the sentences of other cities' and of higher bodies' papers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.across.copied.masking import LEAST, Masked, Masking
from auditor.across.copied.sketching import Sketches, likeness
from auditor.core.across import CitedSentence, CopiedSentence, CopiedText, Likeness

ALIKE = 0.7
"""Jaccard index from which two masked sentences say the same."""
CONTAINED = 0.9
"""Share of the shorter one's 3-grams in the longer, from which it is taken over into it."""
HALF = 0.5
"""The Jaccard index that containment asks for besides: one clause of a long sentence is none."""
MOST_NAMED = 8
"""How many other places are named with their sentence."""
DIGITS = 4


@dataclass(frozen=True, slots=True)
class PaperSentence:
    """A sentence of a paper; ``city`` whose paper it is, empty for a national or provincial one."""

    city: str
    document: str
    text: str


@dataclass(slots=True)
class _Match:
    """The sentence of a place that is most like a wording, and the figures of all that are."""

    document: str
    quote: str
    jaccard: float
    containment: float
    figures: set[tuple[str, ...]]

    @property
    def order(self) -> tuple[float, float, str, str]:
        """Sort key, the most alike first."""
        return -self.jaccard, -self.containment, self.document, self.quote


@dataclass(slots=True)
class _Wording:
    """A masked text that is cited, and where it stands: by city, and by paper of others."""

    text: str
    by_city: dict[str, _Match] = field(default_factory=dict)
    by_paper: dict[str, _Match] = field(default_factory=dict)
    template: int = 0

    def note(
        self, paper: PaperSentence, figures: tuple[str, ...], alike: tuple[float, ...]
    ) -> None:
        """Keep a sentence that says the same, where it is the best of its place."""
        places, place = (
            (self.by_city, paper.city) if paper.city else (self.by_paper, paper.document)
        )
        jaccard, containment = alike
        found = _Match(paper.document, paper.text.strip(), jaccard, containment, {figures})
        known = places.get(place)
        if known is not None:
            found.figures |= known.figures
            if known.order <= found.order:
                known.figures = found.figures
                return
        places[place] = found


def find_copied(
    cited: Sequence[CitedSentence],
    city_of: Mapping[str, str],
    papers: Iterable[PaperSentence],
    masking: Masking,
) -> CopiedText:
    """The cited sentences that stand elsewhere; ``city_of`` gives a row's city by its key.

    ``papers`` are passed once, in any order and of any number: only what is cited is kept. Cited
    sentences are held against one another too.
    """
    masked = [masking(sentence.citation.quote) for sentence in cited]
    texts = sorted({m.text for m in masked if m.long_enough})
    search = _Search(texts)
    for sentence, words in zip(cited, masked, strict=True):
        own = sentence.citation
        search.hear(PaperSentence(city_of[sentence.key], own.document, own.quote), words)
    compared = of_papers = 0
    for paper in papers:
        if len(paper.text) >= LEAST and search.hear(paper, masking(paper.text)):
            compared += 1
            of_papers += not paper.city
    search.number_templates()
    found = (
        _copied(sentence, words, search.wording(words.text), city_of[sentence.key])
        for sentence, words in zip(cited, masked, strict=True)
        if words.long_enough
    )
    kept = tuple(sorted((row for row in found if row is not None), key=_order))
    return CopiedText(kept, len(cited), compared, of_papers)


def _order(row: CopiedSentence) -> tuple[int, str, str, int]:
    place = row.sentence.citation
    return row.template, row.sentence.key, place.document, place.span.start


class _Search:
    """Wordings that are cited, asked for by sentences; remembers which wordings are alike."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._wordings = [_Wording(text) for text in texts]
        self._number = {text: number for number, text in enumerate(texts)}
        self._sketches = Sketches(texts)
        self._known: dict[str, tuple[tuple[int, tuple[float, float]], ...]] = {}
        self._parent = list(range(len(texts)))

    def wording(self, text: str) -> _Wording:
        """The wording of a masked text that is cited."""
        return self._wordings[self._number[text]]

    def hear(self, paper: PaperSentence, masked: Masked) -> bool:
        """Note a sentence with every wording that it says; False where it is too short to tell."""
        if not masked.long_enough:
            return False
        for number, alike in self._alike(masked.text):
            self._wordings[number].note(paper, masked.figures, alike)
        return True

    def _alike(self, text: str) -> tuple[tuple[int, tuple[float, float]], ...]:
        """The wordings that a text says, with their likeness; hits are remembered."""
        known = self._known.get(text)
        if known is None:
            near = ((n, likeness(text, self._wordings[n].text)) for n in self._sketches.near(text))
            known = tuple((n, alike) for n, alike in near if is_alike(*alike))
            if known:
                self._known[text] = known
                self._link(text, known)
        return known

    def _link(self, text: str, known: Sequence[tuple[int, tuple[float, float]]]) -> None:
        """Wordings that are alike are of one template, where both are cited."""
        own = self._number.get(text)
        for number, _ in known if own is not None else ():
            one, two = self._root(own or 0), self._root(number)
            self._parent[max(one, two)] = min(one, two)

    def _root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def number_templates(self) -> None:
        """Number the templates by the number of places that have them, most first."""
        groups: dict[int, list[_Wording]] = defaultdict(list)
        for number, wording in enumerate(self._wordings):
            groups[self._root(number)].append(wording)
        ordered = sorted(groups.values(), key=lambda rows: (-_spread(rows), rows[0].text))
        for place, rows in enumerate(ordered, start=1):
            for wording in rows:
                wording.template = place


def is_alike(jaccard: float, containment: float) -> bool:
    """Whether two masked sentences say the same, by their 3-grams."""
    return jaccard >= ALIKE or (containment >= CONTAINED and jaccard >= HALF)


def _spread(rows: Sequence[_Wording]) -> int:
    return len({city for row in rows for city in row.by_city})


def _copied(
    sentence: CitedSentence, words: Masked, wording: _Wording, own_city: str
) -> CopiedSentence | None:
    """A cited sentence with the other places that have it; None where there is none."""
    cities = {city: match for city, match in wording.by_city.items() if city != own_city}
    papers = wording.by_paper
    if not cities and not papers:
        return None
    every = (*cities.values(), *papers.values())
    return CopiedSentence(
        sentence=sentence,
        template=wording.template,
        cities=_nearest(cities, words, named=True),
        papers=_nearest(papers, words, named=False),
        city_count=len(cities),
        paper_count=len(papers),
        own_figures=all(_has_own(words, match) for match in every),
    )


def _nearest(places: Mapping[str, _Match], words: Masked, named: bool) -> tuple[Likeness, ...]:
    order = sorted(places, key=lambda place: (places[place].order[:2], place))
    return tuple(
        Likeness(
            city=place if named else "",
            document=places[place].document,
            quote=places[place].quote,
            jaccard=round(places[place].jaccard, DIGITS),
            containment=round(places[place].containment, DIGITS),
            own_figures=_has_own(words, places[place]),
        )
        for place in order[:MOST_NAMED]
    )


def _has_own(words: Masked, match: _Match) -> bool:
    """Whether a sentence has figures, and others than all its likes of a place."""
    return bool(words.figures) and words.figures not in match.figures
