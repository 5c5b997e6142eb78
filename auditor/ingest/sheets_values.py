"""Cell values as a reader of the sheet sees them: whole numbers, ISO dates, percent."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

Value = int | float | str | bool | date | datetime | time | timedelta | None
"""What calamine gives for a cell."""

LEAST_DECIMALS = 2


def printed(value: Value, percent: int | None = None) -> str:
    """A value as text on one line; ``percent`` gives the decimals of a percent format."""
    if isinstance(value, str):
        return " ".join(value.split())
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return _number(value, percent)
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes" if not value.second else "seconds")
    return str(value)


def _moment(value: datetime) -> str:
    if not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    return value.isoformat(" ", "minutes" if not value.second else "seconds")


def _number(value: float, percent: int | None) -> str:
    """A number without the noise of binary fractions; percent keeps at least two decimals."""
    if percent is None:
        return plain(value)
    return f"{plain(round(value * 100, max(percent, LEAST_DECIMALS)))}%"


def plain(value: float) -> str:
    """A number in fifteen digits, never in powers of ten."""
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    text = f"{value:.15g}"
    return format(Decimal(text), "f") if "e" in text else text
