"""Times as people read them: with the zone named. What is kept and exchanged stays as it is."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, tzinfo

FIRST_YEAR, LAST_YEAR = MINYEAR + 1, MAXYEAR - 1


def moment_of(stamp: str) -> datetime | None:
    """A time of ISO 8601 with its zone; None for what is none, or none in every zone."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and is_everywhere(moment) else None


def is_everywhere(moment: datetime) -> bool:
    """Whether a moment has a name in every zone: not at the very ends of the calendar."""
    return FIRST_YEAR <= moment.year <= LAST_YEAR


def told_time(stamp: str, zone: tzinfo | None = None, timespec: str = "minutes") -> str:
    """A time as ``2026-11-02 10:00 UTC+8`` in a zone, else in the one that it was recorded in.

    What is no time with a zone is given as it stands.
    """
    moment = moment_of(stamp)
    if moment is None:
        return stamp
    local = moment.astimezone(zone) if zone else moment
    said = local.replace(tzinfo=None).isoformat(" ", timespec)
    return f"{said} {offset_of(local.utcoffset() or timedelta())}"


def offset_of(offset: timedelta) -> str:
    """The name of an offset: ``UTC``, ``UTC+8``, ``UTC-3:30``."""
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"


def utc_of(moment: datetime) -> str:
    """A moment for machines, in UTC to the second: ``2026-11-02T02:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
