"""Figures in official prose: digits, words, bounds, units."""

from __future__ import annotations

from decimal import Decimal

import pytest

from auditor.quantities import Outcome, compare
from auditor.quantities.numbers import figures_in
from auditor.quantities.words import chinese_number


def one(text: str) -> tuple[str, str]:
    """Value and unit of the only figure of a text."""
    (figure,) = figures_in(text)
    return f"{figure.value.normalize():f}", figure.unit


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("１２．５％", "12.5", "%"), ("1,234项", "1234", "项"), ("1.2万个", "12000", "个"),
        ("十二万个", "120000", "个"), ("一百二十家", "120", "家"), ("两个", "2", "个"),
        ("十余个", "10", "个"), ("80余家", "80", "家"), ("六大领域", "6", "个"),
        ("百分之八十", "80", "%"), ("百分之八十五点六", "85.6", "%"), ("百分之85", "85", "%"),
        ("八成", "80", "%"), ("八成五", "85", "%"), ("八成以上", "80", "%"), ("七成多", "70", "%"),
        ("半数", "50", "%"), ("一半", "50", "%"), ("三分之二", "66.67", "%"),
        ("五分之四", "80", "%"), ("提高5个百分点", "5", "个百分点"), ("得分60.5分", "60.5", "分"),
        ("80%-85%", "80", "%"), ("3—5个", "3", "个"), ("3至5个", "3", "个"),
    ],
)  # fmt: skip
def test_a_figure_is_read(text: str, value: str, unit: str) -> None:
    assert one(text) == (value, unit)


@pytest.mark.parametrize(
    "text",
    ["成都建成", "第三个", "第3条", "（2）建成", "2023年", "2021—2025年", "5G基站", "IPv6",
     "完成任务", "集成电路", "收成好", "一成立"],
)  # fmt: skip
def test_what_is_no_figure_is_not_read(text: str) -> None:
    assert figures_in(text) == ()


@pytest.mark.parametrize(
    ("text", "at_least", "more_than"),
    [
        ("80%", Outcome.REACHED, Outcome.MISSED),
        ("达80%", Outcome.REACHED, Outcome.MISSED),
        ("80%以上", Outcome.REACHED, Outcome.UNCLEAR),
        ("不低于80%", Outcome.REACHED, Outcome.UNCLEAR),
        ("不少于80%", Outcome.REACHED, Outcome.UNCLEAR),
        ("超80%", Outcome.REACHED, Outcome.REACHED),
        ("突破80%", Outcome.REACHED, Outcome.REACHED),
        ("高于80%", Outcome.REACHED, Outcome.REACHED),
        ("近80%", Outcome.MISSED, Outcome.MISSED),
        ("不足80%", Outcome.MISSED, Outcome.MISSED),
        ("未达80%", Outcome.MISSED, Outcome.MISSED),
        ("约80%", Outcome.UNCLEAR, Outcome.UNCLEAR),
        ("80%左右", Outcome.UNCLEAR, Outcome.UNCLEAR),
        ("80%-90%", Outcome.REACHED, Outcome.UNCLEAR),
        ("70%-90%", Outcome.UNCLEAR, Outcome.UNCLEAR),
        ("80%以下", Outcome.UNCLEAR, Outcome.MISSED),
        ("70%以下", Outcome.MISSED, Outcome.MISSED),
        ("通过80%", Outcome.REACHED, Outcome.MISSED),
    ],
)
def test_bounds_meet_a_threshold_of_eighty(
    text: str, at_least: Outcome, more_than: Outcome
) -> None:
    (figure,) = figures_in(text)
    eighty = Decimal(80)
    assert compare(figure, ">=", eighty) is at_least
    assert compare(figure, ">", eighty) is more_than


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("1次", Outcome.REACHED),
        ("2次", Outcome.MISSED),
        ("不超过1次", Outcome.REACHED),
        ("超过1次", Outcome.MISSED),
        ("1-2次", Outcome.UNCLEAR),
    ],
)
def test_bounds_meet_an_upper_limit(text: str, outcome: Outcome) -> None:
    (figure,) = figures_in(text)
    assert compare(figure, "<=", Decimal(1)) is outcome


@pytest.mark.parametrize(
    ("words", "worth"),
    [("十", "10"), ("二十五", "25"), ("一百零五", "105"), ("两千", "2000"), ("三万五千", "35000"),
     ("一亿二千万", "120000000"), ("〇", "0")],
)  # fmt: skip
def test_numbers_in_words(words: str, worth: str) -> None:
    assert chinese_number(words) == Decimal(worth)


def test_words_that_are_no_number() -> None:
    assert chinese_number("若干") is None
