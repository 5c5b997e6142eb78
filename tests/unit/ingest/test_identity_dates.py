"""Dates in Arabic and in Chinese numerals."""

from __future__ import annotations

import pytest

from auditor.ingest.identity.dates import dates_in, only_date, only_month


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023年5月12日", "2023-05-12"),
        ("2023-05-12", "2023-05-12"),
        ("2023.5.12", "2023-05-12"),
        ("2023/5/12", "2023-05-12"),
        ("二〇二三年五月十二日", "2023-05-12"),
        ("二○二三年十月三十一日", "2023-10-31"),
        ("二零二三年十二月二十日", "2023-12-20"),
        ("一九九八年十一月十日", "1998-11-10"),
        ("(2024年3月28日)", "2024-03-28"),
    ],
)
def test_a_line_of_a_date_alone_is_that_date(text: str, expected: str) -> None:
    assert str(only_date(text)) == expected


def test_impossible_days_are_passed_over() -> None:
    assert list(dates_in("2023年2月30日，3133年6月81日，2023-13-01")) == []


def test_separators_may_not_be_mixed() -> None:
    assert list(dates_in("2023-05.12")) == []


def test_a_time_of_day_right_behind_does_not_lengthen_the_day() -> None:
    assert [str(found.day) for found in dates_in("2024-07-1914:45:09")] == ["2024-07-19"]


def test_figures_around_make_it_no_date() -> None:
    assert list(dates_in("12023-05-12")) == []
    assert list(dates_in("2023-05-123")) == []


def test_a_month_alone_is_its_first_day() -> None:
    assert str(only_month("2013年7月")) == "2013-07-01"
    assert only_month("2013年7月12日") is None
