"""Read the value of a feature's measure out of sentences and compare it with the threshold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from auditor.core.criteria import Quantity
from auditor.core.passages import Modality, Sentence
from auditor.quantities.numbers import Figure, figures_in, whole_places

NEAR, NEAR_WHOLE = 30, 16
COUNT_UNITS = frozenset("个家项类处座件") | {"领域", "行业"}
LARGEST_COUNT = 10_000
GROWTH = re.compile(
    r"(?:增长|提高|提升|上升|下降|降低|压减|减少|增幅|增速|降幅)了?(?:近|约|超过?)?$"
)
SAID: dict[str, tuple[tuple[re.Pattern[str], int], ...]] = {
    "次": ((re.compile(r"跑一次|跑1次"), 1), (re.compile(r"零跑|一次不跑|不用跑"), 0)),
    "次/月": ((re.compile(r"每日|每周|每旬|实时"), 4), (re.compile(r"每月|按月|逐月|月度"), 1)),
    "Gbps": ((re.compile(r"万兆"), 10), (re.compile(r"千兆"), 1)),
}
"""Values that are said in words, by unit."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure read as a value of a feature's measure, with the sentence that states it."""

    quantity: Quantity
    value: Decimal
    unit: str
    sentence_id: str
    satisfied: bool


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


def readings(quantity: Quantity, sentences: Iterable[Sentence]) -> tuple[Reading, ...]:
    """Read every figure of the measure that the sentences state as a fact.

    Each of the quantity's terms (alternatives apart by ``|``) must be named in the sentence, and
    the figure must stand near one of them: a figure of another matter is no reading.
    """
    found = []
    for sentence in sentences:
        if sentence.modality in (Modality.PLAN, Modality.DUTY):
            continue
        for value, unit in _values(quantity, sentence.text):
            assert quantity.value is not None
            satisfied = holds(value, quantity.comparator, quantity.value)
            found.append(Reading(quantity, value, unit, sentence.id, satisfied))
    return tuple(found)


def _values(quantity: Quantity, text: str) -> Iterable[tuple[Decimal, str]]:
    groups = [_places(term, text) for term in quantity.terms]
    if not groups or not all(groups):
        return
    places = sorted({place for group in groups for place in group})
    stated = False
    for figure in figures_in(text):
        if _gap(figure.start, places) <= NEAR and _is_value(figure, quantity.unit, text):
            stated = True
            yield figure.value, figure.unit
    if quantity.unit == "%" and not stated:
        for place in whole_places(text):
            if all(_gap(place, group) <= NEAR_WHOLE for group in groups):
                yield Decimal(100), "%"
    for pattern, value in SAID.get(quantity.unit, ()):
        if pattern.search(text):
            yield Decimal(value), quantity.unit
            return


def _places(term: str, text: str) -> list[int]:
    return [m.start() for m in re.finditer(term, text)]


def _gap(start: int, places: Sequence[int]) -> int:
    return min(abs(start - place) for place in places)


def _is_value(figure: Figure, unit: str, text: str) -> bool:
    """Tell whether a figure can be a value in the unit: a growth rate is no share."""
    if unit == "%":
        return figure.unit == "%" and not GROWTH.search(text[: figure.start])
    if unit in COUNT_UNITS:
        return figure.unit in COUNT_UNITS and figure.value < LARGEST_COUNT
    return figure.unit == unit
