"""Thresholds are compared here, never by the model (invariant 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from auditor.checks.numbers import Figure, figures_in, states_whole
from auditor.core.criteria import Quantity
from auditor.core.passages import Modality, Sentence

NEAR = 40
COUNT_UNITS = {"个", "家", "项", "类", "处", "领域", "行业", "座", "件", ""}
WINDOW_MARKS = "。；"


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
    """Read every figure of the measure that the sentences state as a fact."""
    found = []
    for sentence in sentences:
        if sentence.modality in (Modality.PLAN, Modality.DUTY):
            continue
        for value, unit in _values_near(quantity, sentence.text):
            assert quantity.value is not None
            satisfied = holds(value, quantity.comparator, quantity.value)
            found.append(Reading(quantity, value, unit, sentence.id, satisfied))
    return tuple(found)


def _values_near(quantity: Quantity, text: str) -> Iterable[tuple[Decimal, str]]:
    places = [text.find(term) for term in quantity.terms if term in text]
    if not places:
        return
    if quantity.unit == "%" and states_whole(text):
        yield Decimal(100), "%"
    for figure in figures_in(text):
        distance = min(abs(figure.start - place) for place in places)
        if distance <= NEAR and _same_unit(figure, quantity.unit):
            yield figure.value, figure.unit


def _same_unit(figure: Figure, unit: str) -> bool:
    if unit == "%":
        return figure.unit == "%"
    if unit in COUNT_UNITS or len(unit) <= 2:
        return figure.unit == unit or (figure.unit in COUNT_UNITS and unit in COUNT_UNITS)
    return figure.unit == unit
