"""Figures that a model read out: verified against the sentence, compared by the program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from auditor.core.criteria import Quantity
from auditor.core.findings import Check, Verdict
from auditor.core.passages import Sentence
from auditor.core.run import Case
from auditor.judge.reply import Value
from auditor.judge.sheet import measures_of
from auditor.quantities import holds
from auditor.quantities.numbers import figures_in, whole_places

RULE = "value-read"
YEAR = re.compile(r"(20\d\d)\s*(?:年|-|/|\.|$)\s*(?:(\d{1,2})\s*(?:月|-|/|\.|$))?")
Lowered = tuple[Verdict, tuple[Check, ...]]


def read_values(
    case: Case,
    values: Mapping[str, Value],
    sentences: Mapping[str, Sentence],
    others_shown: bool,
    verdict: Verdict,
) -> Lowered:
    """Hold each figure against its sentence and threshold; lowers the verdict, never raises it.

    ``sentences`` are those that the figures were read from; ``others_shown`` tells whether an
    element beside the figure's is shown as a fact, so that something stands without it.
    """
    checks: list[Check] = []
    for key, quantity in measures_of(case.feature).items():
        if key in values and verdict.is_fact:
            cap, detail = _cap_of(quantity, values[key], sentences[key], case.as_of)
            if cap is Verdict.NOT_MET and others_shown:
                cap = Verdict.PARTLY_MET
            verdict, check = _held(verdict, cap, detail)
            checks.append(check)
    return verdict, tuple(checks)


def _held(verdict: Verdict, cap: Verdict | None, detail: str) -> tuple[Verdict, Check]:
    """``cap`` None: the figure cannot be verified, so it changes nothing but is looked at."""
    if cap is None:
        return verdict, Check(RULE, "flagged", detail)
    if cap.rank < verdict.rank:
        return cap, Check(RULE, "flagged", detail, verdict, cap)
    return verdict, Check(RULE, "ok" if cap is Verdict.MET else "noted", detail)


def _cap_of(
    quantity: Quantity, value: Value, sentence: Sentence, as_of: date | None
) -> tuple[Verdict | None, str]:
    """The best verdict that a figure allows, and what is said of it (Chinese)."""
    told = f"{quantity.measure}：模型读出 {value.value}{_unit(value)}"
    worth = worth_of(value, sentence)
    if worth is None:
        return None, f"{told}，所引句子里没有这个数值"
    if not _same_unit(quantity, worth[1]):
        return None, f"{told}，单位与要求（{quantity.unit}）不同"
    if _is_to_come(value.date, as_of):
        return Verdict.PLANNED, f"{told}，但所说时间（{value.date}）在评估日期之后"
    asked = quantity.printed or quantity.measure
    if quantity.value is not None and not holds(worth[0], quantity.comparator, quantity.value):
        return Verdict.NOT_MET, f"{told}，未达到 {asked}"
    if quantity.unit == "%" and quantity.denominator and not value.of.strip():
        return Verdict.PARTLY_MET, f"{told}，没有说明是什么的比例"
    return Verdict.MET, f"{told}，达到 {asked}"


def _unit(value: Value) -> str:
    unit = value.unit.strip()
    return "" if value.value.strip().endswith(unit) else unit


def worth_of(value: Value, sentence: Sentence) -> tuple[Decimal, str] | None:
    """The figure as a number with its unit, None where the sentence does not state it."""
    text = f"{value.value.strip()}{_unit(value)}"
    stated = {(f.value, f.unit) for f in figures_in(sentence.text)}
    for figure in figures_in(text):
        for number, unit in stated:
            if number == figure.value and unit in (figure.unit, ""):
                return number, figure.unit
            if number == figure.value and not figure.unit:
                return number, unit
    if text and text in sentence.text and whole_places(text):
        return Decimal(100), "%"
    return None


def _same_unit(quantity: Quantity, unit: str) -> bool:
    """A share is a share; counts of different things are left to the words of the sentence."""
    return (quantity.unit == "%") == (unit == "%") or not unit


def _is_to_come(stated: str, as_of: date | None) -> bool:
    match = YEAR.search(stated)
    if match is None or as_of is None:
        return False
    year, month = int(match.group(1)), int(match.group(2) or 1)
    return (year, month) > (as_of.year, as_of.month)
