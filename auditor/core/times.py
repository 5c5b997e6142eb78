"""Times as people read them: with the zone named. What is kept and exchanged stays as it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo


def moment_of(stamp: str) -> datetime | None:
    """A time of ISO 8601 with its zone; None for what is none."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


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
