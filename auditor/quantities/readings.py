"""Read the value of a feature's measure out of sentences and compare it with the threshold.

A figure is a value of the measure where the sentence names every one of the quantity's terms, the
figure stands near them, and it is a level: no growth, no target, no mean of the nation. Of several
years the newest that is not after the assessment date counts. A figure of a part (a district, a
pilot, the city's own offices only) shows no more than a part, whatever its height.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from auditor.core.criteria import Quantity
from auditor.core.passages import Modality, Sentence
from auditor.quantities.numbers import Figure, figures_in, not_whole_places, whole_places
from auditor.quantities.wholes import is_level, names_longer_noun, part_of, year_of

NEAR, NEAR_WHOLE, FAR = 40, 20, 45
"""Characters between a figure and the nearest of the measure's terms, and the farthest of them."""

COUNT_UNITS = frozenset("个家项类处座件") | {"领域", "行业", "社区"}
LARGEST_COUNT = 10_000
COUNTED = re.compile(r"案例|行业|场景|领域|园|集聚区|集群|新产业|新业态|业态")
INCREMENT = re.compile(
    r"新增|新建|新打造|入选|获批|获评|列入|首批|其中|等(?=\d|[一二两三四五六七八九十])"
)
"""Such a count is of some of the things, not of all that there are."""

MONITORED = re.compile(r"监测|监控|调度|运行分析|直报")
CLAUSE_ENDS = re.compile(r"[，；。：,;]")
SAID: dict[str, tuple[tuple[re.Pattern[str], Decimal], ...]] = {
    "次": (
        (re.compile(r"零跑|一次(?:都)?不(?:用)?跑|不用跑|跑零次|不见面"), Decimal(0)),
        (re.compile(r"跑一次|跑1次"), Decimal(1)),
        (re.compile(r"跑[两二]次"), Decimal(2)),
    ),
    "次/月": (
        (re.compile(r"每日|每天|每周|每旬|实时"), Decimal(4)),
        (re.compile(r"每月|按月|逐月|月度"), Decimal(1)),
    ),
    "Gbps": (
        (re.compile(r"万兆"), Decimal(10)),
        (re.compile(r"千兆"), Decimal(1)),
        (re.compile(r"百兆"), Decimal("0.1")),
    ),
}
"""Values that are said in words, by unit."""


class Outcome(StrEnum):
    """How a value stands to its threshold; ``unclear`` where its bounds lie on both sides."""

    REACHED = "reached"
    MISSED = "missed"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure read as a value of a feature's measure, with the sentence that states it.

    ``part`` names the part of the city that it holds for (empty: the city); ``year`` the year
    that the sentence gives for it, None without one.
    """

    quantity: Quantity
    value: Decimal
    unit: str
    sentence_id: str
    outcome: Outcome
    year: int | None = None
    part: str = ""

    @property
    def satisfied(self) -> bool:
        """The threshold is reached, for the whole city."""
        return self.outcome is Outcome.REACHED and not self.part

    @property
    def missed(self) -> bool:
        """The city's value lies below the threshold."""
        return self.outcome is Outcome.MISSED and not self.part


@dataclass(frozen=True, slots=True)
class _Value:
    """A value before it is compared: its figure and the offset at which it stands."""

    figure: Figure
    place: int


def holds(value: Decimal, comparator: str, threshold: Decimal) -> bool:
    """Compare a value with a threshold; ``comparator`` is one of >= > <= < =."""
    if comparator == ">=":
        return value >= threshold
    if comparator == ">":
        return value > threshold
    if comparator == "<=":
        return value <= threshold
    if comparator == "<":
        return value < threshold
    return value >= threshold if threshold == 100 else value == threshold


def compare(figure: Figure, comparator: str, threshold: Decimal) -> Outcome:
    """Compare a figure with its bounds: 超80% lies above 80, 近80% below, 约80% on both sides."""
    if comparator in ("<=", "<"):
        return _outcome(
            figure.high is not None and holds(figure.high, comparator, threshold),
            holds(figure.low, comparator, threshold) and not figure.open_low,
        )
    at_low = holds(figure.low, comparator, threshold)
    above = figure.open_low and figure.low >= threshold and comparator in (">", ">=", "=")
    open_top = figure.high is None
    at_high = figure.high is not None and holds(figure.high, comparator, threshold)
    below = figure.open_high and figure.high is not None and figure.high <= threshold
    return _outcome(at_low or above, open_top or (at_high and not below))


def _outcome(surely: bool, possibly: bool) -> Outcome:
    if surely:
        return Outcome.REACHED
    return Outcome.UNCLEAR if possibly else Outcome.MISSED


def readings(
    quantity: Quantity, sentences: Iterable[Sentence], as_of: date | None = None
) -> tuple[Reading, ...]:
    """Read every figure of the measure that the sentences state as a fact.

    Each of the quantity's terms (alternatives apart by ``|``) must be named in the sentence. Of
    dated values only the newest not after ``as_of`` are kept, beside the undated ones.
    """
    found: list[Reading] = []
    for sentence in sentences:
        if sentence.modality in (Modality.PLAN, Modality.DUTY) or sentence.foreign:
            continue
        found.extend(_readings_in(quantity, sentence))
    current = [r for r in found if r.year is None or as_of is None or r.year <= as_of.year]
    newest = max((r.year for r in current if r.year is not None), default=None)
    return tuple(r for r in current if r.year in (None, newest))


def _readings_in(quantity: Quantity, sentence: Sentence) -> Iterable[Reading]:
    assert quantity.value is not None
    text = sentence.text
    for value in _values(quantity, text):
        figure = value.figure
        yield Reading(
            quantity,
            figure.value,
            figure.unit or quantity.unit,
            sentence.id,
            _compared(value, quantity, text),
            year_of(text, value.place),
            part_of(text, value.place, quantity),
        )


def _compared(value: _Value, quantity: Quantity, text: str) -> Outcome:
    """A count of some of the things may reach a threshold, but never shows that it is missed."""
    assert quantity.value is not None
    outcome = compare(value.figure, quantity.comparator, quantity.value)
    clause = CLAUSE_ENDS.split(text[: value.figure.end])[-1]
    some = quantity.unit in COUNT_UNITS and INCREMENT.search(clause)
    return Outcome.UNCLEAR if some and outcome is Outcome.MISSED else outcome


def _values(quantity: Quantity, text: str) -> list[_Value]:
    groups = [_places(term, text) for term in quantity.terms]
    if not groups or not all(groups) or names_longer_noun(text, quantity):
        return []
    places = sorted({place for group in groups for place in group})
    near = [
        f
        for f in figures_in(text)
        if _gap(f.start, places) <= NEAR
        and max(_gap(f.start, group) for group in groups) <= FAR
        and _is_value(f, quantity, text)
    ]
    values = [_Value(f, f.start) for f in _of_the_matter(near, quantity, text)]
    if quantity.unit == "%" and not values:
        values = [*_share_counted(text, places), *_in_words(text, groups)]
    return values or _said(quantity.unit, text)


def _in_words(text: str, groups: Sequence[Sequence[int]]) -> list[_Value]:
    """Full coverage that is said in words, and what is said not to be full yet."""
    found = []
    for place in whole_places(text):
        if all(_gap(place, group) <= NEAR_WHOLE for group in groups):
            whole = Decimal(100)
            found.append(_Value(Figure(whole, "%", place, place, whole, whole), place))
    for place in not_whole_places(text):
        lacking = Figure(Decimal(100), "%", place, place, Decimal(0), Decimal(100), open_high=True)
        found.append(_Value(lacking, place))
    return found


SHARE_COUNTED = re.compile(
    r"(?P<whole>\d{1,5})个(?P<noun>[\u4e00-\u9fa5]{2,8}?)(?:中|里)，?(?:已)?(?:有)?(?P<done>\d{1,5})个"
)


def _share_counted(text: str, places: Sequence[int]) -> Iterable[_Value]:
    """120个社区中96个… is a share of 80 %."""
    for match in SHARE_COUNTED.finditer(text):
        whole, done = Decimal(match.group("whole")), Decimal(match.group("done"))
        if whole and done <= whole and _gap(match.start(), places) <= NEAR:
            share = 100 * done / whole
            figure = Figure(share, "%", match.start(), match.end(), share, share)
            yield _Value(figure, match.start())


def _said(unit: str, text: str) -> list[_Value]:
    if unit == "次/月" and not MONITORED.search(text):
        return []
    for pattern, value in SAID.get(unit, ()):
        match = pattern.search(text)
        if match:
            start = match.start()
            return [_Value(Figure(value, unit, start, match.end(), value, value), start)]
    return []


def _places(term: str, text: str) -> list[int]:
    return [m.start() for m in re.finditer(term, text)]


def _gap(start: int, places: Sequence[int]) -> int:
    return min(abs(start - place) for place in places)


def _is_value(figure: Figure, quantity: Quantity, text: str) -> bool:
    """Tell whether a figure can be a value in the unit: a growth or a target is no share."""
    if not is_level(text, figure):
        return False
    if quantity.unit == "%":
        return figure.unit == "%"
    if quantity.unit in COUNT_UNITS:
        return figure.unit in COUNT_UNITS and figure.value < LARGEST_COUNT
    if quantity.unit == "分" and not figure.unit:
        return bool(re.search(r"(?:得分|评分|分数)(?:为|达到?|是|：)?$", text[: figure.start]))
    return figure.unit == quantity.unit


def _of_the_matter(figures: Sequence[Figure], quantity: Quantity, text: str) -> Sequence[Figure]:
    """Of several figures those whose own clause is on the matter; counts count the right thing."""
    if quantity.unit in COUNT_UNITS:
        nouns = [t for t in quantity.terms if COUNTED.search(t)]
        return [f for f in figures if not nouns or _counts(f, nouns[-1], text)]
    named = {f: _terms_in_clause(f, quantity, text) for f in figures}
    most = max(named.values(), default=0)
    return [f for f in figures if named[f] == most]


def _counts(figure: Figure, noun: str, text: str) -> bool:
    """Tell whether a figure counts the noun: 6个领域, 案例12个, but not 12个部门."""
    counted = CLAUSE_ENDS.split(text[figure.start : figure.end + 16])[0].split("、")[0]
    before = CLAUSE_ENDS.split(text[max(0, figure.start - 12) : figure.start])[-1]
    return bool(re.search(noun, counted) or re.search(rf"(?:{noun})[^个项家类]{{0,6}}$", before))


MERE_VALUE = re.compile(
    r"20\d\d年?|年|底|末|已经?|达到?|至|到|为|约|近|超过?|提高|提升|上升|增加|目前|今年|去年|上年|占比|比例|比重|覆盖率|率|占"
    r"|其中|全部|总数|总量|的|分别|全市|我市|本市|[\d.%、（）()\s]"
)


def _terms_in_clause(figure: Figure, quantity: Quantity, text: str) -> int:
    """How many terms the figure's clause names; one that only goes on inherits from before."""
    starts = [0, *(m.end() for m in CLAUSE_ENDS.finditer(text, 0, figure.start))]
    ends = CLAUSE_ENDS.search(text, figure.end)
    end = ends.start() if ends else len(text)
    for start in reversed(starts):
        clause = text[start:end]
        if len(MERE_VALUE.sub("", text[start : figure.start])) > 1:
            return sum(bool(re.search(term, clause)) for term in quantity.terms)
    return len(quantity.terms)
