"""Many cities side by side: cells, places, changes over the years, and text that they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from auditor.core.comparison import LevelChange
from auditor.core.documents import LeftOut
from auditor.core.findings import Citation, Verdict
from auditor.core.scores import Profile, Score

MEAN = "mean"
"""The measure that takes the levels together: the mean of their coverage."""
MEASURES = (MEAN, "1", "2", "3", "4", "5")
"""What cities can be placed by: the mean, or the coverage at one level."""


class Mark(StrEnum):
    """What stands where a feature has no verdict.

    ``failed``: the machine could not judge it; ``excused``: a person said 不适用; ``unasked``: the
    run was not asked for it.
    """

    FAILED = "failed"
    EXCUSED = "excused"
    UNASKED = "unasked"


Cell = Verdict | Mark


@dataclass(frozen=True, slots=True)
class Entry:
    """A feature of a city: the machine's word, and the one that counts.

    ``decided``: a person decided it, and ``shown`` is what the person said.
    """

    machine: Cell
    shown: Cell
    decided: bool = False


MANY_USES = 6
"""The features from which one sentence of a city is listed as standing for many."""


@dataclass(frozen=True, slots=True)
class Reuse:
    """A sentence that one city cites for several features; ``flagged`` by the check of reuse."""

    quote: str
    document: str
    feature_ids: tuple[str, ...]
    flagged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence that a city cites, once, with all features that it is cited for."""

    key: str
    citation: Citation
    feature_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CityRow:
    """One run: a city, in one period where it has several.

    ``key`` is ``city`` or ``city@period``; ``folder`` the name of the run's folder; ``report`` the
    way from the result to the run's own report, empty where it has none. Three scores that are
    never mixed: ``shown`` with people's decisions, ``machine`` without, ``confirmed`` by people's
    decisions alone. ``reused`` counts the findings that the check of reuse flags.
    """

    key: str
    city: str
    period: str
    folder: str
    as_of: str
    judge: str
    papers: int
    decided: int
    entries: Mapping[str, Entry]
    shown: Score
    machine: Score
    confirmed: Score
    cited: tuple[CitedSentence, ...]
    reuses: tuple[Reuse, ...]
    reused: int = 0
    report: str = ""

    @property
    def counted(self) -> int:
        """The features that are in the score."""
        return self.shown.counted


@dataclass(frozen=True, slots=True)
class Place:
    """Where a city stands by one measure.

    ``coverage`` in [0, 1] with its ``interval``; cities of one ``band`` (from 1) are not told
    apart. ``best`` and ``worst``: the ranks that its interval allows.
    """

    key: str
    coverage: float
    interval: tuple[float, float]
    band: int
    best: int
    worst: int


@dataclass(frozen=True, slots=True)
class FeatureCount:
    """How many cities stand at each verdict on one feature; ``decided`` of them by people."""

    feature_id: str
    counts: Mapping[Cell, int]
    decided: int

    @property
    def asked(self) -> int:
        """The cities that have a verdict on it (not failed, not excused, asked)."""
        return sum(count for cell, count in self.counts.items() if isinstance(cell, Verdict))

    @property
    def green(self) -> int:
        """The cities that meet it wholly or for the most part."""
        return self.counts[Verdict.MET] + self.counts[Verdict.MOSTLY_MET]

    @property
    def facts(self) -> int:
        """The cities whose papers show it at least in part."""
        return self.green + self.counts[Verdict.PARTLY_MET]


class Why(StrEnum):
    """Why a verdict of one city is another one in the later period.

    ``new_papers``, ``changed_papers``: what is cited now stands in such a paper; ``lost_papers``:
    what was cited then stood in one that was not submitted again; ``other_sentences``: other
    sentences of papers that are the same; ``judge``: another judge; ``settings``: other checks,
    search or date; ``same``: nothing of these differs.
    """

    REVIEW = "review"
    STANDARD = "standard"
    SCOPE = "scope"
    NEW_PAPERS = "new_papers"
    CHANGED_PAPERS = "changed_papers"
    LOST_PAPERS = "lost_papers"
    OTHER_SENTENCES = "other_sentences"
    RELATION = "relation"
    JUDGE = "judge"
    SETTINGS = "settings"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Move:
    """A feature whose verdict differs between two periods, with what each side rests on."""

    feature_id: str
    before: Cell
    after: Cell
    why: tuple[Why, ...]
    quotes_before: tuple[Citation, ...] = ()
    quotes_after: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class YearChange:
    """One city from one period to the next; ``coverage`` of levels 1 to 5, before and after."""

    city: str
    before: str
    after: str
    rose: tuple[Move, ...]
    fell: tuple[Move, ...]
    other: tuple[Move, ...]
    documents: Mapping[str, tuple[str, ...]]
    settings: tuple[str, ...]
    levels: tuple[LevelChange, ...]
    coverage: Mapping[int, tuple[float | None, float | None]]


@dataclass(frozen=True, slots=True)
class Likeness:
    """A sentence elsewhere that says (nearly) the same as a cited one.

    ``city`` whose paper it stands in, empty for a national or provincial paper. ``jaccard`` of the
    two sentences' 3-grams and ``containment`` (the share of the shorter in the longer), in [0, 1],
    both after places, numbers and dates are masked. ``own_figures``: their numbers differ.
    """

    city: str
    document: str
    quote: str
    jaccard: float
    containment: float
    own_figures: bool


@dataclass(frozen=True, slots=True)
class CopiedSentence:
    """A cited sentence that stands elsewhere as well.

    ``template`` numbers (from 1) the sentences that are alike. ``cities`` and ``papers`` name the
    nearest of the ``city_count`` other cities and ``paper_count`` national and provincial papers
    that have it, the best likeness of each. ``own_figures``: it has numbers that no other place
    has with these words: a pattern, not a copy.
    """

    sentence: CitedSentence
    template: int
    cities: tuple[Likeness, ...]
    papers: tuple[Likeness, ...]
    city_count: int
    paper_count: int
    own_figures: bool


@dataclass(frozen=True, slots=True)
class AlsoIn:
    """Where else a cited ``quote`` of one run stands, as the analysis left it beside the run.

    ``cities`` and ``papers`` name the nearest of ``city_count`` and ``paper_count``;
    ``own_figures``: its numbers stand nowhere else with these words.
    """

    quote: str
    cities: tuple[Likeness, ...]
    papers: tuple[Likeness, ...]
    city_count: int
    paper_count: int
    own_figures: bool


Spot = tuple[str, int, int]
"""Document, start and end of a cited sentence."""
Elsewhere = Mapping[Spot, AlsoIn]


@dataclass(frozen=True, slots=True)
class CopiedText:
    """What was found; ``cited`` sentences were held against ``compared`` sentences.

    ``papers`` of these are of national and provincial papers.
    """

    sentences: tuple[CopiedSentence, ...] = ()
    cited: int = 0
    compared: int = 0
    papers: int = 0


@dataclass(frozen=True, slots=True)
class Across:
    """Everything that the analysis across cities gives.

    ``rows`` by key; ``rankings`` by measure hold the latest period of each city (``ranked`` keys),
    best first.
    """

    profile: Profile
    rows: tuple[CityRow, ...]
    rankings: Mapping[str, tuple[Place, ...]]
    features: tuple[FeatureCount, ...]
    years: tuple[YearChange, ...] = ()
    copied: CopiedText = CopiedText()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def by_key(self) -> Mapping[str, CityRow]:
        """Rows by key."""
        return {row.key: row for row in self.rows}

    @property
    def ranked(self) -> tuple[CityRow, ...]:
        """The rows that are placed, best first by the mean."""
        rows = self.by_key
        return tuple(rows[place.key] for place in self.rankings[MEAN])
