"""The plain form of values in files."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
DIGITS = 6
"""Model scores are rounded to this many decimals in files."""


def rounded(value: float | None) -> float | None:
    """Round a model score for a file."""
    return None if value is None else round(float(value), DIGITS)
