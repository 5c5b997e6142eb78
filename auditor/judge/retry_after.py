"""The time that an endpoint asks to be left alone, as its answer's head says (RFC 9110, 10.2.3)."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds from now, of ``Retry-After`` (seconds or a date) or ``retry-after-ms``; else None."""
    exact = _number(headers.get("retry-after-ms"))
    if exact is not None:
        return exact / 1000
    told = headers.get("retry-after")
    seconds = _number(told)
    return _until(told) if seconds is None and told else seconds


def _number(told: str | None) -> float | None:
    try:
        seconds = float(told or "")
    except ValueError:
        return None
    return seconds if seconds >= 0 and math.isfinite(seconds) else None


def _until(told: str) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
